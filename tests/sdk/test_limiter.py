"""Pace and waiting: the limiter by itself, and as servers and many threads use it."""

from __future__ import annotations

import random
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from identity_sdk.errors import ApiError, Stopped
from identity_sdk.exchange import Request
from identity_sdk.http.client import Client
from identity_sdk.http.error_mapping import ErrorMapping
from identity_sdk.http.limiter import Limiter, retry_after
from identity_sdk.http.workers import SharedCounter
from tests.local_http import (
    HEAD,
    USERS,
    Reply,
    Trick,
    at_most,
    client_of,
    drip,
    failure,
    hang,
    json_reply,
    serve,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Clock:
    """Time that passes only where it is waited for, and a little at each look."""

    def __init__(self, lag: float = 0.0) -> None:
        self.time = 1000.0
        self.lag = lag
        self.random = random.Random(1)

    def __call__(self) -> float:
        return self.time

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds + self.lag * self.random.random()


class Paced:
    """A limiter under a clock of its own, and the moments at which it let requests go."""

    def __init__(self, rate: float | None, lag: float = 0.0) -> None:
        self.clock = Clock(lag)
        self.limiter = Limiter(rate, clock=self.clock, pause=self.clock.pause)
        self.sent: list[float] = []

    def send(self, requests: int = 1) -> None:
        for _ in range(requests):
            self.limiter.wait()
            self.sent.append(self.clock.time)

    def send_for(self, seconds: float, most: int = 100_000) -> int:
        """Send as many as it lets go, for a while; return how many those were."""
        end, before = self.clock.time + seconds, len(self.sent)
        while self.clock.time < end and len(self.sent) - before < most:
            self.send()
        return len(self.sent) - before

    def busiest(self, seconds: float = 1.0) -> int:
        """The most requests within any stretch of this length."""
        most = first = 0
        for last, moment in enumerate(self.sent):
            while self.sent[first] <= moment - seconds + 1e-6:
                first += 1
            most = max(most, last - first + 1)
        return most


# A configured rate


@pytest.mark.parametrize("rate", [0.1, 0.5, 1, 3, 10, 250])
@pytest.mark.parametrize("lag", [0.0, 0.4])
def test_a_configured_rate_is_kept(rate: float, lag: float) -> None:
    paced = Paced(rate, lag / rate)
    sent = paced.send_for(100 / rate)
    assert 75 <= sent <= 102
    assert paced.busiest(10 / rate) <= 11


@pytest.mark.parametrize("rate", [1, 10])
def test_no_second_holds_more_than_the_rate(rate: float) -> None:
    paced = Paced(rate)
    paced.send_for(30)
    paced.clock.time += 60
    paced.send_for(30)
    assert paced.busiest() <= rate


def test_idle_time_is_not_saved_up() -> None:
    paced = Paced(10)
    paced.send(5)
    paced.clock.time += 3600
    paced.send_for(1)
    assert paced.busiest() <= 11


# Refusals


def test_a_refusal_holds_all_back() -> None:
    paced = Paced(None)
    paced.send(10)
    assert paced.limiter.refused(7.5) == pytest.approx(7.5)
    assert paced.limiter.refused(2) == pytest.approx(7.5)
    paced.send()
    assert paced.sent[-1] == pytest.approx(1007.5)
    assert paced.limiter.refused(0) == 0


def test_waiters_are_held_back_by_a_later_refusal() -> None:
    clock = Clock()
    paused: list[float] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        clock.pause(seconds)
        if len(paused) == 1:
            limiter.refused(30)

    limiter = Limiter(1, clock=clock, pause=pause)
    limiter.wait()
    limiter.wait()
    limiter.wait()
    assert clock.time >= 1030


def _steady(paced: Paced) -> float:
    """The pace right now, from the gap between the next requests."""
    paced.send(3)
    return 1 / (paced.sent[-1] - paced.sent[-2])


def test_the_pace_halves_once_per_episode() -> None:
    paced = Paced(16)
    paced.send(50)
    for _ in range(20):  # all that was in flight is refused too
        paced.limiter.refused(0.5)
        paced.clock.time += 0.02
    assert _steady(paced) == pytest.approx(8)
    paced.clock.time += 1.1
    paced.limiter.refused(0)
    assert _steady(paced) == pytest.approx(4)


def test_without_a_rate_the_pace_becomes_half_of_what_was_sent() -> None:
    paced = Paced(None)
    for _ in range(100):
        paced.send()
        paced.clock.time += 0.02
    paced.limiter.refused(0)
    assert _steady(paced) == pytest.approx(25, rel=0.05)


def test_the_pace_recovers_up_to_the_rate_and_never_beyond() -> None:
    paced = Paced(16)
    paced.send(20)
    for _ in range(3):
        paced.limiter.refused(1)
        paced.clock.time += 2
    assert _steady(paced) == pytest.approx(2)
    before = len(paced.sent)
    paced.send_for(60)
    paced.sent = paced.sent[before:]
    assert paced.busiest() <= 17
    assert _steady(paced) == pytest.approx(16)


def test_without_a_rate_the_pace_recovers_until_there_is_none() -> None:
    paced = Paced(None)
    paced.send(4)
    assert paced.clock.time == 1000.0
    paced.limiter.refused(0)
    assert _steady(paced) == pytest.approx(2)
    paced.send_for(40)
    moment = paced.clock.time
    paced.send(1000)
    assert paced.clock.time == moment


def test_endless_refusals_do_not_end_all_progress() -> None:
    paced = Paced(1)
    for _ in range(50):
        paced.send()
        paced.limiter.refused(0)
        paced.clock.time += 1
    assert paced.clock.time < 1000 + 50 * 6.1


def test_a_refusal_never_raises_a_very_low_rate() -> None:
    paced = Paced(0.1)
    paced.send(2)
    paced.clock.time += 9
    paced.limiter.refused(0)
    paced.send(2)
    assert paced.sent[-1] - paced.sent[-2] >= 9.99


# What a server asks for


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "7", "x-ratelimit-reset": "9"}, 7),
        ({"retry-after": "soon", "x-ratelimit-reset": "9"}, 9),
        ({"retry-after": "", "ratelimit-reset": "8"}, 8),
        ({"ratelimit-reset": "8"}, 8),
        ({"x-ratelimit-reset": "9"}, 9),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 99 Foo 2015 07:28:00 GMT"}, None),
    ],
)
def test_what_a_server_asks_for(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers) == expected


