"""Events in windows, from a server that tells so many at most and does not say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import Incomplete
from identity_sdk.values import moment
from identity_sdk.walk import read_one
from tap_zitadel import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.exchange import Request
    from identity_sdk.paging import Proof

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
TICK = timedelta(microseconds=1)
MOST = 7
"""What the simulated server tells at most: a thousand would be as good, but slower."""


@pytest.fixture(autouse=True, scope="module")
def fewer() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "MOST_EVENTS", MOST)
        yield


@dataclass
class Answer:
    told: list[dict[str, Any]]

    def result(self) -> Any:
        return self.told

    def cancel(self) -> bool:
        return False


class Server:
    """Events in the order of their commits, which need not be that of their dates.

    Attributes:
        dates: Microseconds after the beginning.
        requests: How many were made.
        heeds: Whether it knows of `range`.
    """

    def __init__(self, dates: list[int], *, heeds: bool = True) -> None:
        self.dates, self.heeds, self.requests = dates, heeds, 0

    def answer(self, request: Request) -> Answer:
        assert request.json is not None
        bounds = request.json["range"]
        since = moment(bounds["since"]) if "since" in bounds else BEGIN - timedelta(days=1)
        until = moment(bounds["until"])
        self.requests += 1
        assert self.requests < 2000
        found = [
            (number, BEGIN + date * TICK)
            for number, date in enumerate(self.dates)
            if not self.heeds or since < BEGIN + date * TICK < until
        ]
        most = min(request.json["limit"], MOST)
        shown = found[:most] if request.json["asc"] else found[::-1][:most]
        told = [
            {
                "aggregate_type": "user",
                "aggregate_id": str(number),
                "sequence": "1",
                "creation_date": at.isoformat(),
            }
            for number, at in shown
        ]
        return Answer(told)

    def read(self, since: int | None, until: int) -> tuple[list[int], Proof]:
        """The events that were found, in the order in which they were emitted."""
        start = None if since is None else BEGIN + since * TICK
        pager = events.windows(start, BEGIN + until * TICK, lambda response: response)
        reading, found = read_one(pager, self.answer), []
        while True:
            try:
                found += [int(each["aggregate_id"]) for each in next(reading)]
            except StopIteration as stop:
                proof: Proof = stop.value
                return found, proof


CLUSTERS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 3), st.integers(1, 12)), max_size=12
).map(lambda each: [at + n * step for at, step, count in each for n in range(count)])
DATES = st.one_of(
    st.lists(st.integers(0, 30), max_size=60),
    st.lists(st.integers(0, 10**12), max_size=60),
    CLUSTERS,
)


@settings(max_examples=300, deadline=None)
@given(DATES, st.one_of(st.none(), st.integers(0, 40)), st.integers(20, 10**12))
def test_nothing_is_lost_whatever_the_dates(
    dates: list[int], since: int | None, until: int
) -> None:
    """Unless so many bear one date that they cannot be told, which is not passed over."""
    server = Server(dates)
    found, proof = server.read(since, until)
    wanted = [n for n, date in enumerate(dates) if (since or 0) <= date < until]
    assert len(found) == len(set(found))
    assert set(found) <= set(wanted)
    crowds = Counter(dates[number] for number in wanted)
    if max(crowds.values(), default=0) < 2 * MOST:
        assert proof.incomplete is None
    assert set(found) >= {number for number in wanted if crowds[dates[number]] < 2 * MOST}
    if proof.incomplete is None:
        assert set(found) == set(wanted)
        assert proof.total == len(wanted)
    else:
        assert "events bear one date" in proof.incomplete


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**9), unique=True, max_size=200))
def test_requests_are_few(dates: list[int]) -> None:
    server = Server(dates)
    found, proof = server.read(None, 10**9 + 1)
    assert len(found) == len(dates)
    assert proof.incomplete is None
    assert server.requests <= 2 + 2 * len(dates)


def test_windows_come_oldest_first() -> None:
    """In the order of dates, so that what is there after a break is the older part."""
    dates = [number * 10 for number in range(100)]
    found, _ = Server(dates).read(None, 10**6)
    assert found == list(range(100))


def test_requests_by_number() -> None:
    """A window of more than it can tell costs a request that brings no rows."""
    server = Server([number * 10 for number in range(MOST * 10)])
    found, _ = server.read(None, 10**6)
    assert len(found) == MOST * 10
    assert server.requests <= 3 * 10


def test_bounds_are_those_of_a_half_open_interval() -> None:
    found, proof = Server([0, 1, 2, 3, 4]).read(1, 4)
    assert found == [1, 2, 3]
    assert proof.incomplete is None


@pytest.mark.parametrize(("since", "until"), [(3, 100), (None, 3)])
def test_a_server_that_does_not_know_ranges_is_not_believed(since: int | None, until: int) -> None:
    """Old ones ignore them, so that the bookmark would pass over what they do not tell."""
    with pytest.raises(Incomplete, match="the server does not heed the range of time"):
        Server([1, 2, 3, 4], heeds=False).read(since, until)
