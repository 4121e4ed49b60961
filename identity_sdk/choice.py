"""What a catalog may choose of a stream, and what it cannot take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.singerlib.catalog import Metadata
from singer_sdk.streams import Stream
from typing_extensions import override

from identity_sdk.form import SYNC_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib import Catalog, MetadataMapping

_AUTOMATIC = Metadata.InclusionType.AUTOMATIC


class ChosenStream(Stream):
    """A stream whose keys are not a matter of choice.

    Attributes:
        incremental_key: The replication key that a full stream offers where a catalog asks
            for it. All is read then too, and what has not changed since is not emitted.
        automatic: Columns that are always there, besides keys.
    """

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

        Keys are not a matter of choice: without them, or with others, rows would
        overwrite each other or pile up.
        """
        declared = type(self)
        super().apply_catalog(catalog)
        self.primary_keys = declared.primary_keys
        self._take_replication_from_metadata(catalog)
        own = declared.__dict__.get("replication_key") or declared.incremental_key
        refused = self.replication_key != own or self.replication_method == "LOG_BASED"
        if self.replication_method != "FULL_TABLE" and refused:
            self.logger.warning(
                "%s: the catalog asks for %s replication on `%s`, which it does not offer",
                self.name,
                self.replication_method,
                self.replication_key,
            )
            self.replication_key = declared.__dict__.get("replication_key")
            self.forced_replication_method = None

    def _take_replication_from_metadata(self, catalog: Catalog) -> None:
        """What Meltano's `metadata` sets; the method that was discovered is no choice."""
        entry, offered = catalog.get_stream(self.name), type(self).incremental_key
        root: Any = entry.metadata.get(()) if entry else None
        chosen = entry is not None and entry.replication_key is not None
        if offered and root and root.replication_key == offered and not chosen:
            self.replication_key = offered
            self.forced_replication_method = root.forced_replication_method
