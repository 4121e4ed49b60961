"""Listings, and all that may go wrong with the SCIM server that holds them."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.sdk.scim_simulator import (
    Case,
    Change,
    Delete,
    Insert,
    Order,
    Paging,
    ScimSimulator,
    TotalRule,
    capped,
    honest,
    identity,
    ids,
    missing,
    off_by,
    page_length,
    paging,
    row,
    zero_past_the_end,
)

if TYPE_CHECKING:
    from identity_sdk.exchange import Item

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
