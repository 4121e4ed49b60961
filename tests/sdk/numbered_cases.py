"""Listings, and all that may go wrong with the server that holds them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.sdk.numbered_simulator import (
    Case,
    Change,
    NumberedSimulator,
    Order,
    Paging,
    Touch,
    capped,
    honest,
    missing,
    off_by,
    on_first_page,
    page_length,
    paging,
    remaining,
    wavering,
)
from tests.sdk.scim_simulator import Delete, Insert, identity, ids, row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from identity_sdk.exchange import Item

LISTINGS = st.lists(st.integers(0, 29).map(row), unique_by=identity, max_size=12)
LIMITS = st.none() | st.integers(1, 4)
ORDERS = st.sampled_from(Order)
STEADY = st.sampled_from([Order.HEAP, Order.TIES])
"""Orders that depend on nothing but the request."""


OPTIONS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("any_offset", "past_total"), st.booleans())
)


def pagings(options: st.SearchStrategy[dict[str, bool]] = OPTIONS) -> st.SearchStrategy[Paging]:
    return st.builds(
        lambda size, window, given: partial(paging, page_size=size, window=window, **given),
        st.integers(1, 6) | st.just(20),
        st.integers(1, 8),
        options,
    )


PLAIN = pagings(st.just({}))


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
def replacing(draw: st.DrawFn, /, any_offset: bool = False) -> Case:
    """One row goes and another comes between the same two requests; nothing else is wrong.

    Rows keep their places, other than by that. No page holds one row only.
    """
    rows = draw(st.lists(st.integers(0, 29).map(row), unique_by=identity, min_size=1, max_size=20))
    both: list[Change] = [Delete(draw(st.sampled_from(ids(rows)))), Insert(row(30))]
    server = NumberedSimulator(
        rows,
        cap=draw(st.none() | st.integers(2, 4)),
        cuts=draw(st.booleans()),
        wraps=draw(st.booleans()),
        total=draw(st.sampled_from([honest, on_first_page])),
        script={draw(st.integers(0, 20)): draw(st.permutations(both))},
        too_large=draw(st.none() | st.integers(4, 8)),
        prompt=draw(st.booleans()),
    )
    size, window = draw(st.integers(2, 7) | st.just(20)), draw(st.integers(1, 8))
    return partial(paging, page_size=size, window=window, any_offset=any_offset), server


@st.composite
def moving(draw: st.DrawFn, /, **options: bool) -> Case:
    """Rows come, go and move to the end, again and again. No page holds one row only."""
    of, server = draw(drifting())
    given = {**of.keywords, **options, "page_size": max(2, of.keywords["page_size"])}
    few = draw(st.none() | st.integers(4, 8))
    cap = draw(st.none() | st.integers(2, 4))
    server = replace(server, order=Order.HEAP, cap=cap, too_large=few)
    return partial(paging, **given), server


@st.composite
def too_low(draw: st.DrawFn) -> Case:
    """Nothing is wrong but the total, and that the listing may start over at its end."""
    server = NumberedSimulator(
        draw(LISTINGS),
        wraps=draw(st.booleans()),
        total=draw(
            st.builds(capped, st.integers(0, 12))
            | st.builds(off_by, st.integers(-12, 0))
            | st.just(page_length)
        ),
        prompt=draw(st.booleans()),
    )
    return draw(pagings(OPTIONS.map(lambda options: {**options, "past_total": True}))), server


@st.composite
def unordered(draw: st.DrawFn) -> Case:
    """No row comes or goes, and none is miscounted, but they have no order.

    Rows between pages that are cut, where there is no total, are for tests of their own.
    """
    of, total = draw(pagings()), draw(st.sampled_from([honest, missing, on_first_page]))
    cut = total is missing and of.keywords.get("any_offset", False)
    server = NumberedSimulator(
        draw(LISTINGS),
        draw(ORDERS),
        ties=draw(st.integers(1, 3)),
        cap=None if cut else draw(LIMITS),
        wraps=draw(st.booleans()),
        total=total,
        too_large=draw(LIMITS),
        prompt=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )
    return of, server


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
    return draw(PLAIN), NumberedSimulator(draw(LISTINGS), prompt=draw(st.booleans()))


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
    return draw(PLAIN), NumberedSimulator(rows, **quirk)


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


OUT: list[Change] = [Delete("000")]


IN: list[Change] = [Insert(row(9))]


BOTH = [*OUT, *IN]
