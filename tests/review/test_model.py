"""The report of the access model that dbt builds, and what dbt does to decisions: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from access_review.cli import main
from sandbox.company import Company
from sandbox.server import Sandbox
from tests.closing import serving
from tests.review.conftest import use
from tests.review.reports import fill_in, make
from tests.review.test_decide import KEEP
from tests.running import run_tap
from tests.transform.warehouses import DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.transform.warehouses import DbtServer


@pytest.fixture
def built(tmp_path: Path, dbt_server: DbtServer) -> Iterator[DuckDB]:
    """The model of a made-up company, of what Logto says."""
    with serving(Sandbox(Company.made_up())) as sandbox:
        warehouse = DuckDB(tmp_path, dbt_server, "text")
        config = sandbox.configs["tap-logto"]
        warehouse.load("tap_logto", run_tap(tmp_path, config, tap="tap-logto"))
        warehouse.make()
        yield warehouse


def test_dbt_leaves_decisions_alone(
    built: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use({**built.environment, "DBT_TARGET": built.target}, monkeypatch)
    report = make(tmp_path / "out")
    findings = report.table("findings")
    assert sorted(row["finding_id"] for row in findings) == sorted(
        row["finding_id"] for row in built.mart("identity_findings")
    )
    assert len(report.table("access")) == len(built.mart("identity_effective_access"))
    finding = findings[0]["finding_id"]
    decided = fill_in(report, report.folder / "decided.xlsx", {"of": finding, **KEEP})
    assert main(["decide", str(decided)]) == 0
    built.build("--full-refresh", "--select", "identity_controls", "identity_access_history")
    after = {row["finding_id"]: row["state"] for row in make(tmp_path / "after").table("findings")}
    assert after[finding] == "kept"
    assert {after[row["finding_id"]] for row in findings[1:]} == {"open"}