@pytest.mark.parametrize("ahead", [0, 5, 3600])
def test_a_moment_is_read_as_the_time_until_it(ahead: float) -> None:
    moment = time.time() + ahead
    for value, step in (
        (f"{moment:.3f}", 0.01),
        (f"{moment:.0f}", 1),
        (f"{moment * 1000:.0f}", 0.01),
        (formatdate(moment, usegmt=True), 1),
        (formatdate(moment), 1),
        (formatdate(moment, localtime=True), 1),
    ):
        for name in ("retry-after", "x-ratelimit-reset"):
            asked = retry_after({name: value})
            assert asked is not None
            assert ahead - step - 1 <= asked <= ahead + step


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[\w, :+.-]{0,40}", fullmatch=True))
@example("Wed")
@example("1e400")
@example("-inf")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_no_header_breaks_it(value: str) -> None:
    asked = retry_after({"retry-after": value})
    assert asked is None or 0 <= asked < float("inf")


# Refusals by a real server


@pytest.mark.parametrize(
    ("header", "value", "least", "most"),
    [
        ("Retry-After", lambda: "0.3", 0.3, 0.8),
        ("Retry-After", lambda: formatdate(time.time() + 1.5, usegmt=True), 0.4, 2.0),
        ("RateLimit-Reset", lambda: "0.3", 0.3, 0.8),
        ("X-RateLimit-Reset", lambda: "0.3", 0.3, 0.8),
        ("X-RateLimit-Reset", lambda: f"{time.time() + 0.4:.3f}", 0.2, 0.9),
        ("X-RateLimit-Reset", lambda: f"{time.time() * 1000 + 400:.0f}", 0.2, 0.9),
        ("X-Nothing", lambda: "0", 0.9, 1.5),
    ],
)
def test_a_refusal_is_waited_for(
    header: str, value: Callable[[], str], least: float, most: float
) -> None:
    refusal: Reply = (429, {header: value()}, b"<html>")
    began = time.monotonic()
    with talk(refusal, json_reply([1]), retries=0) as (server, client):
        assert client.get(USERS).body == [1]
    assert least <= time.monotonic() - began < most
    first, second = server.requests
    assert second.at - first.at >= least - 0.05
    assert client.requests.count == 2


