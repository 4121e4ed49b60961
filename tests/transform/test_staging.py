"""Staging holds the rows that are there now, typed, whatever the loader made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.transform.staged import TABLES, by_key, live
from tests.transform.warehouses import read_all

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.transform.warehouses import Warehouse


def test_staging_holds_live_rows(
    any_warehouse: Warehouse, sandbox: Sandbox, company: Company, tmp_path: Path
) -> None:
    first = read_all(tmp_path, sandbox)
    any_warehouse.load_all(first)
    leaver, other, *_ = company.people.values()
    company.remove(leaver)
    company.suspend(other)
    company.access.dissolve(next(iter(company.access.organizations.values())))
    second = read_all(tmp_path, sandbox)
    any_warehouse.load_all(second)
    any_warehouse.build("--select", "staging")
    fewer = set()
    for tap, tables in TABLES.items():
        staged = any_warehouse.staged(*(table.model for table in tables))
        for table in tables:
            wanted = live(table, [first[tap], second[tap]])
            rows = staged[table.model]
            found = by_key(table, rows)
            assert found == wanted, table.model
            assert len(found) == len(rows), table.model
            assert {row["source_id"] for row in rows} <= {table.system}
            if len(wanted) < len(live(table, [first[tap]])):
                fewer.add(tap)
    assert fewer == set(TABLES), "no tap has rows that are gone"
