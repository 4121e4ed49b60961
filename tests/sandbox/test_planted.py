"""What is planted is served in each vendor's shape, and its times move with the clock."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sandbox.company import Company
from sandbox.planted import grown, plant, plant_later
from sandbox.server import Sandbox
from scripts.demo import change
from tests.kinde import expected as kinde
from tests.logto import expected as logto
from tests.rudderstack.expected import assert_equals_company
from tests.running import Pipe, select
from tests.tables import Tables, by_key, expected
from tests.warehouse import assert_equals, contents
from tests.zitadel import expected as zitadel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.warehouse import Database

TABLES: dict[str, Tables] = {
    "tap-kinde": kinde.TABLES,
    "tap-logto": logto.TABLES,
    "tap-rudderstack": {},
    "tap-zitadel": zitadel.TABLES,
}
FINDINGS = (
    "leaver-with-access", "dormant", "credential-never-expires", "privileged-without-mfa",
    "new-privileged", "outside-sso", "external-access", "service-without-owner",
)  # fmt: skip


@pytest.mark.parametrize("tap", TABLES)
def test_the_planted_company_arrives_as_it_is(tap: str, tmp_path: Path, database: Database) -> None:
    """Every column of every row of every stream, after all that the demo does."""
    company, tables = grown(), TABLES[tap]
    plant(company)
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:
        pipe = Pipe(tmp_path, database, sandbox, tap)
        assert list(change(company))
        pipe.catalog = select(tap=tap)
        assert pipe.run() == 0, pipe.log
        if tap == "tap-rudderstack":
            assert_equals_company(database, company, sandbox.scim_base_url, pipe.schema)
    for table in tables:
        if rows := expected(tables, company, table):
            assert_equals(database, pipe.schema, {table: rows}, partial(by_key, tables))
        else:
            assert contents(database, pipe.schema, table) == []


def moments(company: Company) -> Iterator[datetime]:
    yield company.founded
    for thing in company.things():
        yield thing.created
        yield thing.changed
    yield from (each.at for each in company.events)
    yield from (each.at for each in company.access.sign_ins)


def test_nothing_happens_before_the_tenants_are_there_or_after_now() -> None:
    before = datetime.now(timezone.utc)
    company = grown()
    plant(company)
    assert company.founded == min(moments(company))
    assert max(moments(company)) <= company.now <= before
    assert before - company.now < timedelta(days=3)


def test_what_happened_is_told_in_the_order_of_time() -> None:
    company = Company.made_up()
    plant(company)
    for times in ([e.at for e in company.events], [e.at for e in company.access.sign_ins]):
        assert times == sorted(times)
        assert times[0] < company.now - timedelta(days=100) < times[-1]


def test_all_times_move_with_the_clock() -> None:
    """The ordinary company, a year later, is the same but for a year."""
    year, company = timedelta(days=365), Company.made_up()
    later = Company.made_up(begin=datetime(2026, 1, 5, 9, tzinfo=timezone.utc) + year)
    assert [each + year for each in moments(company)] == [*moments(later)]
    assert [each.id for each in company.things()] == [each.id for each in later.things()]


def test_each_finding_is_planted_in_some_system() -> None:
    company = Company.made_up()
    planted = [*plant(company), *plant_later(company)]
    found = Counter(each.control for each in planted if each.systems)
    assert [control for control in FINDINGS if not found[control]] == []
    assert len({each.story for each in planted}) == len(planted)
