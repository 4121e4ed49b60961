"""Listings that are read once per run and shared by several streams."""

from __future__ import annotations

import tempfile
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from identity_sdk.errors import ApiError, IdentityError, Incomplete
from identity_sdk.listing.reading import Reading, result_of
from identity_sdk.records.codec import decode, encode, objects_decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from identity_sdk.exchange import Item
    from identity_sdk.listing.evidence import ListingResult


@dataclass(frozen=True)
class LateItem:
    """An item that only a second read of a listing found.

    Attributes:
        before: The same item in the first read; None if it was missing.
    """

    item: Item
    before: Item | None = None


class Listing:
    """A listing that is read once and replayed to other streams.

    If several streams read it, its pages are kept in a private temporary file, in memory up to a
    few megabytes.

    Args:
        read: Starts the reading.
        shared: Whether several streams read it.
        refused: Maps an error before the first page to its meaning; None if it is as it says.
        accept: Maps the result to the one that is used.

    Attributes:
        items: Number of items read so far.
        result: The result; None before its end.
        trusted: Whether a permission check passed after it was read.
        tainted: Why it may lack rows because the credential lost permissions; None if it does not.
        late_items: Items that only a second read found; every stream that reads the listing emits
            them.
    """

    def __init__(
        self,
        read: Callable[[], Reading],
        *,
        shared: bool,
        refused: Callable[[ApiError], IdentityError | None] = lambda error: None,
        accept: Callable[[ListingResult], ListingResult] = lambda result: result,
    ) -> None:
        self._read = read
        self._shared = shared
        self._refused = refused
        self._accept = accept
        self._spool: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._error: IdentityError | None = None
        self._begun: tuple[Reading, list[list[Item]]] | None = None
        self.items = 0
        self.result: ListingResult | None = None
        self.late_items: list[LateItem] = []
        self.trusted = False
        self.tainted: str | None = None

    def begin(self) -> None:
        """Read the first page, which the first reader then receives.

        Raises:
            IdentityError: It cannot be read; each reader gets the same error.
        """
        reading = self._read()
        try:
            first = reading.next_page()
        except IdentityError as error:
            reading.close()
            self._fail(error, began=False)
        self._begun = reading, [] if first is None else [first]

    def pages(self) -> Iterator[list[Item]]:
        """All pages of items, including those that only a second read found.

        Raises:
            IdentityError: It cannot be read, or could not when another stream read it.
        """
        yield from self.first_read()
        if late := [each.item for each in self.late_items if each.before is None]:
            yield late

    def first_read(self, fields: Collection[str] | None = None) -> Iterator[list[Item]]:
        """The pages of the first read.

        Args:
            fields: Fields that a replay is to contain; None for all. The first reader gets all.

        Raises:
            IdentityError: It cannot be read, or could not when another stream read it.
        """
        if self._error is not None:
            raise self._error
        if self.result is not None and self._spool is not None:
            yield from _replay(self._spool, fields)
            return
        reading, begun = self._begun or (self._read(), [])
        self._begun, began = None, bool(begun)
        spool = None
        if self._shared:
            spool = tempfile.SpooledTemporaryFile(max_size=4 * 2**20)  # noqa: SIM115 (kept)
        try:
            while (page := begun.pop() if begun else reading.next_page()) is not None:
                began = True
                self.items += len(page)
                if spool is not None:
                    spool.write(encode(page) + b"\n")
                yield page
            self.result = self._accept(result_of(reading))
            self._spool, spool = spool, None
        except IdentityError as error:
            self._fail(error, began)
        finally:
            reading.close()
            if spool is not None:
                spool.close()
        if self._spool is not None:
            weakref.finalize(self, self._spool.close)

    def require_complete(self) -> ListingResult:
        """The result of a complete listing.

        Raises:
            Incomplete: It is not proven complete.
        """
        if self.result is None:
            raise Incomplete("the listing was not read to its end")
        if self.tainted:
            raise Incomplete(self.tainted)
        if self.result.incomplete:
            raise Incomplete(self.result.incomplete)
        return self.result

    def _fail(self, error: IdentityError, began: bool) -> NoReturn:
        """Raise the meaning of an error, now and for each later reader."""
        told = None
        if isinstance(error, ApiError) and not began:  # A listing that returned pages is supported.
            told = self._refused(error)
        self._error = told or error
        if told is not None:
            raise told from error
        raise error


def _replay(
    spool: tempfile.SpooledTemporaryFile[bytes], fields: Collection[str] | None
) -> Iterator[list[Item]]:
    read, place = decode if fields is None else objects_decoder(fields), 0
    while True:
        spool.seek(place)  # Another replay may have moved the position.
        line = spool.readline()
        place = spool.tell()
        if not line:
            return
        yield read(line)
