"""The gate over many tenants, on a model that dbt has built."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from orchestrate import ROOT
from orchestrate.checks import Fields
from orchestrate.errors import TenantsError
from orchestrate.gate import gaps
from orchestrate.gate import main as gate
from orchestrate.model import check_history, variables
from tests.orchestrate.written import entry, written
from tests.transform.test_stream_status import NOW, RUNS, STATES
from tests.transform.warehouses import DuckDB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.warehouses import DbtServer

LOADED = STATES.keys() - {"audit_logs"}
LEFT_OUT = [
    stream
    for system, stream in sorted(Fields(ROOT).streams)
    if system == "logto" and stream not in LOADED
]
ACME = entry("acme", schema="tap_logto", leave_out=LEFT_OUT)


GAPS = [
    "acme, stream resources: never complete (there are rows, but no run tells of them)",
    "acme, stream role_users: never complete (incomplete, one row is missing)",
    "acme, stream roles: stale (the latest complete run ended at 2026-01-08 23:59:00 UTC)",
    "acme, stream scopes: not current (failed, HTTP 500)",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer) -> DuckDB:
    """A model of one tenant."""
    folder = tmp_path_factory.mktemp("gate")
    duckdb = DuckDB(folder, dbt_server, "text")
    duckdb.execute(RUNS)
    given = variables(written(folder, ACME), "identity", {})
    duckdb.make("identity_evidence_gaps", identity_now=NOW, **given)
    return duckdb


@pytest.fixture(autouse=True)
def connected(model: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the database of the model."""
    monkeypatch.setenv("DBT_TARGET", "duckdb")
    monkeypatch.setenv("DBT_DUCKDB_PATH", model.path)


def test_each_stream_that_is_not_complete_is_named_with_its_tenant(tmp_path: Path) -> None:
    tenants = written(tmp_path, ACME)
    assert gaps(tenants) == GAPS
    with pytest.raises(SystemExit) as ended:
        gate(["--tenants", str(tenants.path)])
    assert str(ended.value) == "\n".join(["4 gaps in the evidence:", *GAPS])


def test_a_tenant_without_a_run_or_a_model_is_a_gap(tmp_path: Path) -> None:
    tenants = written(tmp_path, ACME)
    assert gaps(tenants, datetime(2026, 1, 10, 11)) == GAPS
    assert gaps(tenants, datetime(2026, 1, 10, 11, 1)) == [
        *GAPS,
        "acme: model identity knows of no run since 2026-01-10 11:01 UTC: it was not loaded, or "
        "not modelled after that",
    ]
    assert gaps(written(tmp_path, ACME, entry("new"))) == [
        *GAPS,
        "new: not in model identity, which was built before it was added",
    ]
    assert gaps(written(tmp_path, ACME, models=2)) == ["acme: model identity_000 was never built"]


def test_history_does_not_begin_anew_in_another_model(model: DuckDB, tmp_path: Path) -> None:
    model.execute(
        "create table identity.identity_looks as select 'acme' as source_id, 'users' as stream"
    )
    tenants = written(tmp_path, ACME, entry("globex"))
    check_history("identity", list(tenants))
    check_history("identity_001", [tenants["globex"]])
    with pytest.raises(TenantsError, match="acme: history is in identity, and would begin anew"):
        check_history("identity_000", list(tenants))
