"""What changes in the company changes the access that it is said to give, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.company import Company
from sandbox.kinde import ids as kinde
from sandbox.model import Person, Role
from sandbox.zitadel import ids as zitadel
from scripts.demo import change
from tests.transform import expected_access as truth
from tests.transform.access_facts import Effective, Fact
from tests.transform.companies import everything
from tests.transform.expected_access import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import Membership

NOTHING = Changes(set(), set(), set())
HOME = f"zitadel/organization/{zitadel.HOME}"

Moment = dict[str, dict[Fact, Effective]]


def access_of(company: Company) -> Moment:
    """All effective access, by system."""
    return {system: truth.effective(company, system) for system in truth.SYSTEMS}


class Story:
    """A company, and what has changed of its access since it was looked at last."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.before: Moment
        self.after = access_of(company)

    def changes(self) -> dict[str, Changes]:
        """By system; what has not changed is left out."""
        self.before, self.after = self.after, access_of(self.company)
        found = {each: truth.changes(self.before[each], self.after[each]) for each in self.after}
        return {system: changed for system, changed in found.items() if changed != NOTHING}

    def causes(self, system: str, fact: Fact) -> set[str]:
        return truth.causes(fact, self.before[system], self.after[system])


def revoked(*facts: tuple[str, str, str]) -> Changes:
    return Changes(set(), {Fact(*each) for each in facts}, set())


def accounts_of(person: Person) -> dict[str, str]:
    """A person's account in each system."""
    return {
        "kinde": f"kinde/user/{kinde.user_id(person)}",
        "logto": f"logto/user/{person.id}",
        "rudderstack": f"rudderstack/user/{person.id}",
        "zitadel": f"zitadel/user/{zitadel.user_id(person)}",
    }


def places_of(member: Membership) -> dict[str, str]:
    """The scope of a membership in each system that has organizations."""
    organization = member.organization
    return {
        "kinde": f"kinde/organization/{kinde.organization_code(organization)}",
        "logto": f"logto/organization/{organization.id}",
        "zitadel": f"zitadel/organization/{zitadel.organization_id(organization)}",
    }


def memberships(company: Company) -> list[Membership]:
    access = company.access
    return [each for place in access.organizations.values() for each in access.people_of(place)]


# What happens in the demo, event by event


@pytest.fixture
def demo() -> Story:
    return Story(Company.made_up())


def skipped(demo: Story, number: int) -> Iterator[str]:
    """The events of the demo that are left after some."""
    events = change(demo.company)
    for _ in range(number):
        next(events)
    demo.changes()
    return events


def test_who_is_taken_out_of_a_group_has_it_no_longer(demo: Story) -> None:
    before = [*demo.company.memberships()]
    next(skipped(demo, 0))
    [(group, person)] = [each for each in before if each not in demo.company.memberships()]
    assert isinstance(person, Person)
    account = accounts_of(person)
    team, teams = f"rudderstack/group/{group.id}", f"zitadel/group/{zitadel.group_id(group)}"
    assert demo.changes() == {
        "rudderstack": revoked((account["rudderstack"], team, "rudderstack/tenant")),
        "zitadel": revoked((account["zitadel"], teams, HOME)),
    }


def test_who_is_suspended_keeps_all_but_rudderstacks_membership(demo: Story) -> None:
    """Elsewhere an account that is not active keeps its access on paper."""
    next(skipped(demo, 1))
    [person] = [each for each in demo.company.people.values() if not each.active]
    accounts = accounts_of(person)
    gone = (accounts["rudderstack"], "rudderstack/membership", "rudderstack/tenant")
    assert demo.changes() == {"rudderstack": revoked(gone)}
    for system, account in accounts.items():
        active = truth.account_active(demo.company, system)
        assert [each for each in active if not active[each]] == [account]
        assert any(fact.account == account for fact in demo.after[system])


