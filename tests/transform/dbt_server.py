"""dbt and DuckDB as tests use them: loaded once, and forked for each command.

This module is run by dbt's own Python, which has nothing of this project. A line of standard input
is a command, `[function, arguments]`; the line that answers it on standard output is the result.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import duckdb_loader  # type: ignore[import-not-found]
import yaml
from dbt.adapters.duckdb import DuckDBAdapter  # type: ignore[import-not-found]  # noqa: F401
from dbt.adapters.postgres import PostgresAdapter  # type: ignore[import-not-found]  # noqa: F401
from dbt.cli.main import dbtRunner  # type: ignore[import-not-found]
from dbt.config.renderer import ProfileRenderer  # type: ignore[import-not-found]
from dbt.contracts.graph.manifest import Manifest  # type: ignore[import-not-found]
from dbt_common.context import set_invocation_context  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable

parsed: dict[str, Manifest] = {}
"""Projects that were parsed already: dbt takes five seconds for that."""


def dbt(
    arguments: list[str], environment: dict[str, str], log: str, project: str
) -> tuple[bool, dict[str, str]]:
    """Whether a command of dbt succeeds, and how each node went; what it says goes to a file.

    Args:
        project: What it is parsed once for: project, engine, and the variables that are read then.
    """
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    done = dbtRunner(parsed.get(project)).invoke(arguments)
    results = getattr(done.result, "results", ())
    return bool(done.success), {each.node.name: str(each.status) for each in results}


def load(path: str, schema: str, messages: str, shape: str) -> None:
    """Load a file of Singer messages into a schema of a DuckDB database."""
    with closing(duckdb.connect(path)) as connection:
        duckdb_loader.load(connection, schema, Path(messages), shape)


def query(path: str, statements: list[str]) -> list[list[dict[str, Any]]]:
    """The rows of some queries."""
    answers = []
    with closing(duckdb.connect(path)) as connection:
        for statement in statements:
            result = connection.execute(statement)
            names = [column[0] for column in result.description]
            answers.append([dict(zip(names, row, strict=True)) for row in result.fetchall()])
    return answers


def execute(path: str, script: str) -> None:
    """Run a script of SQL."""
    with closing(duckdb.connect(path)) as connection:
        connection.execute(script)


def profile(folder: str, target: str, environment: dict[str, str]) -> dict[str, Any]:
    """The connection that a profile describes, as dbt reads it."""
    os.environ.update(environment)
    set_invocation_context(os.environ)
    text = Path(folder, "profiles.yml").read_text()
    outputs = yaml.safe_load(text)["identity_access"]["outputs"]
    found: dict[str, Any] = ProfileRenderer().render_data(outputs[target])
    return found


SERVED: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (dbt, load, query, execute, profile)
}


def answer(name: str, arguments: dict[str, Any]) -> str:
    """The result of a command, carried out in a process of its own."""
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        told: dict[str, Any] = {}
        try:
            told["result"] = SERVED[name](**arguments)
        except BaseException:
            told["error"] = traceback.format_exc()
        with os.fdopen(write, "w") as pipe:
            json.dump(told, pipe, default=str)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        result = pipe.read()
    os.waitpid(pid, 0)
    return result


def _remember(project: str, environment: dict[str, str]) -> None:
    """Keep a project that was parsed, for the next command."""
    path = Path(environment["DBT_TARGET_PATH"], "partial_parse.msgpack")
    if project not in parsed and path.exists():
        manifest = Manifest.from_msgpack(path.read_bytes())
        manifest.build_flat_graph()
        parsed[project] = manifest


if __name__ == "__main__":
    for line in sys.stdin:
        function, given = json.loads(line)
        sys.stdout.write(answer(function, given) + "\n")
        sys.stdout.flush()
        if function == "dbt":
            _remember(given["project"], given["environment"])
