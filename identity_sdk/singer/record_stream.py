"""How items of an API become records: rows, columns, keys."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import compress
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
    from collections.abc import Iterable, Mapping, Sequence

    from singer_sdk.singerlib import Catalog, MetadataMapping

    from identity_sdk.exchange import Item
    from identity_sdk.report.run_report import StreamResult
    from identity_sdk.singer.run import Run
    from identity_sdk.singer.tap import IdentityTap


class RecordStream(PagedStream):
    """A stream that makes records from items of the API, with fixed keys.

    Attributes:
        absent: Words for key columns that are empty at the source, such as `none`: loaders that go
            through CSV read an empty text as NULL, which a key cannot be.
        column_names: Column names of fields for which snake_case will not do.
        ignored_fields: Columns that are left out on purpose.
        snake_case_objects: Columns with nested objects of the vendor, whose field names become
            snake_case too.
        incremental_key: The replication key that a full-table stream offers if a catalog asks for
            it. Everything is still read then, but only what changed since is emitted.
        automatic: Columns with inclusion `automatic`, besides keys.
    """

    name: str = ""
    primary_keys: Sequence[str] = ()
    absent: ClassVar[Mapping[str, str]] = MappingProxyType({})
    incremental_key: ClassVar[str | None] = None
    automatic: ClassVar[tuple[str, ...]] = (SYNC_ID,)
    column_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    ignored_fields: ClassVar[frozenset[str]] = frozenset()
    snake_case_objects: ClassVar[frozenset[str]] = frozenset()

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `Coercer` does it.

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

        A catalog cannot change keys: without them, rows would overwrite each other or pile up. Nor
        can it change a log to FULL_TABLE: events that the server has expired would be marked as
        deleted.
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
                "%s: the catalog asks for %s replication on `%s`, which is not supported; ignored",
                self.name,
                asked_method,
                asked_key,
            )
        self.forced_replication_method, self.replication_key = method, key

    def rows(self, item: Item) -> Iterable[Item]:
        """The rows of an item, under their column names."""
        yield self.named(item)

    @classmethod
    @lru_cache(maxsize=4096)
    def column(cls, field: str) -> str:
        """The column name of a field of the API."""
        return cls.column_names.get(field) or snake_case(field)

    @classmethod
    def named(cls, item: Item) -> Item:
        """An item with its fields under their column names."""
        return {cls.column(field): value for field, value in item.items()}

    def _shaped(
        self, page: list[Item], result: StreamResult, since: str | None
    ) -> list[dict[str, Any]]:
        """The records of a page of items, without those last changed before a given time."""
        rows = page
        if not self._as_it_comes:
            rows = [row for item in page for row in self._distinct(item)]
        records = self._coercer.page(rows, result)
        keys = self._keys(records)
        if since:
            told = self.replication_key or ""
            late = [_moment(each.get(told), since) >= since for each in records]
            records, keys = list(compress(records, late)), list(compress(keys, late))
        result.sample.add(keys)
        return records

    def _keys(self, records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """The keys of a page of records.

        Raises:
            KeyConflict: One is empty, or longer than its schema allows.
        """
        columns = [[record[name] for record in records] for name in self.primary_keys]
        if not all(map(all, columns)):
            for record in records:
                self._name_key(record)
            columns = [[record[name] for record in records] for name in self.primary_keys]
        for name, most in self._key_lengths:
            if any(len(record[name]) > most for record in records):
                raise KeyConflict(f"a key is longer than its schema allows ({name})")
        return list(zip(*columns, strict=True))

    def _name_key(self, record: dict[str, Any]) -> None:
        """Put words in place of what is empty at the source in the key of a record."""
        for name in self.primary_keys:
            if record[name] in (None, ""):
                if name not in self.absent:
                    raise KeyConflict(f"a row has no key ({', '.join(self.primary_keys)})")
                record[name] = self.absent[name]

    @cached_property
    def _key_lengths(self) -> list[tuple[str, int]]:
        """The key columns with a maximum length, in characters."""
        columns = self.effective_schema["properties"]
        lengths = ((name, columns.get(name, {}).get("maxLength")) for name in self.primary_keys)
        return [(name, most) for name, most in lengths if most]

    @property
    def _as_it_comes(self) -> bool:
        """Whether each item is one row, so that its fields only need renaming."""
        return type(self).rows is RecordStream.rows

    def _distinct(self, item: Item) -> Iterable[Item]:
        """The rows of an item, without duplicates."""
        rows = list(self.rows(item))
        if len(rows) < 2:
            return rows
        seen: dict[tuple[Any, ...], Item] = {}
        for row in rows:
            key = tuple(row.get(name) for name in self.primary_keys)
            if seen.setdefault(key, row) != row:
                raise KeyConflict(
                    f"two different rows have the same key {', '.join(self.primary_keys)}"
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
        given = {SYNC_ID: self.run.report.sync_id}
        return Coercer(kept, ignored_fields, self.snake_case_objects, column, given)


def _moment(value: Any, unknown: str) -> str:
    """When a row was last changed; `unknown` if it does not say."""
    try:
        return value if isinstance(value, str) else timestamp(value)
    except ValueError:
        return unknown
