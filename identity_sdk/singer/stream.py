"""The base of all streams: what a listing is, and how it is read."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import ApiError, Incomplete, KeyConflict, SettingsError, Unsupported
from identity_sdk.listing.dedupe import SeenKeys
from identity_sdk.listing.listing import LateItem, Listing
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.reading import PagerDriver, Reading, collect
from identity_sdk.records.values import moment, timestamp
from identity_sdk.report.run_report import LAST_COMPLETE, StreamResult
from identity_sdk.singer.declaration import check_declaration
from identity_sdk.singer.record_stream import RecordStream
from identity_sdk.singer.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from identity_sdk.exchange import Item, Request, Response
    from identity_sdk.listing.pager import ListingResult, Page, Pager
    from identity_sdk.singer.tap import IdentityTap

_PROGRESS_EVERY = 10.0


class IdentityStream(RecordStream):
    """A stream that is one listing of the vendor's API.

    A subclass declares name, path and keys; the vendor's base stream adds the schemas,
    the pager and the vendor's naming.

    Attributes:
        path: Path below the base URL, with a placeholder for each bound parent key.
        permission: The permission that the credential needs (see `IdentityTap.missing_permission`).
        opt_in: Whether it is in the catalog only if `opt_in_streams` names it, because it costs
            many requests or needs permissions that the other streams do not need.
        cost: What reading it costs in requests; `{parent}` is the stream that it belongs to.
        compares_with: Streams whose listings are cross-checked with its own, if they are read.
        may_need: Streams whose listings it may read too, depending on the server.
        overlap: How long before its bookmark an incremental sync starts: events may become visible
            late, and several may have the bookmark's timestamp. Their keys prevent duplicates.
        remarks: Notes on a complete read, for readers of `sync_runs`.
        prepaid: Requests made for its listing before its turn, not yet counted.
    """

    name: str = ""
    path: ClassVar[str] = ""
    permission: ClassVar[str | None] = None
    opt_in: ClassVar[bool] = False
    cost: ClassVar[str] = "a request per page"
    compares_with: ClassVar[tuple[type[IdentityStream], ...]] = ()
    may_need: ClassVar[tuple[type[IdentityStream], ...]] = ()
    overlap: ClassVar[timedelta] = timedelta(seconds=60)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("name"):
            check_declaration(cls, IdentityStream)

    def __init__(self, tap: IdentityTap) -> None:
        super().__init__(tap)
        self.remarks: list[str] = []
        self.prepaid = 0

    @classmethod
    def about(cls) -> dict[str, Any]:
        """What `--about` says of the stream."""
        parent: type[IdentityStream] | None = getattr(cls, "parent", None)
        cost = cls.cost.format(parent=f"`{parent.name}`" if parent else "")
        return {"name": cls.name, "opt_in": cls.opt_in, "cost": cost}

    # To be implemented by a vendor's base stream

    def pager(self, path: str, parent: Item) -> Pager:
        """The pager of the listing at a path; `parent` is empty unless this is an `EachOf`."""
        raise NotImplementedError(f"{type(self).__name__} has to define `pager`")

    def key(self, item: Item) -> Any:
        """The key of an item within its listing; None if it has none."""
        return item.get("id")

    def made_at(self, item: Item) -> float | None:
        """When an item was created, in epoch seconds; None if it does not say."""
        return None

    def emitted(self, item: Item) -> Any:
        """The part of an item that is emitted, by this stream and those that share its listing.

        Two versions of an item conflict only if they differ in this part.
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

    def seen_keys(self) -> SeenKeys:
        """The set of seen keys for a pager that walks the listing until it is proven."""
        return SeenKeys(self.emitted, marks=False)

    def unsupported(self, error: ApiError) -> str | None:
        """Why this error means that the server does not support the stream; None if it does not."""
        return None

    def since(self) -> str | None:
        """The time from which an incremental stream is read; None to read everything.

        The bookmark minus the overlap, or the start date if that is later.

        Raises:
            SettingsError: One of them is not a timestamp.
        """
        if self.mode == "full":
            return None
        state = self.tap.state.get("bookmarks", {}).get(self.name, {})
        value = state.get("replication_key_value")
        if self.last_complete.get("coverage") not in (None, list(self.coverage)):
            self.logger.info("%s: read from the start because its coverage has changed", self.name)
            value = None
        start = self.config.get("start_date")
        try:
            moments = [moment(value) - self.overlap] if value else []
            moments += [moment(start)] if start else []
        except ValueError:
            raise SettingsError(
                f"The bookmark of `{self.name}` in the state, or `start_date`, is not a timestamp."
            ) from None
        if not moments:
            return None
        return timestamp(max(moments).isoformat())

    @property
    def _earliest(self) -> str | None:
        """The time before which no row is emitted, even if the server returns some."""
        if type(self).incremental_key:
            return self.since()
        start = self.config.get("start_date") if self.mode == "incremental" else None
        return timestamp(moment(start).isoformat()) if start else None

    def incomplete_reason(self) -> str | None:
        """Why this listing may lack rows according to other listings; None if it does not.

        Called at the end of a read that is otherwise complete. Rows that a second read finds are
        added to the listing (`Listing.late_items`) and emitted.
        """
        return None

    @property
    def coverage(self) -> tuple[str, ...]:
        """The coverage of this stream."""
        return self.tap.coverage

    # Reading

    @property
    def source(self) -> IdentityStream:
        """The stream whose listing this one reads."""
        return self

    @property
    def needed_fields(self) -> Collection[str] | None:
        """The fields of an item that its rows are made of; None for all."""
        return None

    @property
    def permissions(self) -> frozenset[str]:
        """All permissions that the credential needs to read it."""
        return frozenset({self.permission} - {None})  # type: ignore[arg-type]

    def reads(self) -> list[IdentityStream]:
        """The streams whose listings are read for this one, each as often as it is read."""
        return [self.tap.stream_of(each).source for each in self.may_need] * 2

    def read(self) -> Reading:
        """Start reading the listing."""
        return self.reading(self.path, {})

    def reading(self, path: str, parent: Item) -> Reading:
        """Start reading the listing at a path; `parent` is empty unless this is an `EachOf`."""
        return self.driven(self.pager(path, parent))

    def driven(self, pager: Pager) -> PagerDriver:
        """A driver that sends the requests of a pager."""
        return PagerDriver(pager, self.run.client.send)

    def offset_paging(
        self,
        request: Callable[[int, int], Request],
        read: Callable[[Response], Page],
        page_size: int,
        **documented: Any,
    ) -> OffsetPaging:
        """Paging by offset with this stream's keys, and the run's concurrency.

        Args:
            documented: What the vendor documents of its pages (see `OffsetPaging`).
        """
        own: dict[str, Any] = {"window": self.run.client.concurrency, "made_at": self.made_at}
        own |= {"seen": self.seen_keys(), **documented}
        return OffsetPaging(request, read, self.key, page_size, **own)

    @cached_property
    def listing(self) -> Listing:
        """The listing, read once per run and shared by the streams that need it."""
        return self.new_listing(shared=self.run.readers_of(self) > 1)

    def new_listing(self, *, shared: bool = False) -> Listing:
        """A new reading of the listing."""
        return Listing(self.read, shared=shared, refused=self._refused, accept=self._accepting)

    def _refused(self, error: ApiError) -> Unsupported | None:
        return Unsupported(reason) if (reason := self.unsupported(error)) else None

    def read_again(self, keys: Collection[Any]) -> list[Item]:
        """Read some items again by their keys; return those that exist now.

        Items that are new or changed since the first read are added to the listing.
        """
        now = [item for item in collect(self.read_some(keys)) if self.key(item) in keys]
        self.add_late_items(now, self.key, keys)
        return now

    def read_some(self, keys: Collection[Any]) -> Reading:
        """Read the items with these keys, or all where the server has no such filter."""
        return self.read()

    def add_late_items(
        self, now: Iterable[Item], identity: Callable[[Item], Any], among: Collection[Any]
    ) -> None:
        """Add items to the listing that are new or changed since the first read.

        Args:
            now: The items that the second read found.
            identity: The key of an item.
            among: The keys of the items that it found.
        """
        pages = self.listing.pages()
        before = {key: i for page in pages for i in page if (key := identity(i)) in among}
        before |= {identity(late.item): late.item for late in self.listing.late_items}
        for item in now:
            if (old := before.get(identity(item))) != item:
                self.listing.late_items.append(LateItem(item, old))

    def _accepting(self, result: ListingResult) -> ListingResult:
        """A result, with missing rows accepted where `accept_missing` says so."""
        if not result.missing or result.incomplete is None:
            return result
        told = f"{self.name}={result.missing}"
        if self.run.accept_missing.get(self.name) != result.missing:
            return replace(
                result,
                incomplete=f"{result.incomplete}. If the server counts rows that it never "
                f"returns, such as deleted ones, set `accept_missing` to {told}",
            )
        if (remark := f"accepted: {told} ({result.incomplete})") not in self.remarks:
            self.remarks.append(remark)
        return replace(result, incomplete=None)

    @override
    def record_pages(self) -> Iterator[list[dict[str, Any]]]:
        """The records, page by page; gives the verdict at the end."""
        verdict = Verdict(self)
        result = verdict.result
        with verdict.on_error():
            reported = time.monotonic()
            for page in self.source.listing.first_read(self.needed_fields):
                self.run.check_stop()
                records = self._shaped(page, result, self._earliest)
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
            verdict.conclude()

    def begin(self) -> None:
        """Request the first page of its listing, which the first reader then receives.

        Raises:
            IdentityError: It cannot be read; each reader gets the same error.
        """
        before = self.run.client.requests.count
        try:
            self.listing.begin()
        finally:
            self.prepaid = self.run.client.requests.count - before

    @property
    def listed_by(self) -> IdentityStream:
        """The stream whose listing is read first for this one."""
        return self.source

    def take_prepaid(self) -> int:
        """The requests that were made for it before its turn, each counted once."""
        prepaid = 0
        for stream in {self.source, self.listed_by}:
            prepaid, stream.prepaid = prepaid + stream.prepaid, 0
        return prepaid

    @property
    def last_complete(self) -> Mapping[str, Any]:
        """The coverage and rows of the last complete run; empty if there was none."""
        state = self.tap.state.get("bookmarks", {}).get(self.name, {})
        last_complete: Mapping[str, Any] = state.get(LAST_COMPLETE, {})
        return last_complete

    def open_result(self) -> StreamResult:
        """Start this stream's result in the run report."""
        sample = self.last_complete.get("sample", ())
        return self.run.report.open(self.name, self.mode, self.coverage, sample)

    @property
    def progress(self) -> str:
        """Progress of a read other than its rows, for the log."""
        return ""

    def _late_records(self, result: StreamResult) -> Iterator[list[dict[str, Any]]]:
        """The records of items that only a second read of the listing found."""
        for late in self.source.listing.late_items:
            shown = [late.before] if late.before else []
            before = self._shaped(shown, StreamResult.unread(), self._earliest)
            now = self._shaped([late.item], result, self._earliest)
            records = [each for each in now if each not in before]
            result.row_count += 0 if late.before else len(records)
            if records:
                yield records

    def _prove(self, result: StreamResult) -> None:
        """Note the result of the listing.

        Raises:
            Incomplete: It is not proven complete.
        """
        listing = self.source.listing
        if listing.result is not None:
            result.repeats = listing.result.repeats
            result.server_total = listing.result.total if self.source is self else None
        listing.require_complete()
