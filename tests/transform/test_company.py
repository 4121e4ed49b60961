"""The warehouse is what the company is, whatever the engine, and whatever the loader made of it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from sandbox.company import Company
from sandbox.model import Person
from sandbox.planted import plant
from tests.closing import serving
from tests.transform.access_facts import Fact
from tests.transform.expected_access import SYSTEMS, access_in
from tests.transform.expected_accounts import Account, accounts
from tests.transform.expected_context import MARTS, rows_of
from tests.transform.staged import TABLES, assert_live, live
from tests.transform.warehouses import TRANSFORM, DuckDB, Warehouse, read_all

if TYPE_CHECKING:
    from tests.running import Run

MODELS = [table.model for tables in TABLES.values() for table in tables]
NOT_AGAIN = ("resource_type:test", "path:models/findings", "path:models/history")
Runs = dict[str, tuple["Run", "Run"]]


@pytest.fixture(scope="module")
def company() -> Company:
    """A company with all that access consists of: groups in groups, in a circle too."""
    company = Company.made_up(groups=8)
    plant(company)
    teams = list(company.groups.values())
    company.join(teams[2], teams[0])
    company.join(teams[3], teams[2])
    company.join(teams[0], teams[3])
    owner, *_ = company.access.roles_of("organization", "person")
    dashboard = next(a for a in company.access.applications.values() if a.name == "Dashboard")
    dashboard.allowed = [owner]
    company.save(dashboard)
    return company


@pytest.fixture(scope="module")
def runs(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Two runs of each tap, with removals in between."""
    from sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("runs")
    with serving(Sandbox(company, zitadel_version=(5, 0))) as sandbox:
        first = read_all(folder, sandbox)
        change(company)
        second = read_all(folder, sandbox)
    return {tap: (first[tap], second[tap]) for tap in first}


def change(company: Company) -> None:
    """People and organizations go, roles are lost."""
    leaver, other, *_ = company.people.values()
    company.remove(leaver)
    company.suspend(other)
    access = company.access
    access.dissolve(next(iter(access.organizations.values())))
    demoted = next(
        member
        for organization in access.organizations.values()
        for member in access.people_of(organization)
        if len(member.roles) > 1
    )
    access.entitle(demoted, demoted.roles[0])
    role = access.roles_of("tenant", "person")[0]
    access.revoke(access.holders_of(role)[0])


@pytest.fixture(scope="module")
def built(any_warehouse: Warehouse, runs: Runs) -> Warehouse:
    """The model after both runs.

    dbt's tests hold or not by the rows, which the tests here find to be the same in all warehouses,
    so that they run on each engine once, where duplicates are to be left out. History and findings
    are not looked at here.
    """
    for place in (0, 1):
        any_warehouse.load_all({tap: both[place] for tap, both in runs.items()})
    tested = any_warehouse.target == "postgres" or any_warehouse.variables["raw_is_append_only"]
    done = any_warehouse.build(*([] if tested else ["--exclude", *NOT_AGAIN]))
    assert set(done.statuses.values()) <= {"success", "pass"}, done.statuses
    return any_warehouse


def test_staging_holds_live_rows(built: Warehouse, runs: Runs) -> None:
    for tap, both in runs.items():
        counts = [[len(live(table, some)) for table in TABLES[tap]] for some in (both[:1], both)]
        assert any(now < before for before, now in zip(*counts, strict=True)), f"{tap}: none gone"
    assert_live(built.staged(*MODELS), runs)
    if isinstance(built, DuckDB) and built.shape == "append":
        return  # The plain script is for loaders that keep one row of each key.
    script = TRANSFORM / "sql" / f"staging_{built.target}.sql"
    built.execute(script.read_text().replace("identity_staging", "plain"))
    assert_live(built.tables("plain", *MODELS), runs)


def test_access_is_that_of_the_company(built: Warehouse, runs: Runs, company: Company) -> None:
    wanted = rights(company)
    rows = built.mart("identity_effective_access")
    found = {_right(row): (row["is_direct"], row["is_active"]) for row in rows}
    assert found == wanted
    assert len(rows) == len(found)
    grants = {_right(row) for row in built.mart("identity_grants")}
    assert grants == {right for right, (given, _) in wanted.items() if given}


def test_accounts_are_those_of_the_company(built: Warehouse, runs: Runs, company: Company) -> None:
    rows = built.mart("identity_accounts")
    names = [each.name for each in fields(Account)]
    found = {Account(*(row[name] for name in names)) for row in rows}
    assert found == accounts(company)
    assert len(rows) == len(found)


@pytest.mark.parametrize("mart", MARTS)
def test_what_surrounds_access_is_that_of_the_company(
    built: Warehouse, runs: Runs, company: Company, mart: str
) -> None:
    expected, _ = MARTS[mart]
    wanted = set(expected(company))
    rows = built.mart(mart)
    assert rows_of(mart, rows) == wanted
    assert len(rows) == len(wanted) > 0


def test_the_company_has_access_of_every_kind(company: Company, runs: Runs) -> None:
    kinds = {tuple(right.entitlement.split("/")[:2]) for right in rights(company)}
    assert kinds == {
        *(("kinde", kind) for kind in (
            "membership", "role", "permission", "scope", "system_permission",
            "application_access", "api_access",
        )),
        *(("logto", kind) for kind in (
            "membership", "role", "organization_role", "scope", "organization_scope",
            "application_access",
        )),
        *(("rudderstack", kind) for kind in ("membership", "group")),
        *(("zitadel", kind) for kind in ("project_role", "admin_role", "group")),
    }  # fmt: skip
    states = {(given, usable) for given, usable in rights(company).values()}
    assert len(states) == 4
    assert any(isinstance(each, Person) and not each.active for each in company.people.values())


def rights(company: Company) -> dict[Fact, tuple[bool, bool]]:
    """All that anybody has: whether it was given itself, and whether it can be used."""
    sources = [access_in(company, system) for system in SYSTEMS]
    return {
        fact: (how.is_direct, how.is_active and source.accounts[fact.account])
        for source in sources
        for fact, how in source.effective.items()
    }


def _right(row: dict[str, str]) -> Fact:
    return Fact(row["account_id"], row["entitlement_id"], row["scope_id"])
