"""Servers of pages that name the next: that repeat, go round in circles, or count rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hypothesis import settings
from hypothesis import strategies as st

from identity_sdk.errors import TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing.cursor_paging import CursorPaging
from identity_sdk.listing.pager import ListingResult, Page
from identity_sdk.listing.reading import PagerDriver
from identity_sdk.records.codec import encode
from tests.sdk.readings import drain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

thorough = settings(max_examples=500, deadline=None)


@dataclass
class Said:
    """One page as a server gives it: its rows, and which page it names as the next."""

    rows: Sequence[int | None]
    next: int | None


@dataclass
class CursorServer:
    """Pages by number; a cursor is the number of a page.

    Attributes:
        served: How many pages were asked for.
        shown: The ids that were in pages that were asked for.
    """

    pages: Sequence[Said]
    contents: dict[int, str] = field(default_factory=dict)
    served: int = 0
    shown: set[int] = field(default_factory=set)

    def send(self, request: Request) -> CursorServer:
        self._asked = int(request.params.get("cursor") or 0)
        return self

    def cancel(self) -> bool:
        return True

    def result(self) -> Response:
        self.served += 1
        said = self.pages[self._asked]
        self.shown |= {row for row in said.rows if row is not None}
        rows: list[Item] = [
            {} if row is None else {"id": row, "v": self.contents.get(self.served, "")}
            for row in said.rows
        ]
        return Response(200, raw=encode({"rows": rows, "next": said.next}))


class Server(Protocol):
    def send(self, request: Request) -> Any: ...


def paging(**how: Any) -> CursorPaging:
    return CursorPaging(
        request=lambda cursor: Request("/logs", {"cursor": cursor}),
        read=lambda response: (
            Page(response.body["rows"]),
            None if response.body["next"] is None else str(response.body["next"]),
        ),
        key=lambda item: item.get("id"),
        **how,
    )


def walk(server: Server, **how: Any) -> tuple[list[int], ListingResult]:
    items, result = drain(PagerDriver(paging(**how).pager(), server.send))
    return [item["id"] for item in items], result


ROWS = st.lists(st.integers(0, 30), max_size=5)


@st.composite
def any_server(draw: st.DrawFn) -> CursorServer:
    """Pages that may name any page as the next, themselves included, or none."""
    count = draw(st.integers(1, 8))
    rows = st.lists(st.integers(0, 30) | st.none(), max_size=4)
    named = st.none() | st.integers(0, count - 1)
    pages = [Said(draw(rows), draw(named)) for _ in range(count)]
    return CursorServer(pages, draw(st.dictionaries(st.integers(1, 20), st.just("other"))))


@st.composite
def straight_server(draw: st.DrawFn) -> CursorServer:
    """Each page names the one after it, and no more than three in a row are empty or old."""
    pages: list[Sequence[int]] = []
    for start in range(0, draw(st.integers(0, 8)) * 3, 3):
        pages += [[start, start + 1, start + 2]]
        pages += draw(st.lists(st.sampled_from([[], [start]]), max_size=3))
    pages = pages or [[]]
    said = [Said(rows, number + 1) for number, rows in enumerate(pages)]
    said[-1].next = None
    return CursorServer(said)


Change = tuple[Literal["go", "come"], int]
"""A row goes from a place, or comes to one."""

GO: Change = ("go", 0)


def confirmed(cursor: str) -> bool:
    return True


@dataclass
class CountedServer:
    """A listing whose cursor is the number of a page, so that what goes or comes moves the rest.

    Attributes:
        rows: The ids, in order.
        script: What happens after so many answers.
        lasting: The ids that were there all the time.
        losses: For each walk, how many rows went between two of its pages.
        heavy: Answers that are too large, by their number from 1.
    """

    rows: list[int]
    size: int
    script: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    heavy: frozenset[int] = frozenset()
    served: int = 0
    losses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lasting = set(self.rows)
        self._next_id = max(self.rows, default=0) + 1

    def send(self, request: Request) -> CountedServer:
        self._cursor = request.params.get("cursor")
        return self

    def cancel(self) -> bool:
        return True

    def result(self) -> Response:
        self.served += 1
        if self.served in self.heavy:
            raise TooLarge("too large", 413)
        if self._cursor is None:
            self.losses.append(0)
        start = int(self._cursor or 0) * self.size
        page = self.rows[start : start + self.size]
        more = start + self.size < len(self.rows)
        for what, place in self.script.get(self.served, ()):
            if what == "come":
                self.rows.insert(place, self._next_id)  # beyond the end means at the end
                self._next_id += 1
            elif self.rows:
                self.lasting.discard(self.rows.pop(min(place, len(self.rows) - 1)))
                self.losses[-1] += more
        named = start // self.size + 1 if more else None
        return Response(200, raw=encode({"rows": [{"id": each} for each in page], "next": named}))


@st.composite
def counted_server(draw: st.DrawFn) -> CountedServer:
    what: st.SearchStrategy[Literal["go", "come"]] = st.sampled_from(["go", "come"])
    changes = st.lists(st.tuples(what, st.integers(0, 12)), min_size=1, max_size=3)
    script = draw(st.dictionaries(st.integers(1, 24), changes, max_size=12))
    return CountedServer(list(range(draw(st.integers(0, 12)))), draw(st.integers(1, 4)), script)
