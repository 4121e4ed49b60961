"""Airflow on this machine, for as long as it is needed: scheduler, DAG processor and API server."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests

from scripts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox.warehouse import Database

VENV = ROOT / ".airflow/venv"
SERVICES = (("scheduler", "--skip-serve-logs"), ("dag-processor",))


class Airflow:
    """Airflow with the LocalExecutor, on 127.0.0.1, while it is entered.

    Attributes:
        folder: Its logs and settings.
        url: Its API server, which lets in anybody on this machine.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        environment: Mapping[str, str],
        *,
        dags: Path = ROOT / "orchestrate/dags",
        parallelism: int = 4,
    ) -> None:
        self.folder = folder
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._running: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            **environment,
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(parallelism),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _with_driver(database.url, "psycopg2"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": _with_driver(database.url, "asyncpg"),
        }

    def __enter__(self) -> Airflow:
        if not (VENV / "bin/airflow").exists():
            raise SystemExit("Airflow is not installed: run `make airflow`.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.command("db", "migrate")
        self.command("pools", "import", str(ROOT / "orchestrate/pools.json"))
        server = ("api-server", "--host", "127.0.0.1", "--port", str(self._port), "--workers", "1")
        try:
            self._start(*server)
            self._wait_for_api()
            for service in SERVICES:
                self._start(*service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all that was started, with what it started itself."""
        for process in self._running:
            _signal(process, signal.SIGTERM)
        end = time.monotonic() + 20
        for process in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
            _signal(process, signal.SIGKILL)
            process.wait()

    @property
    def pids(self) -> list[int]:
        """The processes of the services."""
        return [process.pid for process in self._running]

    def command(self, *arguments: str) -> None:
        """A command of Airflow's, to its end."""
        with (self.folder / "commands.log").open("ab") as log:
            subprocess.run(  # noqa: S603
                [VENV / "bin/airflow", *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                check=True,
            )

    def _start(self, *arguments: str) -> None:
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                [VENV / "bin/airflow", *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append(process)

    def _wait_for_api(self) -> None:
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/api/v2/version", timeout=10).ok:
                    return
            if time.monotonic() > end or self._running[0].poll() is not None:
                raise RuntimeError(f"The API server did not start: {self.folder}/api-server.log")
            time.sleep(0.5)

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        token = session.get(f"{self.url}/auth/token", timeout=30).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        return session

    def api(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A request to the REST API: what it answers."""
        url = f"{self.url}/api/v2/{path}"
        answer = self._session.request(method, url, json=body or None, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def run(self, dag: str, timeout: float = 900) -> Iterator[list[dict[str, Any]]]:
        """Run a DAG to its end: its tasks, again and again until then."""
        self._wait_for_dag(dag)
        self.api("PATCH", f"dags/{dag}", is_paused=False)
        answer = self._session.post(
            f"{self.url}/api/v2/dags/{dag}/dagRuns", json={"logical_date": None}, timeout=30
        )
        answer.raise_for_status()
        path = f"dags/{dag}/dagRuns/{answer.json()['dag_run_id']}"
        end = time.monotonic() + timeout
        while True:
            state = self.api("GET", path)["state"]
            yield self.api("GET", f"{path}/taskInstances?limit=1000")["task_instances"]
            if state in ("success", "failed"):
                return
            if time.monotonic() > end:
                raise RuntimeError(f"{dag} did not end in {timeout} seconds: {self.folder}/logs")
            time.sleep(1)

    def _wait_for_dag(self, dag: str) -> None:
        end = time.monotonic() + 60
        while self._session.get(f"{self.url}/api/v2/dags/{dag}", timeout=30).status_code == 404:
            if time.monotonic() > end:
                raise RuntimeError(f"There is no DAG {dag}: {self.folder}/dag-processor.log")
            time.sleep(0.5)

    def log(self, task: Mapping[str, Any]) -> str:
        """The log of a task's last try."""
        path = (
            f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
            f"/logs/{task['try_number']}?map_index={task['map_index']}"
        )
        lines = self.api("GET", path)["content"]
        return "\n".join(_line(each) for each in lines)


def _line(entry: dict[str, Any]) -> str:
    """A line of a log, with the error that it is about."""
    errors = [
        f"{each['exc_type']}: {each['exc_value']}" for each in entry.get("error_detail") or ()
    ]
    return " ".join([str(entry.get("event", "")), *errors])


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a service and to what it started, which are one group of processes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _with_driver(url: str, driver: str) -> str:
    return url.replace("postgresql://", f"postgresql+{driver}://")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
