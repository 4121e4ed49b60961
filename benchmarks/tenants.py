"""What a tenant costs: `meltano run`, a bare pipe, dbt by the chunk, and a task of Airflow's.

`python -m benchmarks.tenants` prints the tables that docs/scale.md quotes. CPU seconds are those
of all processes that were started for it; those of the database's server are counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
import yaml

from orchestrate import ROOT, model, run_tenant
from orchestrate.tenants import Tenant, read_tenants
from sandbox.company import Company
from sandbox.server import Sandbox
from sandbox.warehouse import Warehouse
from scripts.airflow_server import Airflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TARGET = ROOT / ".meltano/loaders/target-postgres/venv/bin/target-postgres"
TAP = ROOT / ".meltano/extractors/tap-logto/venv/bin/tap-logto"
EMPTY_TASKS = 100
DAG = f"""
from datetime import datetime
from airflow.sdk import dag, task

@task
def nothing(number):
    pass

@dag(schedule=None, start_date=datetime(2026, 1, 1))
def empty():
    nothing.expand(number=list(range({EMPTY_TASKS})))

empty()
"""


@dataclass
class Cost:
    """What something took, in seconds.

    Attributes:
        cpu: Of all processes that were started.
        server: Of the database's server.
        load: The load average before.
    """

    wall: float = 0.0
    cpu: float = 0.0
    server: float = 0.0
    load: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Both, one after the other."""
        return Cost(
            self.wall + other.wall, self.cpu + other.cpu, self.server + other.server, self.load
        )

    def row(self, title: str, tenants: int) -> str:
        """A row of a table: in all, and by tenant."""
        each = [f"{value / tenants:.2f}" for value in (self.cpu, self.server)]
        return (
            f"| {title} | {tenants} | {self.wall:.1f} | {self.cpu:.1f} | {self.server:.1f} | "
            f"{' | '.join(each)} | {self.load:.1f} |"
        )


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, of its children, and of those that have ended."""
    total = 0.0
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(each.cpu_times()[:4])
    return total


def ended_children() -> float:
    """CPU seconds of all processes that this one has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Bench:
    """Tenants of one made-up company, each in schemas of its own, in one database."""

    def __init__(self, folder: Path, server: Warehouse, sandbox: Sandbox, tenants: int) -> None:
        self.folder = folder
        self.server = server
        self.sandbox = sandbox
        path = folder / "tenants.yml"
        listed = [
            {
                "id": f"t{number:03d}",
                "tap": "tap-logto",
                "settings": {"base_url": sandbox.logto_config["base_url"]},
                "credentials": {"client_id": "BENCH_ID", "client_secret": "BENCH_SECRET"},
            }
            for number in range(tenants)
        ]
        path.write_text(yaml.safe_dump({"tenants": listed}))
        os.environ |= {
            "BENCH_ID": sandbox.logto_config["client_id"],
            "BENCH_SECRET": sandbox.logto_config["client_secret"],
            "TARGET_POSTGRES_SQLALCHEMY_URL": server.database("warehouse").sqlalchemy_url,
            "MELTANO_DATABASE_URI": server.database("meltano").sqlalchemy_url,
        }
        self.tenants = read_tenants(path)

    @contextlib.contextmanager
    def measured(self) -> Iterator[Cost]:
        """The cost of what is done meanwhile."""
        cost = Cost(load=os.getloadavg()[0])
        pid = self.server.server.get_pid() or 0
        began, cpu, server = time.monotonic(), ended_children(), cpu_of(pid)
        yield cost
        cost.wall = time.monotonic() - began
        cost.cpu, cost.server = ended_children() - cpu, cpu_of(pid) - server

    def each(self, do: Callable[[Tenant], int], tenants: list[Tenant], parallel: int) -> Cost:
        """The cost of something that is done for each tenant, so many at a time."""
        with self.measured() as cost, ThreadPoolExecutor(parallel) as pool:
            codes = list(pool.map(do, tenants))
        if any(codes):
            raise SystemExit(f"{sum(map(bool, codes))} of {len(codes)} failed: {self.folder}")
        return cost

    def meltano(self, tenant: Tenant) -> int:
        """`meltano run`, as `run_tenant` does it."""
        line = run_tenant.command(self.tenants, tenant)
        told = run_tenant.environment(self.tenants, tenant, os.environ, os.environ.get)
        return self._quietly(line, told).wait()

    def pipe(self, tenant: Tenant) -> int:
        """`tap-logto | target-postgres`, with the state of the run before."""
        told = run_tenant.environment(self.tenants, tenant, os.environ, os.environ.get)
        told |= {
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": tenant.schema,
            "TARGET_POSTGRES_USE_COPY": "true",
            "TARGET_POSTGRES_VALIDATE_RECORDS": "false",
        }
        state = self._state(tenant)
        known = ["--state", str(state)] if state.exists() else []
        tap = self._quietly([str(TAP), "--config", "ENV", *known], told, stdout=subprocess.PIPE)
        target = self._quietly(
            [str(TARGET), "--config", "ENV"], told, stdin=tap.stdout, stdout=subprocess.PIPE
        )
        assert tap.stdout is not None  # noqa: S101
        tap.stdout.close()
        states = target.communicate()[0].splitlines()
        if states:
            state.write_bytes(states[-1])
        return tap.wait() or target.returncode

    def dbt(self, count: int) -> Cost:
        """A model of so many sources, which share the raw tables of the tenants that are loaded."""
        loaded = [each for each in self.tenants if self._state(each).exists()]
        sources = tuple(
            msgspec.structs.replace(each, schema=loaded[number % len(loaded)].schema)
            for number, each in enumerate(list(self.tenants)[:count])
        )
        content = msgspec.structs.replace(self.tenants.content, tenants=sources)
        part = replace(self.tenants, content=content)
        given = json.dumps(model.variables(part, "identity", {}))
        told = {**model.environment(part, "identity", os.environ), "DBT_SCHEMA": f"model_{count}"}
        line = [str(ROOT / model.DBT), "build", "--vars", given]
        with self.measured() as cost:
            code = self._quietly(line, told, cwd=model.TRANSFORM).wait()
        if code:
            raise SystemExit(f"dbt failed with {count} tenants: {self.folder}/log")
        return cost

    def _state(self, tenant: Tenant) -> Path:
        """Where the state of a tenant's bare pipe is kept."""
        return self.folder / f"{tenant.id}.state"

    def _quietly(
        self, line: list[str], told: dict[str, str], **how: Any
    ) -> subprocess.Popen[bytes]:
        """Start a program that writes its log to a file."""
        with (self.folder / "log").open("ab") as log:
            given = {"stdout": log, "stderr": log, "cwd": ROOT, **how}
            return subprocess.Popen(line, env=told, **given)  # noqa: S603

    def airflow(self) -> Cost:
        """Tasks that do nothing, under Airflow."""
        dags = self.folder / "dags"
        dags.mkdir()
        (dags / "empty.py").write_text(DAG)
        database = self.server.database("airflow")
        with Airflow(self.folder / "airflow", database, {}, dags=dags) as airflow:
            *_, _ = airflow.run("empty")
            used = sum(map(cpu_of, airflow.pids))
            with self.measured() as cost:
                *_, _ = airflow.run("empty")
            cost.cpu = sum(map(cpu_of, airflow.pids)) - used
        return cost


