"""Replication and keys in a catalog: what it may choose, and what is restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.singerlib import Schema

from identity_sdk.errors import SettingsError
from identity_sdk.records.coercion import SYNC_ID, SYNC_ID_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from singer_sdk.singerlib import Catalog, CatalogEntry

    from identity_sdk.singer.record_stream import RecordStream

FULL, INCREMENTAL = "FULL_TABLE", "INCREMENTAL"


def asked_replication(entry: CatalogEntry, own_method: str) -> tuple[str, str | None]:
    """The replication method and key that a catalog entry asks for.

    They are in the entry itself, where discovery writes them, in its metadata, or in both
    (Meltano). A method that merely repeats what discovery wrote is not a choice.
    """
    root = entry.metadata.get(())
    forced = getattr(root, "forced_replication_method", None)
    key = entry.replication_key or getattr(root, "replication_key", None)
    for method in (forced, entry.replication_method):
        if method and method != own_method:
            return method, key
    beside = entry.replication_method if entry.replication_key else forced
    return beside or (INCREMENTAL if key else own_method), key


def check_opt_in(catalog: Catalog, unnamed: Collection[str]) -> None:
    """Check that a catalog selects no opt-in stream that the settings do not name.

    Args:
        unnamed: The opt-in streams that they do not name.

    Raises:
        SettingsError: It selects some; names them.
    """
    selected = [
        name
        for name, entry in catalog.items()
        if name in unnamed and entry.metadata.resolve_selection().get((), True)
    ]
    if selected:
        raise SettingsError(
            f"The catalog selects opt-in streams that `opt_in_streams` does not name: "
            f"{', '.join(selected)}. Set it to these names, or deselect them. Meltano may have "
            "cached an older catalog; `--refresh-catalog` renews it."
        )


def complete(catalog: Catalog, stream_types: Sequence[type[RecordStream]]) -> None:
    """Restore the columns and keys that deletions are derived from, if the catalog lacks them."""
    types = {each.name: each for each in stream_types}
    moment = {"type": ["string", "null"], "format": "date-time"}
    for entry in catalog.values():
        properties, stream = entry.schema.properties, types.get(entry.tap_stream_id)
        if stream is None:
            continue
        entry.key_properties = list(stream.primary_keys)
        if properties is None:
            continue
        properties.setdefault(SYNC_ID, Schema.from_dict(SYNC_ID_SCHEMA))
        if stream.incremental_key:
            properties.setdefault(stream.incremental_key, Schema.from_dict(moment))
