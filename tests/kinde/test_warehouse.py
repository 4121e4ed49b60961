"""A Kinde environment in PostgreSQL: what is there, what is gone, and what must never be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.kinde import ids
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.expected_opt_in import OPT_IN
from tests.kinde.runs import TAP, add_enterprise_identities, by_key, expected, small
from tests.running import Pipe, Project, select
from tests.warehouse import assert_equals, assert_without, contents, derived_removals

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.model import Membership, Role
    from sandbox.warehouse import Database, Warehouse

SCHEMA = "tap_kinde"
SECRET = "S3CRET"
"""In every secret of the company."""


@pytest.fixture
def company() -> Company:
    return Company.made_up()


@dataclass(frozen=True)
class Loaded:
    """What one run through Meltano left in a database, and what it said."""

    company: Company
    database: Database
    log: str

    def runs(self) -> dict[str, dict[str, Any]]:
        return {
            row["stream"]: row for row in self.database.query(f"select * from {SCHEMA}.sync_runs")
        }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse) -> Loaded:
    """An environment of 600 users, 30 organizations and 1,500 memberships."""
    company = Company.made_up(600, 10, 300, size=Size(30, 1500, 200))
    add_enterprise_identities(company)
    database = warehouse.database(f"test_{os.getpid()}_kinde")
    with Sandbox(company) as sandbox:
        project = Project(tmp_path_factory.mktemp("meltano") / "project", database, sandbox)
        done = project.meltano("run", TAP, "target-postgres")
    assert done.returncode == 0, done.stderr
    return Loaded(company, database, done.stdout + done.stderr)


def test_every_column_of_every_row_equals_the_company(loaded: Loaded) -> None:
    assert_equals(
        loaded.database,
        SCHEMA,
        {table: expected(loaded.company, table) for table in DEFAULT},
        by_key,
    )
    assert len(contents(loaded.database, SCHEMA, "users")) == 600
    assert len(contents(loaded.database, SCHEMA, "organizations")) == 30
    assert len(contents(loaded.database, SCHEMA, "organization_users")) == 1500
    kinds = {row["type"] for row in contents(loaded.database, SCHEMA, "user_identities")}
    assert kinds == {"email", "phone", "username", "social", "enterprise"}


def test_each_run_says_of_every_table_that_it_is_complete(loaded: Loaded) -> None:
    """Kinde states no totals, so that none is told."""
    runs = loaded.runs()
    for table in DEFAULT:
        row = runs[table]
        rows = len(expected(loaded.company, table))
        assert (row["status"], row["row_count"], row["reason"]) == ("complete", rows, None)
        assert row["repeats"] == row["unknown_fields"] == 0
        assert row["server_total"] is None


def test_meltano_reads_what_is_selected_by_default(loaded: Loaded) -> None:
    assert loaded.runs().keys() == set(DEFAULT)


def test_no_secret_is_in_the_database_nor_in_the_log(loaded: Loaded) -> None:
    assert_without(SECRET, loaded.database, SCHEMA, len(DEFAULT) + 1, loaded.log)


def test_what_is_read_only_if_asked_for_equals_the_company_too(
    tmp_path: Path, database: Database
) -> None:
    company = small()
    with Sandbox(company) as sandbox:
        pipe = Pipe(tmp_path, database, sandbox, TAP)
        pipe.catalog = select(tap=TAP)
        assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in TABLES}, by_key)
    assert {table for table in OPT_IN if len(expected(company, table)) < 3} == set()
    assert_without(SECRET, database, SCHEMA, len(DEFAULT) + 1, pipe.log)


def test_the_company_of_these_tests_has_what_could_be_wrong() -> None:
    """Each kind of value that a column may have, or else equality would prove little."""
    company = small()

    def values(table: str, column: str) -> set[Any]:
        return {row[column] for row in expected(company, table).values()}

    assert values("users", "is_suspended") == values("organization_users", "is_suspended")
    assert values("users", "is_suspended") == {True, False}
    assert values("users", "failed_sign_ins") == {0, 1, 2}
    assert None in values("users", "last_signed_in")
    assert values("user_identity_details", "is_confirmed") == {True, False, None}
    assert len(values("user_identity_details", "total_logins")) > 2
    assert len(values("user_sessions", "connection_id")) > 1
    assert None in values("user_sessions", "org_code")
    assert values("user_mfa", "type") == {"authenticator_app", "passkey"}
    assert values("user_mfa", "usage_count") == {0, 1}
    assert values("organization_invites", "is_revoked") == {True, False}
    assert len(values("organization_invites", "accepted_on")) > 2
    assert values("directories", "status") == {"Active", "Error"}
    assert values("api_keys", "status") == {"active", "inactive"}
    assert values("api_applications", "is_active") == {True, False}
    assert None in values("user_identity_details", "last_login_on")
    assert any(len(row["roles"]) > 1 for row in expected(company, "organization_users").values())
    through = [row["roles"] for row in expected(company, "organization_user_permissions").values()]
    assert {len(each) for each in through} == {1, 2, 3}


def keys_of(company: Company) -> dict[str, dict[tuple[Any, ...], Any]]:
    return {table: expected(company, table) for table in DEFAULT}


def key_of(member: Membership) -> tuple[str, str]:
    holder: Any = member.holder
    return ids.organization_code(member.organization), ids.user_id(holder)


def assert_marked_are(pipe: Pipe, gone: dict[str, set[tuple[Any, ...]]]) -> None:
    """Those rows are marked as removed, and no others."""
    for table in DEFAULT:
        assert pipe.removed(table, *TABLES[table][1]) == gone[table], table


@dataclass(frozen=True)
class Lost:
    """What happened to a company: its memberships that lost roles and that ended, and all else."""

    member: Membership
    taken: list[Role]
    ended: Membership
    gone: dict[str, set[tuple[Any, ...]]]


def lose(company: Company) -> Lost:
    """A person leaves, a member loses roles, a membership ends, an organization is dissolved."""
    access, people, before = company.access, list(company.people.values()), keys_of(company)
    opened = list(access.organizations.values())
    member = next(s for s in access.people_of(opened[1]) if len(s.roles) > 1)
    ended = next(
        s for s in access.people_of(opened[0]) if s.roles and s.holder is not member.holder
    )
    leaver = next(
        p for p in people[1:-1] if p.identities and p not in (member.holder, ended.holder)
    )
    taken = member.roles[1:]
    company.remove(leaver)
    access.entitle(member, member.roles[0])
    access.remove_member(ended)
    access.dissolve(opened[2])
    gone = missing(before, company)
    assert gone["users"] == {(ids.user_id(leaver),)}
    assert gone["organizations"] == {(ids.organization_code(opened[2]),)}
    return Lost(member, taken, ended, gone)


def missing(before: dict[str, Any], company: Company) -> dict[str, set[tuple[Any, ...]]]:
    after = keys_of(company)
    return {table: before[table].keys() - after[table].keys() for table in DEFAULT}


def test_what_is_gone_is_marked_and_what_returns_unmarked(
    tmp_path: Path, database: Database, company: Company, sandbox: Sandbox
) -> None:
    pipe, before = Pipe(tmp_path, database, sandbox, TAP), keys_of(company)
    assert pipe.run() == 0, pipe.log
    lost = lose(company)
    member, ended, gone = lost.member, lost.ended, lost.gone
    code, user = key_of(member)
    assert {(ids.role_id(each), user, code) for each in lost.taken} < gone["role_users"]
    assert key_of(member) not in gone["organization_users"]
    assert key_of(ended) in gone["organization_users"]
    assert key_of(ended)[::-1] in gone["user_organizations"]

    assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    assert_marked_are(pipe, gone)
    for table in ("users", "organization_users", "role_users", "user_identities"):
        assert derived_removals(pipe, table, *TABLES[table][1]) == gone[table]

    company.access.entitle(member, *member.roles, *lost.taken)
    company.access.add_member(ended.organization, ended.holder, *ended.roles)
    assert pipe.run() == 0, pipe.log
    assert_equals(database, SCHEMA, {table: expected(company, table) for table in DEFAULT}, by_key)
    still = missing(before, company)
    assert gone["organization_users"] - still["organization_users"] == {key_of(ended)}
    assert len(still["role_users"]) < len(gone["role_users"])
    assert_marked_are(pipe, still)
    statuses = database.query(f"select distinct status from {SCHEMA}.sync_runs")
    assert statuses == [{"status": "complete"}]
