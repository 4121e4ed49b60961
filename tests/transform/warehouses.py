"""Warehouses of both engines, filled as loaders fill them, and dbt on top of them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.loader import Loader
from tests.running import ALL, ROOT, Run, catalog_of, run_tap
from tests.transform.standing import COLUMNS, SEEDS, basis, raw_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from sandbox.server import Sandbox
    from sandbox.warehouse import Database

TRANSFORM = ROOT / "transform"
PYTHON = ROOT / ".meltano/utilities/dbt/venv/bin/python"
Row = dict[str, Any]


def read_all(
    folder: Path, sandbox: Sandbox, *streams: str, configs: Mapping[str, Row] | None = None
) -> dict[str, Run]:
    """What each tap sends of some streams, or of all that it has."""
    return {
        tap: run_tap(folder, config, tap=tap, catalog=catalog_of(tap, *(streams or (ALL,))))
        for tap, config in (configs or sandbox.configs).items()
    }


class DbtServer:
    """The process that has loaded dbt and DuckDB, while it is entered."""

    def __enter__(self) -> DbtServer:
        self._process = subprocess.Popen(
            [PYTHON, str(Path(__file__).with_name("dbt_server.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            # dbt looks through the environment for secrets whenever it logs a line.
            env={
                **{name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ},
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            },
        )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=10)

    def call(self, function: str, **arguments: Any) -> Any:
        """Call a function of `dbt_server`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([function, arguments]) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "error" not in told, told["error"]
        return told["result"]


@dataclass(frozen=True)
class Dbt:
    """A command of dbt that has ended.

    Attributes:
        statuses: Of each model, seed and test by its name, how it went.
        log: The errors that it reported.
        target: Where it wrote the SQL that it compiled.
    """

    succeeded: bool
    statuses: dict[str, str]
    log: str
    target: Path


@dataclass(frozen=True)
class Warehouse:
    """A database that loaders fill, and dbt transforms.

    Attributes:
        folder: Where dbt writes what it writes.
        server: The process that runs dbt.
        standing: The seeds and staging views that are there, with what each follows from.
    """

    folder: Path
    server: DbtServer
    standing: dict[str, Any] = field(default_factory=dict, kw_only=True)

    target = ""

    @property
    def variables(self) -> dict[str, Any]:
        """What dbt must be told of how the warehouse was filled."""
        return {}

    @property
    def environment(self) -> dict[str, str]:
        """What dbt's profile needs."""
        raise NotImplementedError

    def load(self, schema: str, run: Run) -> None:
        """Load what a tap has sent."""
        raise NotImplementedError

    def queries(self, *statements: str) -> list[list[Row]]:
        """The rows of some queries."""
        raise NotImplementedError

    def execute(self, script: str) -> None:
        """Run a script of SQL."""
        raise NotImplementedError

    def load_all(self, runs: dict[str, Run]) -> None:
        """Load what each tap has sent into the tap's schema."""
        for tap, run in runs.items():
            self.load(tap.replace("-", "_"), run)

    def query(self, statement: str) -> list[Row]:
        """The rows of a query."""
        return self.queries(statement)[0]

    def tables(self, schema: str, *names: str) -> dict[str, list[Row]]:
        """The rows of some tables."""
        rows = self.queries(*(f"select * from {schema}.{name}" for name in names))
        return dict(zip(names, rows, strict=True))

    def staged(self, *models: str) -> dict[str, list[Row]]:
        """The rows of staging models."""
        return self.tables("identity_staging", *models)

    def mart(self, model: str) -> list[Row]:
        """The rows of a mart."""
        return self.tables("identity", model)[model]

    def dbt(self, *arguments: str, project: Path = TRANSFORM, **variables: Any) -> Dbt:
        """Run a command of dbt with some variables of the project."""
        log, target = self.folder / "dbt.log", self.folder / "target"
        environment = {
            **self.environment,
            "DBT_TARGET": self.target,
            "DBT_PROJECT_DIR": str(project),
            "DBT_PROFILES_DIR": str(TRANSFORM),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_USE_COLORS": "false",
            "DBT_QUIET": "true",
            "DBT_WRITE_JSON": "false",
        }
        given = json.dumps({**self.variables, **variables})
        succeeded, statuses = self.server.call(
            "dbt",
            arguments=[*arguments, "--vars", given],
            environment=environment,
            log=str(log),
            project=f"{project} {self.target} {variables.get('evidence')}",
        )
        return Dbt(succeeded, statuses, log.read_text(), target)

    def update(self, *arguments: str, **variables: Any) -> Dbt:
        """`dbt build`, without the seeds and staging views that it would make as they are."""
        columns = raw_columns(self.query(COLUMNS))
        kept = [
            name for name, was in self.standing.items() if was == basis(name, columns, variables)
        ]
        excluded = ["--exclude", *kept] if kept else []
        done = self.dbt("build", *arguments, *excluded, **variables)
        for name, status in done.statuses.items():
            if status == "success" and (name in SEEDS or name.startswith("stg_")):
                self.standing[name] = basis(name, columns, variables)
        return done

    def make(self, *selected: str, **variables: Any) -> None:
        """Make some models and all that they need, or all, without the project's tests."""
        selection = ["--select", *(f"+{each}" for each in selected)] if selected else []
        done = self.update("--exclude-resource-type", "test", *selection, **variables)
        assert done.succeeded, done.log

    def make_only(self, *selected: str, **variables: Any) -> None:
        """Make some models anew, and nothing that they need."""
        self.build("--exclude-resource-type", "test", "--select", *selected, **variables)

    def build(self, *arguments: str, **variables: Any) -> Dbt:
        """`dbt build` of all that is selected, which must succeed."""
        self.standing.clear()
        done = self.update(*arguments, **variables)
        assert done.succeeded, done.log
        return done


