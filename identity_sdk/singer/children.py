"""Streams that belong to another: one listing for each of its records, or parts of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import Incomplete, KeyConflict, NotFound
from identity_sdk.exchange import Item, fill
from identity_sdk.listing.dedupe import SeenKeys
from identity_sdk.listing.fan_out import FanOut
from identity_sdk.listing.reading import Filtered, InTurn, Reading, Readings, collect, result_of
from identity_sdk.singer.stream import IdentityStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from identity_sdk.listing.evidence import ListingResult
    from identity_sdk.listing.listing import Listing
    from identity_sdk.report.run_report import StreamResult


class _Bound(IdentityStream):
    """A stream whose rows belong to a record of another stream, and are keyed by it.

    Attributes:
        parent: The other stream.
        bind: Which column holds which field of the parent's items; covers the parent's key.
        globally_unique: Whether no two rows have one key even if they belong to different parents.
    """

    parent: ClassVar[type[IdentityStream]]
    bind: ClassVar[Mapping[str, str]]
    globally_unique: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.__dict__.get("name") and not (hasattr(cls, "parent") and hasattr(cls, "bind")):
            raise TypeError(
                f"{cls.__name__} belongs to no other stream: set `parent`, and in `bind` which "
                "column holds which field of its key"
            )
        super().__init_subclass__(**kwargs)
        if "bind" not in cls.__dict__:
            return
        keys: tuple[str, ...] = tuple(cls.primary_keys)
        if not cls.globally_unique and (missing := cls.bind.keys() - set(keys)):
            raise TypeError(f"the key of {cls.__name__} lacks {sorted(missing)} of its parent")
        held = {cls.parent.column(field) for field in cls.bind.values()}
        if missing := set(cls.parent.primary_keys) - held:
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
        if not all(isinstance(value, str | int) for value in values.values()):
            raise KeyConflict(f"a record of {self.parent.name} came without its key")
        return values

    @override
    def _prove(self, result: StreamResult) -> None:
        parent = self.run.report.results.get(self.parent.name)
        if parent is not None and parent.status in ("incomplete", "failed"):
            raise Incomplete(f"`{self.parent.name}`, which it belongs to, is {parent.status}")
        if parent is None and (reason := self.parent_stream.incomplete_reason()):
            raise Incomplete(f"`{self.parent.name}`, which it belongs to: {reason}")
        super()._prove(result)


class EachOf(_Bound):
    """A stream read once for each record of its parent: one request or walk per parent.

    This is a fan-out within one ordinary stream, not the parent-child streams of
    singer_sdk, which repeat the SCHEMA and grow the STATE with every parent.

    Attributes:
        parents_read: How many of the parents are done with, for the log.
    """

    parents_read = 0

    def has_children(self, parent: Item) -> bool:
        """Whether a parent can have any: no request is made for one that cannot."""
        return True

    def expected_count(self, parent: Item) -> int | None:
        """How many the parent's own record says that it has; None if it does not say."""
        return None

    @property
    @override
    def listed_by(self) -> IdentityStream:
        return self.parent_stream.listed_by

    @override
    def reads(self) -> list[IdentityStream]:
        return [*super().reads(), self.parent_stream.source]

    @override
    def read(self) -> Reading:
        return InTurn(self._readings())

    def _readings(self) -> Readings:
        self.parents_read = 0
        listing = self.parent_stream.source.listing
        shared = self.run.readers_of(self.parent_stream.source) > 1
        if shared and listing.result is None and self.parent_stream not in self.run.selected:
            for _ in listing.first_read():  # So that others find it read, and what it lacked.
                pass
            # Asked for its effect: it looks at the listing a second time.
            self.parent_stream.incomplete_reason()
        watch = _Watch(self)
        fan_out = watch.fan_out(self._parents(listing))
        yield fan_out
        try:
            listing.require_complete()
        except Incomplete as error:
            raise Incomplete(f"`{self.parent.name}`, which it is read for: {error}") from None
        return (yield from watch.recheck_parents(result_of(fan_out)))

    def _parents(self, listing: Listing) -> Iterator[Item]:
        for item in (item for page in listing.pages() for item in page):
            if self._has_any(item):
                yield item
            else:
                self.parents_read += 1

    @property
    @override
    def progress(self) -> str:
        listing = self.parent_stream.source.listing
        more = "" if listing.result else " or more"
        return f", {self.parents_read} of {listing.items}{more} {self.parent.name} read"

    def _has_any(self, parent: Item) -> bool:
        return self.has_children(parent) and self.expected_count(parent) != 0

    def read_parents_again(self, keys: Collection[tuple[Any, ...]]) -> list[Item]:
        """Read the listings of some parents once more; return what they hold now.

        What the first look lacked, or showed otherwise, is added to the stream's listing.

        Args:
            keys: Of the parents, in the order of `bind`.
        """
        parents = (
            item
            for page in self.parent_stream.source.listing.pages()
            for item in page
            if tuple(self.bound(item).values()) in keys and self.has_children(item)
        )
        now = collect(_Watch(self).quietly(parents))
        self.add_late_items(now, self._identity, {self._identity(item) for item in now})
        return now

    def _identity(self, item: Item) -> tuple[Any, ...]:
        return (*(item[column] for column in self.bind), self.key(item))


@dataclass
class _Short:
    """A parent whose record counts more than its listing showed.

    Attributes:
        expected: How many it counts.
        seen: The keys of those that were found.
    """

    parent: Item
    expected: int
    seen: SeenKeys


