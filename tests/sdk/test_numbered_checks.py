"""The tests of pages that are addressed by offset would notice if a walk did not look."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.listing import evidence, offset_paging
from identity_sdk.listing.offset_walk import OffsetWalk
from tests.sdk.numbered_cases import BOTH, OUT
from tests.sdk.numbered_simulator import SIX, NumberedSimulator, Order, Paging, paging, silent_loss
from tests.sdk.scim_simulator import Insert, row

if TYPE_CHECKING:
    from identity_sdk.exchange import Item
    from identity_sdk.listing.dedupe import PageDiff
    from identity_sdk.listing.pager import Page

NOTHING = lambda *_, **__: None  # noqa: E731


class LastTotalOnly(OffsetWalk):
    """Keeps only the last total it heard."""

    def _count(self, page: Page) -> list[Item]:
        fresh = super()._count(page)
        del self.record.totals[:-1]
        return fresh


class FullPageIsProof(OffsetWalk):
    """Takes one page under a total that fits for the whole listing, though it is full."""

    def _conclude(self) -> None:
        super()._conclude()
        self.record.one_select |= self.pages == 1


class LooksOnce(OffsetWalk):
    """Takes the first walk that reaches the total for proof."""

    def _conclude(self) -> None:
        super()._conclude()
        self.record.one_select = True


class KeepsToItself(OffsetWalk):
    """Does not emit what only a second walk finds."""

    def _count(self, page: Page) -> list[Item]:
        fresh = super()._count(page)
        return [] if self.paging.seen.walk_number else fresh


class BelievesNewcomers(OffsetWalk):
    """Takes a first page that begins with newcomers for unchanged."""

    def _note_look(self, page: Page, diff: PageDiff, came: int | None) -> bool:
        self.record.start_unchanged = super()._note_look(page, diff, came)
        return False


BETWEEN_COUNT_AND_ROWS = NumberedSimulator(SIX, newest_first=True, between={0: [Insert(row(9))]})
"""A row comes after a page was counted and before its rows are taken."""
AT_BOTH_LOOKS = NumberedSimulator(
    SIX, newest_first=True, between={0: [Insert(row(9))], 1: [Insert(row(8))]}
)
"""The same at the first page and when it is asked for again, so that both totals are too low."""
SLIPS = NumberedSimulator(SIX, script={1: BOTH})
MUTANTS: dict[str, tuple[Any, str, Any, Paging, NumberedSimulator]] = {
    "finds no problem": (
        offset_paging, "problem", NOTHING, partial(paging, 2),
        NumberedSimulator(SIX, Order.SHUFFLED),
    ),
    "does not count": (
        evidence, "_short_of_total", NOTHING, partial(paging, 2, order=evidence.Order.CLOSED),
        NumberedSimulator(SIX, script={1: OUT}),
    ),
    "keeps the last total only": (
        offset_paging, "OffsetWalk", LastTotalOnly, partial(paging, 2, order=evidence.Order.CLOSED),
        NumberedSimulator(SIX, script={1: OUT}),
    ),
    "takes a full page for proof": (
        offset_paging, "OffsetWalk", FullPageIsProof, partial(paging, 6), BETWEEN_COUNT_AND_ROWS,
    ),
    "believes newcomers": (
        offset_paging, "OffsetWalk", BelievesNewcomers,
        partial(paging, 6, order=evidence.Order.NEWEST_FIRST), AT_BOTH_LOOKS,
    ),
    "looks once": (offset_paging, "OffsetWalk", LooksOnce, partial(paging, 2), SLIPS),
    "keeps to itself": (offset_paging, "OffsetWalk", KeepsToItself, partial(paging, 2), SLIPS),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_check_catches(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, careless, of, server = MUTANTS[mutant]
    assert not silent_loss(of, server.anew())
    monkeypatch.setattr(module, name, careless)
    assert silent_loss(of, server.anew())
