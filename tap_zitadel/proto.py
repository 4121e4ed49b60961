"""proto3 JSON: fields with their default value are omitted."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from identity_sdk import ApiError, Item, snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable


_STRANGE = "The response does not have ZITADEL's format. Check `instance_url`."


@dataclass(frozen=True)
class Field:
    """The path of a column's value in a message, and what its absence means.

    Within a message that is absent as a whole, every value is null.

    Attributes:
        unordered: Whether it is a list whose order means nothing, and which is therefore sorted.
    """

    path: tuple[str, ...]
    default: Any
    unordered: bool = False

    def of(self, message: Item) -> Any:
        """The value in a message."""
        held: Any = message
        for name in self.path[:-1]:
            held = held.get(name)
            if not isinstance(held, dict):
                return None
        value = held.get(self.path[-1])
        if value is None:
            return self.default
        return in_order(value) if self.unordered else value


def text(path: str) -> Field:
    """A string; absent means empty."""
    return Field(tuple(path.split(".")), "")


def flag(path: str) -> Field:
    """A boolean; absent means false."""
    return Field(tuple(path.split(".")), False)


def texts(path: str) -> Field:
    """A set of strings; absent means empty."""
    return Field(tuple(path.split(".")), [], unordered=True)


def enum(path: str, zero: str) -> Field:
    """An enumeration; absent means its first value."""
    return Field(tuple(path.split(".")), zero)


def maybe(path: str) -> Field:
    """A message, a timestamp or an optional field; absent means null."""
    return Field(tuple(path.split(".")), None)


class Columns:
    """The columns of a message.

    Args:
        ignored: Fields of the API that are left out on purpose.
        fields: The field of each column.
    """

    def __init__(self, *ignored: str, **fields: Field) -> None:
        self._fields = fields
        self._known = {*ignored, *(field.path[0] for field in fields.values())}

    def row(self, message: Item) -> Item:
        """The row; unknown fields are added under their own names."""
        row = {column: field.of(message) for column, field in self._fields.items()}
        for name, value in message.items():
            if name not in self._known:
                row.setdefault(snake_case(name), value)
        return row


def message(value: Any) -> Item:
    """A message; absent means an empty one.

    Raises:
        ApiError: It is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(_STRANGE)
    return value


def messages(value: Any) -> list[Item]:
    """The messages of a list; absent means none.

    Raises:
        ApiError: It is no list of messages.
    """
    if value is not None and not isinstance(value, list):
        raise ApiError(_STRANGE)
    return [message(each) for each in value or ()]


def in_order(value: Any) -> Any:
    """A set of strings, sorted; anything else unchanged."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return sorted(value)
    return value


def first_of(message: Item, names: Iterable[str]) -> str | None:
    """Which alternative of a oneof a message has."""
    return next((name for name in names if message.get(name) is not None), None)


def decoded(value: Any) -> str | None:
    """A bytes field as text, without NUL (see `codec.decode`); unchanged if it is not text."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True).decode().replace("\x00", "")
    except (binascii.Error, UnicodeDecodeError):
        return value
