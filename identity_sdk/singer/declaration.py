"""Checks of a stream's declaration, made when its class is created."""

from __future__ import annotations

import inspect
from string import Formatter
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import SchemaNotFoundError
from singer_sdk.schema.source import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from identity_sdk.singer.record_stream import RecordStream


def check_declaration(stream: type[RecordStream], path: str, bound: Collection[str]) -> None:
    """Check that a stream's declaration can work.

    Args:
        path: Its path, with a placeholder for each key of its parent.
        bound: The columns that hold its parent's key.

    Raises:
        TypeError: It cannot; the message says why, and what to do.
    """
    columns = _properties(stream)
    keys = [*stream.primary_keys, stream.incremental_key, _replication_key(stream)]
    if not stream.primary_keys:
        raise TypeError(f"{stream.__name__} has no `primary_keys`: rows would overwrite each other")
    if missing := [key for key in keys if key and key not in columns]:
        raise TypeError(
            f"{stream.__name__}: the key {', '.join(missing)} is not a column of its schema"
        )
    if unbound := placeholders(path) - set(bound):
        told = ", ".join(f"{{{each}}}" for each in sorted(unbound))
        raise TypeError(f"nothing fills {told} in the path of {stream.__name__}: add it to `bind`")


def placeholders(path: str) -> set[str]:
    """The names in braces in a path."""
    return {name for _, name, _, _ in Formatter().parse(path) if name}


def _properties(stream: type[RecordStream]) -> Mapping[str, Any]:
    """The columns of its schema."""
    schema = inspect.getattr_static(stream, "schema", None)
    if isinstance(schema, StreamSchema):
        try:
            schema = schema.schema_source.get_schema(schema.key or stream.name)
        except SchemaNotFoundError:
            raise TypeError(
                f"{stream.__name__} has no schema: add schemas/{stream.name}.json to its tap"
            ) from None
    if not isinstance(schema, dict):
        return {}  # It is computed when the stream is created.
    properties: Mapping[str, Any] = schema["properties"]
    return properties


def _replication_key(stream: type[RecordStream]) -> str | None:
    key = inspect.getattr_static(stream, "replication_key", None)
    return key if isinstance(key, str) else None
