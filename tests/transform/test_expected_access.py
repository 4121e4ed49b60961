"""The access that a company is said to give is what the emulated APIs list of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.server import Sandbox
from scripts.demo import change
from tests.running import ALL, Run, catalog_of, read_tap
from tests.standard import standard_of
from tests.taps import TAPS
from tests.transform import expected_access as truth
from tests.transform.access_facts import Fact, Grant, SourceAccess
from tests.transform.companies import everything
from tests.transform.listed_access import listed, listed_accounts

if TYPE_CHECKING:
    from sandbox.company import Company

KINDS = {
    "kinde": {
        "membership", "role", "permission", "system_permission", "scope", "application_access",
        "api_access",
    },
    "logto": {
        "membership", "role", "scope", "organization_role", "organization_scope",
        "application_access",
    },
    "rudderstack": {"membership", "group"},  # The SCIM server shows no roles.
    "zitadel": {"project_role", "admin_role", "group"},
}  # fmt: skip
every_system = pytest.mark.parametrize("system", KINDS)


def read_all(system: str, company: Company) -> Run:
    """All streams of a system's tap, read from a sandbox that serves the company."""
    tap = f"tap-{system}"
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:
        run = read_tap(TAPS[tap], sandbox.configs[tap], catalog=catalog_of(tap, ALL))
    assert run.code == 0, run.log
    return run


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """A run of each tap over `everything`."""
    return {system: read_all(system, everything()) for system in KINDS}


def assert_listed(company: Company, system: str, run: Run) -> None:
    """The lists state these grants, and these follow from them, in so many steps."""
    found, told = truth.access_in(company, system), listed(system, run)
    assert found.grants == told.grants
    assert {fact: each.depth for fact, each in found.effective.items()} == told.depths
    assert found.accounts == listed_accounts(system, run)


@every_system
def test_each_kind_of_entitlement_occurs(system: str) -> None:
    found = truth.effective(everything(), system)
    assert {fact.entitlement.split("/")[1] for fact in found} == KINDS[system]


@every_system
def test_access_is_what_the_api_lists(system: str, runs: dict[str, Run]) -> None:
    """Also since when, and whether it is in force; among the accounts are some inactive ones."""
    assert_listed(everything(), system, runs[system])
    found = truth.account_active(everything(), system)
    assert False in found.values()
    assert found.keys() >= {fact.account for fact in truth.grants(everything(), system)}


@every_system
def test_access_is_what_the_api_lists_of_the_vendors_own_company(system: str) -> None:
    company = standard_of(f"tap-{system}").company()
    assert_listed(company, system, read_all(system, company))


@every_system
def test_access_is_what_the_api_lists_after_changes(system: str) -> None:
    company = everything()
    before = truth.effective(company, system)
    assert list(change(company))
    assert truth.effective(company, system) != before
    assert_listed(company, system, read_all(system, company))


def test_permissions_come_through_the_roles_that_kinde_names(runs: dict[str, Run]) -> None:
    told = {
        Fact(
            f"kinde/user/{row['user_id']}",
            f"kinde/permission/{row['id']}",
            f"kinde/organization/{row['org_code']}",
        ): {f"kinde/role/{role['id']}" for role in row["roles"]}
        for row in runs["kinde"].records("organization_user_permissions")
    }
    found = truth.effective(everything(), "kinde")
    assert told == {f: found[f].given_by for f in found if "/permission/" in f.entitlement}
    assert max(map(len, told.values())) > 1


def test_only_access_to_apis_is_out_of_force() -> None:
    inactive = {
        system: {fact for fact, each in truth.grants(everything(), system).items() if each.inactive}
        for system in KINDS
    }
    assert inactive.pop("kinde")
    assert not any(inactive.values())


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_what_is_given_in_several_ways_is_in_force_if_any_is(order: tuple[bool, bool]) -> None:
    """A role that is granted twice, and another; each gives the same permission."""
    source = SourceAccess("x")
    for inactive in order:
        role = source.grant("x/user/1", "x/role/twice", "x/tenant", inactive=inactive)
    assert source.grants[role] == Grant(inactive=False)
    for inactive in order:
        held = source.grant("x/user/2", f"x/role/{inactive}", "x/tenant", inactive=inactive)
        source.imply(held, "x/permission/1")
    active = {fact.entitlement: each.is_active for fact, each in source.effective.items()}
    assert active == {
        "x/role/twice": True, "x/role/True": False, "x/role/False": True, "x/permission/1": True,
    }  # fmt: skip
    source.imply(held._replace(entitlement="x/role/True"), "x/permission/2")
    assert not source.effective[held._replace(entitlement="x/permission/2")].is_active


def test_what_authorizations_depend_on_is_there_and_active(runs: dict[str, Run]) -> None:
    """So that all of ZITADEL's project roles are in force."""
    records = runs["zitadel"].records
    for stream in ("authorizations", "projects", "project_grants", "organizations"):
        assert {row["state"].endswith("STATE_ACTIVE") for row in records(stream)} == {True}
    roles = {(row["project_id"], row["key"]) for row in records("project_roles")}
    grants = {
        (row["project_id"], row["granted_organization_id"]): row["granted_role_keys"]
        for row in records("project_grants")
    }
    for row in records("authorizations"):
        project, place = row["project_id"], row["organization_id"]
        assert {(project, key) for key in row["role_keys"]} <= roles
        if place != row["project_organization_id"]:
            assert {*row["role_keys"]} <= {*grants[project, place]}


@every_system
def test_a_source_may_have_an_id_of_its_own(system: str) -> None:
    named = truth.effective(everything(), system, "tenant-b")
    found = {Fact(*(part.replace("tenant-b", system, 1) for part in fact)) for fact in named}
    assert found == truth.effective(everything(), system).keys()
    assert {part.split("/")[0] for fact in named for part in fact} == {"tenant-b"}
