"""An index-paged server that can be made to do wrong what real SCIM servers do wrong."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from identity_sdk.errors import ApiError, Rejected, TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.offset_paging import OffsetPaging
from identity_sdk.paging import Page

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


@dataclass
class ScimSimulator:
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

    def send(self, request: Request) -> Outcome:
        if not self.prompt:
            return Outcome(lambda: self.serve(request))
        try:
            response = self.serve(request)
        except ApiError as error:
            return Outcome(partial(_fail, error))
        return Outcome(lambda: response)

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

TRUE_OR_NO_TOTALS: st.SearchStrategy[TotalRule] = st.sampled_from(
    [honest, missing, zero_past_the_end]
)
LIMITS = st.none() | st.integers(1, 4)
LISTINGS = st.lists(st.integers(0, 29).map(row), unique_by=identity, max_size=12)


def pagings(least: int = 1) -> st.SearchStrategy[Paging]:
    return st.builds(
        partial,
        st.just(paging),
        page_size=st.integers(least, 6) | st.just(20),
        window=st.sampled_from([1, 2, 5, 16]),
        ordered=st.booleans(),
    )


@st.composite
def scripts(draw: st.DrawFn, rows: list[Item]) -> dict[int, list[Change]]:
    """Rows replaced, inserted and deleted between requests; an id is never used again."""
    alive, born = ids(rows), set(ids(rows))
    script: dict[int, list[Change]] = {}
    kinds = st.sampled_from(["replace", "insert", "delete"])
    steps = st.tuples(st.integers(0, 9), kinds, st.integers(0, 5), st.integers(0, 39).map(row))
    for request, kind, place, new in sorted(draw(st.lists(steps, max_size=8)), key=itemgetter(0)):
        changes = script.setdefault(request, [])
        if kind != "insert" and place < len(alive):
            changes.append(Delete(alive.pop(place)))
        if kind != "delete" and new["id"] not in born:
            changes.append(Insert(new))
            alive.append(new["id"])
            born.add(new["id"])
    return script


@st.composite
def drifting(draw: st.DrawFn) -> Case:
    """Rows come and go on a server that keeps an order.

    It counts them truly or, if a page can hold two rows, not at all. Left out, because no
    client of index paging can tell them from sound listings: inserts and deletes that
    balance on a server which also reorders rows, or shows one at a time and no total.
    """
    rows = draw(LISTINGS)[: draw(st.integers(2, 12))]
    total = draw(st.just(honest) | TRUE_OR_NO_TOTALS)
    least, limits = (
        (1, LIMITS | st.just(1)) if total is honest else (2, st.none() | st.integers(2, 4))
    )
    too_large = draw(LIMITS if total is honest else st.none())
    server = ScimSimulator(
        rows,
        draw(st.sampled_from([Order.BY_ID_IF_ASKED, Order.INSERTION])),
        clamp=draw(limits),
        wraps=draw(st.booleans()),
        total=total,
        script=draw(scripts(rows)),
        too_large=too_large,
        refuses_sort=draw(st.sampled_from([None, None, 400, 500, 501])),
        prompt=draw(st.booleans()),
    )
    return draw(pagings(least)), server


@st.composite
def unordered(draw: st.DrawFn) -> Case:
    """Every request finds another order; no row comes or goes, and each is counted.

    Left out, because pages may join by chance: servers that do not say how many there are.
    """
    server = ScimSimulator(
        draw(LISTINGS),
        Order.SHUFFLED,
        clamp=draw(LIMITS),
        wraps=draw(st.booleans()),
        total=draw(st.sampled_from([honest, zero_past_the_end])),
        too_large=draw(LIMITS),
        seed=draw(st.integers(0, 999)),
    )
    return draw(pagings()), server


@st.composite
def lying(draw: st.DrawFn) -> Case:
    """Nothing changes, but totals, indexes and counts are not what they should be.

    Left out, because they look just like a sound and shorter listing: one page again and
    again, or rows that are listed twice, where the total is no greater than what is seen.
    """
    rows = draw(LISTINGS)
    kind = draw(st.sampled_from(["deaf", "deaf and page length", "repeating", "miscounting"]))
    total, least, limits = draw(TRUE_OR_NO_TOTALS), 1, LIMITS
    if kind == "miscounting":
        wrong = st.builds(capped, st.integers(0, 9)) | st.builds(off_by, st.integers(-4, 4))
        total = draw(wrong | st.just(page_length))
    elif kind == "repeating" and rows:
        rows = draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=3))))
    elif kind == "deaf and page length":
        total, least, limits = page_length, 3, st.none()
    server = ScimSimulator(
        rows,
        clamp=draw(limits),
        heeds_index=not kind.startswith("deaf"),
        heeds_count=total is page_length or draw(st.booleans()),
        wraps=draw(st.booleans()),
        total=total,
        too_large=draw(limits),
    )
    return draw(pagings(least)), server


@st.composite
def hiding(draw: st.DrawFn) -> Case:
    """Rows are cut into pages and then left out; the total counts them.

    Without a total, a page of nothing else looks like the end: then it is one row, on a
    page of at least two.
    """
    rows = draw(LISTINGS)
    total = draw(st.sampled_from([honest, missing]))
    most, least, limits = (9, 1, LIMITS) if total is honest else (1, 2, st.just(None))
    hidden = draw(st.sets(st.sampled_from(ids(rows)), max_size=most)) if rows else set()
    server = ScimSimulator(
        rows, clamp=draw(limits), total=total, hidden=frozenset(hidden), too_large=draw(limits)
    )
    return draw(pagings(least)), server


@st.composite
def undisturbed(draw: st.DrawFn) -> Case:
    """Nothing is wrong, but a page may be shorter than asked for."""
    server = ScimSimulator(
        draw(LISTINGS),
        draw(st.sampled_from([Order.BY_ID_IF_ASKED, Order.INSERTION])),
        clamp=draw(LIMITS),
        too_large=draw(LIMITS),
        refuses_sort=draw(st.sampled_from([None, 400, 500, 501])),
    )
    return draw(pagings()), server


@st.composite
def quirky(draw: st.DrawFn) -> Case:
    """One thing is wrong, and it hides no row."""
    rows = draw(LISTINGS)
    too_low = st.builds(capped, st.integers(0, 9)) | st.builds(off_by, st.integers(-4, 0))
    quirk: dict[str, Any] = draw(
        st.just({"wraps": True})
        | st.just({"heeds_count": False})
        | st.just({"heeds_count": False, "heeds_index": False})
        | st.fixed_dictionaries({"total": TRUE_OR_NO_TOTALS | too_low | st.just(page_length)})
    )
    limits = st.none() if "heeds_index" in quirk else LIMITS
    return draw(pagings()), ScimSimulator(rows, clamp=draw(limits), **quirk)


@st.composite
def anything(draw: st.DrawFn) -> Case:
    """All that can go wrong, at once."""
    rows = draw(LISTINGS)
    wrong = st.builds(capped, st.integers(0, 9)) | st.builds(off_by, st.integers(-4, 4))
    odd = st.sampled_from([*rows, {}, {"id": None}, {"id": "000", "userName": "another"}])
    server = ScimSimulator(
        draw(st.permutations(rows + draw(st.lists(odd, max_size=3)))),
        draw(st.sampled_from(Order)),
        clamp=draw(LIMITS),
        heeds_index=draw(st.booleans()),
        heeds_count=draw(st.booleans()),
        wraps=draw(st.booleans()),
        total=draw(TRUE_OR_NO_TOTALS | wrong | st.just(page_length)),
        hidden=frozenset(draw(st.sets(st.sampled_from(ids(rows))))) if rows else frozenset(),
        script=draw(scripts(rows)),
        too_large=draw(LIMITS),
        refuses_sort=draw(st.sampled_from([None, 400, 500, 501])),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 999)),
    )
    return draw(pagings()), server
