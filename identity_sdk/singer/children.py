"""Child streams: one listing per parent record (`EachOf`), or parts of it (`PartOf`)."""

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
    """A stream whose rows belong to a record of a parent stream, and whose key includes its key.

    Attributes:
        parent: The parent stream.
        bind: Maps columns to fields of the parent's items; covers the parent's key.
        globally_unique: Whether keys are unique across parents.
    """

    parent: ClassVar[type[IdentityStream]]
    bind: ClassVar[Mapping[str, str]]
    globally_unique: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.__dict__.get("name") and not (hasattr(cls, "parent") and hasattr(cls, "bind")):
            raise TypeError(
                f"{cls.__name__} has no parent stream: set `parent`, and in `bind` which "
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
        """The columns that identify the parent of a row."""
        values = {column: parent.get(field) for column, field in self.bind.items()}
        if not all(isinstance(value, str | int) for value in values.values()):
            raise KeyConflict(f"a record of `{self.parent.name}` has no key")
        return values

    @override
    def _prove(self, result: StreamResult) -> None:
        parent = self.run.report.results.get(self.parent.name)
        if parent is not None and parent.status in ("incomplete", "failed"):
            raise Incomplete(f"its parent stream `{self.parent.name}` is {parent.status}")
        if parent is None and (reason := self.parent_stream.incomplete_reason()):
            raise Incomplete(f"its parent stream `{self.parent.name}`: {reason}")
        super()._prove(result)


class EachOf(_Bound):
    """A stream read once for each record of its parent: one request or walk per parent.

    This is a fan-out within one ordinary stream. The parent-child streams of singer_sdk repeat the
    SCHEMA, and grow the STATE, with every parent.

    Attributes:
        parents_read: Number of parents finished, for the progress log.
    """

    cost = "about a request per record of {parent}"
    parents_read = 0

    def has_children(self, parent: Item) -> bool:
        """Whether a parent can have children; if not, no request is made for it."""
        return True

    def expected_count(self, parent: Item) -> int | None:
        """Number of children according to the parent's own record; None if it does not say."""
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
            for _ in listing.first_read():  # Read it whole, so that other streams find the result.
                pass
            # Called for its side effect: it reads doubtful parts of the listing again.
            self.parent_stream.incomplete_reason()
        watch = _Watch(self)
        fan_out = watch.fan_out(self._parents(listing))
        yield fan_out
        try:
            listing.require_complete()
        except Incomplete as error:
            raise Incomplete(f"its parent stream `{self.parent.name}`: {error}") from None
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
        """Read the listings of some parents again; return the items that they have now.

        Items that are new or changed since the first read are added to the stream's listing.

        Args:
            keys: Keys of the parents, in the order of `bind`.
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
    """A parent whose record states more children than its listing returned.

    Attributes:
        expected: Number of children that the record states.
        seen: Keys of the children that were found.
    """

    parent: Item
    expected: int
    seen: SeenKeys


class _Watch:
    """Parents of a fan-out that have to be read again: incomplete ones, and those that returned
    404."""

    MOST_LOOKS = 3
    """Times that the listing of a parent in doubt is read again."""

    def __init__(self, stream: EachOf) -> None:
        self._stream = stream
        self._expected: dict[tuple[Any, ...], tuple[Item, int]] = {}
        self._seen = SeenKeys()  # children of the parent that is being read
        self._short: dict[tuple[Any, ...], _Short] = {}
        self._missing: set[tuple[Any, ...]] = set()  # parents that returned 404

    def fan_out(self, parents: Iterable[Item]) -> FanOut:
        """The listings of parents, with their children counted."""
        window = self._stream.run.client.concurrency
        return FanOut(parents, self.open, window, self.gone, self.page, self.done)

    def quietly(self, parents: Iterable[Item]) -> FanOut:
        """The same without counting: only parents that return 404 are noted."""
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
            raise error  # The endpoint itself does not exist.
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
        if expected > found:  # More than expected were added during the sync.
            self._short[key] = _Short(parent, expected, self._seen)
        self._seen = SeenKeys()

    def recheck_parents(self, result: ListingResult) -> Readings:
        """Read parents in doubt again, and only those; say which stay in doubt.

        First, the listings of parents that state more children. Then the parents themselves: counts
        are read before children, so a parent may have gained or lost some, or have been deleted.

        Raises:
            Incomplete: Parents that returned 404 are still listed: the 404 meant something else,
                such as a missing permission or an id that the server does not accept in a path. Or
                the list of parents is itself incomplete, so that this cannot be checked.
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
        """(found, expected) of each parent in doubt."""
        return {key: (each.seen.total, each.expected) for key, each in self._short.items()}

    def _with_shortage(self, result: ListingResult, lack: list[tuple[int, int]]) -> ListingResult:
        found, expected = lack[0]
        told = (
            f"{len(lack)} of `{self._stream.parent.name}` state more than was returned: "
            f"{found} of {expected} were found"
        )
        missing = max(sum(more - few for few, more in lack), result.missing)
        sound = result.incomplete is None or result.missing
        return replace(
            result, incomplete=result.incomplete or told, missing=missing if sound else 0
        )

    def _read_again(self) -> Readings:
        """Emit the children of parents in doubt that were not found before."""
        again = Filtered(self.quietly([each.parent for each in self._short.values()]), self._new)
        yield again
        self._short = {
            key: each for key, each in self._short.items() if each.expected > each.seen.total
        }
        return result_of(again)

    def _new(self, page: list[Item]) -> list[Item]:
        """The items of a page that were not found in their parent's listing before."""
        stream, new = self._stream, []
        for item in page:
            seen = self._short[tuple(item[column] for column in stream.bind)].seen
            if (key := stream.key(item)) not in seen:
                seen.add(key, {})
                new.append(item)
        return new

    def _look_at_parents(self) -> None:
        """List the parents again: do they still exist, and how many children do they state?"""
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
            raise Incomplete(f"{denied} of `{name}` returned 404 although they are listed")
        if self._missing:
            remark = f"{len(self._missing)} of `{name}` were deleted during the sync"
            if remark not in stream.remarks:
                stream.remarks.append(remark)
        self._short, self._missing = short, set()


def _with_doubts(result: ListingResult, again: ListingResult) -> ListingResult:
    """A result, made less certain by what a second read of a part leaves in doubt."""
    if again.incomplete is None:
        return result
    counted = again.missing and (result.missing or result.incomplete is None)
    missing = max(result.missing, again.missing) if counted else 0
    return replace(result, incomplete=result.incomplete or again.incomplete, missing=missing)


class PartOf(_Bound):
    """A stream whose rows are parts of its parent's records; it makes no requests.

    Attributes:
        read_from: The fields of the parent's items that `parts` reads. It is given no others, and
            so none has to be decoded again.
    """

    cost = "none: its rows are parts of the records of {parent}"
    read_from: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("name") and not getattr(cls, "read_from", None):
            raise TypeError(
                f"{cls.__name__} has no `read_from`: say which fields of its parent hold its rows"
            )

    def parts(self, item: Item) -> Iterable[Item]:
        """The rows in a record of the parent, without the bound columns.

        Args:
            item: The fields in `read_from`.
        """
        raise NotImplementedError

    @property
    @override
    def source(self) -> IdentityStream:
        return self.parent_stream.source

    @property
    @override
    def listed_by(self) -> IdentityStream:
        return self.parent_stream.listed_by

    @property
    @override
    def needed_fields(self) -> Collection[str]:
        return {*self.bind.values(), *self.read_from}

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        bound = self.bound(item)
        for part in self.parts({name: item[name] for name in self.read_from if name in item}):
            yield {**part, **bound}
