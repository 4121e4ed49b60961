"""Events in windows, from a server that tells so many at most and does not say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import Incomplete, TooLarge
from identity_sdk.listing.reading import PagerDriver
from identity_sdk.records.values import moment
from tap_zitadel import event_windows
from tests.sdk.readings import drain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from identity_sdk.exchange import Request
    from identity_sdk.listing.pager import ListingResult

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
TICK = timedelta(microseconds=1)
MOST = 7
"""What the simulated server tells at most: a thousand would be as good, but slower."""
MANY = 2000
"""Requests that no test needs."""


@pytest.fixture(autouse=True, scope="module")
def fewer() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_windows, "MOST_EVENTS", MOST)
        yield


@dataclass
class Answer:
    told: list[dict[str, Any]]
    too_large: bool

    def result(self) -> Any:
        if self.too_large:
            raise TooLarge("The response is too large for the server.", 429)
        return self.told

    def cancel(self) -> bool:
        return False


@dataclass(frozen=True)
class Event:
    number: int
    at: datetime
    aggregate: str
    sequence: int
    size: int


class Server:
    """Events in the order of their commits, which need not be that of their dates.

    Args:
        dates: Microseconds after the beginning.
        aggregate_of: The aggregate of each event, by its number; by default its own.
        size_of: The size of each.
        room: The size of what a response can hold.
        ignores: Parts of a request that it does not know of.

    Attributes:
        requests: How many were made.
        refused: How many of them were for more than it can tell.
    """

    def __init__(
        self, dates: Sequence[int], *, aggregate_of: Callable[[int], int] = lambda number: number,
        size_of: Callable[[int], int] = lambda number: 1, room: int = MANY, ignores: str = "",
    ) -> None:  # fmt: skip
        self.room, self.ignores, self.requests, self.refused = room, ignores, 0, 0
        self.events: list[Event] = []
        sequences: Counter[str] = Counter()
        for number, date in enumerate(dates):
            aggregate = str(aggregate_of(number))
            sequences[aggregate] += 1
            size, at = size_of(number), BEGIN + date * TICK
            self.events.append(Event(number, at, aggregate, sequences[aggregate], size))

    def answer(self, request: Request) -> Answer:
        assert request.json is not None
        self.requests += 1
        assert self.requests < MANY
        asked = {name: each for name, each in request.json.items() if name != self.ignores}
        since, until = map(asked.get("range", {}).get, ("since", "until"))
        after = moment(since) if since else BEGIN - timedelta(days=1)
        before = moment(until) if until else BEGIN + timedelta(days=365)
        found = [each for each in self.events if after < each.at < before and _is(each, asked)]
        limit = min(asked["limit"], MOST)
        shown = found[:limit] if asked["asc"] else found[::-1][:limit]
        too_large = sum(each.size for each in shown) > self.room
        self.refused += too_large
        return Answer([_told(each) for each in shown], too_large)

    def read(
        self, since: int | None = None, until: int = 10**12
    ) -> tuple[list[int], ListingResult]:
        """The events that were found, in the order in which they were emitted."""
        start = None if since is None else BEGIN + since * TICK
        as_it_is: Any = lambda response: response  # noqa: E731
        pager = event_windows.windows(start, BEGIN + until * TICK, as_it_is)
        told, result = drain(PagerDriver(pager, self.answer))
        number_of = {(each.aggregate, str(each.sequence)): each.number for each in self.events}
        return [number_of[each["aggregate_id"], each["sequence"]] for each in told], result


def _is(event: Event, asked: dict[str, Any]) -> bool:
    sequence = asked.get("sequence", 0)
    within = event.sequence > sequence if asked["asc"] else event.sequence < sequence
    return (within or not sequence) and asked.get("aggregateId") in (None, event.aggregate)


def _told(event: Event) -> dict[str, Any]:
    return {
        "aggregate_type": "user",
        "aggregate_id": event.aggregate,
        "sequence": str(event.sequence),
        "creation_date": event.at.isoformat(),
    }


CLUSTERS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 3), st.integers(1, 12)), max_size=12
).map(lambda each: [at + n * step for at, step, count in each for n in range(count)])
DATES = st.one_of(
    st.lists(st.integers(0, 30), max_size=60),
    st.lists(st.integers(0, 10**12 - 1), max_size=60),
    CLUSTERS,
)
FEW_DATES = st.lists(st.integers(0, 4), max_size=120)


@settings(max_examples=300, deadline=None)
@given(DATES, st.one_of(st.none(), st.integers(0, 40)), st.integers(20, 10**12))
def test_nothing_is_lost_whatever_the_dates(
    dates: list[int], since: int | None, until: int
) -> None:
    """Unless so many bear one date that they cannot be told, which is not passed over."""
    found, result = Server(dates).read(since, until)
    wanted = [n for n, date in enumerate(dates) if (since or 0) <= date < until]
    assert len(found) == len(set(found))
    assert set(found) <= set(wanted)
    crowds = Counter(dates[number] for number in wanted)
    if max(crowds.values(), default=0) < 2 * MOST:
        assert result.incomplete is None
    assert set(found) >= {number for number in wanted if crowds[dates[number]] < 2 * MOST}
    if result.incomplete is None:
        assert set(found) == set(wanted)
        assert result.total == len(wanted)
    else:
        assert "events have the timestamp" in result.incomplete


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**9), unique=True, max_size=200))
def test_requests_are_few(dates: list[int]) -> None:
    server = Server(dates)
    found, result = server.read(None, 10**9 + 1)
    assert len(found) == len(dates)
    assert result.incomplete is None
    assert server.requests <= 2 + 2 * len(dates)


def test_windows_come_oldest_first() -> None:
    """In the order of dates, so that what is there after a break is the older part."""
    found, _ = Server([number * 10 for number in range(100)]).read()
    assert found == list(range(100))


def test_requests_by_number() -> None:
    """A window of more than it can tell costs a request that brings no rows."""
    server = Server([number * 10 for number in range(MOST * 10)])
    found, _ = server.read()
    assert len(found) == MOST * 10
    assert server.requests <= 3 * 10


def test_bounds_are_those_of_a_half_open_interval() -> None:
    found, result = Server([0, 1, 2, 3, 4]).read(1, 4)
    assert found == [1, 2, 3]
    assert result.incomplete is None


@pytest.mark.parametrize(("since", "until"), [(3, 100), (None, 3)])
def test_a_server_that_does_not_know_ranges_is_not_believed(since: int | None, until: int) -> None:
    """Old ones ignore them, so that the bookmark would pass over what they do not tell."""
    with pytest.raises(Incomplete, match="the server ignores the time range"):
        Server([1, 2, 3, 4], ignores="range").read(since, until)


# More of one date than a response tells from both ends


@settings(max_examples=200, deadline=None)
@given(FEW_DATES)
def test_all_events_of_an_aggregate_are_read_however_many_bear_one_date(dates: list[int]) -> None:
    found, result = Server(dates, aggregate_of=lambda number: 1).read()
    assert result.incomplete is None
    assert sorted(found) == list(range(len(dates)))
    assert result.repeats == 0


@settings(max_examples=300, deadline=None)
@given(FEW_DATES, st.integers(1, 12), st.booleans())
def test_what_is_called_whole_is_whole_however_aggregates_mix(
    dates: list[int], several: int, in_turn: bool
) -> None:
    length = max(1, len(dates) // several)
    of = (lambda number: number % several) if in_turn else (lambda number: number // length)
    found, result = Server(dates, aggregate_of=of).read()
    assert len(found) == len(set(found))
    if result.incomplete is None:
        assert sorted(found) == list(range(len(dates)))


@pytest.mark.parametrize(("count", "requests"), [(2 * MOST, 10), (5 * MOST, 30), (20 * MOST, 150)])
def test_requests_for_one_aggregate_of_one_date(count: int, requests: int) -> None:
    server = Server([5] * count, aggregate_of=lambda number: 1)
    found, result = server.read(0)
    assert len(found) == count
    assert result.incomplete is None
    assert server.requests <= requests


def test_what_belongs_to_aggregates_that_were_seen_is_read_also_where_it_proves_nothing() -> None:
    """There may be others, of which nothing was seen. All of one aggregate are written at once."""
    server = Server([5] * 20 * MOST, aggregate_of=lambda number: number // (4 * MOST))
    found, result = server.read(0)
    assert sorted(found) == list(range(20 * MOST))
    assert result.total is None
    assert result.incomplete is not None
    assert result.incomplete.startswith(
        f"at least {20 * MOST} events have the timestamp 2026-01-01 00:00:00.000005+00:00, "
    )
    assert server.requests < 120


def test_many_aggregates_of_one_date_are_not_silent_and_hide_nothing_after_them() -> None:
    dates = [*range(4), *[5] * 3 * MOST, *range(6, 10)]
    server = Server(dates)
    found, result = server.read(0)
    assert result.incomplete is not None
    assert "set `start_date`" in result.incomplete
    assert len(found) == 4 + 2 * MOST + 4
    assert {*range(4), *range(len(dates) - 4, len(dates))} < set(found)
    assert server.requests < 40, "no aggregate of one event is asked for by itself"


def test_two_dates_are_doubted_one_by_one() -> None:
    """What cannot be proven of one does not keep the other from being read."""
    dates = [5] * 3 * MOST + [9] * 3 * MOST
    server = Server(dates, aggregate_of=lambda number: min(number, 3 * MOST))
    found, result = server.read(0)
    assert result.incomplete is not None
    assert ".000005" in result.incomplete
    assert set(range(3 * MOST, 6 * MOST)) < set(found)


def test_a_server_that_does_not_know_sequences_is_not_believed() -> None:
    server = Server([5] * 3 * MOST, aggregate_of=lambda number: 1, ignores="sequence")
    with pytest.raises(Incomplete, match="the server ignores the sequence filter"):
        server.read(0)


def test_a_server_without_sequences_is_read_to_an_end() -> None:
    server = Server([5] * 3 * MOST)
    nothing: Any = lambda told: [{**each, "sequence": ""} for each in told]  # noqa: E731
    pager = event_windows.windows(BEGIN, BEGIN + 9 * TICK, nothing)
    _, result = drain(PagerDriver(pager, server.answer))
    assert result.incomplete is not None


# Responses that are too large


@settings(max_examples=200, deadline=None)
@given(DATES, st.integers(1, 5), st.integers(5, 12))
def test_what_is_too_large_is_asked_for_in_smaller_pieces(
    dates: list[int], large: int, room: int
) -> None:
    server = Server(dates, size_of=lambda number: 1 + number % large, room=room)
    found, result = server.read()
    if max(Counter(dates).values(), default=0) <= room // large:
        assert result.incomplete is None
    if result.incomplete is None:
        assert sorted(found) == list(range(len(dates)))


def test_an_aggregate_is_read_one_event_at_a_time_if_it_must_be() -> None:
    server = Server([5] * 12, aggregate_of=lambda number: 1, room=1)
    found, result = server.read(0)
    assert sorted(found) == list(range(12))
    assert result.incomplete is None


def test_it_asks_for_more_again_after_what_was_large() -> None:
    dates = [number * 10 for number in range(60 * MOST)]
    size_of = lambda number: 4 if 50 <= number < 60 else 1  # noqa: E731
    server = Server(dates, size_of=size_of, room=MOST)
    found, result = server.read()
    assert found == list(range(len(dates)))
    assert result.incomplete is None
    assert 0 < server.refused < 50
    alike = Server(dates)
    alike.read()
    assert server.requests < alike.requests + 100


def test_an_event_that_is_too_large_by_itself_is_an_error() -> None:
    with pytest.raises(TooLarge, match="too large"):
        Server([1, 2, 3], size_of=lambda number: 9 * number, room=5).read()
