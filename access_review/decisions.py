"""The table of decisions: what was decided of a finding, by whom, when and why.

It is in a schema of its own, which dbt does not own: no build of the access model, also none with
`--full-refresh`, changes it. Rows are only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from access_review.warehouse import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access_review.warehouse import Row, Warehouse

TABLE = "identity_decisions"

COLUMNS = {
    "decision_id": "text",
    "finding_id": "text",
    "control_id": "text",
    "source_id": "text",
    "subject": "text",
    "account_id": "text",
    "entitlement_id": "text",
    "scope_id": "text",
    "detail": "text",
    "decision": "text",
    "accept_until": "date",
    "decided_by": "text",
    "decided_on": "date",
    "why": "text",
    "report_id": "text",
    "recorded_at": "timestamp",
}


def no_decisions() -> str:
    """A table of that shape without rows, for a database in which nothing was decided yet."""
    columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
    return f"(select {columns} where false) as nothing"


def record(warehouse: Warehouse, decisions: Iterable[Row]) -> int:
    """Add the decisions that are not there yet; their number."""
    schema = quoted(warehouse.settings.review_schema)
    table = f"{schema}.{TABLE}"
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    if not warehouse.has_schema(warehouse.settings.review_schema):
        warehouse.execute(f"create schema {schema}")
    if TABLE not in warehouse.tables(warehouse.settings.review_schema):
        warehouse.execute(f"create table {table} ({columns})")
    known = {row["decision_id"] for row in warehouse.rows(f"select decision_id from {table}")}
    new = [each for each in decisions if each["decision_id"] not in known]
    names = ", ".join(COLUMNS)
    values = ", ".join(f"cast(${name} as {kind})" for name, kind in COLUMNS.items())
    for each in new:
        given: dict[str, Any] = {name: each.get(name) for name in COLUMNS}
        warehouse.execute(f"insert into {table} ({names}) values ({values})", **given)
    warehouse.commit()
    return len(new)
