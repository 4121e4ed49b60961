"""A server of numbered pages that can be made to do wrong what real ones do wrong."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError, TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing import evidence
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.pager import ListingResult, Page
from identity_sdk.listing.reading import PagerDriver, result_of
from tests.sdk.readings import drain
from tests.sdk.scim_simulator import Delete, Insert, Simulator, identity, ids, row

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class TotalContext:
    """What a server knows when it says a total."""

    there: int
    on_page: int
    page: int
    before: int
    """Rows before this page."""


TotalRule = Callable[[TotalContext], "int | None"]


def honest(look: TotalContext) -> int | None:
    return look.there


def missing(look: TotalContext) -> int | None:
    return None


def page_length(look: TotalContext) -> int | None:
    return look.on_page


def remaining(look: TotalContext) -> int | None:
    """How many come from this page on."""
    return max(0, look.there - look.before)


def on_first_page(look: TotalContext) -> int | None:
    return look.there if look.page == 1 else None


def wavering(look: TotalContext) -> int | None:
    return look.there + look.page % 2


def capped(most: int) -> TotalRule:
    return lambda look: min(look.there, most)


def off_by(error: int) -> TotalRule:
    return lambda look: max(0, look.there + error)


class Order(enum.Enum):
    """The order in which a server lists its rows."""

    HEAP = enum.auto()
    """As they came, and what is touched goes to the end."""
    TIES = enum.auto()
    """By something that rows share; ties fall otherwise for each (size, page)."""
    SHUFFLED = enum.auto()
    """Another one at each request."""


@dataclass(frozen=True)
class Touch:
    """A row that is written again, unchanged or not, and so moves to the end."""

    id: str
    changed: bool = False


Change = Insert | Delete | Touch


@dataclass
class NumberedSimulator(Simulator):
    """A listing of rows, and how the server that holds it behaves.

    It answers both to the number of a page and to a number of rows to skip.

    Attributes:
        ties: How many values there are to sort by, where the order has ties.
        cap: Rows on a page at most, whatever was asked for.
        cuts: Whether pages are laid out as asked for and then cut to the cap.
        heeds_page: Whether the number of a page counts; else each is the first.
        wraps: Whether a page past the end starts over.
        blank: Numbers of pages that come empty.
        stuttering: Numbers of pages that begin with the last row before them.
        hidden: Ids of rows that are counted and cut into pages, but then not shown.
        newest_first: Whether a row that comes is the first of the listing, not the last.
        script: What happens before which request; the first has the number 0.
        between: What happens after a request's total was worked out and before its rows are.
        too_large: The greatest size that is not answered with 413.
        heavy: Ids of rows that are too much on a page for which more than two were asked.
        prompt: Whether a request is served when it is sent; else when it is awaited.
    """

    rows: Sequence[Item]
    order: Order = Order.HEAP
    ties: int = 1
    cap: int | None = None
    cuts: bool = False
    heeds_page: bool = True
    wraps: bool = False
    blank: frozenset[int] = frozenset()
    stuttering: frozenset[int] = frozenset()
    hidden: frozenset[str] = frozenset()
    total: TotalRule = honest
    newest_first: bool = False
    script: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    between: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    too_large: int | None = None
    heavy: frozenset[str] = frozenset()
    prompt: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        self.now = list(self.rows)
        self.lasting = {row["id"] for row in self.rows if row.get("id")} - self.hidden
        """Ids of the rows that could be read ever since the first request."""
        self.served = 0
        self.asked: list[tuple[int, int]] = []
        """(number of the page, or rows to skip; size) of each request."""

    def anew(self) -> NumberedSimulator:
        """The same server before its first request."""
        return replace(self)

    def serve(self, request: Request) -> Response:
        for change in self.script.get(self.served, ()):
            self._happen(change)
        self.served += 1
        size = int(request.params["size"] or 0)
        offset, number = self._place(request, size)
        self.asked.append((number if offset is None else offset, size))
        if self.too_large is not None and size > self.too_large:
            raise TooLarge("too much", 413)
        there = len(self.now)
        for change in self.between.get(self.served - 1, ()):
            self._happen(change)
        before, rows = self._page(number, size, offset)
        if size > 2 and self.heavy & {row.get("id") for row in rows}:
            raise TooLarge("too much", 413)
        total = self.total(TotalContext(there, len(rows), number, before))
        return Response(
            200, {"rows": [r for r in rows if r.get("id") not in self.hidden], "n": total}
        )

    @staticmethod
    def _place(request: Request, size: int) -> tuple[int | None, int]:
        """(rows to skip, if that is what was asked for; number of the page)."""
        if "offset" not in request.params:
            return None, int(request.params["page"] or 1)
        offset = int(request.params["offset"] or 0)
        return offset, offset // max(1, size - 1) + 1

    def _page(self, number: int, size: int, offset: int | None) -> tuple[int, list[Item]]:
        listing = self._listing(number, size)
        if self.cap is not None and not self.cuts:
            size = min(size, self.cap)
        start = (number - 1) * size if offset is None else offset
        if not self.heeds_page:
            number, start = 1, 0
        if self.wraps and listing:
            start %= -(-len(listing) // size) * size
        most = size if self.cap is None else min(size, self.cap)
        rows = [] if number in self.blank else listing[start : start + most]
        if number in self.stuttering and 0 < start < len(listing):
            rows = [listing[start - 1], *rows]
        return start, rows

    def _listing(self, number: int, size: int) -> list[Item]:
        if self.order is Order.HEAP:
            return self.now
        moment = self.served if self.order is Order.SHUFFLED else 0
        dice = random.Random(f"{self.seed} {number} {size} {moment}")
        groups: list[list[Item]] = [[] for _ in range(self.ties)]
        for item in self.now:
            groups[sum(map(ord, str(item.get("id")))) % self.ties].append(item)
        return [item for group in groups for item in dice.sample(group, len(group))]

    def _happen(self, change: Change) -> None:
        if isinstance(change, Insert):
            self.now.insert(0 if self.newest_first else len(self.now), change.row)
            return
        found = [row for row in self.now if row.get("id") == change.id]
        self.now = [row for row in self.now if row.get("id") != change.id]
        if isinstance(change, Delete):
            self.lasting.discard(change.id)
        else:
            mark = {"touched": self.served} if change.changed else {}
            self.now += [{**row, **mark} for row in found]


def ask(offset: int, size: int) -> Request:
    """The request for a page by its number."""
    page, rest = divmod(offset, size)
    assert rest == 0
    return Request("/users", {"page": page + 1, "size": size})


def skip(offset: int, size: int) -> Request:
    """The request for a page by the number of rows before it."""
    return Request("/users", {"offset": offset, "size": size})


def read(response: Response) -> Page:
    """The page in a response."""
    return Page.of(response.body["rows"], response.body["n"])


def paging(
    page_size: int = 3,
    window: int = 1,
    walks: int = 6,
    *,
    any_offset: bool = False,
    past_total: bool = False,
    order: evidence.Order = evidence.Order.UNKNOWN,
) -> OffsetPaging:
    """A pager that speaks to the simulator."""
    return OffsetPaging(
        skip if any_offset else ask,
        read,
        identity,
        page_size,
        window,
        order,
        any_offset,
        past_total=past_total,
        walks=walks,
    )


Paging = partial[OffsetPaging]
Case = tuple[Paging, NumberedSimulator]
"""A pager to be made, and the server that it reads from."""


# What a walk comes to

FOUR = [row(n) for n in range(4)]
SIX = [row(n) for n in range(6)]


def walk(of: Paging, server: NumberedSimulator) -> tuple[list[Item], ListingResult]:
    return drain(PagerDriver(of().pager(), server.send))


def outcome(of: Paging, server: NumberedSimulator) -> tuple[list[Item], ListingResult | str]:
    """What was emitted, and the proof or the error at the end."""
    items: list[Item] = []
    reading = PagerDriver(of().pager(), server.send)
    try:
        while (page := reading.next_page()) is not None:
            items += page
        return items, result_of(reading)
    except ApiError as error:
        return items, str(error)


def silent_loss(of: Paging, server: NumberedSimulator) -> bool:
    """Whether a row that was there all the time is missing from a walk said to be whole."""
    items, end = outcome(of, server)
    return (
        isinstance(end, ListingResult)
        and end.incomplete is None
        and not server.lasting <= set(ids(items))
    )
