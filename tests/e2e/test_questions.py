"""The questions of the documentation, asked in SQL after a review, have the right answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company, Person
from sandbox.logto.tables import RESOURCE
from sandbox.model import Api, Permission, Role
from sandbox.server import Sandbox
from tests.e2e.answers import ANSWERS
from tests.e2e.questions import Staged, at_a_review, comparable, is_portable, questions
from tests.kinde.runs import add_enterprise_identities
from tests.running import run_tap, select
from tests.taps import TAPS
from tests.transform.warehouses import DuckDB, Postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scripts.questions import Question
    from tests.transform.warehouses import DbtServer, Row
    from tests.watched import WatchedWarehouse


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
    """Warehouses in which something of everything has happened, and the truth."""

    company: Company
    postgres: Staged
    duckdb: Staged

    @property
    def both(self) -> tuple[Staged, Staged]:
        return self.postgres, self.duckdb

    @cached_property
    def on_duckdb(self) -> dict[str, list[Row]]:
        """The answers to all questions by their SQL, in one go: to connect takes longer."""
        queries = [each.sql for each in questions(self.duckdb.tap) if is_portable(each)]
        return dict(zip(queries, self.duckdb.ask(*queries), strict=True))


def review(found: Reviewed, tap: str, folder: Path) -> None:
    """Load what a tap brings of a company before and after a review."""
    company = found.company
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:  # The first that has groups.
        if tap == "tap-kinde":
            at_kinde(company)
        if tap == "tap-zitadel":
            at_zitadel(company)
        if tap == "tap-logto":
            assert sandbox.logto.requests == []  # It serves from now on, and is told of changes.
        before_the_review(company)
        config = dict(sandbox.configs[tap])
        config |= {"event_payload": "redacted"} if tap == "tap-zitadel" else {}
        first = run_tap(folder, config, tap=tap, catalog=select(tap=tap))
        reviewing = [each.sql for each in questions(tap) if at_a_review(each)]
        for each in found.both:
            each.load(first)
            each.stage()
            each.ask(*reviewing)
        after_the_review(company)
        second = run_tap(folder, config, tap=tap, catalog=select(tap=tap), state=first.state)
        for each in found.both:
            each.load(second)
    for run in (first, second):
        assert run.code == 0, run.log


@pytest.fixture(scope="session")
def reviewed(
    tmp_path_factory: pytest.TempPathFactory, warehouse: WatchedWarehouse, dbt_server: DbtServer
) -> Callable[[str], Reviewed]:
    """What each tap brings, once it is asked for; a process may come back to this module."""

    @cache
    def of(tap: str, start: int) -> Reviewed:
        folder = tmp_path_factory.mktemp(tap)
        long_ago = datetime.now(timezone.utc) - timedelta(days=200)
        found = Reviewed(
            Company.made_up(people=60, groups=15, memberships=150, begin=long_ago),
            Staged(tap, Postgres(folder, dbt_server, warehouse.database(f"docs-{tap}"))),
            Staged(tap, DuckDB(folder, dbt_server, "text")),
        )
        review(found, tap, folder)
        return found

    return lambda tap: of(tap, warehouse.starts)  # A server that was started anew is empty.


def to_ask() -> Iterator[Any]:
    for tap in TAPS:
        for each in questions(tap):
            if not at_a_review(each):
                yield pytest.param(tap, each, id=f"{tap}-{each.words}")


@pytest.mark.parametrize(("tap", "question"), list(to_ask()))
def test_the_questions_of_the_documentation_have_answers(
    tap: str, question: Question, reviewed: Callable[[str], Reviewed]
) -> None:
    """They have, and the same on both engines."""
    found = reviewed(tap)
    (rows,) = found.postgres.ask(question.sql)
    assert rows or "may be empty" in question.sql
    if is_portable(question):
        assert comparable(found.on_duckdb[question.sql]) == comparable(rows)


@pytest.mark.parametrize(("tap", "words"), ANSWERS)
def test_the_answers_are_right(tap: str, words: str, reviewed: Callable[[str], Reviewed]) -> None:
    (query,) = (each.sql for each in questions(tap) if each.words == words)
    found = reviewed(tap)
    rows = [tuple(row.values()) for row in found.postgres.ask(query)[0]]
    assert len(rows) == len(set(rows))
    assert set(rows) == ANSWERS[tap, words](found.company)
