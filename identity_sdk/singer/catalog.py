"""What a catalog may choose of a stream, and what it cannot take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from singer_sdk.singerlib import Schema
from singer_sdk.singerlib.catalog import Metadata
from singer_sdk.streams import Stream
from typing_extensions import override

from identity_sdk.records.coercion import SYNC_ID, SYNC_ID_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib import Catalog, CatalogEntry, MetadataMapping

_AUTOMATIC = Metadata.InclusionType.AUTOMATIC
_FULL, _INCREMENTAL = "FULL_TABLE", "INCREMENTAL"


class ChosenStream(Stream):
    """A stream whose keys are not a matter of choice.

    Attributes:
        incremental_key: The replication key that a full stream offers where a catalog asks
            for it. All is read then too, and what has not changed since is not emitted.
        automatic: Columns that are always there, besides keys.
    """

    name: str = ""
    primary_keys: Sequence[str] = ()
    incremental_key: ClassVar[str | None] = None
    automatic: ClassVar[tuple[str, ...]] = (SYNC_ID,)

    @property
    @override
    def metadata(self) -> MetadataMapping:
        metadata = super().metadata
        offered = type(self).incremental_key
        for name in (*self.automatic, *self.primary_keys, *((offered,) if offered else ())):
            metadata["properties", name].inclusion = _AUTOMATIC
        if offered:
            metadata[()].valid_replication_keys = [offered]  # type: ignore[union-attr]
        return metadata

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take selection from a catalog, and replication where the stream offers it.

        Keys are not a matter of choice: without them, or with others, rows would overwrite each
        other or pile up. Nor is the replication of a log: read in full, it would lack what the
        server has forgotten, which would look removed.
        """
        declared = type(self)
        super().apply_catalog(catalog)
        self.primary_keys = declared.primary_keys
        log_key = getattr(declared, "replication_key", None)
        key: str | None = log_key if isinstance(log_key, str) else None
        method = _INCREMENTAL if key else _FULL
        entry = catalog.get_stream(self.name)
        asked_method, asked_key = _asked(entry, method) if entry else (method, key)
        if asked_method == _INCREMENTAL and asked_key and asked_key == declared.incremental_key:
            method, key = asked_method, asked_key
        elif asked_method != method or (key and asked_key not in (key, None)):
            self.logger.warning(
                "%s: the catalog asks for %s replication on `%s`, which it does not offer",
                self.name,
                asked_method,
                asked_key,
            )
        self.forced_replication_method, self.replication_key = method, key


def _asked(entry: CatalogEntry, own_method: str) -> tuple[str, str | None]:
    """The replication that an entry asks for: method and key.

    They stand in the entry itself, where discovery writes them, in its metadata, or in both, as
    with Meltano. A method that was discovered is no choice.
    """
    root = entry.metadata.get(())
    forced = getattr(root, "forced_replication_method", None)
    key = entry.replication_key or getattr(root, "replication_key", None)
    for method in (forced, entry.replication_method):
        if method and method != own_method:
            return method, key
    beside = entry.replication_method if entry.replication_key else forced
    return beside or (_INCREMENTAL if key else own_method), key


def complete(catalog: Catalog, stream_types: Sequence[type[ChosenStream]]) -> None:
    """Put back what removals rest on, where an older or edited catalog lacks it."""
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
