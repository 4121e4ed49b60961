"""Streams that belong to another: one listing for each of its records, or parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import Incomplete, KeyConflict
from identity_sdk.exchange import Item, fill
from identity_sdk.stream import IdentityStream
from identity_sdk.walk import Reading, Walk, read_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from identity_sdk.ledger import Entry
    from identity_sdk.paging import Pager


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

    @override
    def _conclude(self, entry: Entry) -> None:
        parent = self.tap.ledger.entries.get(self.parent.name)
        if parent is not None and parent.status in ("incomplete", "failed"):
            raise Incomplete(f"`{self.parent.name}`, which it belongs to, is {parent.status}")
        super()._conclude(entry)


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
        gone: list[Item] = []
        proof = yield from read_each(parents, one, client.send, client.concurrency, gone)
        try:
            listing.whole()
        except Incomplete as error:
            raise Incomplete(f"`{self.parent.name}`, which it is read for: {error}") from None
        if gone:
            self._explain(gone)
        return proof

    def _explain(self, gone: list[Item]) -> None:
        """Find out whether parents that answered 404 are gone indeed.

        Raises:
            Incomplete: They are still listed: the 404 meant something else, such as a
                missing permission or an id that the server does not take in a path. Or it
                cannot be told, for the list is not whole.
        """
        again = Walk(self.parent_stream.source.read, shared=False)
        listed = {tuple(self.bound(parent).values()) for page in again.pages() for parent in page}
        again.whole()
        if denied := sum(tuple(parent.values()) in listed for parent in gone):
            raise Incomplete(
                f"{denied} of `{self.parent.name}` answered 404 although they are listed"
            )
        self.remarks.append(f"{len(gone)} of `{self.parent.name}` vanished while they were read")


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