SIZE = """
select pg_database_size(current_database()) / 1000000 as mb,
    (select count(*) from pg_class) as relations
"""
HEAD = """| | tenants | wall s | CPU s | CPU s of PostgreSQL | CPU s each | of PostgreSQL | load |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def runs(bench: Bench, few: int) -> Iterator[str]:
    """`meltano run` and the bare pipe, one tenant at a time."""
    *_, last = bench.tenants
    some = list(bench.tenants)[:few]
    bench.meltano(last)  # It makes Meltano's tables.
    yield bench.each(bench.meltano, some, 1).row("`meltano run`, first", few)
    yield bench.each(bench.meltano, some, 1).row("`meltano run`, again", few)
    yield bench.each(bench.pipe, some, 1).row("bare pipe, one at a time", few)


def many(bench: Bench, parallel: int) -> Iterator[str]:
    """The bare pipe of all tenants, first runs; a row after each fifty."""
    everyone = list(bench.tenants)
    cost = Cost(load=os.getloadavg()[0])
    for start in range(0, len(everyone), 50):
        part = everyone[start : start + 50]
        cost += bench.each(bench.pipe, part, parallel)
        yield cost.row(f"bare pipe, {parallel} at a time", start + len(part))


def models(bench: Bench, few: int) -> Iterator[str]:
    """dbt over one tenant, and over fifty."""
    bench.each(bench.pipe, list(bench.tenants)[:few], 1)
    for count in (1, 50):
        yield bench.dbt(count).row("dbt, first build", count)
        yield bench.dbt(count).row("dbt, second build", count)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--few", type=int, default=5)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=["runs", "many", "models", "airflow"])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tenants-"))
    with Warehouse(folder / "postgres") as server, Sandbox(Company.made_up()) as sandbox:
        bench = Bench(folder, server, sandbox, options.tenants)
        parts: dict[str, Callable[[], Iterable[str]]] = {
            "runs": lambda: runs(bench, options.few),
            "many": lambda: many(bench, options.parallel),
            "models": lambda: models(bench, options.few),
            "airflow": lambda: [bench.airflow().row("Airflow, empty tasks", EMPTY_TASKS)],
        }
        print(HEAD, flush=True)
        for name in options.only:
            for row in parts[name]():
                print(row, flush=True)
        [size] = server.database("warehouse").query(SIZE)
        requests = len(sandbox.logto.requests)
        print(f"{requests} requests; {size['mb']} MB in {size['relations']} relations.")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
