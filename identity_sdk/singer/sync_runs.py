"""The stream that reports each run to the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import SameRecordTransform, StreamMap
from singer_sdk.schema.source import SchemaDirectory, StreamSchema
from singer_sdk.singerlib.catalog import Metadata
from typing_extensions import override

from identity_sdk.singer.hooks import PagedStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.singerlib import Catalog, MetadataMapping

    from identity_sdk.singer.tap import IdentityTap

LAST_RUN = "last_run"
"""State key: when the last run began, in epoch milliseconds."""


class SyncRuns(PagedStream):
    """One row per run and stream: what was read, and how completely. Append-only."""

    name = "sync_runs"
    primary_keys = ("sync_id", "stream")
    schema = StreamSchema(SchemaDirectory(Path(__file__).parent / "schemas"))

    _tap: IdentityTap

    @override
    def record_pages(self) -> Iterator[list[dict[str, Any]]]:
        yield list(self._tap.run.report.records())

    @property
    @override
    def version(self) -> int:
        return self._tap.run.report.millis

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Ignore the catalog: this stream is always complete."""

    @property
    @override
    def stream_maps(self) -> list[StreamMap]:
        """Ignore stream maps: deletions are derived from this stream. But flatten it as others."""
        options = self._tap.mapper.flattening_options
        return [SameRecordTransform(self.name, self.schema, self.primary_keys, options)]

    @property
    @override
    def metadata(self) -> MetadataMapping:
        metadata = super().metadata
        for breadcrumb in list(metadata):
            metadata[breadcrumb].inclusion = Metadata.InclusionType.AUTOMATIC
        return metadata

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return False
