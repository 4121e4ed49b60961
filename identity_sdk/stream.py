"""The base of all streams.

Private hooks of singer_sdk in use, each held by a test in tests/test_sdk_hooks.py:

- `Stream._write_activate_version_message`, called by `sync` before the records: held
  back until the stream is known to be complete (see `activate`).
- `Stream._stream_version`, set by `sync` in seconds: two runs in one second would share
  a version, so it is set in milliseconds.
- `Tap.sync_all`, `Tap.load_streams`, `Tap._handle_termination`,
  `Tap._reset_state_progress_markers`: see tap.py.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.schema.source import SchemaDirectory, StreamSchema
from singer_sdk.singerlib.catalog import Metadata
from singer_sdk.streams import Stream
from typing_extensions import override

from identity_sdk.errors import (
    ApiError,
    Incomplete,
    KeyConflict,
    SettingsError,
    Unsupported,
)
from identity_sdk.exchange import Item, fill
from identity_sdk.form import SYNC_ID, Form
from identity_sdk.ledger import BASELINE, Entry
from identity_sdk.values import moment, timestamp
from identity_sdk.walk import Reading, Walk, read_each, read_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping

    from identity_sdk.paging import Pager
    from identity_sdk.tap import IdentityTap

_AUTOMATIC = Metadata.InclusionType.AUTOMATIC
_PROGRESS_EVERY = 10.0


class IdentityStream(Stream):
    """A stream that is one listing of the vendor's API.

    A subclass declares name, path and keys; the vendor's base stream adds the schemas,
    the pager and the vendor's naming.

    Attributes:
        path: Path below the base URL, with a placeholder for each bound parent key.
        permission: What the credential needs to read it (see `IdentityTap.lacking`).
        left_out: Fields of the vendor that are left out on purpose.
        overlap: How far before its bookmark an incremental read begins: events may become
            visible late, and several may share the moment of the bookmark. Their keys keep
            them from being there twice.
    """

    name: str = ""
    primary_keys: Sequence[str] = ()
    path: ClassVar[str] = ""
    permission: ClassVar[str | None] = None
    overlap: ClassVar[timedelta] = timedelta(seconds=60)
    left_out: ClassVar[frozenset[str]] = frozenset()

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `Form` has done it.

    _tap: IdentityTap

    @property
    def tap(self) -> IdentityTap:
        return self._tap

    # What a vendor's base stream provides

    def pager(self, path: str, parent: Item) -> Pager:
        """The pager of the listing at a path; `parent` is empty unless this is an `EachOf`."""
        raise NotImplementedError

    def rows(self, item: Item) -> Iterable[Item]:
        """The rows that come out of an item, under the names of the schema."""
        yield item

    def unsupported(self, error: ApiError) -> str | None:
        """Why this error means that the server has no such thing; None if it does not."""
        return None

    def since(self) -> str | None:
        """The moment from which an incremental stream is to be read; None for all.

        The bookmark or the start date, less the overlap.

        Raises:
            SettingsError: One of them is no timestamp.
        """
        value = self.stream_state.get("replication_key_value")
        if self.stream_state.get(BASELINE, {}).get("scope") not in (None, list(self.scope)):
            self.logger.info("%s: read from the start, for its scope has changed", self.name)
            value = None
        start = self.config.get("start_date")
        try:
            moments = [moment(each) for each in (value, start) if each]
        except ValueError:
            raise SettingsError(
                f"The bookmark of `{self.name}` in the state, or `start_date`, is no timestamp."
            ) from None
        if not moments:
            return None
        return timestamp((max(moments) - self.overlap).isoformat())

    @property
    def scope(self) -> tuple[str, ...]:
        """What a read of this stream covers."""
        return self.tap.scope

    # Reading

    @property
    def source(self) -> IdentityStream:
        """The stream whose listing this one reads."""
        return self

    @property
    def permissions(self) -> frozenset[str]:
        """All that the credential needs to read it."""
        return frozenset({self.permission} - {None})  # type: ignore[arg-type]

    def read(self) -> Reading:
        """Read the listing, once."""
        return read_one(self.pager(self.path, {}), self.tap.client.send)

    @cached_property
    def walk(self) -> Walk:
        """The listing, read once per run and shared by the streams that need it."""
        return Walk(self._read, shared=self.tap.readers_of(self) > 1)

    def _read(self) -> Reading:
        try:
            return (yield from self.read())
        except ApiError as error:
            if reason := self.unsupported(error):
                raise Unsupported(reason) from error
            raise

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        entry = self.tap.ledger.open(self.name, self.mode, self.scope)
        before = self.tap.client.requests.count
        try:
            yield from self._records(entry)
            self._conclude(entry)
        except GeneratorExit:
            entry.end("incomplete", "not read to its end")
            raise
        except Unsupported as error:
            self.logger.warning("%s: %s", self.name, error)
            entry.end("unsupported", str(error))
        except Incomplete as error:
            entry.end("incomplete", str(error))
            raise
        except Exception as error:
            entry.end("failed", self.tap.reason(error))
            raise
        finally:
            entry.requests = self.tap.client.requests.count - before

    def _records(self, entry: Entry) -> Iterator[dict[str, Any]]:
        form, keys = self._form, tuple(self.primary_keys)
        sync_id = self.tap.ledger.sync_id
        reported = time.monotonic()
        for page in self.source.walk.pages():
            self.tap.check_stop()
            for item in page:
                for row in self.rows(item):
                    record = form.shape(row, entry)
                    record[SYNC_ID] = sync_id
                    if any(record.get(key) is None for key in keys):
                        raise KeyConflict(f"a row came without its key ({', '.join(keys)})")
                    entry.rows += 1
                    yield record
            if time.monotonic() - reported > _PROGRESS_EVERY:
                reported = time.monotonic()
                self.logger.info("%s: %d rows so far", self.name, entry.rows)

    def _conclude(self, entry: Entry) -> None:
        """Give the verdict on a read that came to its end.

        Raises:
            Incomplete: It is not proven whole, or covers less than the last complete one.
        """
        proof = self.source.walk.proof
        if proof is not None:
            entry.repeats = proof.repeats
            entry.server_total = proof.total if self.source is self else None
        self.source.walk.whole()
        if entry.mode == "full":
            self._compare_filter(entry)
            shrunk = entry.shrinkage(self.stream_state.get(BASELINE), self.tap.max_shrink)
            if shrunk and not self.tap.accept_shrink:
                raise Incomplete(
                    f"{shrunk}. If that is right, set `accept_shrink` for one run; until then "
                    "no row of this stream is taken for removed"
                )
        entry.end("complete", self._notes(entry))

    def _compare_filter(self, entry: Entry) -> None:
        maps = self.config.get("stream_maps", {}).get(self.name)
        entry.filter = maps.get("__filter__") if isinstance(maps, dict) else None
        before = self.stream_state.get(BASELINE)
        if before and before.get("filter") != entry.filter:
            self.logger.warning(
                "%s: its `__filter__` is not that of the last complete run; rows that it now "
                "leaves out will look removed",
                self.name,
            )

    def _notes(self, entry: Entry) -> str | None:
        if entry.unknown:
            self.logger.warning(
                "%s: fields left out that this version does not know: %s",
                self.name,
                ", ".join(sorted(entry.unknown)),
            )
        if not entry.unreadable:
            return None
        note = f"unreadable values were left empty in {', '.join(sorted(entry.unreadable))}"
        self.logger.warning("%s: %s", self.name, note)
        return note

    @cached_property
    def _form(self) -> Form:
        known = self.effective_schema.get("properties", {})
        kept = {name: spec for name, spec in self.schema["properties"].items() if name in known}
        return Form(kept, self.left_out | (self.schema["properties"].keys() - kept.keys()))

    @property
    def mode(self) -> Any:
        return "incremental" if self.replication_method == "INCREMENTAL" else "full"

    # What the catalog cannot take away

    automatic: ClassVar[tuple[str, ...]] = (SYNC_ID,)

    @property
    @override
    def metadata(self) -> MetadataMapping:
        metadata = super().metadata
        for name in (*self.automatic, *self.primary_keys):
            metadata["properties", name].inclusion = _AUTOMATIC
        return metadata

    # Activation

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return bool(self.config.get("emit_activate_version_messages", True))

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold the message back: sent before the records, as singer_sdk does, it would make
        a loader mark every row as removed that a broken run did not reach."""
        self._stream_version = self.tap.initialized_at

    def activate(self) -> None:
        """Tell loaders that rows of earlier versions are gone."""
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)


