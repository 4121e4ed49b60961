"""Streams that belong to another: one listing for each of its records, or parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import Incomplete, KeyConflict, NotFound
from identity_sdk.exchange import Item, fill
from identity_sdk.stream import IdentityStream
from identity_sdk.walk import Reading, Walk, read_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from identity_sdk.ledger import Entry
    from identity_sdk.paging import Pager


class _Bound(IdentityStream):
    """A stream whose rows belong to a record of another stream, and are keyed by it.

    Attributes:
        parent: The other stream.
        bind: Which column holds which field of the parent's items; covers the parent's key.
        own_key: Whether no two rows have one key even if they belong to different parents.
    """

    parent: ClassVar[type[IdentityStream]]
    bind: ClassVar[Mapping[str, str]]
    own_key: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "bind" not in cls.__dict__:
            return
        keys: tuple[str, ...] = tuple(cls.primary_keys)
        if not cls.own_key and (missing := cls.bind.keys() - set(keys)):
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
        if None in values.values():
            raise KeyConflict(f"a record of {self.parent.name} came without its key")
        return values

    @override
    def _conclude(self, entry: Entry) -> None:
        parent = self.tap.ledger.entries.get(self.parent.name)
        if parent is not None and parent.status in ("incomplete", "failed"):
            raise Incomplete(f"`{self.parent.name}`, which it belongs to, is {parent.status}")
        if parent is None and (reason := self.parent_stream.doubt()):
            raise Incomplete(f"`{self.parent.name}`, which it belongs to: {reason}")
        super()._conclude(entry)


class EachOf(_Bound):
    """A stream read once for each record of its parent: one request or walk per parent.

    This is a fan-out within one ordinary stream, not the parent-child streams of
    singer_sdk, which repeat the SCHEMA and grow the STATE with every parent.

    Attributes:
        parents_read: How many of the parents are done with, for the log.
    """

    parents_read = 0

    def applies(self, parent: Item) -> bool:
        """Whether a parent can have any: no request is made for one that cannot."""
        return True

    def expected(self, parent: Item) -> int | None:
        """How many the parent's own record says that it has; None if it does not say."""
        return None

    @override
    def read(self) -> Reading:
        self.parents_read = 0
        fan = _Fan(self)
        listing = self.parent_stream.source.walk
        client, parents = self.tap.client, self._parents(listing)
        proof = yield from read_each(
            parents, fan.one, client.send, client.concurrency, fan.gone, fan.done
        )
        try:
            listing.whole()
        except Incomplete as error:
            raise Incomplete(f"`{self.parent.name}`, which it is read for: {error}") from None
        fan.settle()
        return proof

    def _parents(self, listing: Walk) -> Iterator[Item]:
        for item in (item for page in listing.pages() for item in page):
            if self.applies(item) and self.expected(item) != 0:
                yield item
            else:
                self.parents_read += 1

    @property
    @override
    def progress(self) -> str:
        walk = self.parent_stream.source.walk
        more = "" if walk.proof else " or more"
        return f", {self.parents_read} of {walk.items}{more} {self.parent.name} read"


class _Fan:
    """What a fan-out met with that only another look at its parents can settle."""

    def __init__(self, stream: EachOf) -> None:
        self._stream = stream
        self._expected: dict[tuple[Any, ...], int] = {}
        self._missing: set[tuple[Any, ...]] = set()  # answered 404
        self._other: dict[tuple[Any, ...], int] = {}  # had another number than expected

    def one(self, parent: Item) -> tuple[Pager, Item]:
        stream = self._stream
        bound = stream.bound(parent)
        if (expected := stream.expected(parent)) is not None:
            self._expected[tuple(bound.values())] = expected
        return stream.pager(fill(stream.path, bound), parent), bound

    def gone(self, bound: Item, error: NotFound) -> None:
        if self._stream.unsupported(error):
            raise error  # It is the endpoint that does not exist.
        self._stream.parents_read += 1
        self._missing.add(tuple(bound.values()))

    def done(self, bound: Item, found: int) -> None:
        self._stream.parents_read += 1
        key = tuple(bound.values())
        if self._expected.pop(key, found) != found:
            self._other[key] = found

    def settle(self) -> None:
        """List the parents once more, if there is a doubt about some.

        Raises:
            Incomplete: Parents that answered 404 are still listed: it meant something else,
                such as a missing permission or an id that the server does not take in a
                path. Or they still say another number than was found. Or it cannot be told,
                for the list is not whole.
        """
        if not self._missing and not self._other:
            return
        stream, name = self._stream, self._stream.parent.name
        again = Walk(stream.parent_stream.source.read, shared=False)
        denied, differing = 0, []
        for parent in (item for page in again.pages() for item in page):
            key = tuple(stream.bound(parent).values())
            could = stream.applies(parent) and stream.expected(parent) != 0
            denied += could and key in self._missing
            if (found := self._other.get(key)) is not None:
                expected = stream.expected(parent)
                if expected is not None and expected > found:  # More is who left meanwhile.
                    differing.append(f"{found} of {expected}")
        again.whole()
        if denied:
            raise Incomplete(f"{denied} of `{name}` answered 404 although they are listed")
        if differing:
            raise Incomplete(
                f"{len(differing)} of `{name}` say that they have more: {differing[0]} were found"
            )
        if self._missing:
            remark = f"{len(self._missing)} of `{name}` vanished while they were read"
            if remark not in stream.remarks:
                stream.remarks.append(remark)


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
        bound = self.bound(item)
        for part in self.parts(item):
            yield {**part, **bound}
