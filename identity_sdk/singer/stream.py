"""The base of all streams.

Private hooks of singer_sdk in use, each held by a test in tests/sdk/test_hooks.py: see
writing.py and tap.py.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import ApiError, Incomplete, KeyConflict, SettingsError, Unsupported
from identity_sdk.listing.listing import LateItem, Listing
from identity_sdk.listing.reading import PagerDriver, Reading, collect
from identity_sdk.records.values import moment, timestamp
from identity_sdk.report.run_report import LAST_COMPLETE, StreamResult
from identity_sdk.singer.declaration import check_declaration
from identity_sdk.singer.record_stream import RecordStream
from identity_sdk.singer.stream_maps import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from identity_sdk.exchange import Item
    from identity_sdk.listing.pager import ListingResult, Pager
    from identity_sdk.singer.tap import IdentityTap

_PROGRESS_EVERY = 10.0


class IdentityStream(RecordStream):
    """A stream that is one listing of the vendor's API.

    A subclass declares name, path and keys; the vendor's base stream adds the schemas,
    the pager and the vendor's naming.

    Attributes:
        path: Path below the base URL, with a placeholder for each bound parent key.
        permission: What the credential needs to read it (see `IdentityTap.missing_permission`).
        compares_with: Streams whose listings are cross-checked with its own, if they are read.
        may_need: Streams whose listings it may need, which the server decides.
        overlap: How far before its bookmark an incremental read begins: events may become
            visible late, and several may share the moment of the bookmark. Their keys keep
            them from being there twice.
        remarks: What a reader of `sync_runs` should know of a complete read.
        prepaid: Requests for its listing that were made before its turn, and are not told yet.
    """

    name: str = ""
    path: ClassVar[str] = ""
    permission: ClassVar[str | None] = None
    compares_with: ClassVar[tuple[type[IdentityStream], ...]] = ()
    may_need: ClassVar[tuple[type[IdentityStream], ...]] = ()
    overlap: ClassVar[timedelta] = timedelta(seconds=60)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("name"):
            check_declaration(cls, cls.path, getattr(cls, "bind", ()))

    def __init__(self, tap: IdentityTap) -> None:
        super().__init__(tap)
        self.remarks: list[str] = []
        self.prepaid = 0

    # What a vendor's base stream provides

    def pager(self, path: str, parent: Item) -> Pager:
        """The pager of the listing at a path; `parent` is empty unless this is an `EachOf`."""
        raise NotImplementedError

    def key(self, item: Item) -> Any:
        """What tells the items of one listing apart; None if nothing does."""
        return item.get("id")

    def made_at(self, item: Item) -> float | None:
        """When an item of the API was made, in epoch seconds; None if it does not say."""
        return None

    def emitted(self, item: Item) -> Any:
        """What of an item is emitted, by this stream and those that share its listing.

        Two sights of one item conflict only if they differ in that.
        """
        readers = [each for each in self.run.selected if each.source is self] or [self]
        bound = dict.fromkeys(getattr(self, "bind", ()), "")
        try:
            return [
                {name: value for name, value in row.items() if name not in reader.ignored_fields}
                for reader in readers
                for row in reader.rows({**bound, **item})
            ]
        except KeyConflict:
            return item

    def unsupported(self, error: ApiError) -> str | None:
        """Why this error means that the server does not support it; None if it does not."""
        return None

    def since(self) -> str | None:
        """The moment from which an incremental stream is to be read; None for all of it.

        The bookmark less the overlap, or the start date if that is later.

        Raises:
            SettingsError: One of them is no timestamp.
        """
        if self.mode == "full":
            return None
        state = self.tap.state.get("bookmarks", {}).get(self.name, {})
        value = state.get("replication_key_value")
        if self.last_complete.get("coverage") not in (None, list(self.coverage)):
            self.logger.info("%s: read from the start, for its coverage has changed", self.name)
            value = None
        start = self.config.get("start_date")
        try:
            moments = [moment(value) - self.overlap] if value else []
            moments += [moment(start)] if start else []
        except ValueError:
            raise SettingsError(
                f"The bookmark of `{self.name}` in the state, or `start_date`, is no timestamp."
            ) from None
        if not moments:
            return None
        return timestamp(max(moments).isoformat())

    @property
    def _earliest(self) -> str | None:
        """The moment before which no row is emitted, though the server may return some."""
        if type(self).incremental_key:
            return self.since()
        start = self.config.get("start_date") if self.mode == "incremental" else None
        return timestamp(moment(start).isoformat()) if start else None

    def incomplete_reason(self) -> str | None:
        """Why this listing may lack rows, by what other listings tell; None if it does not.

        Asked at the end of a read that is otherwise whole. What a second look finds meanwhile
        is added to the listing (`Listing.late`), and emitted.
        """
        return None

    @property
    def coverage(self) -> tuple[str, ...]:
        """What a read of this stream covers."""
        return self.tap.coverage

    # Reading

    @property
    def source(self) -> IdentityStream:
        """The stream whose listing this one reads."""
        return self

    @property
    def permissions(self) -> frozenset[str]:
        """All that the credential needs to read it."""
        return frozenset({self.permission} - {None})  # type: ignore[arg-type]

    def reads(self) -> list[IdentityStream]:
        """The streams whose listings reading this one's takes, each as often as it is read."""
        return [self.tap.stream_of(each).source for each in self.may_need] * 2

    def read(self) -> Reading:
        """Begin to read the listing."""
        return self.reading(self.path, {})

    def reading(self, path: str, parent: Item) -> Reading:
        """Begin to read the listing at a path; `parent` is empty unless this is an `EachOf`."""
        return self.driven(self.pager(path, parent))

    def driven(self, pager: Pager) -> PagerDriver:
        """A pager, with its requests sent."""
        return PagerDriver(pager, self.run.client.send)

    @cached_property
    def listing(self) -> Listing:
        """The listing, read once per run and shared by the streams that need it."""
        return self.new_listing(shared=self.run.readers_of(self) > 1)

    def new_listing(self, *, shared: bool = False) -> Listing:
        """The listing, to be read anew."""
        return Listing(self.read, shared=shared, refused=self._refused, accept=self._accepting)

    def _refused(self, error: ApiError) -> Unsupported | None:
        reason = self.unsupported(error)
        return Unsupported(reason) if reason else None

    def read_again(self, keys: Collection[Any]) -> list[Item]:
        """Read some items once more, by their keys; return those that there are now.

        What the first look lacked, or showed otherwise, is added to the listing.
        """
        now = [item for item in collect(self.read_some(keys)) if self.key(item) in keys]
        self.add_late_items(now, self.key, keys)
        return now

    def read_some(self, keys: Collection[Any]) -> Reading:
        """Read the items of some keys; where a server cannot be asked for these alone, all."""
        return self.read()

    def add_late_items(
        self, now: Iterable[Item], identity: Callable[[Item], Any], among: Collection[Any]
    ) -> None:
        """Add to the listing what a second look found and the first lacked, or showed otherwise.

        Args:
            now: What the second look found.
            identity: What tells items apart.
            among: The identities of what it found.
        """
        pages = self.listing.pages()
        before = {key: i for page in pages for i in page if (key := identity(i)) in among}
        before |= {identity(late.item): late.item for late in self.listing.late_items}
        for item in now:
            if (old := before.get(identity(item))) != item:
                self.listing.late_items.append(LateItem(item, old))

    def _accepting(self, result: ListingResult) -> ListingResult:
        """A proof as it is taken where rows that are never shown may be accepted."""
        if not result.missing or result.incomplete is None:
            return result
        told = f"{self.name}={result.missing}"
        if self.run.accept_missing.get(self.name) != result.missing:
            return replace(
                result,
                incomplete=f"{result.incomplete}. If the server counts what it never shows, such "
                f"as what was deleted, set `accept_missing` to {told}",
            )
        if (remark := f"accepted: {told} ({result.incomplete})") not in self.remarks:
            self.remarks.append(remark)
        return replace(result, incomplete=None)

    @override
    def record_pages(self) -> Iterator[list[dict[str, Any]]]:
        """The records, page by page, and at the end the verdict on them."""
        result = self.open_result()
        with self._told(result):
            reported = time.monotonic()
            for page in self.source.listing.first_read():
                self.run.check_stop()
                records = list(self._shaped(page, result, self._earliest))
                result.row_count += len(records)
                yield records
                if time.monotonic() - reported > _PROGRESS_EVERY:
                    reported = time.monotonic()
                    so_far = self.source.progress
                    self.logger.info("%s: %d rows so far%s", self.name, result.row_count, so_far)
            self._prove(result)
            reason = self.incomplete_reason()
            yield from self._late_records(result)
            if reason:
                raise Incomplete(reason)
            self._conclude(result)

    @contextmanager
    def _told(self, result: StreamResult) -> Iterator[None]:
        """Put down how a read ends, and how many requests it took."""
        before = self.run.client.requests.count
        try:
            yield
        except Unsupported as error:
            if self.last_complete:
                result.end("incomplete", f"{error}, but it was read in an earlier run")
                raise Incomplete(str(error)) from error
            self.logger.warning("%s: %s", self.name, error)
            result.end("unsupported", str(error))
        except Incomplete as error:
            result.end("incomplete", str(error))
            raise
        except Exception as error:
            result.end("failed", self.run.reason(error))
            raise
        finally:
            result.requests = self.run.client.requests.count - before + self._prepaid()

    def begin(self) -> None:
        """Ask for the first page of its listing, which the first reader then gets.

        Raises:
            IdentityError: It cannot be read; each reader is told so too.
        """
        before = self.run.client.requests.count
        try:
            self.listing.begin()
        finally:
            self.prepaid = self.run.client.requests.count - before

    @property
    def listed_by(self) -> IdentityStream:
        """The stream with whose listing a read of this one begins."""
        return self.source

    def _prepaid(self) -> int:
        prepaid = 0
        for stream in {self.source, self.listed_by}:
            prepaid, stream.prepaid = prepaid + stream.prepaid, 0
        return prepaid

    @property
    def last_complete(self) -> Mapping[str, Any]:
        """What the last complete run covered; empty if there was none."""
        state = self.tap.state.get("bookmarks", {}).get(self.name, {})
        last_complete: Mapping[str, Any] = state.get(LAST_COMPLETE, {})
        return last_complete

    def open_result(self) -> StreamResult:
        """Begin this stream's entry in the ledger."""
        sample = self.last_complete.get("sample", ())
        return self.run.report.open(self.name, self.mode, self.coverage, sample)

    @property
    def progress(self) -> str:
        """How far a read has come besides its rows, for the log."""
        return ""

    def _late_records(self, result: StreamResult) -> Iterator[list[dict[str, Any]]]:
        """The records of what only a second look at the listing found."""
        for late in self.source.listing.late_items:
            shown = [late.before] if late.before else []
            before = list(self._shaped(shown, StreamResult.unread(), self._earliest))
            now = self._shaped([late.item], result, self._earliest)
            records = [each for each in now if each not in before]
            result.row_count += 0 if late.before else len(records)
            if records:
                yield records

    def _prove(self, result: StreamResult) -> None:
        """Note what is proven of the listing.

        Raises:
            Incomplete: It is not proven whole.
        """
        listing = self.source.listing
        if listing.result is not None:
            result.repeats = listing.result.repeats
            result.server_total = listing.result.total if self.source is self else None
        listing.require_complete()

    def _conclude(self, result: StreamResult) -> None:
        """Give the verdict on a read that is whole.

        Raises:
            Incomplete: The credential may read less than at the start of the run, or the read
                covers less than the last complete one.
        """
        self.run.rights.recheck(self.permissions)
        if result.mode == "full":
            self._compare_filter(result)
            shrunk = result.shrinkage(self.last_complete, self.run.max_shrink)
            if shrunk and self.run.accept_shrink:
                self.run.accepted = True
                self.remarks.append(f"accepted: {shrunk}")
            elif shrunk:
                raise Incomplete(
                    f"{shrunk}. If that is right, set `accept_shrink` for one run; until then "
                    "no row of this stream is marked as deleted"
                )
        result.end("complete", self._notes(result))

    def _compare_filter(self, result: StreamResult) -> None:
        result.filter = filters(self.config.get("stream_maps", {}), self.name)
        if self.last_complete and self.last_complete.get("filter") != result.filter:
            self.logger.warning(
                "%s: its `__filter__` is not that of the last complete run; rows that it now "
                "leaves out will look removed",
                self.name,
            )

    def _notes(self, result: StreamResult) -> str | None:
        if result.unknown:
            self.logger.warning(
                "%s: fields left out that this version does not know: %s",
                self.name,
                ", ".join(sorted(result.unknown)),
            )
        if result.unreadable:
            fields = ", ".join(sorted(result.unreadable))
            self.remarks.append(f"unreadable values were left empty in {fields}")
        for remark in self.remarks:
            self.logger.warning("%s: %s", self.name, remark)
        return "; ".join(self.remarks) or None