class _Bound(IdentityStream):
    """A stream whose rows belong to a record of another stream, and are keyed by it.

    Attributes:
        parent: The other stream.
        bind: Which column holds which field of the parent; covers the parent's key.
    """

    parent: ClassVar[type[IdentityStream]]
    bind: ClassVar[Mapping[str, str]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "bind" not in cls.__dict__:
            return
        keys: tuple[str, ...] = tuple(cls.primary_keys)
        if missing := cls.bind.keys() - set(keys):
            raise TypeError(f"the key of {cls.__name__} lacks {sorted(missing)} of its parent")
        if missing := set(cls.parent.primary_keys) - set(cls.bind.values()):
            raise TypeError(f"{cls.__name__} does not bind {sorted(missing)} of its parent's key")

    @property
    def parent_stream(self) -> IdentityStream:
        return self.tap.stream_of(self.parent)

    @property
    @override
    def permissions(self) -> frozenset[str]:
        return super().permissions | self.parent_stream.permissions

    def bound(self, parent: Item) -> Item:
        """The columns that say to which parent a row belongs."""
        values = {column: parent.get(field) for column, field in self.bind.items()}
        if None in values.values():
            raise KeyConflict(f"a record of {self.parent.name} came without its key")
        return values


class EachOf(_Bound):
    """A stream read once for each record of its parent: one request or walk per parent.

    This is a fan-out within one ordinary stream, not the parent-child streams of
    singer_sdk, which repeat the SCHEMA and grow the STATE with every parent.
    """

    @override
    def read(self) -> Reading:
        def one(parent: Item) -> tuple[Pager, Item]:
            bound = self.bound(parent)
            return self.pager(fill(self.path, bound), parent), bound

        listing = self.parent_stream.source.walk
        parents = (item for page in listing.pages() for item in page)
        client = self.tap.client
        proof = yield from read_each(parents, one, client.send, client.concurrency)
        try:
            listing.whole()
        except Incomplete as error:
            raise Incomplete(f"{self.parent.name}, which it is read for, is not: {error}") from None
        return proof


class PartOf(_Bound):
    """A stream whose rows are parts of its parent's records: no request of its own."""

    def parts(self, item: Item) -> Iterable[Item]:
        """The rows within a record of the parent, without the bound columns."""
        raise NotImplementedError

    @property
    @override
    def source(self) -> IdentityStream:
        return self.parent_stream.source

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        bound, seen = self.bound(item), dict[tuple[Any, ...], Item]()
        for part in self.parts(item):
            row = {**part, **bound}
            key = tuple(row.get(name) for name in self.primary_keys)
            if seen.setdefault(key, row) is row:
                yield row
            elif seen[key] != row:
                raise KeyConflict(
                    f"two different rows carry the key {', '.join(self.primary_keys)}"
                )


class SyncRuns(Stream):
    """One row per run and stream: what was read, and how completely. Append-only."""

    name = "sync_runs"
    primary_keys = ("sync_id", "stream")
    schema = StreamSchema(SchemaDirectory(Path(__file__).parent / "schemas"))

    _tap: IdentityTap

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        yield from self._tap.ledger.records()

    @property
    @override
    def metadata(self) -> MetadataMapping:
        metadata = super().metadata
        for breadcrumb in list(metadata):
            metadata[breadcrumb].inclusion = _AUTOMATIC
        return metadata

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return False
