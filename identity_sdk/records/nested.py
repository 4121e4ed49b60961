"""Nested values of a required type; with another type, what they mean is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from identity_sdk.errors import Incomplete

if TYPE_CHECKING:
    from identity_sdk.exchange import Item


def objects(value: Any) -> list[Item]:
    """A list of objects; empty if the value is null.

    Raises:
        Incomplete: It is something else.
    """
    return _all(value, dict, "objects")


def texts(value: Any) -> list[str]:
    """A list of strings; empty if the value is null.

    Raises:
        Incomplete: It is something else.
    """
    return _all(value, str, "texts")


def values(value: Any) -> list[Any]:
    """A list; empty if the value is null.

    Raises:
        Incomplete: It is something else.
    """
    return _all(value, object, "values")


def _all(value: Any, kind: type, name: str) -> list[Any]:
    items: list[Any] = [] if value is None else value
    if isinstance(items, list) and all(isinstance(each, kind) for each in items):
        return items
    raise Incomplete(f"a record has another value where a list of {name} is expected")


def object_at(item: Item, *names: str) -> Item:
    """The object at a path of fields; empty if there is none.

    Raises:
        Incomplete: There is something else.
    """
    value: Any = item
    for name in names:
        value = value.get(name)
        if value is not None and not isinstance(value, dict):
            raise Incomplete(f"`{name}` of a record is not an object")
        value = value or {}
    found: Item = value
    return found
