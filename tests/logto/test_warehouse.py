"""A Logto tenant in PostgreSQL: what is there, what is gone, and what must never be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tests.logto.emulator import small
from tests.logto.expected import DEFAULT, TABLES
from tests.logto.expected_signed_in import OPT_IN
from tests.logto.runs import TAP, by_key, expected
from tests.running import Pipe, Project, select
from tests.warehouse import assert_equals, assert_without, contents, derived_removals

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.warehouse import Database

SCHEMA = "tap_logto"
SECRET = "S3CRET"
"""In every secret of the company."""


def test_every_column_of_every_row_equals_the_company(tmp_path: Path, database: Database) -> None:
    """2,000 users, 60 organizations and 5,000 memberships, through Meltano."""
    size = Size(organizations=60, memberships=5000, sign_ins=300)
    company = Company.made_up(2000, 50, 3000, size=size)
    with Sandbox(company) as sandbox:
        project = Project(tmp_path / "project", database, sandbox)
        done = project.meltano("run", TAP, "target-postgres")
    assert done.returncode == 0, done.stderr
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    counts = {"users": 2000, "organizations": 60, "organization_memberships": 5000}
    assert {table: len(contents(database, SCHEMA, table)) for table in counts} == counts
    runs = {row["stream"]: row for row in database.query(f"select * from {SCHEMA}.sync_runs")}
    assert runs.keys() == set(DEFAULT)  # Meltano by itself would select all streams
    for table in DEFAULT:
        row, rows = runs[table], len(expected(company, table))
        assert (row["status"], row["row_count"], row["reason"]) == ("complete", rows, None)
        assert row["repeats"] == row["unknown_fields"] == 0
    assert_without(SECRET, database, SCHEMA, len(DEFAULT) + 1, done.stdout, done.stderr)


def test_what_is_read_only_if_asked_for_equals_the_company_too(
    tmp_path: Path, database: Database
) -> None:
    company = small()
    company.now += timedelta(days=15)  # the sessions so far end, and so do invitations
    access, people = company.access, list(company.people.values())
    web = next(a for a in access.applications.values() if a.kind == "web")
    for person in people[:5]:
        access.sign_in(web, person)
    access.sign_in(next(iter(access.applications.values())), succeeded=False)
    with Sandbox(company) as sandbox:
        pipe = Pipe(tmp_path, database, sandbox, TAP)
        pipe.catalog = select(tap=TAP)
        assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in TABLES}, by_key)
    assert all(len(expected(company, table)) >= 3 for table in OPT_IN)
    sessions, grants = (len(expected(company, f"user_{each}")) for each in ("sessions", "grants"))
    assert 5 <= sessions < grants
    kinds = {row["type"] for row in contents(database, SCHEMA, "application_user_consent_scopes")}
    assert kinds == {"organization", "resource", "user"}
    assert_without(SECRET, database, SCHEMA, len(DEFAULT) + 1, pipe.log)


def all_rows(company: Company) -> dict[str, dict[tuple[Any, ...], Any]]:
    return {table: expected(company, table) for table in DEFAULT}


class Changes:
    """A person leaves, roles are taken away, an organization ends, an invitation is accepted.

    Attributes:
        leaver: Who leaves.
        revoked: A tenant-wide role that is taken away.
        membership: A membership that loses the roles `taken`, and keeps one.
        invitation: What is accepted.
    """

    def __init__(self, company: Company) -> None:
        access, people = company.access, list(company.people.values())
        self.company = company
        first, second, third = list(access.organizations.values())[:3]
        self.member = next(s for s in access.people_of(second) if len(s.roles) > 1)
        self.kept, self.taken = self.member.roles[0], self.member.roles[1:]
        self.leaver = next(p for p in people[1:-1] if p.identities and p is not self.member.holder)
        held = access.holders_of(access.roles_of("tenant", "person")[0])
        self.revoked = next(each for each in held if each.holder is not self.leaver)
        self.ended = third
        self.invitation = next(
            each for each in access.invitations.values() if each.organization is first
        )
        self.guest = people[0]

    def happen(self) -> None:
        access = self.company.access
        self.company.remove(self.leaver)
        access.revoke(self.revoked)
        access.entitle(self.member, self.kept)
        access.dissolve(self.ended)
        self.invitation.status, self.invitation.accepted = "accepted", self.guest
        self.company.save(self.invitation)

    def give_back(self) -> None:
        """The roles that were taken away are held again."""
        self.company.access.assign(self.revoked.role, self.revoked.holder)
        self.company.access.entitle(self.member, self.kept, *self.taken)

    def assert_are_in(self, gone: dict[str, set[tuple[Any, ...]]], after: Any) -> None:
        place = (self.member.organization.id, self.member.holder.id)
        assert gone["users"] == {(self.leaver.id,)}
        assert gone["organizations"] == {(self.ended.id,)}
        assert (self.revoked.role.id, self.revoked.holder.id) in gone["role_users"]
        assert {(*place, each.id) for each in self.taken} < gone["organization_member_roles"]
        assert place not in gone["organization_memberships"]
        assert len(gone["organization_applications"]) == 2
        assert len(gone["organization_invitations"]) == 1
        accepted = after["organization_invitations"][(self.invitation.id,)]
        assert (accepted["status"], accepted["accepted_user_id"]) == ("Accepted", self.guest.id)


def assert_marked_are(pipe: Pipe, gone: dict[str, set[tuple[Any, ...]]]) -> None:
    """Those rows are marked as removed, and no others."""
    for table in DEFAULT:
        assert pipe.removed(table, *TABLES[table][1]) == gone[table], table


def test_what_is_gone_is_marked_and_what_returns_unmarked(
    tmp_path: Path, database: Database, company: Company, sandbox: Sandbox
) -> None:
    pipe = Pipe(tmp_path, database, sandbox, TAP)
    assert pipe.run() == 0, pipe.log
    before, changes = all_rows(company), Changes(company)
    changes.happen()
    after = all_rows(company)
    gone = {table: before[table].keys() - after[table].keys() for table in DEFAULT}
    changes.assert_are_in(gone, after)

    assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    assert_marked_are(pipe, gone)
    for table in ("users", "organization_member_roles", "organization_jit_email_domains"):
        assert derived_removals(pipe, table, *TABLES[table][1]) == gone[table]

    changes.give_back()
    after = all_rows(company)
    still = {table: before[table].keys() - after[table].keys() for table in DEFAULT}
    assert {table for table in DEFAULT if still[table] != gone[table]} == {
        "role_users",
        "organization_member_roles",
    }
    assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    assert_marked_are(pipe, still)
    statuses = database.query(f"select distinct status from {SCHEMA}.sync_runs")
    assert statuses == [{"status": "complete"}]
