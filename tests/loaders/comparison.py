"""Rows of a warehouse beside the records that were loaded: form may differ, values may not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.loaders.feed import Key, Row, Table

TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
RUN = "_sync_id"


class Unreadable(ValueError):
    """A value that is none of its column's type, in any form."""


def normal(value: Any, schema: Mapping[str, Any], *, empty_is_null: bool = False) -> Any:
    """A value in the one form in which it is compared.

    Args:
        schema: The schema of its column.
        empty_is_null: Whether the format has no other form for null, as CSV has not.

    Raises:
        Unreadable: It is none of the column's type.
    """
    if value is None or (empty_is_null and value == ""):
        return None
    kind = next(each for each in kinds(schema) if each != "null")
    try:
        if kind in ("object", "array"):
            return json.loads(value) if isinstance(value, str) else value
        if kind == "boolean":
            return TRUTHS[str(value).lower()]
        if kind in ("integer", "number"):
            return Decimal(str(value))
        if schema.get("format") == "date-time":
            return _moment(value)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise Unreadable(repr(value)) from error
    if not isinstance(value, str):
        raise Unreadable(repr(value))
    return value


def kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types of a column."""
    types = schema.get("type", "string")
    return [types] if isinstance(types, str) else types


def _moment(value: Any) -> datetime:
    """A point in time; one without a zone is taken for UTC."""
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@dataclass
class Difference:
    """How rows of a warehouse differ from those that it should hold.

    Attributes:
        rows: How many it should hold.
        missing: Keys that it lacks.
        changed: Keys of rows with another value in some column.
        surplus: Rows that were never loaded, or are there once more.
        columns: Columns that hold another value, and an example.
    """

    rows: int = 0
    missing: int = 0
    changed: int = 0
    surplus: int = 0
    columns: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.surplus)

    def __iadd__(self, other: Difference) -> Difference:
        self.rows += other.rows
        self.missing += other.missing
        self.changed += other.changed
        self.surplus += other.surplus
        self.columns = {**other.columns, **self.columns}
        return self

    def __str__(self) -> str:
        figures = {"missing": self.missing, "changed": self.changed, "surplus": self.surplus}
        told = ", ".join(f"{number} {name}" for name, number in figures.items() if number)
        return f"{told} of {self.rows}" if told else f"all {self.rows}"


class Comparison:
    """Compares rows of one table.

    Args:
        text: Whether the rows come from a file: there an absent column is null.
        empty_is_null: Whether they come from CSV, where an empty text is null as well.
    """

    def __init__(self, table: Table, *, text: bool = False, empty_is_null: bool = False) -> None:
        self.table = table
        self.text = text
        self.empty_is_null = empty_is_null

    def key(self, row: Mapping[str, Any]) -> Key:
        return tuple(self._value(row, name) for name in self.table.key)

    def keys(self, rows: Iterable[Mapping[str, Any]]) -> set[Key]:
        return {self.key(row) for row in rows}

    def latest(self, rows: Iterable[Row]) -> tuple[dict[Key, Row], int]:
        """Of each key the row of the latest run, and how many rows are there once more."""
        found: dict[Key, Row] = {}
        repeated = 0
        for row in rows:
            known = found.get(key := self.key(row))
            if known is None or str(row.get(RUN)) > str(known.get(RUN)):
                found[key] = row
            elif known.get(RUN) == row.get(RUN):
                repeated += 1
        return found, repeated

    def difference(
        self, rows: Iterable[Row], records: Iterable[Row], known: set[Key]
    ) -> Difference:
        """How rows differ from records that should be there.

        Args:
            known: Keys of all records so far, removed ones included.
        """
        found, repeated = self.latest(rows)
        wanted = {self.key(record): record for record in records}
        result = Difference(len(wanted), surplus=repeated + len(found.keys() - known))
        for key, record in wanted.items():
            if (row := found.get(key)) is None:
                result.missing += 1
            elif columns := dict(self._unequal(row, record)):
                result.changed += 1
                result.columns.update(columns)
        return result

    def _unequal(self, row: Row, record: Row) -> Iterable[tuple[str, str]]:
        for name in self.table.schema:
            wanted = self._value(record, name)
            if not self.text and name.lower() not in row:
                yield name, "no such column"
            elif (found := self._value(row, name)) != wanted:
                yield name, f"{_shown(wanted)} became {_shown(found)}"

    def _value(self, row: Mapping[str, Any], name: str) -> Any:
        value = row.get(name, row.get(name.lower()))
        try:
            return normal(value, self.table.schema[name], empty_is_null=self.empty_is_null)
        except Unreadable:
            return value


def _shown(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
