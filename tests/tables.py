"""Rows by their keys: as the company makes them, and as they came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.company import Company

Row = dict[str, Any]
Tables = Mapping[str, tuple[Callable[..., Iterable[Row]], tuple[str, ...]]]
"""Of each table, what makes its rows out of a company, and its key."""


def by_key(tables: Tables, table: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    """Rows of a table by their keys, no two of which are the same."""
    keys = tables[table][1]
    listed = list(rows)
    found = {tuple(row[key] for key in keys): row for row in listed}
    assert len(found) == len(listed), f"{table}: a key came twice"
    return found


def expected(tables: Tables, company: Company, table: str) -> dict[tuple[Any, ...], Row]:
    """The rows that the company makes of a table, by their keys."""
    return by_key(tables, table, tables[table][0](company))
