"""Six tenants at a time share neither state, nor catalog, nor selection (`make test-airflow`)."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from orchestrate import ROOT
from orchestrate.checks import Fields
from orchestrate.run_tenant import prepare
from sandbox.company import Company
from sandbox.server import Sandbox
from tests.closing import serving
from tests.orchestrate.written import entry, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestrate.tenants import Tenants
    from sandbox.warehouse import Database

KEPT = ("users", "roles", "organizations", "applications", "resources", "scopes")
"""The one stream that each tenant is read for."""
STREAMS = {stream for system, stream in Fields(ROOT).streams if system == "logto"}


@pytest.fixture
def sandboxes() -> Iterator[list[Sandbox]]:
    """Six companies, each of another size."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving(Sandbox(Company.made_up(people=30 + number, seed=number))))
            for number in range(len(KEPT))
        ]


@pytest.fixture
def tenants(sandboxes: list[Sandbox], tmp_path: Path) -> Tenants:
    """A tenant of Logto for each company."""
    return written(
        tmp_path,
        *(
            entry(
                f"t{number}",
                settings={"base_url": sandbox.logto_config["base_url"]},
                leave_out=sorted(STREAMS - {KEPT[number]}),
            )
            for number, sandbox in enumerate(sandboxes)
        ),
    )


def run_all(tenants: Tenants, sandboxes: list[Sandbox], database: Database) -> list[str]:
    """A run of each, all at the same time; their logs."""
    environment = {
        **os.environ,
        "TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url,
    }
    for each, sandbox in zip(tenants, sandboxes, strict=True):
        for name, variable in each.credentials.items():
            environment[variable] = sandbox.logto_config[name]
    line = [sys.executable, "-m", "orchestrate.run_tenant", "--tenants", str(tenants.path)]
    running = [
        subprocess.Popen(
            [*line, each.id],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in tenants
    ]
    logs = [process.communicate(timeout=500)[1] for process in running]
    for process, log in zip(running, logs, strict=True):
        assert process.returncode == 0, log
    return logs


def test_six_tenants_at_a_time_share_nothing(
    tenants: Tenants,
    sandboxes: list[Sandbox],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once without state, and once with a state of which each must get its own."""
    monkeypatch.setenv("MELTANO_DATABASE_URI", database.sqlalchemy_url)
    assert prepare(tenants) == 0
    logs = run_all(tenants, sandboxes, database)
    assert all("the shrink guard is inactive" in log for log in logs)
    logs = run_all(tenants, sandboxes, database)
    assert not any("the shrink guard is inactive" in log for log in logs)
    for each, stream, sandbox in zip(tenants, KEPT, sandboxes, strict=True):
        url = sandbox.logto_config["base_url"]
        runs = database.query(f"select * from {each.schema}.sync_runs")
        assert [(row["stream"], row["status"], row["coverage"]) for row in runs] == [
            (stream, "complete", [url])
        ] * 2
        folder = tenants.folder(each.id) / "run/tap-logto"
        assert url in (folder / "state.json").read_text()
        [state] = database.query(
            "select completed_state from state where state_id = %(name)s",
            name=f"dev:tap-logto-to-target-postgres:{each.id}",
        )
        assert url in str(state["completed_state"])
        tables = database.query(
            "select table_name from information_schema.tables where table_schema = %(schema)s",
            schema=each.schema,
        )
        assert {row["table_name"] for row in tables} == {stream, "sync_runs"}
    [users] = database.query("select count(*) as count from logto_t0.users")
    assert users["count"] == len(sandboxes[0].company.people)
