"""Where faults are put, and what is known there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.faults import Fault
from tests.chaos.listing_faults import CountedFirst
from tests.chaos.page_faults import Altered

if TYPE_CHECKING:
    from random import Random

    from tests.chaos.page_faults import Served
    from tests.chaos.pipe import ChaosPipe
    from tests.chaos.vendors import Vendor

Delivered = Callable[[], int]
"""How often a fault has happened."""


@dataclass
class InjectionPoint:
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
    _pipe: ChaosPipe | None = None

    @property
    def pipe(self) -> ChaosPipe:
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

    def alter(self, change: Callable[[Served], bool]) -> Delivered:
        """Alter answers on their way."""
        altered = self.vendor.faulty._app = Altered(self.vendor.faulty._app, change)
        return lambda: altered.delivered

    def count_first(
        self, add: Callable[[Served], object], when: Callable[[Served], bool], times: int = 1
    ) -> Delivered:
        """Let pages be counted, and rows be added before they are selected."""

        def noted(page: Served) -> None:
            add(page)
            self.note()

        app = CountedFirst(self.vendor.faulty._app, noted, when, times)
        self.vendor.faulty._app = app
        return lambda: app.delivered


Install = Callable[[InjectionPoint], Delivered]
Then = Literal["passes", "fails", "either"]
