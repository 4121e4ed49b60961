"""The faults of all scenarios, as data."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.faults import Fault
from tests.chaos.changes import KINDS
from tests.chaos.evidence_faults import counted_first, filtered, full_parts, growing, one_full_page
from tests.chaos.page_faults import Emptied, Repeated, wrong_totals
from tests.chaos.pipe import Moment, close, send
from tests.chaos.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.injection import Delivered, InjectionPoint, Install, Then


@dataclass
class Scattered(Fault):
    """A fault that strikes the requests of some numbers, whatever their path."""

    places: frozenset[int] = frozenset()
    seen: int = 0

    def strikes(self, path: str) -> bool:
        self.seen += 1
        struck = self.seen in self.places
        self.delivered += struck
        return struck


def scattered(**what: Any) -> Install:
    """One request in ten, at random."""

    def install(point: InjectionPoint) -> Delivered:
        numbers = range(1, max(3, int(point.requests * 0.9)))
        places = point.chance.sample(numbers, max(1, point.requests // 10))
        return point.put(Scattered(places=frozenset(places), **what))

    return install


def storm(times: int, **what: Any) -> Install:
    """So many requests in a row."""
    return lambda point: point.put(Fault(skip=point.request(0.6), times=times, **what))


def for_good(**what: Any) -> Install:
    """All requests from some moment on."""
    return lambda point: point.put(Fault(skip=point.request(0.6), **what))


def switch(turn: Callable[[InjectionPoint], object]) -> Install:
    """A switch of the vendor's server that is turned in the middle of the run."""
    return lambda point: point.at(point.request(0.6), lambda: turn(point))


def no_tokens_at_all(point: InjectionPoint) -> Delivered:
    return point.put(Fault(point.vendor.token_path, status=503))


def no_tokens_any_more(point: InjectionPoint) -> Delivered:
    fault = Fault(point.vendor.token_path, status=500, skip=1)
    point.at(point.request(0.6), point.vendor.expire)
    return point.put(fault)


def changing(change: Callable[..., None]) -> Install:
    """The company changes two times during the run."""

    def install(point: InjectionPoint) -> Delivered:
        def happen() -> None:
            change(point.vendor.sandbox.company, point.chance)
            point.note()

        both = [point.at(point.request(), happen) for _ in range(2)]
        return lambda: sum(each() for each in both)

    return install


def flow(happens: Any) -> Install:
    """Something happens to the flow from tap to loader."""

    def install(point: InjectionPoint) -> Delivered:
        moment = point.pipe.moment = Moment(point.byte(), happens)
        return lambda: moment.delivered

    return install


def killed(point: InjectionPoint) -> Delivered:
    """kill -9 of the tap, as a request arrives or at some byte of its output."""
    if point.chance.random() < 0.5:
        return flow(send(signal.SIGKILL))(point)
    return point.at(point.request(), lambda: point.pipe.signal(signal.SIGKILL))


def disk_full(point: InjectionPoint) -> Delivered:
    return point.pipe.fill_disk(point.chance.randrange(1, len(point.vendor.tables)))


def clock_put_back(point: InjectionPoint) -> Delivered:
    point.pipe.shift = -3600.0
    return lambda: point.pipe.log.count("The clock is")


HTML = {"status": 200, "headers": {"content-type": "text/html"}, "body": b"<html>Sign in</html>"}
WITH_TOKENS = tuple(tap for tap, vendor in VENDORS.items() if vendor.token_path)
WITH_TOTALS = tuple(tap for tap, vendor in VENDORS.items() if vendor.states_totals)


@dataclass(frozen=True)
class ChaosFault:
    """Something that goes wrong.

    Attributes:
        name: As the table of docs/faults.md has it.
        install: Puts it where it belongs, and says how often it happened.
        then: Whether the disturbed run passes all the same.
        taps: Which taps it can happen to.
        silent: Whether the run comes to say nothing of itself.
    """

    name: str
    install: Install
    then: Then = "either"
    taps: tuple[str, ...] = field(default=tuple(VENDORS))
    silent: bool = False


def _totals(by: int) -> Install:
    return lambda point: point.alter(wrong_totals(point.chance, by))


def _denied(point: InjectionPoint) -> None:
    point.vendor.deny(point.chance.randrange(3))


FAULTS = (
    ChaosFault("connections reset, 10 % of requests", scattered(reset=True), "passes"),
    ChaosFault("server gone for good", for_good(reset=True), "fails"),
    ChaosFault(
        "429 storm with Retry-After", storm(4, status=429, headers={"retry-after": "0.2"}),
        "passes",
    ),
    ChaosFault("429 storm without Retry-After", storm(2, status=429), "passes"),
    ChaosFault("5xx, 10 % of requests", scattered(status=502), "passes"),
    ChaosFault("5xx for good", for_good(status=500), "fails"),
    ChaosFault("slow bodies, 10 % of requests", scattered(drip=0.03), "passes"),
    ChaosFault("truncated bodies, 10 % of requests", scattered(cut=0.5), "passes"),
    ChaosFault("HTML instead of JSON, 10 % of requests", scattered(**HTML), "passes"),
    ChaosFault("HTML instead of JSON for good", for_good(**HTML), "fails"),
    ChaosFault("token expires", switch(lambda s: s.vendor.expire()), "passes", WITH_TOKENS),
    ChaosFault("credential revoked", switch(lambda s: s.vendor.revoke()), "fails"),
    ChaosFault("no token is issued", no_tokens_at_all, "fails", WITH_TOKENS),
    ChaosFault("token expires, no other is issued", no_tokens_any_more, "fails", WITH_TOKENS),
    ChaosFault("permission lost", switch(_denied)),
    ChaosFault("a right lost midway, lists filtered, totals fit", filtered, "fails"),
    ChaosFault("totals too high", _totals(2), taps=WITH_TOTALS),
    ChaosFault("totals too low", _totals(-2), taps=WITH_TOTALS),
    ChaosFault(
        "a page repeated", lambda s: s.alter(Repeated(s.chance.randrange(3), 1)),
    ),
    ChaosFault("a page without its rows", lambda s: s.alter(Emptied(s.chance.randrange(3)))),
    *(ChaosFault(f"during the run {kind}", changing(change)) for kind, change in KINDS.items()),
    ChaosFault("growth, two changes a second, 80 ms for each answer", growing()),
    ChaosFault("pages counted before a row is added", counted_first, taps=WITH_TOTALS),
    ChaosFault(
        "exactly one full page, counted before a row is added", one_full_page, taps=WITH_TOTALS
    ),
    ChaosFault(
        "full searches and windows, counted before a row is added", full_parts,
        taps=("tap-logto",),
    ),
    ChaosFault("a listing that recovers", lambda s: s.vendor.recover(s.chance)),
    ChaosFault("loader closes the pipe", flow(close), "fails"),
    ChaosFault("loader killed", flow(send(signal.SIGKILL, to_loader=True)), "fails"),
    ChaosFault("disk full at the loader", disk_full, "fails"),
    ChaosFault("SIGTERM", flow(send(signal.SIGTERM))),  # It may come while the last block leaves.
    ChaosFault("SIGINT", flow(send(signal.SIGINT))),
    ChaosFault("SIGKILL", killed, "fails", silent=True),
    ChaosFault("clock put back by an hour", clock_put_back, "passes"),
)  # fmt: skip
"""All of them, in the order of the table."""
BY_NAME = {fault.name: fault for fault in FAULTS}
