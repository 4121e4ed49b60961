"""Faults that let a listing look whole that is not: growth, late rows, lists that are filtered."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.faults import Fault
from tests.chaos.changes import grow, sign_up
from tests.chaos.listing_faults import late_event
from tests.chaos.vendors import Zitadel

if TYPE_CHECKING:
    from tests.chaos.injection import Delivered, InjectionPoint, Install
    from tests.chaos.page_faults import Served


@dataclass
class Recurring(Fault):
    """Something that happens so many times a second, from the first request on.

    Attributes:
        every: Seconds from one time to the next.
        waits: Whether the last time that is due is left to `happen`.
    """

    every: float = 0.5
    waits: bool = False
    _began: float | None = None

    @property
    def due(self) -> int:
        """How often it should have happened, and did not."""
        self._began = self._began or time.monotonic()
        return int((time.monotonic() - self._began) / self.every) - self.delivered

    def happen(self) -> None:
        assert self.call is not None
        self.call()
        self.delivered += 1

    def strikes(self, path: str) -> bool:
        while self.due > self.waits:
            self.happen()
        return False


def growing(latency: float = 0.08, every: float = 0.5) -> Install:
    """The company grows, by two changes a second, while each answer takes 80 ms.

    Where the vendor counts a page before it selects it, that is when they happen.
    """

    def install(point: InjectionPoint) -> Delivered:
        def happen() -> None:
            grow(point.vendor.sandbox.company, point.chance)
            point.note()

        changes = Recurring(call=happen, every=every, waits=point.vendor.counts_first)
        if point.vendor.counts_first:
            point.count_first(lambda page: changes.happen(), lambda page: changes.due > 0, 10**6)
        point.vendor.faulty.latency = latency
        return point.put(changes)

    return install


def counted_first(point: InjectionPoint) -> Delivered:
    """Some pages are counted, then somebody signs up, then they are selected."""
    company = point.vendor.sandbox.company
    return point.count_first(
        lambda page: sign_up(company, point.chance), lambda page: point.chance.random() < 0.5, 5
    )


def one_full_page(point: InjectionPoint) -> Delivered:
    """A listing is exactly one full page when it is counted, and more when it is selected."""
    table, path, add = point.vendor.one_page(point.chance)
    point.settings["page_size"] = len(point.vendor.rows(table))
    return point.count_first(add, lambda page: page.path.endswith(path) and page.is_full)


def full_parts(point: InjectionPoint) -> Delivered:
    """The same, of Logto's searches by id and of its time windows.

    These parts are asked for because further pages of the whole come without rows.
    """
    company = point.vendor.sandbox.company
    [(_, size)] = Counter(key[0] for key in company.people).most_common(1)
    point.settings["page_size"] = size

    shown: set[str] = set()

    def empty(page: Served) -> bool:
        if not page.path.endswith(("/api/users", "/api/logs")) or (page.total or 0) <= page.size:
            return False
        if page.place:
            return bool(page.rows and not page.body.clear())
        shown.update(row["id"] for row in page.rows)
        return False

    def is_full(page: Served) -> bool:
        """And what is to be pushed out is told nowhere else."""
        return page.is_full and page.rows[-1]["id"] not in shown

    def hire(page: Served) -> None:
        company.hire(prefix=page.rows[0]["id"][0])

    point.alter(empty)
    of_users = point.count_first(hire, lambda page: '"search.id"' in page.about and is_full(page))
    of_logs = point.count_first(
        lambda page: late_event(company, page),
        lambda page: '"end_time"' in page.about and is_full(page),
    )
    return lambda: of_users() + of_logs()


def filtered(point: InjectionPoint) -> Delivered:
    """A right is lost in the middle of the run; lists are filtered, and totals fit."""
    how = point.chance.randrange(4)
    if isinstance(point.vendor, Zitadel):
        point.vendor.sandbox.zitadel_server.permission_check_v2 = how > 1
    return point.at(point.request(0.6), lambda: point.vendor.filter(how))


GROWTH = "growth, two changes a second, 80 ms for each answer"
FILTERED = "a right lost midway, lists filtered, totals fit"
COUNTED = "pages counted before a row is added"
FULL = "exactly one full page, counted before a row is added"
PARTS = "full searches and windows, counted before a row is added"
RECOVERS = "a listing that recovers"
TRIED = (
    ("tap-kinde", FILTERED, 1),
    ("tap-logto", FILTERED, 1),
    ("tap-rudderstack", FILTERED, 1),
    ("tap-zitadel", FILTERED, 2),
    ("tap-logto", COUNTED, 2),
    ("tap-rudderstack", COUNTED, 1),
    ("tap-zitadel", COUNTED, 2),
    ("tap-logto", FULL, 1),
    ("tap-logto", FULL, 3),
    ("tap-rudderstack", FULL, 1),
    ("tap-zitadel", FULL, 1),
    ("tap-logto", PARTS, 3),
    ("tap-kinde", RECOVERS, 1),
    ("tap-logto", RECOVERS, 1),
    ("tap-rudderstack", RECOVERS, 1),
    ("tap-zitadel", RECOVERS, 1),
)
"""Tap, fault and seed."""


NAMES = {name for _, name, _ in TRIED} | {GROWTH}
