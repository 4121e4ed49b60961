"""A ZITADEL instance in PostgreSQL: what is there, what is gone, and what must never be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.model import Person
from sandbox.server import Sandbox
from sandbox.zitadel import ids
from tests.running import Pipe, Project, select
from tests.warehouse import assert_equals, assert_without, contents, derived_removals
from tests.zitadel.expected import DEFAULT, LACKING_IN_V1, OF_A_VERSION, SINCE_5, TABLES
from tests.zitadel.expected_shared import people_memberships
from tests.zitadel.runs import ALL, ON_4, TAP, by_key, expected, read, records, serve, small

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.model import Membership
    from sandbox.warehouse import Database
    from tests.running import Run

SCHEMA = "tap_zitadel"
SECRET = "S3CRET"
"""In every secret of the company."""
VERSIONS = [(2, 71), (4, 0), (4, 13), (5, 0)]
BETWEEN = [(4, 3), (4, 5), (4, 6), (4, 7), (4, 9), (4, 10)]
"""Where the one or the other service is new."""


def test_every_column_of_every_row_equals_the_company(tmp_path: Path, database: Database) -> None:
    """400 people, 25 organizations and 1,200 memberships, through Meltano."""
    company = Company.made_up(400, size=Size(organizations=25, memberships=1200, sign_ins=100))
    with Sandbox(company) as sandbox:
        project = Project(tmp_path / "project", database, sandbox)
        done = project.meltano("run", TAP, "target-postgres")
        assert done.returncode == 0, done.stderr
        assert_equals(database, SCHEMA, {table: expected(company, table) for table in ON_4}, by_key)
    counts = {"users": 403, "organizations": 26, "projects": 3, "project_grants": 24}
    assert {table: len(contents(database, SCHEMA, table)) for table in counts} == counts
    runs = {row["stream"]: row for row in database.query(f"select * from {SCHEMA}.sync_runs")}
    assert runs.keys() == set(DEFAULT)  # Meltano by itself would select all streams
    for table in ON_4:
        row, rows = runs[table], len(expected(company, table))
        assert (row["status"], row["row_count"], row["reason"]) == ("complete", rows, None)
        assert row["repeats"] == row["unknown_fields"] == 0
    assert {runs[table]["status"] for table in SINCE_5} == {"unsupported"}
    assert_without(SECRET, database, SCHEMA, len(ON_4) + 1, done.stdout, done.stderr)


def test_what_is_read_only_if_asked_for_equals_the_company_too(
    tmp_path: Path, database: Database
) -> None:
    """Of version 5, which has groups as well."""
    company = small()
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:
        pipe = Pipe(tmp_path, database, sandbox, TAP)
        pipe.catalog = select(tap=TAP)
        assert pipe.run() == 0, pipe.log
        assert_equals(
            database, SCHEMA, {table: expected(company, table) for table in TABLES}, by_key
        )
    for table in TABLES.keys() - {"instance"}:
        assert len(expected(company, table)) >= 3, table
    own = [row for row in contents(database, SCHEMA, "policies") if not row["is_default"]]
    assert {row["type"] for row in own} >= {"login"}
    assert_without(SECRET, database, SCHEMA, len(ON_4) + 1, pipe.log)


# The same company, whichever version serves it


def without(table: str, rows: Any, columns: set[str]) -> Any:
    return {
        key: {name: value for name, value in row.items() if name not in columns}
        for key, row in rows.items()
    }


def lacking(table: str, version: tuple[int, int], api: str) -> set[str]:
    """The columns of a table that what answered cannot give."""
    by_v1 = api == "v1" or (table == "authorizations" and version < (4, 6))
    return LACKING_IN_V1.get(table, set()) if by_v1 else set()


def assert_read_equals(run: Run, company: Company, version: tuple[int, int], api: str) -> None:
    assert run.code == 0, run.log
    unsupported = {*SINCE_5} if version < (5, 0) or api == "v1" else set()
    unsupported |= {"sessions"} if api == "v1" else set()
    for table in TABLES:
        if table in unsupported:
            assert run.verdicts[table] == "unsupported"
            continue
        assert run.verdicts[table] == "complete"
        empty = lacking(table, version, api)
        found, wanted = records(run, table), expected(company, table)
        assert without(table, found, empty) == without(table, wanted, empty), table
        assert {row[column] for row in found.values() for column in empty} <= {None}


@pytest.mark.parametrize("version", [*VERSIONS, *BETWEEN], ids=str)
def test_each_version_gives_the_rows_of_the_company(
    running: Sandbox, version: tuple[int, int]
) -> None:
    company = small()
    run = read(serve(running, company, version), ALL)
    assert_read_equals(run, company, version, "auto")


@pytest.mark.parametrize("version", [(4, 3), (4, 13)], ids=str)
def test_v1_gives_the_rows_of_the_company_where_v2_is_too(
    running: Sandbox, version: tuple[int, int]
) -> None:
    company = small()
    run = read(serve(running, company, version), ALL, api_version="v1")
    assert_read_equals(run, company, version, "v1")


def test_the_same_company_is_the_same_rows_in_all_versions(running: Sandbox) -> None:
    """Apart from what a version or v1 lacks, and what was not there before version 5."""
    runs = {version: read(serve(running, small(), version), ALL) for version in VERSIONS}
    for table in TABLES.keys() - {*SINCE_5, "events", "user_auth_methods"}:
        empty = LACKING_IN_V1.get(table, set()) | OF_A_VERSION.get(table, set())
        first, *others = (without(table, records(run, table), empty) for run in runs.values())
        assert first
        assert all(each == first for each in others), table
    for stream in ("events", "user_auth_methods"):
        old, new = records(runs[(2, 71)], stream), records(runs[(5, 0)], stream)
        assert records(runs[(4, 0)], stream) == records(runs[(4, 13)], stream) == old
        assert old.items() <= new.items()
        assert {key[0] for key in new.keys() - old.keys()} <= {
            "group", *(ids.user_id(person) for person in running.company.people.values()),
        }  # fmt: skip


@pytest.mark.parametrize("version", [(2, 71), (4, 13)], ids=str)
def test_the_output_does_not_depend_on_the_concurrency(
    running: Sandbox, version: tuple[int, int]
) -> None:
    sandbox = serve(running, small(), version)
    one, many = (read(sandbox, ALL, page_size=7, max_concurrency=n) for n in (1, 16))
    for table in TABLES:
        assert list(records(one, table).items()) == list(records(many, table).items()), table


# What is gone


class Changes:
    """A person leaves, memberships and roles are taken away, an organization ends.

    Attributes:
        leaver: Who leaves.
        expelled: A membership that is taken away.
        entitled: A membership that loses the roles by which its holder owned the organization.
        revoked: A tenant-wide role that is taken away.
        ended: An organization that ends.
    """

    def __init__(self, company: Company) -> None:
        access, people = company.access, list(company.people.values())
        self.company = company
        first, second, third = list(access.organizations.values())[:3]
        used: set[str] = {person.id for person in people[:3]}
        self.ended = third
        self.entitled = self._owner(company, [first, second], used)
        self.expelled = self._owner(company, [second], used)
        held = access.holders_of(access.roles_of("tenant", "person")[0])
        self.revoked = next(each for each in held if each.holder.id not in used)
        used.add(self.revoked.holder.id)
        self.leaver = next(
            person for person in people if person.tokens and person.id not in used
        )  # fmt: skip

    @staticmethod
    def _owner(company: Company, places: list[Any], used: set[str]) -> Membership:
        found = next(
            member
            for member in people_memberships(company)
            if member.organization in places
            and member.holder.id not in used
            and len(member.roles) > 1
            and any(role.name == "owner" for role in member.roles)
        )
        used.add(found.holder.id)
        return found

    def happen(self) -> None:
        access = self.company.access
        self.company.remove(self.leaver)
        access.remove_member(self.expelled)
        member = next(r for r in self.entitled.roles if r.name == "member")
        access.entitle(self.entitled, member)
        access.revoke(self.revoked)
        access.dissolve(self.ended)

    def assert_are_in(self, gone: dict[str, set[tuple[Any, ...]]]) -> None:
        ended = ids.organization_id(self.ended)
        held = {(ids.authorization_id(each),) for each in (self.expelled, self.revoked)}
        entitled = ids.authorization_id(self.entitled)
        owner = (
            ids.user_id(self.entitled.holder), "organization",
            ids.organization_id(self.entitled.organization),
        )  # fmt: skip
        assert gone["users"] == {(ids.user_id(self.leaver),)}
        assert gone["organizations"] == {(ended,)}
        assert gone["project_grants"] == {(ids.project_id(ids.projects(self.company)[0]), ended)}
        assert held | {(entitled,)} <= gone["authorizations"]
        assert owner in gone["administrators"]
        assert len(gone["personal_access_tokens"]) == len(self.leaver.tokens)
        assert {row[0] for row in gone["organization_domains"]} == {ended}
        assert not gone["projects"] | gone["project_roles"] | gone["events"]


def all_rows(company: Company) -> dict[str, dict[tuple[Any, ...], Any]]:
    return {table: expected(company, table) for table in ON_4}


def test_what_is_gone_is_marked_and_what_returns_unmarked(
    tmp_path: Path, database: Database
) -> None:
    company = small(memberships=80)
    with Sandbox(company) as sandbox:
        pipe = Pipe(tmp_path, database, sandbox, TAP)
        assert sandbox.zitadel_server.company is company
        pipe.catalog = select(*ON_4, tap=TAP)
        assert pipe.run() == 0, pipe.log
        before, changes = all_rows(company), Changes(company)
        changes.happen()
        after = all_rows(company)
        gone = {table: before[table].keys() - after[table].keys() for table in ON_4}
        changes.assert_are_in(gone)

        assert pipe.run() == 0, pipe.log
        assert_equals(
            database,
            SCHEMA,
            {table: expected(company, table) for table in {*ON_4} - {"events"}},
            by_key,
        )
        assert_marked_are(pipe, gone)
        for table in ("users", "authorizations", "administrators", "project_grants"):
            assert derived_removals(pipe, table, *TABLES[table][1]) == gone[table]

        assert isinstance(changes.revoked.holder, Person)
        given = company.access.assign(changes.revoked.role, changes.revoked.holder)
        company.access.entitle(changes.entitled, *company.access.roles_of("organization", "person"))
        after = all_rows(company)
        still = {table: before[table].keys() - after[table].keys() for table in ON_4}
        assert (ids.authorization_id(given),) not in gone["authorizations"]
        assert still["administrators"] < gone["administrators"]
        assert pipe.run() == 0, pipe.log
        assert_equals(
            database,
            SCHEMA,
            {table: expected(company, table) for table in {*ON_4} - {"events"}},
            by_key,
        )
        assert_marked_are(pipe, still)
        assert_found_in_events(pipe, changes)


def assert_marked_are(pipe: Pipe, gone: dict[str, set[tuple[Any, ...]]]) -> None:
    """Those rows are marked as removed, and no others."""
    for table in ON_4:
        assert pipe.removed(table, *TABLES[table][1]) == gone[table], table


def assert_found_in_events(pipe: Pipe, changes: Changes) -> None:
    """The events tell of it too, with who did it."""
    found = pipe.database.query(
        f"select event_type, aggregate_id, editor_user_id from {SCHEMA}.events "
        "where event_type like '%%.removed'"
    )
    told = {(row["event_type"], row["aggregate_id"]) for row in found}
    assert told >= {
        ("user.removed", ids.user_id(changes.leaver)),
        ("user.grant.removed", ids.authorization_id(changes.expelled)),
        ("user.grant.removed", ids.authorization_id(changes.revoked)),
        ("org.removed", ids.organization_id(changes.ended)),
        ("org.member.removed", ids.organization_id(changes.entitled.organization)),
    }
    assert all(row["editor_user_id"] for row in found)
