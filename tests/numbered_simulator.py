"""A server of numbered pages that can be made to do wrong what real ones do wrong."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from identity_sdk.errors import ApiError, TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.numbered_paging import NumberedPaging
from identity_sdk.paging import Page
from tests.scim_simulator import Delete, Insert, Outcome, identity, ids, row

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Look:
    """What a server knows when it says a total."""

    there: int
    on_page: int
    page: int
    before: int
    """Rows before this page."""


TotalRule = Callable[[Look], "int | None"]


def honest(look: Look) -> int | None:
    return look.there


def missing(look: Look) -> int | None:
    return None


def page_length(look: Look) -> int | None:
    return look.on_page


def remaining(look: Look) -> int | None:
    """How many come from this page on."""
    return max(0, look.there - look.before)


def on_first_page(look: Look) -> int | None:
    return look.there if look.page == 1 else None


def wavering(look: Look) -> int | None:
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
class NumberedSimulator:
    """A listing of rows, and how the server that holds it behaves.

    Attributes:
        ties: How many values there are to sort by, where the order has ties.
        cap: Rows on a page at most, whatever was asked for.
        cuts: Whether pages are laid out as asked for and then cut to the cap.
        heeds_page: Whether the number of a page counts; else each is the first.
        wraps: Whether a page past the end starts over.
        blank: Numbers of pages that come empty.
        stuttering: Numbers of pages that begin with the last row before them.
        hidden: Ids of rows that are counted and cut into pages, but then not shown.
        script: What happens before which request; the first has the number 0.
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
    script: Mapping[int, Sequence[Change]] = field(default_factory=dict)
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

    def anew(self) -> NumberedSimulator:
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
        number, size = int(request.params["page"] or 1), int(request.params["size"] or 0)
        self.asked.append((number, size))
        if self.too_large is not None and size > self.too_large:
            raise TooLarge("too much", 413)
        before, rows = self._page(number, size)
        if size > 2 and self.heavy & {row.get("id") for row in rows}:
            raise TooLarge("too much", 413)
        total = self.total(Look(len(self.now), len(rows), number, before))
        return Response(
            200, {"rows": [r for r in rows if r.get("id") not in self.hidden], "n": total}
        )

    def _page(self, number: int, size: int) -> tuple[int, list[Item]]:
        listing = self._listing(number, size)
        if self.cap is not None and not self.cuts:
            size = min(size, self.cap)
        if not self.heeds_page:
            number = 1
        start = (number - 1) * size
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
            self.now.append(change.row)
            return
        found = [row for row in self.now if row.get("id") == change.id]
        self.now = [row for row in self.now if row.get("id") != change.id]
        if isinstance(change, Delete):
            self.lasting.discard(change.id)
        else:
            mark = {"touched": self.served} if change.changed else {}
            self.now += [{**row, **mark} for row in found]


def _fail(error: ApiError) -> Response:
    raise error


def ask(page: int, size: int) -> Request:
    """The request for a page."""
    return Request("/users", {"page": page, "size": size})


def read(response: Response) -> Page:
    """The page in a response."""
    return Page(response.body["rows"], response.body["n"])


def paging(page_size: int = 3, window: int = 1, rounds: int = 4) -> NumberedPaging:
    """A pager that speaks to the simulator."""
    return NumberedPaging(ask, read, identity, page_size, window, rounds)


Paging = partial[NumberedPaging]
Case = tuple[Paging, NumberedSimulator]
"""A pager to be made, and the server that it reads from."""

LISTINGS = st.lists(st.integers(0, 29).map(row), unique_by=identity, max_size=12)
LIMITS = st.none() | st.integers(1, 4)
ORDERS = st.sampled_from(Order)
STEADY = st.sampled_from([Order.HEAP, Order.TIES])
"""Orders that depend on nothing but the request."""


def pagings() -> st.SearchStrategy[Paging]:
    return st.builds(
        partial,
        st.just(paging),
        page_size=st.integers(1, 6) | st.just(20),
        window=st.integers(1, 8),
    )


@st.composite
def scripts(draw: st.DrawFn, rows: list[Item]) -> dict[int, list[Change]]:
    """Rows touched, replaced, inserted and deleted; an id is never used again."""
    alive, born = ids(rows), set(ids(rows))
    script: dict[int, list[Change]] = {}
    kinds = st.sampled_from(["touch", "change", "replace", "insert", "delete"])
    steps = st.tuples(st.integers(0, 12), kinds, st.integers(0, 5), st.integers(0, 39).map(row))
    drawn = draw(st.lists(steps, max_size=8))
    for request, kind, place, new in sorted(drawn, key=lambda step: step[0]):
        changes = script.setdefault(request, [])
        if kind in ("touch", "change") and place < len(alive):
            changes.append(Touch(alive[place], kind == "change"))
        if kind in ("replace", "delete") and place < len(alive):
            changes.append(Delete(alive.pop(place)))
        if kind in ("replace", "insert") and new["id"] not in born:
            changes.append(Insert(new))
            alive.append(new["id"])
            born.add(new["id"])
    return script


