"""How records come out of the items of an API: rows, columns, keys."""

from __future__ import annotations

from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import Metadata
from typing_extensions import override

from identity_sdk.errors import KeyConflict
from identity_sdk.records.coercion import SYNC_ID, Coercer
from identity_sdk.records.values import snake_case, timestamp
from identity_sdk.singer.catalog import FULL, INCREMENTAL, asked_replication
from identity_sdk.singer.hooks import PagedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk.singerlib import Catalog, MetadataMapping

    from identity_sdk.exchange import Item
    from identity_sdk.report.run_report import StreamResult
    from identity_sdk.singer.run import Run
    from identity_sdk.singer.tap import IdentityTap


class RecordStream(PagedStream):
    """A stream whose records come out of items of the API, and whose keys nobody chooses.

    Attributes:
        column_names: Columns of fields whose name in snake_case would not do.
        ignored_fields: Columns that are left out on purpose.
        snake_case_objects: Columns that hold structures of the vendor's, whose names are put in
            snake_case too.
        incremental_key: The replication key that a full stream offers where a catalog asks
            for it. All is read then too, and what has not changed since is not emitted.
        automatic: Columns that are always there, besides keys.
    """

    name: str = ""
    primary_keys: Sequence[str] = ()
    incremental_key: ClassVar[str | None] = None
    automatic: ClassVar[tuple[str, ...]] = (SYNC_ID,)
    column_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    ignored_fields: ClassVar[frozenset[str]] = frozenset()
    snake_case_objects: ClassVar[frozenset[str]] = frozenset()

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `Coercer` has done it.

    _tap: IdentityTap

    @property
    def tap(self) -> IdentityTap:
        return self._tap

    @property
    def run(self) -> Run:
        """The run that the stream is read in."""
        return self._tap.run

    @property
    @override
    def version(self) -> int:
        return self.run.report.millis

    @property
    @override
    def metadata(self) -> MetadataMapping:
        metadata = super().metadata
        offered = type(self).incremental_key
        for name in (*self.automatic, *self.primary_keys, *((offered,) if offered else ())):
            metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
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
        method = INCREMENTAL if key else FULL
        entry = catalog.get_stream(self.name)
        asked_method, asked_key = asked_replication(entry, method) if entry else (method, key)
        if asked_method == INCREMENTAL and asked_key and asked_key == declared.incremental_key:
            method, key = asked_method, asked_key
        elif asked_method != method or (key and asked_key not in (key, None)):
            self.logger.warning(
                "%s: the catalog asks for %s replication on `%s`, which it does not offer",
                self.name,
                asked_method,
                asked_key,
            )
        self.forced_replication_method, self.replication_key = method, key

    def rows(self, item: Item) -> Iterable[Item]:
        """The rows that come out of an item, under the names of the schema."""
        yield self.named(item)

    @classmethod
    @lru_cache(maxsize=4096)
    def column(cls, field: str) -> str:
        """The column of a field of the API."""
        return cls.column_names.get(field) or snake_case(field)

    @classmethod
    def named(cls, item: Item) -> Item:
        """An item under the names of its columns."""
        return {cls.column(field): value for field, value in item.items()}

    def _shaped(
        self, page: list[Item], result: StreamResult, since: str | None
    ) -> Iterator[dict[str, Any]]:
        """The records of a page of items, without those that were changed before a moment."""
        coerce, keys, sync_id = (
            self._coercer.coerce,
            tuple(self.primary_keys),
            self.run.report.sync_id,
        )
        rows: Iterable[Item] = page
        if not self._as_it_comes:
            rows = (row for item in page for row in self._distinct(item))
        for row in rows:
            record = coerce(row, result)
            key = [record[name] for name in keys]
            if None in key:
                raise KeyConflict(f"a row came without its key ({', '.join(keys)})")
            if since and _moment(record.get(self.replication_key or ""), since) < since:
                continue
            record[SYNC_ID] = sync_id
            result.sample.add(key)
            yield record

    @property
    def _as_it_comes(self) -> bool:
        """Whether an item is a row, and its fields are columns under other names."""
        return type(self).rows is RecordStream.rows

    def _distinct(self, item: Item) -> Iterable[Item]:
        """The rows of an item, each key once."""
        rows = list(self.rows(item))
        if len(rows) < 2:
            return rows
        seen: dict[tuple[Any, ...], Item] = {}
        for row in rows:
            key = tuple(row.get(name) for name in self.primary_keys)
            if seen.setdefault(key, row) != row:
                raise KeyConflict(
                    f"two different rows carry the key {', '.join(self.primary_keys)}"
                )
        return seen.values()

    @cached_property
    def _coercer(self) -> Coercer:
        known = self.effective_schema.get("properties", {})
        kept = {
            name: spec
            for name, spec in self.schema["properties"].items()
            if name in known and self.mask["properties", name]
        }
        ignored_fields = self.ignored_fields | (self.schema["properties"].keys() - kept.keys())
        column = self.column if self._as_it_comes else str
        return Coercer(kept, ignored_fields, self.snake_case_objects, column)


def _moment(value: Any, unknown: str) -> str:
    """When a row was changed; `unknown` if it does not say."""
    try:
        return value if isinstance(value, str) else timestamp(value)
    except ValueError:
        return unknown
