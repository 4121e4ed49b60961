"""The questions of the documentation, asked in SQL after a review, have the right answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company, Person
from sandbox.logto.tables import RESOURCE
from sandbox.model import Api, Permission, Role
from sandbox.server import Sandbox
from sandbox.warehouse import Database
from tests.e2e.answers import ANSWERS
from tests.kinde.runs import add_enterprise_identities
from tests.running import ROOT, Pipe, select
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.watched import WatchedWarehouse


@dataclass(frozen=True)
class Asked:
    """A question of a page, in words and in SQL."""

    page: str
    number: int
    words: str
    query: str

    @property
    def at_a_review(self) -> bool:
        """Whether it is no question, but something to do at a review, for the next one."""
        return self.query.startswith("create table")


def asked(path: Path) -> Iterator[Asked]:
    """What a page asks; its words are the paragraph before the SQL."""
    text = path.read_text()
    for number, block in enumerate(re.finditer(r"```sql\n(.*?)```", text, re.DOTALL), 1):
        words = text[: block.start()].rstrip().rpartition("\n\n")[2]
        yield Asked(path.name, number, " ".join(words.split()), block[1])


def questions(tap: str) -> Iterator[Asked]:
    """Those of the tap's own page, and those of the pages that are for every tap."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        if f"tap-{path.stem}" not in set(TAPS) - {tap}:
            yield from asked(path)


def at_kinde(company: Company) -> None:
    """What the company has where it is served by Kinde, and nowhere else.

    People of enterprise connections, a role that new members get, roles that open an
    application, and an application that may call the Management API.
    """
    access = company.access
    add_enterprise_identities(company)
    roles = access.roles_of("organization", "person")
    roles[1].is_default = True
    portal, machine = (
        next(each for each in access.applications.values() if each.name == name)
        for name in ("Portal", "Exporter")
    )
    portal.allowed = [*roles]
    api = access.add(Api, name="Kinde", identifier="https://acme.kinde.com/api", is_default=True)
    reading = access.add(Permission, name="read:users", api=api)
    reader = access.add(
        Role, name="reader", description="", level="tenant", holder="application",
        permissions=[reading],
    )  # fmt: skip
    access.assign(reader, machine)


def at_zitadel(company: Company) -> None:
    """What the company has where it is served by ZITADEL, and nowhere else.

    Somebody who holds something in the organization that is dissolved after the review.
    """
    access = company.access
    third, last = list(access.organizations.values())[2], list(company.people.values())[-1]
    access.add_member(third, last, access.roles_of("organization", "person")[0])


def before_the_review(company: Company) -> None:
    """What became of the company up to now."""
    access, today = company.access, datetime.now(timezone.utc)
    company.now = today - timedelta(days=20)
    organization = next(iter(access.organizations.values()))
    forgotten = access.invite(organization, "forgotten@partner.example")
    forgotten.expires = today + timedelta(days=20)
    company.now = today - timedelta(hours=1)
    # Logto's own API and its one permission, instead of those that the sandbox has anyway,
    # for a role to give.
    api = Api(id="management-api", number=0, name="Logto Management API", identifier=RESOURCE)
    everything = Permission(id="management-api-all", number=0, name="all", api=api)
    company.save(api)
    company.save(everything)
    manager = access.add(
        Role, name="Logto Management API access", description="", level="tenant",
        holder="application", permissions=[everything],
    )  # fmt: skip
    machine, portal, partner = (
        next(each for each in access.applications.values() if each.name == name)
        for name in ("Nightly job", "Portal", "Partner")
    )
    access.assign(manager, machine)
    rotated = access.credential(machine, "rotated", ends=True)
    rotated.expires = today + timedelta(days=10)
    guest = access.roles_of("organization", "person")[-1]
    support = access.roles_of("tenant", "person")[1]
    for person in list(company.people.values())[:6]:
        access.entitle(access.memberships[organization.id][person.id], guest)
        if person.id not in access.assignments[support.id]:
            access.assign(support, person)
        access.sign_in(portal, person)
        access.sign_in(partner, person)
        access.sign_in(portal, person, succeeded=False)


