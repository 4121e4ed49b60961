"""What a warehouse holds after a load, and what its SQL derives from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scripts.questions import QUESTIONS, question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.warehouse import Database
    from tests.running import Pipe

DELETED_ROWS = question(QUESTIONS / "identity" / "deleted_rows_2.sql").sql


def contents(database: Database, schema: str, table: str) -> list[dict[str, Any]]:
    """The live rows of a table, without the loader's own columns and the run's id."""
    rows = database.query(f"select * from {schema}.{table} where _sdc_deleted_at is null")
    return [
        {k: v for k, v in row.items() if not k.startswith("_sdc_") and k != "_sync_id"}
        for row in rows
    ]


def derived_removals(pipe: Pipe, table: str, *columns: str) -> set[tuple[Any, ...]]:
    """What the SQL for any loader says is removed."""
    sql = re.sub(r"\busers\b", table, DELETED_ROWS)
    sql = re.sub(r"\bid\b", ", ".join(columns), sql)
    rows = pipe.database.query(re.sub(r"\bfrom (\w)", rf"from {pipe.schema}.\1", sql))
    return {tuple(row[column] for column in columns) for row in rows}


def assert_equals(
    database: Database,
    schema: str,
    tables: Mapping[str, Mapping[tuple[Any, ...], Any]],
    by_key: Callable[[str, list[dict[str, Any]]], Mapping[tuple[Any, ...], Any]],
) -> None:
    """Every column of every live row is as it should be, and no other row is live."""
    for table, wanted in tables.items():
        found = by_key(table, contents(database, schema, table))
        assert wanted, table
        assert found.keys() == wanted.keys(), table
        for key, row in wanted.items():
            assert found[key] == row, f"{table} {key}"


def assert_without(secret: str, database: Database, schema: str, tables: int, *logs: str) -> None:
    """A secret is in no row of any table, of which there are so many, nor in what was logged."""
    names = database.query(
        "select table_name as name from information_schema.tables where table_schema = %(schema)s",
        schema=schema,
    )
    assert len(names) >= tables
    for table in (row["name"] for row in names):
        found = database.query(
            f"select t::text as text from {schema}.{table} t where t::text ~* %(secret)s",
            secret=secret,
        )
        assert found == [], table
    assert all(secret not in log for log in logs)