@dataclass(frozen=True)
class Postgres(Warehouse):
    """PostgreSQL, filled by target-postgres.

    Attributes:
        role: Who builds the model.
    """

    database: Database
    role: str = "postgres"

    target = "postgres"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TARGET_POSTGRES_SQLALCHEMY_URL": self.database.sqlalchemy_url,
            "PGUSER": self.role,
        }

    def load(self, schema: str, run: Run) -> None:
        config = self.folder / "target.json"
        settings = {
            "sqlalchemy_url": self.database.sqlalchemy_url,
            "default_target_schema": schema,
            "use_copy": True,
            "validate_records": False,
        }
        config.write_text(json.dumps(settings))
        with (self.folder / "target.log").open("wb") as log:
            loader = Loader(config, None, log)
            assert loader.stdin
            with loader.stdin as pipe:
                pipe.write(run.output.encode())
            loader.communicate(timeout=300)
        assert loader.returncode == 0, (self.folder / "target.log").read_text()

    def queries(self, *statements: str) -> list[list[Row]]:
        return [self.database.query(statement) for statement in statements]

    def execute(self, script: str) -> None:
        self.database.query(script)


@dataclass(frozen=True)
class DuckDB(Warehouse):
    """DuckDB, with arrays and objects in one of the shapes of `duckdb_loader`."""

    shape: str

    target = "duckdb"

    @property
    def variables(self) -> dict[str, Any]:
        return {"raw_is_append_only": self.shape == "append"}

    @property
    def path(self) -> str:
        return str(self.folder / "warehouse.duckdb")

    @property
    def environment(self) -> dict[str, str]:
        return {"DBT_DUCKDB_PATH": self.path}

    def load(self, schema: str, run: Run) -> None:
        messages = self.folder / "messages.jsonl"
        messages.write_text(run.output)
        self.server.call(
            "load", path=self.path, schema=schema, messages=str(messages), shape=self.shape
        )

    def queries(self, *statements: str) -> list[list[Row]]:
        rows: list[list[Row]] = self.server.call("query", path=self.path, statements=statements)
        return rows

    def execute(self, script: str) -> None:
        self.server.call("execute", path=self.path, script=script)