def after_the_review(company: Company) -> None:
    """People come and go, and so does what they may do."""
    access = company.access
    people = [person for person in company.people.values() if company.groups_of(person)]
    company.suspend(people[0])
    company.remove(people[1])
    company.found("Team of nobody")
    group = company.groups_of(people[2])[0]
    company.leave(group, people[2])
    assert isinstance(people[2], Person)
    first, second, third, *_ = access.organizations.values()
    owner, member = access.roles_of("organization", "person")[:2]
    role, other = access.roles_of("tenant", "person")[:2]
    suspended = access.memberships[first.id][people[0].id]
    if people[0].id not in access.assignments[role.id]:
        access.assign(role, people[0])
    access.revoke(access.assignments[other.id][people[0].id])
    members = access.people_of(first)
    access.entitle(next(s for s in members if len(s.roles) > 1 and s is not suspended), member)
    access.entitle(suspended, owner, member)
    owner.permissions.pop()
    member.permissions.pop()
    company.save(owner)
    company.save(member)
    access.remove_member(members[-1])
    access.add_member(second, company.hire(), owner)
    access.dissolve(third)
    access.abolish(access.roles_of("tenant", "person")[-1])


@dataclass(frozen=True)
class Reviewed:
    """A warehouse in which something of everything has happened, and the truth."""

    company: Company
    warehouse: Database


def filled(tap: str, folder: Path, database: Database) -> Reviewed:
    """What a tap brings of a company before and after a review."""
    long_ago = datetime.now(timezone.utc) - timedelta(days=200)
    company = Company.made_up(people=60, groups=15, memberships=150, begin=long_ago)
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:  # The first that has groups.
        if tap == "tap-kinde":
            at_kinde(company)
        if tap == "tap-zitadel":
            at_zitadel(company)
        if tap == "tap-logto":
            assert sandbox.logto.requests == []  # It serves from now on, and is told of changes.
        before_the_review(company)
        pipe = Pipe(folder, database, sandbox, tap)
        pipe.config |= {"event_payload": "redacted"} if tap == "tap-zitadel" else {}
        pipe.catalog = select(tap=tap)
        assert pipe.run() == 0, pipe.log
        inside = Database(f"{database.url}&options=-csearch_path%3D{pipe.schema}", "")
        for each in questions(tap):
            if each.at_a_review:
                inside.query(each.query)
        after_the_review(company)
        assert pipe.run() == 0, pipe.log
    return Reviewed(company, inside)


@pytest.fixture(scope="session")
def reviewed(
    tmp_path_factory: pytest.TempPathFactory, warehouse: WatchedWarehouse
) -> Callable[[str], Reviewed]:
    """What each tap brings, once it is asked for; a process may come back to this module."""

    @cache
    def of(tap: str, start: int) -> Reviewed:
        return filled(tap, tmp_path_factory.mktemp(tap), warehouse.database(f"docs-{tap}"))

    return lambda tap: of(tap, warehouse.starts)  # A server that was started anew is empty.


def to_ask() -> Iterator[Any]:
    for tap in TAPS:
        for each in questions(tap):
            if not each.at_a_review:
                yield pytest.param(tap, each, id=f"{tap}-{each.page}-{each.number}")


@pytest.mark.parametrize(("tap", "question"), list(to_ask()))
def test_the_questions_of_the_documentation_have_answers(
    tap: str, question: Asked, reviewed: Callable[[str], Reviewed]
) -> None:
    rows = reviewed(tap).warehouse.query(question.query)
    assert rows or "may be empty" in question.query


@pytest.mark.parametrize(("tap", "words"), ANSWERS)
def test_the_answers_are_right(tap: str, words: str, reviewed: Callable[[str], Reviewed]) -> None:
    (query,) = (each.query for each in questions(tap) if each.words == words)
    found = reviewed(tap)
    rows = [tuple(row.values()) for row in found.warehouse.query(query)]
    assert len(rows) == len(set(rows))
    assert set(rows) == ANSWERS[tap, words](found.company)
