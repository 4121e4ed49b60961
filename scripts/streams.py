"""What files for people say of a stream, told from its class and its schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scripts import ROOT

if TYPE_CHECKING:
    from identity_sdk.singer.stream import IdentityStream


def is_incremental(stream: type[IdentityStream]) -> bool:
    return isinstance(stream.__dict__.get("replication_key"), str)


def replication(stream: type[IdentityStream]) -> str:
    """How a stream is read, and how else a catalog may ask for it."""
    told = f"incremental on {stream.replication_key}" if is_incremental(stream) else "full"
    if stream.incremental_key:
        told += f", or incremental on {stream.incremental_key}"
    return told


def needed(stream: type[IdentityStream] | None) -> list[str]:
    """The permission of a stream, and those of the streams that it is read for."""
    found: list[str] = []
    while stream is not None:
        found += [stream.permission] if stream.permission else []
        stream = getattr(stream, "parent", None)
    return list(dict.fromkeys(reversed(found)))


def sentence(stream: type[IdentityStream]) -> str:
    first = " ".join((stream.__doc__ or "").split("\n\n")[0].split()).rstrip(".")
    return first[:1].lower() + first[1:]


def properties(package: str, stream: str) -> dict[str, dict[str, Any]]:
    """The columns of a stream, as its schema describes them."""
    path = ROOT / package / "schemas" / f"{stream}.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text())["properties"]
    return found


def kind(spec: dict[str, Any]) -> str:
    """The type of a column: a JSON type, or timestamp."""
    types = spec["type"] if isinstance(spec["type"], list) else [spec["type"]]
    return "timestamp" if spec.get("format") == "date-time" else types[0]
