"""A review finds what there is to find in the company: nothing is missing, nothing extra."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.kinde import ids as kinde
from sandbox.model import Person
from sandbox.planted import plant, plant_later
from sandbox.server import Sandbox
from tests.closing import serving
from tests.transform.companies import everything
from tests.transform.expected_findings import CONTROLS, Finding, findings
from tests.transform.review_facts import Review, account_ids
from tests.transform.warehouses import read_all

if TYPE_CHECKING:
    from sandbox.planted import Planted
    from tests.running import Run
    from tests.transform.warehouses import Row, Warehouse

pytestmark = pytest.mark.parametrize(
    "any_warehouse", ["postgres", "text"], indirect=True, scope="module"
)
INTERNAL = frozenset({"example.com"})
EMPTY = {"grant-without-effect", "toxic-combination"}
"""What there is nothing of in the company."""


@dataclass
class Look:
    """What the taps read at a moment, and what there is to find in it."""

    runs: dict[str, Run]
    review: Review
    wanted: set[Finding]
    planted: list[Planted]


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> list[Look]:
    """A company at two moments, with changes in between."""
    folder, company = tmp_path_factory.mktemp("looks"), everything()
    planted = [plant(company)]
    since, before, found = company.now - timedelta(seconds=150), None, []
    with serving(Sandbox(company, zitadel_version=(5, 0))) as sandbox:
        for _ in range(2):
            runs = read_all(folder, sandbox)
            review = Review(company, since, INTERNAL, before)
            found.append(Look(runs, review, findings(review), planted[-1]))
            before = review.in_force
            planted.append([*plant_later(company)])
    return found


@pytest.fixture(scope="module")
def reviewed(any_warehouse: Warehouse, looks: list[Look]) -> list[list[Row]]:
    """The findings at both moments."""
    found = []
    for look in looks:
        any_warehouse.load_all(look.runs)
        any_warehouse.make(
            "identity_findings",
            "identity_looks",
            identity_now=f"{look.review.now:%Y-%m-%d %H:%M:%S}",
            review_since=f"{look.review.since:%Y-%m-%d %H:%M:%S}",
            internal_domains=[*look.review.internal_domains],
        )
        found.append(any_warehouse.mart("identity_findings"))
    return found


@pytest.mark.parametrize("moment", [0, 1])
def test_a_review_finds_all_that_there_is_and_nothing_else(
    moment: int, looks: list[Look], reviewed: list[list[Row]]
) -> None:
    wanted, rows = looks[moment].wanted, reviewed[moment]
    found = {Finding(row["control_id"], row["source_id"], row["subject"]) for row in rows}
    assert {"missing": sorted(wanted - found), "extra": sorted(found - wanted)} == {
        "missing": [], "extra": [],
    }  # fmt: skip
    assert len(rows) == len(found)
    assert CONTROLS.keys() - {each.control for each in wanted} == EMPTY


@pytest.mark.parametrize("moment", [0, 1])
def test_what_was_planted_is_found(
    moment: int, looks: list[Look], reviewed: list[list[Row]]
) -> None:
    """By the account that it is about; Kinde does not tell whose a key is."""
    names = ("account_id", "subject")
    found = {(row["control_id"], row[name]) for row in reviewed[moment] for name in names}
    assert looks[moment].planted
    for each in looks[moment].planted:
        accounts = account_ids(each.holder)
        ids = {system: {accounts[system]} for system in each.systems}
        if isinstance(each.holder, Person) and "kinde" in ids:
            keys = each.holder.tokens
            ids["kinde"] |= {f"kinde/api_key/{kinde.api_key_id(key)}" for key in keys}
        missing = [s for s in ids if not {(each.control, one) for one in ids[s]} & found]
        assert missing == [], each.story
