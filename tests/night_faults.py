"""All that goes wrong in a night, as data."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.faults import Fault
from tests.night_changes import KINDS, grow, sign_up
from tests.night_looks import CountedFirst, late_event
from tests.night_pages import Altered, Answer, Emptied, Repeated, wrong_totals
from tests.night_pipe import Moment, close, send
from tests.night_vendors import VENDORS, Zitadel

if TYPE_CHECKING:
    from random import Random

    from tests.night_pipe import NightPipe
    from tests.night_vendors import Vendor

Delivered = Callable[[], int]
"""How often a fault has happened."""


@dataclass
class Stage:
    """Where a fault is put.

    Attributes:
        settings: Of the tap in the run to be disturbed; they may be changed.
        chance: What decides where it strikes.
        note: To be called after each change of the company.
        requests: How many the last complete run made.
        size: How many bytes it said.
    """

    vendor: Vendor
    settings: dict[str, Any]
    chance: Random
    note: Callable[[], None]
    requests: int
    size: int = 0
    _pipe: NightPipe | None = None

    @property
    def pipe(self) -> NightPipe:
        """What the tap's output flows through, where it goes into a loader."""
        assert self._pipe is not None
        return self._pipe

    def request(self, until: float = 0.8) -> int:
        """A request of the run, by its number."""
        return self.chance.randrange(max(1, int(self.requests * until)))

    def byte(self) -> int:
        """A byte of the tap's output, by its number."""
        return self.chance.randrange(max(1, int(self.size * 0.8)))

    def put(self, fault: Fault) -> Delivered:
        self.vendor.faulty.faults.append(fault)
        return lambda: fault.delivered

    def at(self, request: int, call: Callable[[], object]) -> Delivered:
        """Something that happens when a request arrives."""
        return self.put(Fault(skip=request, times=1, call=call))

    def alter(self, change: Callable[[Answer], bool]) -> Delivered:
        """Alter answers on their way."""
        altered = self.vendor.faulty._app = Altered(self.vendor.faulty._app, change)
        return lambda: altered.delivered

    def count_first(
        self, add: Callable[[Answer], object], when: Callable[[Answer], bool], times: int = 1
    ) -> Delivered:
        """Let pages be counted, and rows be added before they are selected."""

        def noted(page: Answer) -> None:
            add(page)
            self.note()

        app = CountedFirst(self.vendor.faulty._app, noted, when, times)
        self.vendor.faulty._app = app
        return lambda: app.delivered


Install = Callable[[Stage], Delivered]
Then = Literal["passes", "fails", "either"]


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


@dataclass
class Recurring(Fault):
    """Something that happens so many times a second, from the first request on."""

    every: float = 0.5
    _began: float | None = None

    def strikes(self, path: str) -> bool:
        now = time.monotonic()
        self._began = self._began or now
        assert self.call is not None
        while self.delivered * self.every < now - self._began:
            self.call()
            self.delivered += 1
        return False


def growing(latency: float = 0.08, every: float = 0.5) -> Install:
    """The company grows, by two changes a second, while each answer takes 80 ms."""

    def install(stage: Stage) -> Delivered:
        def happen() -> None:
            grow(stage.vendor.sandbox.company, stage.chance)
            stage.note()

        stage.vendor.faulty.latency = latency
        return stage.put(Recurring(call=happen, every=every))

    return install


def counted_first(stage: Stage) -> Delivered:
    """Some pages are counted, then somebody signs up, then they are selected."""
    company = stage.vendor.sandbox.company
    return stage.count_first(
        lambda page: sign_up(company, stage.chance), lambda page: stage.chance.random() < 0.5, 5
    )


def one_full_page(stage: Stage) -> Delivered:
    """A listing is exactly one full page when it is counted, and more when it is selected."""
    table, path, add = stage.vendor.one_page(stage.chance)
    stage.settings["page_size"] = len(stage.vendor.rows(table))
    return stage.count_first(add, lambda page: page.path.endswith(path) and page.is_full)


def full_parts(stage: Stage) -> Delivered:
    """The same, of Logto's searches by id and of its time windows.

    These parts are asked for because further pages of the whole come without rows.
    """
    company = stage.vendor.sandbox.company
    [(_, size)] = Counter(key[0] for key in company.people).most_common(1)
    stage.settings["page_size"] = size

    shown: set[str] = set()

    def empty(page: Answer) -> bool:
        if not page.path.endswith(("/api/users", "/api/logs")) or (page.total or 0) <= page.size:
            return False
        if page.place:
            return bool(page.rows and not page.body.clear())
        shown.update(row["id"] for row in page.rows)
        return False

    def is_full(page: Answer) -> bool:
        """And what is to be pushed out is told nowhere else."""
        return page.is_full and page.rows[-1]["id"] not in shown

    def hire(page: Answer) -> None:
        company.hire(prefix=page.rows[0]["id"][0])

    stage.alter(empty)
    of_users = stage.count_first(hire, lambda page: '"search.id"' in page.about and is_full(page))
    of_logs = stage.count_first(
        lambda page: late_event(company, page),
        lambda page: '"end_time"' in page.about and is_full(page),
    )
    return lambda: of_users() + of_logs()


def filtered(stage: Stage) -> Delivered:
    """A right is lost in the middle of the run; lists are filtered, and totals fit."""
    how = stage.chance.randrange(4)
    if isinstance(stage.vendor, Zitadel):
        stage.vendor.sandbox.zitadel_server.permission_check_v2 = how > 1
    return switch(lambda stage: stage.vendor.filter(how))(stage)


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
