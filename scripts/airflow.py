"""`make airflow`: six made-up tenants of two vendors, twice, under a real Airflow."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from sandbox.warehouse import Warehouse
from scripts import ROOT
from scripts.airflow_server import Airflow
from scripts.airflow_tenants import MadeUp, made_up_tenants

if TYPE_CHECKING:
    from sandbox.warehouse import Database

FOLDER = ROOT / ".airflow/demo"
BEGINNING = """
Three made-up customers have a tenant of Kinde and one of Logto each. Airflow loads all six, builds
two access models of them, and a gate looks at the evidence. Then one tenant's API breaks, and it
does so again. This takes five minutes or more.
"""
BROKEN = "globex"

Task = dict[str, Any]


def environment(tenants: MadeUp, warehouse: Warehouse) -> dict[str, str]:
    """What Airflow's tasks are told: tenants, credentials, warehouse, and where state is kept."""
    return {
        **tenants.credentials,
        "IDENTITY_TENANTS": str(tenants.path),
        "IDENTITY_SCHEDULE": "",
        "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.database("warehouse").sqlalchemy_url,
        "MELTANO_DATABASE_URI": warehouse.database("meltano").sqlalchemy_url,
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "3",
    }


class Demo:
    """The demo's course, told on the terminal as it goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console = Console()

    def run(self, picture: Path | None, *, wait: bool) -> None:
        """A night in which all goes well, and one in which an API is broken."""
        self.console.print(BEGINNING, soft_wrap=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(Warehouse(self.folder / "postgres", keep=True))
            tenants = stack.enter_context(made_up_tenants(self.folder))
            variables = environment(tenants, server)
            with self.console.status("Airflow starts …"):
                airflow = stack.enter_context(
                    Airflow(self.folder / "airflow", server.database("airflow"), variables)
                )
            self.console.print(f"Airflow is at [cyan]{airflow.url}[/] for as long as this takes.")
            warehouse = server.database("warehouse")
            self.night(airflow, warehouse, "The first night")
            tenants.sandboxes[BROKEN].logto.fault("/api/roles", status=500)
            self.night(airflow, warehouse, f"The second night: {BROKEN}'s Logto is broken")
            if picture:
                take_picture(f"{airflow.url}/dags/identity", picture)
            if wait:
                self.console.input("Enter ends it. ")
        self.console.print(f"Logs, warehouse and tenants.yml are in [cyan]{self.folder}[/].")

    def night(self, airflow: Airflow, warehouse: Database, title: str) -> None:
        """A run of the DAG, and what came of it."""
        tasks: list[Task] = []
        with self.console.status(f"{title} …") as status:
            for tasks in airflow.run("identity"):
                running = [label(each) for each in tasks if each["state"] == "running"]
                status.update(f"{title} … [dim]{', '.join(running)}[/]")
        self.show(title, tasks)
        gate = next(each for each in tasks if each["task_id"] == "gate")
        for line in airflow.log(gate).splitlines():
            if "AirflowFailException" in line:
                self.console.print(f"[red]{line}[/]", soft_wrap=True)
        for model in ("identity_000", "identity_001"):
            rows = warehouse.query(ACCOUNTS.format(model=model))
            self.console.print(
                f"{model}: "
                + ", ".join(f"{row['source_id']} {row['accounts']} accounts" for row in rows)
            )

    def show(self, title: str, tasks: list[Task]) -> None:
        """The tasks of a run as a table."""
        table = Table("task", "state", "tries", "seconds", box=box.SIMPLE_HEAD, title=title)
        for task in sorted(tasks, key=lambda each: each["start_date"] or ""):
            seconds = f"{task['duration']:.1f}" if task["duration"] else ""
            table.add_row(label(task), task["state"], str(task["try_number"]), seconds)
        self.console.print(table)


ACCOUNTS = """
select source_id, count(*) as accounts from {model}.identity_accounts group by 1 order by 1
"""


def label(task: Task) -> str:
    """A task's name, with what it is for."""
    mapped = task["rendered_map_index"] or ("" if task["map_index"] < 0 else task["map_index"])
    return f"{task['task_id']} {mapped}".strip()


def take_picture(url: str, path: Path) -> None:
    """The page of the DAG's grid, as a browser shows it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("There is no chromium to take a picture with.")
    options = "--headless=new --no-sandbox --hide-scrollbars --virtual-time-budget=15000"
    subprocess.run(  # noqa: S603
        [browser, *options.split(), "--window-size=1280,860", f"--screenshot={path}", url],
        capture_output=True,
        check=True,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: .airflow/demo")
    parser.add_argument("--picture", type=Path, help="file for a picture of the grid (PNG)")
    parser.add_argument("--wait", action="store_true", help="keep Airflow running until Enter")
    options = parser.parse_args()
    picture = options.picture and options.picture.resolve()
    Demo(options.folder.resolve()).run(picture, wait=options.wait)


if __name__ == "__main__":
    main()
