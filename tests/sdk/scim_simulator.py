"""An index-paged server that can be made to do wrong what real SCIM servers do wrong."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError, Rejected, TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.pager import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

SLACK = 50
"""Pages a walk may take beyond those that the total accounts for."""

TotalRule = Callable[[int, int], "int | None"]
"""What a server says the total is, given the rows there are and those of the page."""


def honest(there: int, on_page: int) -> int | None:
    return there


def missing(there: int, on_page: int) -> int | None:
    return None


def page_length(there: int, on_page: int) -> int | None:
    return on_page


def zero_past_the_end(there: int, on_page: int) -> int | None:
    return there if on_page else 0


def capped(most: int) -> TotalRule:
    return lambda there, on_page: min(there, most)


def off_by(error: int) -> TotalRule:
    return lambda there, on_page: max(0, there + error)


class Order(enum.Enum):
    """The order in which a server lists its rows."""

    INSERTION = enum.auto()
    BY_ID_IF_ASKED = enum.auto()
    SHUFFLED = enum.auto()
    """Another one at each request."""


@dataclass(frozen=True)
class Insert:
    """A row that comes into being; in a listing without an order, as the last."""

    row: Item


@dataclass(frozen=True)
class Delete:
    """A row that ceases to be."""

    id: str


Change = Insert | Delete


@dataclass
class Outcome:
    """An answer that the server works out at the latest when it is asked for."""

    work: Callable[[], Response]

    def result(self) -> Response:
        return self.work()

    def cancel(self) -> bool:
        return True


class Simulator:
    """A server to which requests are sent.

    Attributes:
        prompt: Whether a request is served when it is sent; else when it is awaited.
    """

    prompt: bool

    def serve(self, request: Request) -> Response:
        """Answer a request."""
        raise NotImplementedError

    def send(self, request: Request) -> Outcome:
        if not self.prompt:
            return Outcome(lambda: self.serve(request))
        try:
            response = self.serve(request)
        except ApiError as error:
            return Outcome(partial(_fail, error))
        return Outcome(lambda: response)


@dataclass
class ScimSimulator(Simulator):
    """A listing of rows, and how the server that holds it behaves.

    Attributes:
        clamp: Rows on a page at most, whatever was asked for.
        heeds_index: Whether `startIndex` counts; else every page is the first.
        heeds_count: Whether `count` counts.
        wraps: Whether a page past the end holds the first rows.
        hidden: Ids of rows that are counted and cut into pages, but then not shown.
        script: What happens before which request; the first has the number 0.
        too_large: The greatest count that is not answered with 413.
        refuses_sort: The status of the answer to `sortBy`.
        prompt: Whether a request is served when it is sent; else when it is awaited.
    """

    rows: Sequence[Item]
    order: Order = Order.INSERTION
    clamp: int | None = None
    heeds_index: bool = True
    heeds_count: bool = True
    wraps: bool = False
    total: TotalRule = honest
    hidden: frozenset[str] = frozenset()
    script: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    too_large: int | None = None
    refuses_sort: int | None = None
    prompt: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        self.now = list(self.rows)
        self.lasting = {row["id"] for row in self.rows if row.get("id")} - self.hidden
        """Ids of the rows that could be read ever since the first request."""
        self.served = 0
        self._random = random.Random(self.seed)

    def anew(self) -> ScimSimulator:
        """The same server before its first request."""
        return replace(self)

    def serve(self, request: Request) -> Response:
        for change in self.script.get(self.served, ()):
            self._happen(change)
        self.served += 1
        start, count = int(request.params["startIndex"] or 1), int(request.params["count"] or 0)
        ordered = request.params.get("sortBy") is not None
        if ordered and self.refuses_sort:
            kind = Rejected if self.refuses_sort in (400, 501) else ApiError
            raise kind("sortBy is not supported", self.refuses_sort)
        if self.too_large is not None and count > self.too_large:
            raise TooLarge("too much", 413)
        rows = self._page(self._listing(ordered), start, count)
        total = self.total(len(self.now), len(rows))
        shown = [row for row in rows if row.get("id") not in self.hidden]
        return Response(200, {"Resources": shown, "totalResults": total})

    def _page(self, listing: list[Item], start: int, count: int) -> list[Item]:
        if not self.heeds_index or (self.wraps and start > len(listing)):
            start = 1
        if not self.heeds_count:
            count = len(listing)
        if self.clamp is not None:
            count = min(count, self.clamp)
        return listing[start - 1 : start - 1 + count]

    def _listing(self, ordered: bool) -> list[Item]:
        if self.order is Order.SHUFFLED:
            return self._random.sample(self.now, len(self.now))
        if self.order is Order.BY_ID_IF_ASKED and ordered:
            return sorted(self.now, key=lambda row: str(row.get("id", "")))
        return self.now

    def _happen(self, change: Change) -> None:
        if isinstance(change, Insert):
            self.now.append(change.row)
        else:
            self.now = [row for row in self.now if row.get("id") != change.id]
            self.lasting.discard(change.id)


def ask(offset: int, size: int) -> Request:
    """The request for a page, without an order."""
    return Request("/Users", {"startIndex": offset + 1, "count": size})


def read(response: Response) -> Page:
    """The page in a response."""
    return Page.of(response.body["Resources"], response.body["totalResults"])


def row(number: int) -> Item:
    """A row like any other."""
    return {"id": f"{number:03}", "userName": f"user {number}"}


def identity(item: Item) -> str | None:
    return item.get("id")


def ids(items: Sequence[Item]) -> list[str]:
    return [item["id"] for item in items]


def paging(
    page_size: int = 3, window: int = 1, ordered: bool = False, walks: int = 4
) -> OffsetPaging:
    """A pager that speaks to the simulator."""
    sort = "id" if ordered else None

    def unsorted(error: ApiError, passed: int) -> bool:
        nonlocal sort
        could, sort = sort is not None and not passed, None if not passed else sort
        return could

    return OffsetPaging(
        lambda offset, size: Request(
            "/Users", {"startIndex": offset + 1, "count": size, "sortBy": sort}
        ),
        read,
        identity,
        page_size,
        window,
        any_offset=True,
        honours_size=False,
        walks=walks,
        slack=SLACK,
        adjust=unsorted,
    )


def _fail(error: ApiError) -> Response:
    raise error


Paging = partial[OffsetPaging]
Case = tuple[Paging, ScimSimulator]
"""A pager to be made, and the server that it reads from."""


SIX = [row(number) for number in range(10, 70, 10)]


def nothing(request: Request) -> Outcome:
    """An empty answer to any request."""
    return Outcome(lambda: Response(204, None))