def test_who_leaves_has_nothing_left(demo: Story) -> None:
    """Those who follow in order administrate ZITADEL's project, and its grant, instead."""
    events = skipped(demo, 2)
    before = [*demo.company.people.values()]
    next(events)
    [person] = [each for each in before if each.id not in demo.company.people]
    changes, accounts = demo.changes(), accounts_of(person)
    taken, given = (
        {fact for fact in moved if fact.account != accounts["zitadel"]}
        for moved in (changes["zitadel"].revoked, changes["zitadel"].granted)
    )
    others = [accounts_of(each)["zitadel"] for each in before if each is not person]
    roles = {(fact.account, fact.entitlement) for fact in given}
    assert roles == {
        (others[1], "zitadel/admin_role/PROJECT_OWNER"),
        (others[2], "zitadel/admin_role/PROJECT_GRANT_OWNER"),
    }
    assert {fact._replace(account=others[2]) for fact in taken} == {
        fact for fact in given if fact.entitlement.endswith("GRANT_OWNER")
    }
    for system, account in accounts.items():
        theirs = {fact for fact in demo.before[system] if fact.account == account}
        assert theirs
        moved = (given, taken) if system == "zitadel" else (set(), set())
        assert changes[system] == Changes(moved[0], moved[1] | theirs, set())


def test_who_loses_one_of_two_roles_keeps_what_the_other_gives(demo: Story) -> None:
    """The role that is lost gives less than the one that is kept."""
    events = skipped(demo, 3)
    before = {member: list(member.roles) for member in memberships(demo.company)}
    next(events)
    [member] = [each for each, roles in before.items() if each.roles != roles]
    [lost] = [role for role in before[member] if role not in member.roles]
    assert {*lost.permissions} < {each for role in member.roles for each in role.permissions}
    assert isinstance(member.holder, Person)
    account, place = accounts_of(member.holder), places_of(member)
    role, held = f"kinde/role/{kinde.role_id(lost)}", f"logto/organization_role/{lost.id}"
    assert demo.changes() == {
        "kinde": revoked((account["kinde"], role, place["kinde"])),
        "logto": revoked((account["logto"], held, place["logto"])),
    }


def test_who_is_expelled_has_nothing_left_there(demo: Story) -> None:
    events = skipped(demo, 4)
    before = memberships(demo.company)
    next(events)
    [member] = [each for each in before if each not in memberships(demo.company)]
    assert isinstance(member.holder, Person)
    account, changes = accounts_of(member.holder), demo.changes()
    for system, place in places_of(member).items():
        there = {f for f in demo.before[system] if (f.account, f.scope) == (account[system], place)}
        assert changes.pop(system, NOTHING) == Changes(set(), there, set())
    assert changes == {}


def test_who_becomes_an_owner_is_privileged_in_each_system_with_roles(demo: Story) -> None:
    events = skipped(demo, 5)
    before = {member: list(member.roles) for member in memberships(demo.company)}
    next(events)
    [member] = [each for each, roles in before.items() if each.roles != roles]
    [role] = [role for role in member.roles if role not in before[member]]
    assert isinstance(member.holder, Person)
    accounts, places = accounts_of(member.holder), places_of(member)
    given = {
        "kinde": f"kinde/role/{kinde.role_id(role)}",
        "logto": f"logto/organization_role/{role.id}",
        "zitadel": "zitadel/admin_role/ORG_OWNER",
    }
    changes = demo.changes()
    assert changes.keys() == given.keys()
    for system, entitlement in given.items():
        assert Fact(accounts[system], entitlement, places[system]) in changes[system].granted
        assert not changes[system].revoked


def test_who_leaves_by_halves_is_active_in_one_system(demo: Story) -> None:
    events = skipped(demo, 6)
    next(events)
    assert next(events, None) is None, "the demo has more events than are tested here"
    person = next(each for each in demo.company.people.values() if each.left_active_in)
    gone = accounts_of(person)["rudderstack"], "rudderstack/membership", "rudderstack/tenant"
    assert demo.changes() == {"rudderstack": revoked(gone)}
    active = {
        system: truth.account_active(demo.company, system)[account]
        for system, account in accounts_of(person).items()
    }
    assert [system for system in active if active[system]] == ["zitadel"]


# Roles, what they give, and why access is gone


@pytest.fixture
def story() -> Story:
    return Story(everything())


def owner_only(story: Story) -> tuple[Membership, Role]:
    """A member who holds the role of owners only, and no scopes but through it."""
    for member in memberships(story.company):
        if [role.name for role in member.roles] == ["owner"] and member.holder.number % 5:
            return member, member.roles[0]
    raise LookupError


def by_kind(facts: set[Fact]) -> dict[str, int]:
    found: dict[str, int] = {}
    for fact in facts:
        kind = fact.entitlement.split("/")[1]
        found[kind] = found.get(kind, 0) + 1
    return found


