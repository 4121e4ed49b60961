"""Stream maps: the mapper of a run, and which filters are in force."""

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

    Of a stream that is not selected singer_sdk would take away all columns, and then find that
    its map does not fit.

    Raises:
        SettingsError: A map cannot be used.
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
        raise SettingsError(f"`stream_maps` cannot be used: {error}") from None
    return made


def filters(maps: Mapping[str, Any], stream: str) -> str | None:
    """The filters of a stream, to compare with those of another run; None if there is none.

    They can stand under its name, under a pattern, and in maps whose `__source__` it is. Of
    those that are not a copy of it the last one counts, as with singer_sdk.
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
