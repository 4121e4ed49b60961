"""Runs that fail revoke nothing, and the model says what is not current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.running import Run, run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.transform.warehouses import DuckDB

Role = tuple[str, str]


def read(folder: Path, sandbox: Sandbox) -> Run:
    config = {**sandbox.configs["tap-logto"], "max_retries": 0}
    return run_tap(folder, config, tap="tap-logto")


def states(warehouse: DuckDB) -> dict[str, Any]:
    return {
        row["stream"]: row["state"]
        for row in warehouse.mart("identity_stream_status")
        if row["system"] == "logto"
    }


def tenant_roles(warehouse: DuckDB) -> set[Role]:
    """Who holds which role of the tenant."""
    return {
        (row["account_id"].rpartition("/")[2], row["entitlement_id"].rpartition("/")[2])
        for row in warehouse.mart("identity_grants")
        if row["stream"] == "role_users"
    }


def held(company: Company) -> set[Role]:
    return {
        (each.holder.id, each.role.id)
        for role in company.access.roles_of("tenant", "person")
        for each in company.access.holders_of(role)
    }


def test_a_failure_is_no_revocation(
    duckdb: DuckDB, sandbox: Sandbox, company: Company, tmp_path: Path
) -> None:
    duckdb.load("tap_logto", read(tmp_path, sandbox))
    before = held(company)
    revoked, kept, *_ = company.access.holders_of(company.access.roles_of("tenant", "person")[0])
    company.access.revoke(revoked)
    fault = sandbox.logto.fault(f"/roles/{kept.role.id}/users", status=500)
    failed = read(tmp_path, sandbox)
    assert fault.delivered
    assert failed.verdicts["role_users"] == "failed"
    duckdb.load("tap_logto", failed)
    duckdb.make("identity_grants", "identity_stream_status")
    assert tenant_roles(duckdb) == before
    assert states(duckdb)["role_users"] == "not current"
    assert states(duckdb)["users"] == "complete"

    sandbox.logto.faults.clear()
    duckdb.load("tap_logto", read(tmp_path, sandbox))
    duckdb.make("identity_grants", "identity_stream_status")
    assert tenant_roles(duckdb) == held(company) < before
    assert states(duckdb)["role_users"] == "complete"


def test_a_first_run_that_was_killed(
    duckdb: DuckDB, sandbox: Sandbox, company: Company, tmp_path: Path
) -> None:
    messages = read(tmp_path, sandbox).output.splitlines(keepends=True)
    sent = [each for each in messages if '"stream":"sync_runs"' not in each]
    assert len(sent) < len(messages)
    duckdb.load("tap_logto", Run(137, "".join(sent), ""))
    duckdb.make("identity_grants", "identity_stream_status")
    assert tenant_roles(duckdb) == held(company)
    assert set(states(duckdb).values()) == {"never complete", "not loaded"}
    assert states(duckdb)["users"] == "never complete"
