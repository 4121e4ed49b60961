"""Flattening of nested objects to rows, by a map of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from identity_sdk.exchange import Item

ColumnMap: TypeAlias = Mapping[str, "str | ColumnMap | None"]
"""Maps each field to its column, or to the map of a nested object; None drops it on purpose.

In the map of a nested object, "" is the column for a value that is not an object.
"""


def flatten(
    value: Item, columns: ColumnMap, fold: Callable[[Item], Item] = dict, path: str = "$"
) -> Item:
    """A nested object as a row.

    A field that the map does not have, or a value where it has an object, becomes a key with its
    path (RFC 9535), such as `$.name.patronymic`, without its value. No column has such a name:
    `Coercer.coerce` notes it as an unknown field.

    Args:
        fold: Normalises the field names of a nested object.
        path: The path of the object itself.
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
