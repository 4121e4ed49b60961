"""What follows from how streams are declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from identity_sdk import EachOf, PartOf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk import IdentityStream, IdentityTap


def paths_of(
    stream: type[IdentityStream], names: Mapping[str, str] | None = None
) -> frozenset[str]:
    """The paths that are asked for if a stream is the only one: its own, and its parents'.

    Args:
        names: What to write for a placeholder; `id` for all others.
    """
    own = re.sub(r"\{(\w+)\}", lambda m: f"{{{(names or {}).get(m[1], 'id')}}}", stream.path)
    if issubclass(stream, PartOf):
        return paths_of(stream.parent, names)
    return frozenset({own}) | (
        paths_of(stream.parent, names) if issubclass(stream, EachOf) else frozenset()
    )


def single_requests(tap: type[IdentityTap]) -> list[str]:
    """The streams read by default whose listing is one request whatever the company's size."""
    return [
        stream.name
        for stream in tap.stream_types
        if not stream.opt_in
        and not issubclass(stream, (EachOf, PartOf))
        and not getattr(stream, "paged", True)
        and not isinstance(getattr(stream, "replication_key", None), str)
    ]
