"""The taps in a project of one's own, as the README starts them: with Meltano, and without."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts.project import DEFINITIONS
from tests.e2e.hub import hub
from tests.e2e.readme import block, filled
from tests.logto.expected import DEFAULT
from tests.logto.runs import TAP, by_key, expected
from tests.running import BIN, ROOT, Project
from tests.warehouse import assert_equals

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from sandbox.warehouse import Database

SCHEMA = "tap_logto"
OPT_IN = "user_sessions"
OF_THIS_PROJECT = re.compile("(TAP|TARGET|MELTANO)_|(MAKE.*|PYTHONPATH|VIRTUAL_ENV)$")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it would be on the index."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [f"{BIN}/uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def shell(commands: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run commands as somebody would who has Meltano and nothing of this project."""
    own = {name: value for name, value in os.environ.items() if not OF_THIS_PROJECT.match(name)}
    return subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={**own, "PATH": f"{BIN}:{own['PATH']}", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def credentials(sandbox: Sandbox) -> dict[str, str]:
    """What stands in the README, and its value here."""
    config = sandbox.logto_config
    return {
        "https://TENANT-ID.logto.app": config["base_url"],
        "APP-ID": config["client_id"],
        "APP-SECRET": config["client_secret"],
    }


def test_a_meltano_project_of_ones_own(
    tmp_path: Path, wheel: Path, company: Company, database: Database, sandbox: Sandbox
) -> None:
    place = "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
    values = {**credentials(sandbox), place: shlex.quote(database.sqlalchemy_url)}
    with hub(str(wheel)) as server:
        commands = filled(block("meltano init"), {DEFINITIONS: f"{server.url}/hub", **values})
        done = shell(commands, tmp_path, MELTANO_HUB_URL=server.url)
    assert done.returncode == 0, done.stderr
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    assert statuses(database) == dict.fromkeys(DEFAULT, "complete")
    secret = sandbox.logto_config["client_secret"]
    assert secret in (tmp_path / "access/.env").read_text()
    assert secret not in (tmp_path / "access/meltano.yml").read_text()


def test_a_bare_pipe(tmp_path: Path, wheel: Path, company: Company, sandbox: Sandbox) -> None:
    """Two runs, the second with the state of the first."""
    values = {**credentials(sandbox), "identity-taps": shlex.quote(str(wheel))}
    done = shell(filled(block("python3 -m venv"), values), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the shrink guard is inactive for this run") == 1
    runs = rows_of(tmp_path, "sync_runs")
    assert len({row["sync_id"] for row in runs}) == 2
    assert {(row["stream"], row["status"]) for row in runs} == {(t, "complete") for t in DEFAULT}
    for table in DEFAULT:
        wanted = expected(company, table)
        found: set[tuple[Any, ...]] = set()
        for row in rows_of(tmp_path, table):
            found.update(by_key(table, [row]))
        assert found == wanted.keys(), table


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    """What target-jsonl wrote of a table, in all its files."""
    texts = [path.read_text() for path in folder.glob(f"{table}-*.jsonl")]
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


def statuses(database: Database) -> dict[str, str]:
    """Each stream of the last run and its status."""
    sql = f"select stream, status from {SCHEMA}.sync_runs "
    sql += f"where sync_id = (select max(sync_id) from {SCHEMA}.sync_runs)"
    return {row["stream"]: row["status"] for row in database.query(sql)}


# What `add`, `select` and settings do. These projects share the plugins that are installed here.


@pytest.fixture
def added(project: Project, request: pytest.FixtureRequest) -> Project:
    """A project that had no tap before one was added."""
    definition = yaml.safe_load(project.definition.read_text())
    installed = {each["name"]: each for each in definition["plugins"].pop("extractors")}
    project.definition.write_text(yaml.safe_dump(definition))
    with hub(installed[TAP]["pip_url"]) as server:
        from_file = ("--plugin-type", "extractor", "--from-ref", f"{server.url}/hub/{TAP}.yml")
        options = () if getattr(request, "param", None) == "listed" else from_file
        done = project.meltano("add", "--no-install", *options, TAP, MELTANO_HUB_URL=server.url)
    assert done.returncode == 0, done.stderr
    return project


def read(project: Project) -> dict[str, str]:
    """The streams of a run, and their statuses."""
    done = project.meltano("run", TAP, "target-postgres")
    assert done.returncode == 0, done.stderr
    return statuses(project.database)


@pytest.mark.parametrize("added", ["from a file", "listed"], indirect=True)
def test_a_tap_that_was_added_reads_all_streams_but_opt_in_ones(added: Project) -> None:
    assert read(added) == dict.fromkeys(DEFAULT, "complete")


@pytest.mark.parametrize(
    ("commands", "streams"),
    [
        (f'select {TAP} organizations "*"', {"organizations"}),
        (
            f'select {TAP} "*" "*"; select --exclude {TAP} audit_logs "*"',
            set(DEFAULT) - {"audit_logs"},
        ),
    ],
)
def test_selection_means_what_it_means_everywhere(
    added: Project, commands: str, streams: set[str]
) -> None:
    for command in commands.split("; "):
        done = added.meltano(*shlex.split(command))
        assert done.returncode == 0, done.stderr
    assert read(added) == dict.fromkeys(streams, "complete")


def test_an_opt_in_stream_is_added_to_a_project_that_has_run_without_it(added: Project) -> None:
    """Meltano must not read the catalog that it cached."""
    assert read(added).keys() == {*DEFAULT}
    done = added.meltano("config", "set", TAP, "opt_in_streams", OPT_IN)
    assert done.returncode == 0, done.stderr
    assert read(added) == dict.fromkeys((*DEFAULT, OPT_IN), "complete")
