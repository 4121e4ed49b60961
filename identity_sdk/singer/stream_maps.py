"""Stream maps: the mapper of a run, and the filters in force."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Catalog, MetadataMapping

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping


def mapper(config: Mapping[str, Any], catalog: Catalog, logger: logging.Logger) -> PluginMapper:
    """The mapper of the streams of a catalog.

    singer_sdk removes all columns of a deselected stream, and then rejects its map. So deselected
    streams are registered with all columns.

    Raises:
        SettingsError: A map is not valid.
    """
    known = Catalog(
        (
            name,
            entry
            if entry.metadata.resolve_selection().get((), True)
            else replace(entry, metadata=MetadataMapping()),
        )
        for name, entry in catalog.items()
    )
    try:
        made = PluginMapper(plugin_config=dict(config), logger=logger)
        made.register_raw_streams_from_catalog(known)
    except (StreamMapConfigError, MapExpressionError) as error:
        raise SettingsError(f"`stream_maps` is not valid: {error}") from None
    return made


def filters(maps: Mapping[str, Any], stream: str) -> str | None:
    """The filters of a stream, to compare with those of another run; None if there are none.

    They may be under its name, under a pattern, or in maps with it as `__source__`. Of maps that
    are not copies the last one counts, as in singer_sdk.
    """
    own: str | None = None
    copies: dict[str, str] = {}
    for name, each in maps.items():
        described: Mapping[str, Any] = each if isinstance(each, dict) else {}
        source = described.get("__source__")
        if not fnmatch.fnmatch(stream, source or name):
            continue
        rule = described.get("__filter__")
        if source is None:
            own = rule
        elif rule is not None:
            copies[name] = rule
    told = [f"{name}: {rule}" for name, rule in sorted(copies.items())]
    return "; ".join([own, *told] if own else told) or None