def test_a_role_that_is_lost_takes_all_that_it_gave(story: Story) -> None:
    member, role = owner_only(story)
    at_api = sum(each.api is not None for each in role.permissions)
    elsewhere = len(role.permissions) - at_api
    assert at_api
    assert elsewhere
    story.company.access.entitle(member)
    gone = {system: changed.revoked for system, changed in story.changes().items()}
    everywhere = {"role": 1, "permission": at_api + elsewhere, "scope": at_api}
    assert by_kind(gone["kinde"]) == {
        **everywhere, "system_permission": 6, "application_access": 1,
    }  # fmt: skip
    logto = by_kind(gone["logto"])
    logto.pop("application_access", None)  # which only some organizations' owners have
    assert logto == {"organization_role": 1, "organization_scope": elsewhere, "scope": at_api}
    assert by_kind(gone["zitadel"]) == {"project_role": at_api, "admin_role": 1}
    for system, facts in gone.items():
        for fact in facts:
            direct = fact.entitlement.split("/")[1].endswith("role")
            cause = "itself" if direct else "with what gives it"
            assert story.causes(system, fact) == {cause}


def test_a_role_that_gives_less_is_a_change_of_what_gives_it(story: Story) -> None:
    """But in ZITADEL, where what the role gave is granted to each holder."""
    _, role = owner_only(story)
    gone = next(each for each in role.permissions if each.api)
    role.permissions.remove(gone)
    story.company.save(role)
    changes = story.changes()
    assert changes.keys() == {"kinde", "logto", "zitadel"}
    for system, changed in changes.items():
        assert changed.granted == set()
        cause = "itself" if system == "zitadel" else "what gives it has changed"
        for fact in changed.revoked:
            assert story.causes(system, fact) == {cause}
    holders = [each for each in memberships(story.company) if role in each.roles]
    assert len(changes["logto"].revoked) == len(holders)
    assert len(changes["zitadel"].revoked) == len(holders)
    assert by_kind(changes["kinde"].revoked)["permission"] == len(holders)


def test_access_to_an_api_that_is_switched_off_stays_on_paper(story: Story) -> None:
    access = story.company.access
    exporter = access.roles_of("tenant", "application")[0]
    assignment = access.holders_of(exporter)[1]
    access.revoke(assignment)
    changed = story.changes()["kinde"]
    account = f"kinde/application/{kinde.digest(assignment.holder.id)}"
    [api] = {each.api for each in exporter.permissions if each.api}
    fact = Fact(account, f"kinde/api_access/{kinde.api_id(api)}", "kinde/tenant")
    assert changed == Changes(set(), set(), {fact})
    assert truth.grants(story.company, "kinde")[fact].inactive
    assert not story.after["kinde"][fact].is_active
    assert story.before["kinde"][fact].is_active


# Groups within groups


def test_groups_within_groups_in_a_circle() -> None:
    company = Company()
    inner, middle, outer = (company.found(name) for name in ("Inner", "Middle", "Outer"))
    person = company.hire()
    company.join(inner, person)
    for group, member in ((middle, inner), (outer, middle), (inner, outer)):
        company.join(group, member)
    story = Story(company)
    held = {
        fact.entitlement: each.depth
        for fact, each in story.after["rudderstack"].items()
        if "/group/" in fact.entitlement
    }
    assert held == {
        f"rudderstack/group/{group.id}": depth for depth, group in enumerate((inner, middle, outer))
    }
    company.leave(middle, inner)
    gone = story.changes()["rudderstack"].revoked
    assert {fact.entitlement.rpartition("/")[2] for fact in gone} == {middle.id, outer.id}
    for fact in gone:
        assert story.causes("rudderstack", fact) == {"what gives it has changed"}


def test_access_through_two_groups_may_end_for_two_causes() -> None:
    """Somebody leaves one of two groups just as it leaves the group around it."""
    company = Company()
    inner, middle, outer = (company.found(name) for name in ("Inner", "Middle", "Outer"))
    person = company.hire()
    for group, member in ((inner, person), (middle, person), (middle, inner), (outer, middle)):
        company.join(group, member)
    story = Story(company)
    company.leave(middle, person)
    company.leave(outer, middle)
    [fact] = story.changes()["rudderstack"].revoked
    assert fact.entitlement == f"rudderstack/group/{outer.id}"
    assert story.causes("rudderstack", fact) == {"with what gives it", "what gives it has changed"}
