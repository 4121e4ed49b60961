"""All that goes wrong in a night, as data."""

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

    from tests.chaos.injection import Delivered, Install, Stage, Then


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

    def install(stage: Stage) -> Delivered:
        numbers = range(1, max(3, int(stage.requests * 0.9)))
        places = stage.chance.sample(numbers, max(1, stage.requests // 10))
        return stage.put(Scattered(places=frozenset(places), **what))

    return install


def storm(times: int, **what: Any) -> Install:
    """So many requests in a row."""
    return lambda stage: stage.put(Fault(skip=stage.request(0.6), times=times, **what))


def for_good(**what: Any) -> Install:
    """All requests from some moment on."""
    return lambda stage: stage.put(Fault(skip=stage.request(0.6), **what))


def switch(turn: Callable[[Stage], object]) -> Install:
    """A switch of the vendor's server that is turned in the middle of the run."""
    return lambda stage: stage.at(stage.request(0.6), lambda: turn(stage))


def no_tokens_at_all(stage: Stage) -> Delivered:
    return stage.put(Fault(stage.vendor.token_path, status=503))


def no_tokens_any_more(stage: Stage) -> Delivered:
    fault = Fault(stage.vendor.token_path, status=500, skip=1)
    stage.at(stage.request(0.6), stage.vendor.expire)
    return stage.put(fault)


def changing(change: Callable[..., None]) -> Install:
    """The company changes two times during the run."""

    def install(stage: Stage) -> Delivered:
        def happen() -> None:
            change(stage.vendor.sandbox.company, stage.chance)
            stage.note()

        both = [stage.at(stage.request(), happen) for _ in range(2)]
        return lambda: sum(each() for each in both)

    return install


def flow(happens: Any) -> Install:
    """Something happens to the flow from tap to loader."""

    def install(stage: Stage) -> Delivered:
        moment = stage.pipe.moment = Moment(stage.byte(), happens)
        return lambda: moment.delivered

    return install


def killed(stage: Stage) -> Delivered:
    """kill -9 of the tap, as a request arrives or at some byte of its output."""
    if stage.chance.random() < 0.5:
        return flow(send(signal.SIGKILL))(stage)
    return stage.at(stage.request(), lambda: stage.pipe.signal(signal.SIGKILL))


def disk_full(stage: Stage) -> Delivered:
    return stage.pipe.fill_disk(stage.chance.randrange(1, len(stage.vendor.tables)))


def clock_put_back(stage: Stage) -> Delivered:
    stage.pipe.shift = -3600.0
    return lambda: stage.pipe.log.count("The clock is")


HTML = {"status": 200, "headers": {"content-type": "text/html"}, "body": b"<html>Sign in</html>"}
WITH_TOKENS = tuple(tap for tap, vendor in VENDORS.items() if vendor.token_path)
WITH_TOTALS = tuple(tap for tap, vendor in VENDORS.items() if vendor.states_totals)


@dataclass(frozen=True)
class NightFault:
    """Something that goes wrong.

    Attributes:
        name: As the table of docs/faults.md has it.
        install: Puts it on a stage, and says how often it happened.
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
    return lambda stage: stage.alter(wrong_totals(stage.chance, by))


def _denied(stage: Stage) -> None:
    stage.vendor.deny(stage.chance.randrange(3))


FAULTS = (
    NightFault("connections reset, 10 % of requests", scattered(reset=True), "passes"),
    NightFault("server gone for good", for_good(reset=True), "fails"),
    NightFault(
        "429 storm with Retry-After", storm(4, status=429, headers={"retry-after": "0.2"}),
        "passes",
    ),
    NightFault("429 storm without Retry-After", storm(2, status=429), "passes"),
    NightFault("5xx, 10 % of requests", scattered(status=502), "passes"),
    NightFault("5xx for good", for_good(status=500), "fails"),
    NightFault("slow bodies, 10 % of requests", scattered(drip=0.03), "passes"),
    NightFault("truncated bodies, 10 % of requests", scattered(cut=0.5), "passes"),
    NightFault("HTML instead of JSON, 10 % of requests", scattered(**HTML), "passes"),
    NightFault("HTML instead of JSON for good", for_good(**HTML), "fails"),
    NightFault("token expires", switch(lambda s: s.vendor.expire()), "passes", WITH_TOKENS),
    NightFault("credential revoked", switch(lambda s: s.vendor.revoke()), "fails"),
    NightFault("no token is issued", no_tokens_at_all, "fails", WITH_TOKENS),
    NightFault("token expires, no other is issued", no_tokens_any_more, "fails", WITH_TOKENS),
    NightFault("permission lost", switch(_denied)),
    NightFault("a right lost midway, lists filtered, totals fit", filtered, "fails"),
    NightFault("totals too high", _totals(2), taps=WITH_TOTALS),
    NightFault("totals too low", _totals(-2), taps=WITH_TOTALS),
    NightFault(
        "a page repeated", lambda s: s.alter(Repeated(s.chance.randrange(3), 1)),
    ),
    NightFault("a page without its rows", lambda s: s.alter(Emptied(s.chance.randrange(3)))),
    *(NightFault(f"during the run {kind}", changing(change)) for kind, change in KINDS.items()),
    NightFault("growth, two changes a second, 80 ms for each answer", growing()),
    NightFault("pages counted before a row is added", counted_first, taps=WITH_TOTALS),
    NightFault(
        "exactly one full page, counted before a row is added", one_full_page, taps=WITH_TOTALS
    ),
    NightFault(
        "full searches and windows, counted before a row is added", full_parts,
        taps=("tap-logto",),
    ),
    NightFault("a listing that recovers", lambda s: s.vendor.recover(s.chance)),
    NightFault("loader closes the pipe", flow(close), "fails"),
    NightFault("loader killed", flow(send(signal.SIGKILL, to_loader=True)), "fails"),
    NightFault("disk full at the loader", disk_full, "fails"),
    NightFault("SIGTERM", flow(send(signal.SIGTERM))),  # It may come while the last block leaves.
    NightFault("SIGINT", flow(send(signal.SIGINT))),
    NightFault("SIGKILL", killed, "fails", silent=True),
    NightFault("clock put back by an hour", clock_put_back, "passes"),
)  # fmt: skip
"""All of them, in the order of the table."""
BY_NAME = {fault.name: fault for fault in FAULTS}
