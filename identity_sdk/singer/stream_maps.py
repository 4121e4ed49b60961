"""Stream maps: the mapper of a run, and the filters in force."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Catalog, MetadataMapping, Schema

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping


def mapper(config: Mapping[str, Any], catalog: Catalog, logger: logging.Logger) -> PluginMapper:
    """The mapper of the streams of a catalog.

    singer_sdk removes all columns of a deselected stream, and then rejects its map. So deselected
    streams are registered with all columns. And it would flatten a free-form object, whose
    `properties` are empty, to nothing; without them, it makes a column of JSON text.

    Raises:
        SettingsError: A map is not valid.
    """
    try:
        made = PluginMapper(plugin_config=dict(config), logger=logger)
        known = dict(catalog)
        for name, entry in catalog.items():
            if not entry.metadata.resolve_selection().get((), True):
                known[name] = replace(entry, metadata=MetadataMapping())
            if made.flattening_options.enabled:
                schema = Schema.from_dict(_flattened_to_text(entry.schema.to_dict()))
                known[name] = replace(known[name], schema=schema)
        made.register_raw_streams_from_catalog(Catalog(known))
    except (StreamMapConfigError, MapExpressionError) as error:
        raise SettingsError(f"`stream_maps` is not valid: {error}") from None
    return made


def _flattened_to_text(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose free-form objects become JSON text when it is flattened."""
    kept = {name: spec for name, spec in schema.items() if name != "properties" or spec}
    if "properties" in kept:
        columns = kept["properties"].items()
        kept["properties"] = {name: _flattened_to_text(spec) for name, spec in columns}
    return kept


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
