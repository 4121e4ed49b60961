"""Coercion of rows to their schema: one representation for each type of value."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from identity_sdk.records.secrets import without_secrets
from identity_sdk.records.usual_rows import ColumnPlan, UsualRows, usual_rows
from identity_sdk.records.values import boolean, snake_cased, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from identity_sdk.report.run_report import StreamResult

SYNC_ID = "_sync_id"
SYNC_ID_SCHEMA = {
    "type": "string",
    "description": "Id of the run that last saw this row; joins to `sync_runs.sync_id`.",
}


_ROOT = "$."
_UNREADABLE = (ValueError, InvalidOperation, RecursionError)


class Coercer:
    """Coerces rows to a schema.

    Every field of the schema is present in every row, so that a value that was removed at the
    source does not stay in the warehouse.

    Args:
        properties: The columns, with their JSON Schemas.
        ignored_fields: Columns that are left out on purpose.
        snake_case_objects: Columns with objects whose field names become snake_case too.
        column: The column name of a field.
        given: Columns that have the same value in each row, whatever the source says.
    """

    def __init__(
        self,
        properties: Mapping[str, Any],
        ignored_fields: Iterable[str] = (),
        snake_case_objects: Iterable[str] = (),
        column: Callable[[str], str] = str,
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        deep = frozenset(snake_case_objects)
        self._plans = {
            name: _column_plan(name, spec, name in deep)
            for name, spec in properties.items()
            if name not in given
        }
        self._blank: dict[str, Any] = {**dict.fromkeys(properties), **given}
        self._left_out = frozenset(ignored_fields)
        self._column = column
        self._plan: dict[str, ColumnPlan] = {}
        self._usual: UsualRows | None = None
        self._compiled = 0  # fields that were known when `_usual` was made

    def page(self, rows: Sequence[Mapping[str, Any]], result: StreamResult) -> list[dict[str, Any]]:
        """The coerced rows of a page.

        A page with known fields only, each with values of its column's usual type, is coerced at
        once, any other row by row.
        """
        if self._usual is not None:
            try:
                return self._usual.coerce(rows)
            except (msgspec.ValidationError, *_UNREADABLE):
                pass
        coerced = [self.coerce(row, result) for row in rows]
        if len(self._plan) > self._compiled:
            self._compiled = len(self._plan)
            self._usual = usual_rows(self._plan, self._blank)
        return coerced

    def coerce(self, row: Mapping[str, Any], result: StreamResult) -> dict[str, Any]:
        """The coerced row; values that do not fit are noted in the stream's result."""
        shaped = self._blank.copy()
        plan = self._plan
        try:
            for name, value in row.items():
                column, usual, read = plan.get(name) or self._planned(name, result)
                if column is not None and value is not None:
                    shaped[column] = value if type(value) is usual else read(value)
        except _UNREADABLE:
            return self._carefully(row, result)
        return shaped

    def _carefully(self, row: Mapping[str, Any], result: StreamResult) -> dict[str, Any]:
        """The coerced row, if a value does not fit."""
        shaped = self._blank.copy()
        for name, value in row.items():
            column, _, read = self._plan.get(name) or self._planned(name, result)
            if column is not None and value is not None:
                try:
                    shaped[column] = read(value)
                except _UNREADABLE:
                    result.unreadable.add(column)
        return shaped

    def _planned(self, name: str, result: StreamResult) -> ColumnPlan:
        """What to do with a field, determined once; an unknown field is noted."""
        if name.startswith(_ROOT):
            column, planned = name.removeprefix(_ROOT), _NOWHERE
        else:
            column = self._column(name)
            planned = self._plans.get(column, _NOWHERE)
        if planned is _NOWHERE and column not in self._left_out:
            result.unknown.add(column)
        self._plan[name] = planned
        return planned


_NOWHERE = ColumnPlan(None, None, str)


def kind_of(spec: Mapping[str, Any]) -> str:
    types = spec.get("type", "string")
    return next(
        (t for t in ([types] if isinstance(types, str) else types) if t != "null"), "string"
    )


def _column_plan(name: str, spec: Mapping[str, Any], snake_case: bool) -> ColumnPlan:
    if spec.get("format") == "date-time":
        return ColumnPlan(name, None, timestamp)
    usual, read = _KINDS.get(kind_of(spec), _KINDS["string"])
    if snake_case:
        return ColumnPlan(name, None, lambda value: snake_cased(read(value)))
    return ColumnPlan(name, usual, read)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return str(value)
    raise ValueError("not a string")


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise ValueError("not a number")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number.adjusted() > 1000:  # 1E+999999 would take gigabytes of memory.
        raise ValueError("out of range")
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return without_secrets(value)


def _array(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("not an array")
    return without_secrets(value)


_KINDS: dict[str, tuple[type | None, Callable[[Any], Any]]] = {
    "string": (str, _text),
    "boolean": (bool, boolean),
    "integer": (int, _integer),
    "number": (None, _number),
    "object": (None, _object),
    "array": (None, _array),
}
