"""How Logto's audit logs are walked: what proves that none is missing, and what that costs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import Incomplete
from identity_sdk.exchange import Response
from identity_sdk.listing.pager import ListingResult
from identity_sdk.listing.reading import PagerDriver
from tap_logto import logs
from tests.logto.log_table import LogTable
from tests.sdk.readings import drain
from tests.sdk.scim_simulator import Outcome

NOW = 1_000_000
"""The time of the newest event; a new one comes a second later."""


def read(
    table: LogTable, page_size: int = 100, since: int | None = None, window: int = 1
) -> tuple[list[str], ListingResult]:
    """The ids that were emitted, each once, and what was proven."""
    walk: Any = logs.EarlyStop("/logs", since, page_size)
    if table.windows:
        walk = logs.Windowed("/logs", since, page_size, window)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "MOST_ROWS", table.most)
        items, result = drain(PagerDriver(walk.pager(), table.send))
    ids = [item["id"] for item in items]
    assert len(set(ids)) == len(ids)
    return ids, result


def apart(several: int) -> list[int]:
    """So many events, a second apart, up to NOW."""
    return [NOW - 1000 * number for number in reversed(range(several))]


def tied(*ties: int) -> list[int]:
    """75 events a second apart up to NOW, before them several of one moment, and so on."""
    moments = [NOW - 1000 * number for number in range(76 * len(ties) + 75)]
    several = Counter({moments[76 * number + 75]: tie for number, tie in enumerate(ties)})
    return sorted(time for time in moments for _ in range(several[time] or 1))


# Whatever happens


@st.composite
def tables(draw: st.DrawFn) -> LogTable:
    """Logs with many ties, small pages, and events that come at any time, also in a page.

    Time goes on between two requests. Only servers that heed windows forget: the tap's
    older ones are people's own, which keep their logs.
    """
    times = sorted(draw(st.lists(st.integers(1, 12), max_size=30)))
    windows, clock, last = draw(st.booleans()), max(times, default=1), 0
    before: dict[int, list[int]] = {}
    between: dict[int, list[int]] = {}
    change = st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 2))
    for number, counted, pause in sorted(draw(st.lists(change, max_size=6))):
        clock, last = clock + max(pause, number > last), number
        (between if counted else before).setdefault(number, []).append(clock)
    gone = draw(st.dictionaries(st.integers(0, 8), st.integers(1, 3), max_size=int(windows)))
    return LogTable(
        times, before, between, gone, windows,
        counts=draw(st.sampled_from([True, True, False])),
        most=draw(st.integers(2, 8)),
        seed=draw(st.integers(0, 99)),
    )  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(tables(), st.data())
def test_no_event_is_lost_silently(table: LogTable, data: st.DataObject) -> None:
    """None that was there before the first request, and none before the new bookmark."""
    size, window = data.draw(st.integers(1, table.most)), data.draw(st.sampled_from([1, 3]))
    since = data.draw(st.none() | st.integers(1, 14))
    found, result = read(table, size, since, window)
    if result.incomplete is not None:
        return
    times = {event["id"]: event["createdAt"] for event in table.events}
    wanted = {event for event, time in times.items() if time >= (since or 0)}
    bookmark = max((times.get(event, 0) for event in found), default=0)
    assert wanted & table.lasting <= set(found)
    assert {event for event in wanted if times[event] < bookmark} <= set(found)


# With time windows


@pytest.mark.parametrize("page_size", [10, 30, 97, 100])
def test_ties_are_found_by_a_second_walk_in_pages_of_a_hundred(page_size: int) -> None:
    """Each of its windows ends where the page before ended; none begins before the log does."""
    table = LogTable(tied(60, 90))
    found, result = read(table, page_size)
    assert result == ListingResult(375, result.repeats)
    assert set(found) == table.lasting
    second = [r for r in table.asked if r.params["page"] == 1][1:]
    assert {r.params["page_size"] for r in second} == {100}
    assert len(second) == 5
    assert len(table.asked) <= -(-375 // page_size) + 1 + 5
    ends = [int(r.params["end_time"] or 0) for r in second]
    assert ends == sorted(set(ends), reverse=True)
    assert {r.params["start_time"] for r in table.asked} == {None}


def test_a_log_without_ties_is_walked_once() -> None:
    table = LogTable(apart(450), before={n: [NOW + 1000 * n] for n in range(1, 9)})
    found, result = read(table)
    assert set(found) == table.lasting
    assert result == ListingResult(450)
    assert [r.params["page"] for r in table.asked] == [1, 2, 3, 4, 5]
    assert [r.params["end_time"] for r in table.asked] == [None, NOW, NOW, NOW, NOW]


def test_a_full_page_proves_nothing() -> None:
    """An event that comes after the count and before the rows pushes the oldest out."""
    quiet = LogTable(apart(100))
    assert read(quiet) == ([f"e{n}" for n in reversed(range(100))], ListingResult(100))
    assert [r.params["page"] for r in quiet.asked] == [1, 2]
    table = LogTable(apart(100), between={0: [NOW + 1000]})
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting | {"e100"}


def test_a_short_page_needs_no_other() -> None:
    table = LogTable(apart(99), between={0: [NOW + 1000]})
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting | {"e99"}
    quiet = LogTable(apart(99))
    read(quiet)
    assert len(quiet.asked) == 1


def test_a_hundred_events_of_a_millisecond_are_whole_and_more_are_told() -> None:
    whole = LogTable(tied(100))
    found, result = read(whole)
    assert result.incomplete is None
    assert set(found) == whole.lasting
    found, result = read(LogTable(tied(130)), 10)
    assert result.incomplete == "250 of 280 rows were found"
    assert len(found) > 250
    uncounted = LogTable(tied(130), counts=False)
    _, result = read(uncounted)
    assert result.incomplete is not None
    assert "100 events or more have the timestamp 925000" in result.incomplete


def test_a_second_walk_needs_no_totals() -> None:
    table = LogTable(tied(70), counts=False)
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting


def test_pages_that_are_too_large_are_asked_for_in_halves() -> None:
    table = LogTable(tied(20), too_large=60)
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting
    assert Counter(r.params["page_size"] for r in table.asked)[100] == 1


def test_events_that_are_forgotten_meanwhile_are_no_doubt_for_ever() -> None:
    table = LogTable(apart(350), gone={2: 20})
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) >= table.lasting
    assert len(table.lasting) == 330


def test_a_window_begins_where_it_is_asked_to() -> None:
    table = LogTable(tied(60, 90))
    since = NOW - 80_000
    found, result = read(table, 10, since)
    recent = {event["id"] for event in table.events if event["createdAt"] >= since}
    assert set(found) == recent
    assert result == ListingResult(len(recent), result.repeats)
    assert {r.params["start_time"] for r in table.asked} == {since}


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ([NOW, NOW + 1], "the server does not list the newest events first"),
        ([NOW, None], "an event has no timestamp"),
    ],
)
def test_events_of_which_the_order_is_unknown_are_told(
    windows: bool, times: list[Any], problem: str
) -> None:
    events = [{"id": f"e{time}", "createdAt": time} for time in times]
    table = LogTable([], windows=windows)
    answer = Outcome(lambda: Response(200, events, {"total-number": "2"}))
    table.send = lambda request: answer  # type: ignore[method-assign]
    with pytest.raises(Incomplete, match=problem):
        read(table)


# Without


def test_a_total_that_is_met_ends_the_walks_of_an_old_server() -> None:
    """Events of one millisecond on the edge of two pages come all by chance, or not all."""
    asked = []
    for seed in range(12):
        times = [*apart(50), *[NOW] * 3, *range(NOW + 1, NOW + 100)]
        table = LogTable(times, windows=False, seed=seed)
        found, result = read(table)
        assert result.incomplete is None
        assert set(found) == table.lasting
        asked.append(len(table.asked))
    assert set(asked) == {2, 5}


def test_events_that_come_while_an_old_server_is_read_cost_a_look_or_two() -> None:
    """They are counted, and stand on the first page; they are emitted in the next run."""
    table = LogTable([*apart(250), NOW], before={1: [NOW + 1000], 2: [NOW + 2000]}, windows=False)
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting
    assert [r.params["page"] for r in table.asked] == [1, 2, 3, 1, 1]


def test_a_full_page_of_an_old_server_is_not_the_last() -> None:
    table = LogTable(apart(100), between={0: [NOW + 1000]}, windows=False)
    found, result = read(table)
    assert result.incomplete is None
    assert set(found) == table.lasting | {"e100"}


def test_a_small_page_size_does_not_hide_a_tie_for_good() -> None:
    table = LogTable(tied(40), windows=False)
    since = NOW - 80_000
    found, result = read(table, 5, since)
    assert result.incomplete is None
    assert set(found) == {e["id"] for e in table.events if e["createdAt"] >= since}
    assert [r.params["page_size"] for r in table.asked][-1] in (89, 78, 67)


def test_more_events_of_a_moment_than_any_page_holds_are_told() -> None:
    table = LogTable(tied(130), windows=False)
    found, result = read(table, 10, NOW - 80_000)
    assert (
        result.incomplete == "events with the same timestamp were at page boundaries in every walk"
    )
    assert len(found) > 100