def offsets(script: Mapping[int, Sequence[Change]]) -> bool:
    """Whether a row comes and another goes between the same two requests."""
    return any(
        {Insert, Delete} <= {type(change) for change in changes} for changes in script.values()
    )


@st.composite
def drifting(draw: st.DrawFn) -> Case:
    """Rows come, go and move on a server that counts them truly."""
    rows = draw(LISTINGS)
    server = NumberedSimulator(
        rows,
        draw(ORDERS),
        ties=draw(st.integers(1, 3)),
        cap=draw(LIMITS),
        wraps=draw(st.booleans()),
        script=draw(scripts(rows)),
        too_large=draw(LIMITS),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
    return draw(pagings()), server


@st.composite
def unordered(draw: st.DrawFn) -> Case:
    """No row comes or goes, and none is miscounted, but they have no order."""
    server = NumberedSimulator(
        draw(LISTINGS),
        draw(ORDERS),
        ties=draw(st.integers(1, 3)),
        cap=draw(LIMITS),
        wraps=draw(st.booleans()),
        total=draw(st.sampled_from([honest, missing, on_first_page])),
        too_large=draw(LIMITS),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
    return draw(pagings()), server


@st.composite
def lying(draw: st.DrawFn) -> Case:
    """Nothing changes, but totals and pages are not what they should be.

    The total is at least what there is; see `believed` in the tests for one that is not.
    """
    rows = draw(LISTINGS)
    few = st.frozensets(st.integers(1, 5), max_size=3)
    server = NumberedSimulator(
        rows,
        draw(ORDERS),
        ties=draw(st.integers(1, 3)),
        cap=draw(LIMITS),
        cuts=draw(st.booleans()),
        heeds_page=draw(st.booleans()),
        wraps=draw(st.booleans()),
        blank=draw(few),
        stuttering=draw(few),
        hidden=draw(st.frozensets(st.sampled_from(ids(rows)))) if rows else frozenset(),
        total=draw(
            st.sampled_from([honest, on_first_page, wavering])
            | st.builds(off_by, st.integers(0, 5))
        ),
        too_large=draw(LIMITS),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
    return draw(pagings()), server


@st.composite
def steady(draw: st.DrawFn) -> Case:
    """Each request has one answer, whenever it is asked."""
    rows = draw(LISTINGS)
    few = st.frozensets(st.integers(1, 5), max_size=3)
    odd = st.sampled_from([*rows, {}, {"id": None}, {"id": "000", "userName": "another"}])
    wrong = st.builds(capped, st.integers(0, 9)) | st.builds(off_by, st.integers(-4, 5))
    server = NumberedSimulator(
        draw(st.permutations(rows + draw(st.lists(odd, max_size=3)))),
        draw(STEADY),
        ties=draw(st.integers(1, 3)),
        cap=draw(LIMITS),
        cuts=draw(st.booleans()),
        heeds_page=draw(st.booleans()),
        wraps=draw(st.booleans()),
        blank=draw(few),
        stuttering=draw(few),
        total=draw(st.sampled_from([honest, missing, on_first_page]) | wrong),
        too_large=draw(LIMITS),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
    return draw(pagings()), server


@st.composite
def undisturbed(draw: st.DrawFn) -> Case:
    """Nothing is wrong at all."""
    return draw(pagings()), NumberedSimulator(draw(LISTINGS), prompt=draw(st.booleans()))


@st.composite
def quirky(draw: st.DrawFn) -> Case:
    """One thing is wrong, and it hides no row."""
    rows = draw(LISTINGS)
    quirk = draw(
        st.fixed_dictionaries({"cap": st.integers(1, 4), "cuts": st.booleans()})
        | st.just({"wraps": True})
        | st.just({"total": missing})
        | st.just({"total": on_first_page})
        | st.fixed_dictionaries({"too_large": st.integers(1, 4)})
    )
    return draw(pagings()), NumberedSimulator(rows, **quirk)


@st.composite
def anything(draw: st.DrawFn) -> Case:
    """All that can go wrong, at once."""
    of, server = draw(steady())
    rows = [row for row in server.rows if row.get("id")]
    every = [honest, missing, on_first_page, wavering, remaining, page_length]
    server = replace(
        server,
        order=draw(ORDERS),
        script=draw(scripts(rows)),
        hidden=draw(st.frozensets(st.sampled_from(ids(rows)))) if rows else frozenset(),
        heavy=draw(st.frozensets(st.sampled_from(ids(rows)), max_size=1)) if rows else frozenset(),
        total=draw(st.just(server.total) | st.sampled_from(every)),
    )
    return of, server
