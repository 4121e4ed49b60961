"""Coercion of whole pages whose rows are as usual, in C."""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from identity_sdk.records.values import timestamp, timestamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class ColumnPlan(NamedTuple):
    """What becomes of a field.

    Attributes:
        column: Its column; None if it has none.
        usual: The type of values that are kept as they are; None if there is none.
        read: Parser of all others.
    """

    column: str | None
    usual: type | None
    read: Callable[[Any], Any]


class UsualRows:
    """Coerces pages in which each value has its column's usual type, at once.

    msgspec checks the types, and that there are no other fields, in C.

    Args:
        row: A Struct with a field for each column and then for each dropped field, which knows
            them by the source's names.
        dropped: Names of the dropped fields.
        readers: The columns whose values are parsed in any case, with the parser of a column.
    """

    def __init__(
        self,
        row: type[msgspec.Struct],
        dropped: Sequence[str],
        readers: Sequence[tuple[str, Callable[[list[Any]], Iterable[Any]]]],
    ) -> None:
        self._page = list[row]  # type: ignore[valid-type]
        self._dropped = dropped
        self._readers = readers

    def coerce(self, page: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The coerced rows.

        Raises:
            msgspec.ValidationError: A field is not known, or a value not of the usual type.
            ValueError: A value cannot be parsed; also InvalidOperation, RecursionError.
        """
        coerced = list(map(msgspec.structs.asdict, msgspec.convert(page, self._page)))
        for name in self._dropped:
            for row in coerced:
                del row[name]
        for column, read in self._readers:
            rows, values = coerced, [row[column] for row in coerced]
            if None in values:
                rows = [row for row in coerced if row[column] is not None]
                values = [value for value in values if value is not None]
            for row, value in zip(rows, read(values), strict=True):
                row[column] = value
        return coerced


_MOST_DROPPED = 64
"""With more fields without a column, names are probably data, and any page has new ones."""


def usual_rows(plan: Mapping[str, ColumnPlan], blank: Mapping[str, Any]) -> UsualRows | None:
    """What coerces pages with these fields at once; None if nothing does.

    Args:
        plan: What becomes of each field of the source.
        blank: The value of each column in a row without fields.
    """
    fields = {planned.column: field for field, planned in plan.items() if planned.column}
    dropped = [field for field, planned in plan.items() if planned.column is None]
    if len(fields) + len(dropped) < len(plan) or len(dropped) > _MOST_DROPPED:
        return None
    longest = "_" * max(map(len, blank), default=0)  # as no column can be named
    names = {f"dropped{longest}{at}": field for at, field in enumerate(dropped)}
    kinds = {column: plan[field].usual for column, field in fields.items()}
    columns = [(name, _USUAL.get(kinds.get(name), Any), blank[name]) for name in blank]
    unmet = {name: f"{_NO_FIELD}{name}" for name in blank.keys() - fields.keys()}
    try:
        row = msgspec.defstruct(
            "Row",
            [*columns, *((name, Any, None) for name in names)],
            rename={**fields, **unmet, **names},
            forbid_unknown_fields=True,
            gc=False,
        )
    except (TypeError, ValueError):  # a column or field with a name that msgspec does not take
        return None
    parsers = {name: plan[fields[name]].read for name, kind in kinds.items() if kind is None}
    readers = [(name, _OF_COLUMN.get(read) or partial(map, read)) for name, read in parsers.items()]
    return UsualRows(row, list(names), readers)


_NO_FIELD = f"\uffff{token_hex(8)}"
"""Begins no field: it is a noncharacter of Unicode, and in no run the same."""
_USUAL: dict[type | None, Any] = {str: str | None, bool: bool | None, int: int | None}
_OF_COLUMN: dict[Callable[[Any], Any], Callable[[list[Any]], list[str]]] = {timestamp: timestamps}
"""Parsers of values for which there is a faster one of a column."""
