"""Checks of a stream's declaration, made when its class is created."""

from __future__ import annotations

import inspect
from string import Formatter
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import SchemaNotFoundError
from singer_sdk.schema.source import StreamSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk.singer.stream import IdentityStream


LONGEST_KEY = 768
"""What an index of MySQL 8 holds, in characters of utf8mb4 (3,072 bytes)."""


def check_declaration(stream: type[IdentityStream], base: type[IdentityStream]) -> None:
    """Check that a stream's declaration can work.

    Args:
        base: The class of all streams, whose way to read needs a path.

    Raises:
        TypeError: It cannot; the message says why, and what to do.
    """
    if isinstance(stream.primary_keys, str):
        raise TypeError(f"{stream.__name__}: `primary_keys` is a tuple; a single key needs a comma")
    columns = _properties(stream)
    keys = [*stream.primary_keys, stream.incremental_key, _replication_key(stream)]
    if not stream.primary_keys:
        raise TypeError(f"{stream.__name__} has no `primary_keys`: rows would overwrite each other")
    if missing := [key for key in keys if key and key not in columns]:
        raise TypeError(
            f"{stream.__name__}: the key {', '.join(missing)} is not a column of its schema"
        )
    if unkeyed := set(stream.absent) - set(stream.primary_keys):
        raise TypeError(f"{stream.__name__}: `absent` names {sorted(unkeyed)}, which are no keys")
    by_path = stream.source is base.source and stream.reading is base.reading
    if by_path and not stream.path and stream.read.__module__.startswith("identity_sdk."):
        raise TypeError(f"{stream.__name__} has no `path`")
    if unbound := placeholders(stream.path) - set(getattr(stream, "bind", ())):
        told = ", ".join(f"{{{each}}}" for each in sorted(unbound))
        raise TypeError(f"nothing fills {told} in the path of {stream.__name__}: add it to `bind`")


def check_streams(tap: str, streams: Any) -> None:
    """Check that the streams of a tap are complete.

    Raises:
        TypeError: They are not; the message says which one lacks what.
    """
    if not isinstance(streams, tuple):
        raise TypeError(f"{tap}: `stream_types` is a tuple; a single stream needs a comma")
    for stream in streams:
        if not stream.name:
            raise TypeError(f"{stream.__name__} has no `name`")
        _check_lengths(stream)
        parents = [stream.parent] if hasattr(stream, "parent") else []
        for other in (*parents, *stream.compares_with, *stream.may_need):
            if other not in streams:
                raise TypeError(
                    f"{tap}: {stream.__name__} needs {other.__name__} in `stream_types`"
                )


def placeholders(path: str) -> set[str]:
    """The names in braces in a path."""
    return {name for _, name, _, _ in Formatter().parse(path) if name}


def _properties(stream: type[IdentityStream]) -> Mapping[str, Any]:
    """The columns of its schema."""
    schema = inspect.getattr_static(stream, "schema", None)
    if isinstance(schema, StreamSchema):
        try:
            schema = schema.schema_source.get_schema(schema.key or stream.name)
        except SchemaNotFoundError as error:
            raise TypeError(_no_schema(stream, error.__cause__)) from None
    if not isinstance(schema, dict):
        return {}  # It is computed when the stream is created.
    properties: Mapping[str, Any] = schema["properties"]
    return properties


def _check_lengths(stream: type[IdentityStream]) -> None:
    """Check that a maximum length is where it helps loaders, and nowhere else.

    An index of MySQL holds 768 characters. Any other column must not have one: target-postgres
    fails on a load with one value that is longer.
    """
    columns = _properties(stream).items()
    lengths = {name: spec["maxLength"] for name, spec in columns if "maxLength" in spec}
    if others := set(lengths) - set(stream.primary_keys):
        raise TypeError(f"{stream.__name__}: only a key has `maxLength`, not {sorted(others)}")
    if (total := sum(lengths.values())) > LONGEST_KEY:
        raise TypeError(f"the key of {stream.__name__} may have {total} characters, over 768")


def _no_schema(stream: type[IdentityStream], why: BaseException | None) -> str:
    file = f"schemas/{stream.name}.json"
    if isinstance(why, FileNotFoundError):
        return f"{stream.__name__} has no schema: add {file} to its tap"
    return f"{stream.__name__}: {file} cannot be used: {why}"


def _replication_key(stream: type[IdentityStream]) -> str | None:
    key = inspect.getattr_static(stream, "replication_key", None)
    return key if isinstance(key, str) else None