def test_a_refusal_that_lasts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "DEADLINE", 0.4)
    error = failure(json_reply({}, 429), error_mapping=ErrorMapping({429: "Lower it."}))
    assert (type(error), error.status) == (ApiError, 429)
    assert str(error).endswith("Lower it.")
    count = SharedCounter()
    failure(json_reply({}, 429, Retry_After="0"), counter=count)
    # The second attempt is made at once, the third by the halved pace; then it is too late.
    assert count.count in (2, 3)


def test_a_server_may_ask_for_too_much() -> None:
    error = failure(json_reply({}, 429, Retry_After="3600"))
    assert str(error) == "GET /users answered 429; the server asks to wait 3600 s more."


def test_after_too_long_a_wait_was_asked_for_the_next_request_does_not_hang() -> None:
    with talk(json_reply({}, 429, Retry_After="3600")) as (_, client), at_most(2.5, client):
        for _ in range(2):
            with pytest.raises(ApiError, match="asks to wait"):
                client.get(USERS)


def test_a_failing_server_is_not_taken_for_one_that_refuses() -> None:
    """Many servers send the end of their rate window with every answer."""
    failing = json_reply({}, 500, X_RateLimit_Remaining="4999", X_RateLimit_Reset="3600")
    with talk(failing, json_reply([1])) as (_, client):
        assert client.get(USERS).body == [1]


def test_an_unavailable_server_may_name_a_time() -> None:
    with talk(json_reply({}, 503, Retry_After="0.3"), json_reply([1])) as (server, client):
        assert client.get(USERS).body == [1]
    first, second = server.requests
    assert second.at - first.at >= 0.25
    count = SharedCounter()
    failure(json_reply({}, 503, Retry_After="0"), retries=1, counter=count)
    assert count.count == 2


# Many threads


def test_all_threads_keep_one_rate() -> None:
    with talk(json_reply([]), rate=40, concurrency=8) as (server, client):
        for each in [client.send(USERS) for _ in range(30)]:
            each.result()
    moments = sorted(seen.at for seen in server.requests)
    assert moments[-1] - moments[0] >= 28 / 40 - 0.05


def test_a_refusal_of_one_holds_all_threads_back() -> None:
    lock, answers = threading.Lock(), [json_reply({}, 429, Retry_After="0.6")]

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        with lock:
            return answers.pop() if answers else json_reply([])

    with serve(answer) as server, client_of(server.url, rate=200, concurrency=4) as client:
        client.send(USERS)
        time.sleep(0.2)
        pending = [client.send(USERS) for _ in range(12)]
        for each in pending:
            each.result()
    first, *others = server.requests
    assert min(seen.at for seen in others) - first.at >= 0.55


@pytest.mark.parametrize("reply", [hang, drip(HEAD % b"200 OK", b" ", 0.05)])
def test_a_stop_ends_all_waiting(reply: Trick) -> None:
    with talk(reply, timeout=60) as (_, client):
        pending = [client.send(USERS) for _ in range(20)]
        with at_most(0.3, client), pytest.raises(Stopped):
            pending[0].result()
        began = time.monotonic()
        for each in pending:
            with pytest.raises(Stopped):
                each.result()
        assert time.monotonic() - began < 1


def test_requests_run_side_by_side_up_to_the_concurrency() -> None:
    lock, at_once = threading.Lock(), [0, 0]

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        time.sleep(0.03)
        with lock:
            at_once[0] -= 1
        return json_reply(path)

    with serve(answer) as server, client_of(server.url, concurrency=4) as client:
        pending = [client.send(Request(f"/{number}")) for number in range(40)]
        assert pending[-1].cancel()
        found = [each.result().body for each in pending[:-1]]
    assert found == [f"/{number}" for number in range(39)]
    assert (at_once, client.requests.count, len(server.requests)) == ([0, 4], 39, 39)
