"""What makes a listing look whole that is not: delivered, and the result is right or loud.

Each case is a complete run and a disturbed one of the tap alone. `make fuzz` has a loader too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.changes import sign_up
from tests.chaos.evidence_faults import GROWTH, NAMES, TRIED, growing
from tests.chaos.faults import BY_NAME, FAULTS, ChaosFault
from tests.chaos.trial import assert_right, disturbed

if TYPE_CHECKING:
    from tests.chaos.injection import Delivered, InjectionPoint


def test_each_tap_is_tried_with_each_fault() -> None:
    tried = {(tap, name) for tap, name, _ in TRIED} | {(tap, GROWTH) for tap, _, _ in TRIED}
    assert tried == {(tap, each.name) for each in FAULTS if each.name in NAMES for tap in each.taps}


@pytest.mark.parametrize(("tap", "name", "seed"), TRIED)
def test_it_is_right_or_loudly_incomplete(tap: str, name: str, seed: int) -> None:
    fault = BY_NAME[name]
    outcome = disturbed(tap, fault, seed)
    assert_right(outcome, passes=None if fault.then == "either" else False)


@pytest.mark.parametrize("tap", BY_NAME[GROWTH].taps)
def test_growth_hides_nothing(tap: str) -> None:
    """Four times as fast as in `make fuzz`."""
    outcome = disturbed(tap, ChaosFault(GROWTH, growing(latency=0.02, every=0.125)))
    assert outcome.delivered > 1
    assert_right(outcome)


def who_comes(path: str, counts: str) -> ChaosFault:
    """Somebody signs up before such members are read, and before they are counted once more."""

    def install(point: InjectionPoint) -> Delivered:
        company = point.vendor.sandbox.company

        def happen() -> None:
            sign_up(company, point.chance)
            point.note()

        first = next(iter(company.access.organizations))
        role = next(role.id for role in company.access.roles.values() if role.is_default)
        faulty, asked = point.vendor.faulty, path.format(organization=first, role=role)
        read = faulty.fault(asked, times=1, call=happen)
        counted = faulty.fault(counts, skip=1, times=1, call=happen)
        return lambda: read.delivered + counted.delivered

    return ChaosFault("who comes", install)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/api/organizations/{organization}/users?", "/api/organizations?"),
        ("/api/roles/{role}/users?", "/api/roles?"),
    ],
)
def test_who_comes_while_logto_counts_again_is_no_loss(path: str, counts: str) -> None:
    outcome = disturbed("tap-logto", who_comes(path, counts), page_size=100)
    assert_right(outcome, passes=True)
