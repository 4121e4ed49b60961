"""Nested objects as rows, by a map of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from identity_sdk.exchange import Item

ColumnMap: TypeAlias = Mapping[str, "str | ColumnMap | None"]
"""For each field its column, or the map of the object in it; None leaves it out on purpose.

Where a map stands, "" names the column of a value that is no object, if one can hold it.
"""


def flatten(
    value: Item, columns: ColumnMap, fold: Callable[[Item], Item] = dict, path: str = "$"
) -> Item:
    """A nested object as a row.

    What the map does not know, be it a field or a value where an object should be, is in the
    row by its path alone (RFC 9535), such as `$.name.patronymic`. No column has such a name:
    `Coercer.coerce` notes it like any unknown field.

    Args:
        fold: Brings the names of an object within into the spelling of the map.
        path: Where the object itself is.
    """
    row: Item = {}
    for name, each in value.items():
        here = f"{path}.{name}" if name else path
        if name not in columns:
            row[here] = None
        elif isinstance(column := columns[name], str):
            row[column] = each
        elif column is not None and each not in _NOTHING:
            inner = fold(each) if isinstance(each, dict) else {"": each}
            row.update(flatten(inner, column, fold, here))
    return row


_NOTHING: tuple[Any, ...] = (None, "", [], {})
