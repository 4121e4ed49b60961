"""What a warehouse holds after a load, and what its SQL derives from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.running import ROOT, Pipe

if TYPE_CHECKING:
    from sandbox.warehouse import Database

DERIVED = re.search(r"```sql\n(-- removed.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def contents(database: Database, schema: str, table: str) -> list[dict[str, Any]]:
    """The live rows of a table, without the loader's own columns and the run's id."""
    rows = database.query(f"select * from {schema}.{table} where _sdc_deleted_at is null")
    return [
        {k: v for k, v in row.items() if not k.startswith("_sdc_") and k != "_sync_id"}
        for row in rows
    ]


def derived_removals(pipe: Pipe, table: str, *columns: str) -> set[tuple[Any, ...]]:
    """What the README's SQL for any loader says is removed."""
    assert DERIVED is not None
    sql = re.sub(r"\busers\b", table, DERIVED.group(1))
    sql = re.sub(r"\bid\b", ", ".join(columns), sql)
    rows = pipe.database.query(re.sub(r"\bfrom (\w)", rf"from {pipe.schema}.\1", sql))
    return {tuple(row[column] for column in columns) for row in rows}
