"""Two tenants at a time, with one plugin in one Meltano project.

The tap of the first tenant is held before it reads the files that Meltano has prepared for it,
until the run of the second has ended: else it would be chance who overwrites whose files.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from orchestrate.checks import Fields
from sandbox.company import Company
from sandbox.server import Sandbox
from tests.closing import serving
from tests.e2e.readme import block, filled
from tests.orchestrate.written import entry, written
from tests.running import BIN, ROOT, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.warehouse import Database

RECIPE = block("mkdir", "docs/operating.md")
SHARED = "\n".join(line for line in RECIPE.splitlines() if ".tenants" not in line)
"""The same without a system directory for each tenant."""
RUN_TENANT = "python -m orchestrate.run_tenant acme --tenants tenants.yml  # https://acme.logto.app"
LOGTO = {stream for system, stream in Fields(ROOT).streams if system == "logto"}

HELD_TAP = f"""#!/bin/sh
case " $* " in
*" --discover "*) ;;
*) if [ -n "$HOLD" ]; then touch "$HOLD.held"; while [ ! -e "$HOLD.go" ]; do sleep 0.05; done; fi ;;
esac
exec "{ROOT}/.meltano/extractors/tap-logto/venv/bin/tap-logto" "$@"
"""


@dataclass
class Tenant:
    """A tenant of Logto, and the one stream that is wanted of it."""

    name: str
    stream: str
    sandbox: Sandbox
    project: Project
    _run: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return self.sandbox.logto_config["base_url"]

    def start(self, recipe: str, **environment: str) -> None:
        """Begin a run by the recipe for `acme`."""
        commands = filled(recipe, {"https://acme.logto.app": self.url, "acme": self.name})
        self._run = subprocess.Popen(
            ["bash", "-euc", commands],
            cwd=self.project.folder,
            env={
                **os.environ,
                **self.project.environment,
                "PATH": f"{BIN}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "MELTANO_PROJECT_ROOT": str(self.project.folder),
                "TAP_LOGTO__SELECT": json.dumps([f"{self.stream}.*"]),
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> tuple[int, str]:
        """Wait for the end of the run: its exit code and log."""
        assert self._run is not None
        _, log = self._run.communicate(timeout=120)
        return self._run.returncode, log

    @property
    def last_run(self) -> list[dict[str, Any]]:
        """What the last run says that it read."""
        sql = "select * from logto_{0}.sync_runs where sync_id = "
        sql += "(select max(sync_id) from logto_{0}.sync_runs)"
        return self.project.database.query(sql.format(self.name))


@pytest.fixture
def tenants(tmp_path: Path, database: Database) -> Iterator[tuple[Tenant, Tenant]]:
    """Two tenants, and a project for both."""
    with serving(Sandbox(Company.made_up())) as one, serving(Sandbox(Company.made_up(60))) as two:
        project = Project(tmp_path / "project", database, one)
        held = project.folder / "held-tap"
        held.write_text(HELD_TAP)
        held.chmod(0o755)
        definition = project.definition.read_text()
        project.definition.write_text(
            definition.replace("executable: tap-logto", f"executable: {held}")
        )
        yield Tenant("acme", "users", one, project), Tenant("globex", "roles", two, project)


def run_once(recipe: str, *tenants: Tenant) -> None:
    """A run of each tenant, one after the other."""
    for tenant in tenants:
        tenant.start(recipe)
        code, log = tenant.finish()
        assert code == 0, log


def run_at_a_time(recipe: str, first: Tenant, second: Tenant) -> tuple[int, str]:
    """A run of each; all of the second's is within the first's. How the first's ends."""
    hold = first.project.folder / "hold"
    first.start(recipe, HOLD=str(hold))
    end = time.monotonic() + 60
    while not hold.with_suffix(".held").exists():
        assert time.monotonic() < end, "the tap did not start"
        time.sleep(0.05)
    run_once(recipe, second)
    hold.with_suffix(".go").touch()
    return first.finish()


def test_tenants_with_a_system_directory_each_do_not_disturb_each_other(
    tenants: tuple[Tenant, Tenant],
) -> None:
    run_once(RECIPE, *tenants)
    code, log = run_at_a_time(RECIPE, *tenants)
    assert code == 0, log
    assert "the shrink guard is inactive" not in log
    for each in tenants:
        folder = each.project.folder / ".tenants" / each.name
        assert each.url in (folder / "run/tap-logto/state.json").read_text()
    assert_apart(*tenants)


def assert_apart(*tenants: Tenant) -> None:
    """Each has read its own tenant, and what was selected of it."""
    for each in tenants:
        (row,) = each.last_run
        assert (row["stream"], row["status"], row["reason"]) == (each.stream, "complete", None)
        assert row["coverage"] == [each.url]
    assert len({row["row_count"] for each in tenants for row in each.last_run}) == len(tenants)


def test_run_tenant_keeps_tenants_apart_at_their_first_runs(
    tenants: tuple[Tenant, Tenant],
) -> None:
    credentials = {name: f"TAP_LOGTO_{name.upper()}" for name in ("client_id", "client_secret")}
    listed = [
        entry(
            each.name,
            settings={"base_url": each.url},
            credentials=credentials,
            leave_out=sorted(LOGTO - {each.stream}),
        )
        for each in tenants
    ]
    written(tenants[0].project.folder, *listed)
    code, log = run_at_a_time(RUN_TENANT, *tenants)
    assert code == 0, log
    assert_apart(*tenants)
    assert tenants[0].project.environment["TAP_LOGTO_CLIENT_SECRET"] not in log


# What the documentation warns of. Should Meltano mend it, these fail, and the warning may go.


def test_with_a_shared_one_the_first_reads_what_was_selected_for_the_second(
    tenants: tuple[Tenant, Tenant],
) -> None:
    """And nothing tells: with no state yet it looks like a complete run."""
    first, second = tenants
    code, log = run_at_a_time(SHARED, first, second)
    assert code == 0, log
    (row,) = first.last_run
    assert (row["stream"], row["status"]) == (second.stream, "complete")
    assert row["coverage"] == [first.url]


def test_with_a_shared_one_the_first_gets_the_state_of_the_second(
    tenants: tuple[Tenant, Tenant],
) -> None:
    first, second = tenants
    run_once(SHARED, first, second)
    code, _ = run_at_a_time(SHARED, first, second)
    assert code == 1
    (row,) = first.last_run
    assert (row["stream"], row["status"]) == (second.stream, "incomplete")
    assert f"the last complete run covered {second.url}, this one does not" in row["reason"]