class _Watch:
    """What a fan-out met with that only another look can settle."""

    MOST_LOOKS = 3
    """Times that the listing of a parent in doubt is read again."""

    def __init__(self, stream: EachOf) -> None:
        self._stream = stream
        self._expected: dict[tuple[Any, ...], tuple[Item, int]] = {}
        self._seen = SeenKeys()  # the parent that is being read
        self._short: dict[tuple[Any, ...], _Short] = {}
        self._missing: set[tuple[Any, ...]] = set()  # answered 404

    def fan_out(self, parents: Iterable[Item]) -> FanOut:
        """The listings of parents, watched."""
        window = self._stream.run.client.concurrency
        return FanOut(parents, self.open, window, self.gone, self.page, self.done)

    def quietly(self, parents: Iterable[Item]) -> FanOut:
        """The same, with nothing noted but who is gone."""
        window = self._stream.run.client.concurrency
        return FanOut(parents, _Watch(self._stream).open, window, self.gone)

    def open(self, parent: Item) -> tuple[Reading, Item]:
        stream = self._stream
        bound = stream.bound(parent)
        if isinstance(expected := stream.expected_count(parent), int):
            self._expected[tuple(bound.values())] = parent, expected
        return stream.reading(fill(stream.path, bound), parent), bound

    def gone(self, bound: Item, error: NotFound) -> None:
        if self._stream.unsupported(error):
            raise error  # It is the endpoint that does not exist.
        self._stream.parents_read += 1
        self._missing.add(tuple(bound.values()))

    def page(self, bound: Item, items: list[Item]) -> None:
        if tuple(bound.values()) in self._expected:
            for item in items:
                self._seen.add(self._stream.key(item), {})

    def done(self, bound: Item, found: int) -> None:
        self._stream.parents_read += 1
        key = tuple(bound.values())
        parent, expected = self._expected.pop(key, ({}, 0))
        if expected > found:  # More is who came meanwhile.
            self._short[key] = _Short(parent, expected, self._seen)
        self._seen = SeenKeys()

    def recheck_parents(self, result: ListingResult) -> Readings:
        """Read again what is in doubt, and only that; say what stays in doubt.

        Listings of parents that count more are read again first: parents are counted before
        they are read, and counted anew they may have grown. Then the parents are listed once
        more: some may have lost members, or have vanished.

        Raises:
            Incomplete: Parents that answered 404 are still listed: it meant something else,
                such as a missing permission or an id that the server does not take in a
                path. Or it cannot be told, for the list is not whole.
        """
        for _ in range(self.MOST_LOOKS):
            before = self._lacks()
            result = _with_doubts(result, (yield from self._read_again()))
            if self._short or self._missing:
                self._look_at_parents()
            if not self._short:
                return result
            if self._lacks() == before:
                break
        return self._with_shortage(result, list(self._lacks().values()))

    def _lacks(self) -> dict[tuple[Any, ...], tuple[int, int]]:
        """Of each parent in doubt, how many were found, and how many it counts."""
        return {key: (each.seen.total, each.expected) for key, each in self._short.items()}

    def _with_shortage(self, result: ListingResult, lack: list[tuple[int, int]]) -> ListingResult:
        found, expected = lack[0]
        told = (
            f"{len(lack)} of `{self._stream.parent.name}` say that they have more: "
            f"{found} of {expected} were found"
        )
        missing = max(sum(more - few for few, more in lack), result.missing)
        sound = result.incomplete is None or result.missing
        return replace(
            result, incomplete=result.incomplete or told, missing=missing if sound else 0
        )

    def _read_again(self) -> Readings:
        """Emit what the listings of parents in doubt have now and lacked before."""
        again = Filtered(self.quietly([each.parent for each in self._short.values()]), self._new)
        yield again
        self._short = {
            key: each for key, each in self._short.items() if each.expected > each.seen.total
        }
        return result_of(again)

    def _new(self, page: list[Item]) -> list[Item]:
        """The items of a page that their parent's listing lacked before."""
        stream, new = self._stream, []
        for item in page:
            seen = self._short[tuple(item[column] for column in stream.bind)].seen
            if (key := stream.key(item)) not in seen:
                seen.add(key, {})
                new.append(item)
        return new

    def _look_at_parents(self) -> None:
        """List the parents once more: what they count now, and whether they are there."""
        stream, name = self._stream, self._stream.parent.name
        again = stream.parent_stream.source.new_listing()
        denied, short = 0, {}
        for parent in (item for page in again.pages() for item in page):
            key = tuple(stream.bound(parent).values())
            denied += stream._has_any(parent) and key in self._missing
            expected = stream.expected_count(parent)
            known = key in self._short and isinstance(expected, int)
            if known and expected and expected > self._short[key].seen.total:
                short[key] = replace(self._short[key], expected=expected)
        again.require_complete()
        if denied:
            raise Incomplete(f"{denied} of `{name}` answered 404 although they are listed")
        if self._missing:
            remark = f"{len(self._missing)} of `{name}` vanished while they were read"
            if remark not in stream.remarks:
                stream.remarks.append(remark)
        self._short, self._missing = short, set()


def _with_doubts(result: ListingResult, again: ListingResult) -> ListingResult:
    """A proof, less sure by what another look at a part of the listing leaves in doubt."""
    if again.incomplete is None:
        return result
    counted = again.missing and (result.missing or result.incomplete is None)
    missing = max(result.missing, again.missing) if counted else 0
    return replace(result, incomplete=result.incomplete or again.incomplete, missing=missing)


class PartOf(_Bound):
    """A stream whose rows are parts of its parent's records: no request of its own."""

    def parts(self, item: Item) -> Iterable[Item]:
        """The rows within a record of the parent, without the bound columns."""
        raise NotImplementedError

    @property
    @override
    def source(self) -> IdentityStream:
        return self.parent_stream.source

    @property
    @override
    def listed_by(self) -> IdentityStream:
        return self.parent_stream.listed_by

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        bound = self.bound(item)
        for part in self.parts(item):
            yield {**part, **bound}
