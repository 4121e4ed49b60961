"""The tests of numbered paging would notice if it did not look."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from identity_sdk import numbered_paging as pagers
from identity_sdk.numbered_paging import NumberedPaging
from tests.numbered_simulator import (
    SIX,
    Change,
    NumberedSimulator,
    Order,
    Touch,
    paging,
    silent_loss,
)
from tests.scim_simulator import Delete
from tests.test_numbered_changes import BOTH, OUT

if TYPE_CHECKING:
    from identity_sdk.exchange import Item
    from identity_sdk.paging import Page


class Credulous(pagers._Round):
    """Finds no fault."""

    def flaw(self) -> str | None:
        return None


class NeverCounts(pagers._Round):
    """Does not hold what it found against the total."""

    def flaw(self) -> str | None:
        flaw = super().flaw()
        return None if flaw and "rows were found" in flaw else flaw


class LooksAway(pagers._Round):
    """Does not mind a total that changes."""

    def flaw(self) -> str | None:
        flaw = super().flaw()
        return None if flaw and "changed" in flaw else flaw


class StopsAtShortPage(pagers._Round):
    """Takes a page that is shorter than asked for as the last, and all as found."""

    def _fresh(self, page: Page) -> list[Item]:
        asked = self.size
        fresh = super()._fresh(page)
        if len(page.items) < asked:
            self.totals = [self.paging.seen.in_round]
        return fresh


class LastTotalOnly(pagers._Round):
    """Keeps only the last total it heard."""

    def _fresh(self, page: Page) -> list[Item]:
        fresh = super()._fresh(page)
        del self.totals[:-1]
        return fresh


@pytest.mark.parametrize(
    ("mutant", "server"),
    [
        (Credulous, NumberedSimulator(SIX, Order.SHUFFLED)),
        (NeverCounts, NumberedSimulator(SIX, script={1: [Touch("000")]})),
        (LooksAway, NumberedSimulator(SIX, script={1: OUT})),
        (StopsAtShortPage, NumberedSimulator(SIX, cap=1)),
        (LastTotalOnly, NumberedSimulator(SIX, script={1: OUT})),
    ],
)
def test_the_check_catches(
    mutant: type[pagers._Round], server: NumberedSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = partial(paging, 2)
    assert not silent_loss(of, server.anew())
    monkeypatch.setattr(pagers, "_Round", mutant)
    assert silent_loss(of, server.anew())


def test_the_check_catches_a_listing_that_is_not_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, of = NumberedSimulator(SIX, script={1: BOTH}), partial(paging, 2, confirm=True)
    assert not silent_loss(of, server.anew())
    monkeypatch.setattr(NumberedPaging, "_settled", lambda self, done: True)
    assert silent_loss(of, server.anew())


def test_the_check_catches_rounds_added_up_under_totals_that_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script: dict[int, list[Change]] = {
        2: [Touch("000")],  # 0 1, 2 3, 5 0: without 4, of six.
        3: [Delete("000"), Touch("004")],  # 1 2 3, of five
        4: [Touch("001"), Touch("002")],  # 1 2; so five were seen, and 4 was not.
    }
    server, of = NumberedSimulator(SIX, script=script), partial(paging, 2)
    assert not silent_loss(of, server.anew())
    monkeypatch.setattr(
        NumberedPaging, "_whole", lambda self, done: done[-1].total == self.seen.total
    )
    assert silent_loss(of, server.anew())
