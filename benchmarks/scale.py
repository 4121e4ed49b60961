"""Workload (h): the access model of a large company, on PostgreSQL and DuckDB."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import psutil

from benchmarks.contenders import HERE, WORK, environment
from benchmarks.measure import run
from benchmarks.scale_tables import tables
from sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.warehouse import Database

FOLDER = WORK / "scale"
TRANSFORM = HERE.parent / "transform"
SOURCES = [{"id": each, "system": each, "schema": f"tap_{each}"} for each in ("kinde", "logto")]
COUNTED = ("accounts", "grants", "effective_access")
SIZED = ("effective_access", "access_history")


class Engine(Protocol):
    """A database that dbt builds in."""

    variables: dict[str, str]

    def execute(self, statements: list[str]) -> None:
        """Run statements."""

    def cpu(self) -> float:
        """CPU seconds that it took so far outside of dbt's process."""

    def rows(self, table: str) -> int:
        """The rows of a table of the model."""

    def megabytes(self, table: str) -> float:
        """The size of a table of the model on disk."""


class Postgres:
    """The embedded PostgreSQL."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        self._postmaster = psutil.Process(pid)
        self.variables = {
            "DBT_TARGET": "postgres",
            "TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url,
        }

    def execute(self, statements: list[str]) -> None:
        for each in statements:
            self._database.query(each)

    def cpu(self) -> float:
        took = self._postmaster.cpu_times()
        return float(took.children_user + took.children_system)  # backends that have ended

    def rows(self, table: str) -> int:
        return self._number(f"select count(*) as n from identity.identity_{table}")  # noqa: S608

    def megabytes(self, table: str) -> float:
        size = f"pg_total_relation_size('identity.identity_{table}')"
        return self._number(f"select {size} as n") / 1e6

    def _number(self, query: str) -> int:
        return int(self._database.query(query)[0]["n"])


class DuckDB:
    """A DuckDB file, reached by dbt's own Python."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.variables = {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(path)}

    def execute(self, statements: list[str]) -> None:
        self._last_value(statements)

    def cpu(self) -> float:
        return 0.0

    def rows(self, table: str) -> int:
        query = f"select count(*) from identity.identity_{table}"  # noqa: S608
        return int(self._last_value([query]))

    def megabytes(self, table: str) -> float:
        blocks = f"from pragma_storage_info('identity.identity_{table}') where persistent"
        query = f"select count(distinct block_id) * 262144 / 1e6 {blocks}"
        return float(self._last_value(["checkpoint", query]))

    def _last_value(self, statements: list[str]) -> str:
        script = (
            "import duckdb, json, sys\n"
            "path, statements = json.load(sys.stdin)\n"
            "with duckdb.connect(path) as connection:\n"
            "    for each in statements:\n"
            "        result = connection.execute(each)\n"
            "    print((result.fetchone() or [''])[0])\n"
        )
        given = json.dumps([str(self._path), statements])
        command = [environment("dbt"), "-c", script]
        done = subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.PIPE)  # noqa: S603
        return done.stdout.strip()


@dataclass(frozen=True)
class Built:
    """What a command of dbt took: seconds on the clock, of CPU, and of each model."""

    wall: float
    cpu: float
    models: dict[str, float]


def build(engine: Engine, *selected: str) -> Built:
    """`dbt build`, of all or of some models."""
    os.environ.update(engine.variables)
    dbt = str(WORK / "dbt" / "bin" / "dbt")
    given = json.dumps({"identity_sources": SOURCES, "identity_now": "2026-01-01 12:00:00"})
    directories = [f"--project-dir={TRANSFORM}", f"--profiles-dir={TRANSFORM}"]
    command = [dbt, "build", *directories, f"--target-path={FOLDER / 'target'}", "--vars", given]
    command += ["--log-path", str(FOLDER / "logs"), "--no-send-anonymous-usage-stats"]
    before = engine.cpu()
    took = run([*command, *(["--select", *selected] if selected else [])])
    time.sleep(1)  # until the last backend has ended
    results = json.loads((FOLDER / "target" / "run_results.json").read_text())["results"]
    models = {each["unique_id"].split(".")[2]: each["execution_time"] for each in results}
    return Built(took.wall, took.cpu + engine.cpu() - before, models)


def engine_figures(engine: Engine, part: float) -> dict[str, Any]:
    """A first and a second build of all, one of the history alone, and what they left."""
    engine.execute(tables(part))
    first, second = build(engine), build(engine)
    history = build(engine, "identity_access_history,resource_type:model")
    nothing = build(engine, "identity_sources,resource_type:model")
    return {
        "first": asdict(first),
        "second": asdict(second),
        "history_cpu": history.cpu - nothing.cpu,
        "rows": {each: engine.rows(each) for each in COUNTED},
        "megabytes": {each: engine.megabytes(each) for each in SIZED},
    }


def engines() -> Iterator[tuple[str, Engine]]:
    """The engines by name, each while it is measured."""
    yield "DuckDB", DuckDB(FOLDER / "scale.duckdb")
    with Warehouse(FOLDER / "postgres") as warehouse:
        yield "PostgreSQL", Postgres(warehouse.database("scale"), FOLDER / "postgres")


def scale(quick: bool) -> dict[str, Any]:
    """The figures of each engine."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    found = {}
    for name, engine in engines():
        print(f"(h) {name}", flush=True)
        load = os.getloadavg()[0]
        found[name] = {**engine_figures(engine, 0.05 if quick else 1.0), "load": load}
        built = found[name]["first"]
        print(f"    {built['cpu']:7.2f} s CPU {built['wall']:7.2f} s", flush=True)
    return found
