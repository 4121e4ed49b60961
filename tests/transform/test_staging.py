"""Staging holds the rows that are there now, typed, whatever the loader made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transform.staged import TABLES, assert_live, live
from tests.transform.warehouses import TRANSFORM, DuckDB, Warehouse, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.running import Run

MODELS = [table.model for tables in TABLES.values() for table in tables]
Runs = dict[str, tuple["Run", "Run"]]


@pytest.fixture
def runs(any_warehouse: Warehouse, sandbox: Sandbox, company: Company, tmp_path: Path) -> Runs:
    """Two runs of each tap, with removals in between, and loaded."""
    first = read_all(tmp_path, sandbox)
    any_warehouse.load_all(first)
    leaver, other, *_ = company.people.values()
    company.remove(leaver)
    company.suspend(other)
    company.access.dissolve(next(iter(company.access.organizations.values())))
    second = read_all(tmp_path, sandbox)
    any_warehouse.load_all(second)
    runs = {tap: (first[tap], second[tap]) for tap in first}
    for tap, both in runs.items():
        counts = [[len(live(table, some)) for table in TABLES[tap]] for some in (both[:1], both)]
        assert any(now < before for before, now in zip(*counts, strict=True)), f"{tap}: none gone"
    return runs


def test_staging_holds_live_rows(any_warehouse: Warehouse, runs: Runs) -> None:
    any_warehouse.build("--select", "staging")
    assert_live(any_warehouse.staged(*MODELS), runs)
    if isinstance(any_warehouse, DuckDB) and any_warehouse.shape == "append":
        return  # The plain script is for loaders that keep one row of each key.
    script = TRANSFORM / "sql" / f"staging_{any_warehouse.target}.sql"
    any_warehouse.execute(script.read_text().replace("identity_staging", "plain"))
    assert_live(any_warehouse.tables("plain", *MODELS), runs)


def test_json_arrays_have_the_functions_of_postgresql(any_warehouse: Warehouse) -> None:
    """The questions of the documentation use them; dbt makes what an engine lacks."""
    any_warehouse.build("--select", "stg_identity__sync_runs")
    known = {"postgres": ("pg_catalog", "jsonb"), "duckdb": ("identity_staging", "json")}
    schema, json = known[any_warehouse.target]
    array = f"""cast('["b", "a"]' as {json})"""
    (rows,) = any_warehouse.queries(
        f"select {schema}.jsonb_array_length({array}) as length, "
        f"{schema}.jsonb_array_elements_text({array}) as element"
    )
    assert rows == [{"length": 2, "element": "b"}, {"length": 2, "element": "a"}]
