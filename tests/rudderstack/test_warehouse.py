"""Through Meltano into PostgreSQL: what is there, what is gone, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company, Group, Person
from sandbox.server import Sandbox
from tests.rudderstack.expected import assert_equals_company, edges
from tests.running import Pipe, Project
from tests.warehouse import derived_removals

if TYPE_CHECKING:
    from sandbox.warehouse import Database, Warehouse

MEMBER = ("group_id", "member_type", "member_id")


def test_every_column_of_every_row_equals_the_company(tmp_path: Any, database: Database) -> None:
    company = Company.made_up(people=1000, groups=50, memberships=3000)
    with Sandbox(company) as sandbox:
        project = Project(tmp_path / "project", database, sandbox)
        done = project.meltano("run", "tap-rudderstack", "target-postgres")
        assert done.returncode == 0, done.stderr
        assert_equals_company(database, company, sandbox.scim_base_url)
    counts = {
        row["stream"]: (row["status"], row["row_count"], row["server_total"], row["repeats"])
        for row in database.query("select * from tap_rudderstack.sync_runs")
    }
    emails = sum(1 + bool(person.private_email) for person in company.people.values())
    assert counts == {
        "users": ("complete", 1000, 1000, 0),
        "user_emails": ("complete", emails, None, 0),
        "groups": ("complete", 50, 50, 0),
        "group_members": ("complete", 3000, None, 0),
        "audit_logs": ("complete", 1000, 1000, 0),
    }
    assert any(isinstance(member, Group) for _, member in company.memberships())


def test_removed_rows_are_marked_and_returning_ones_unmarked(
    pipe: Pipe, company: Company, sandbox: Sandbox
) -> None:
    assert pipe.run() == 0
    leaver = next(p for p in company.people.values() if len(company.groups_of(p)) > 1)
    team, emptied = list(company.groups.values())[:2]
    revoked = next(m for m in team.members if isinstance(m, Person) and m is not leaver)
    before = edges(company)
    company.remove(leaver)
    company.leave(team, revoked)
    company.empty(emptied)
    gone = before - edges(company)
    assert {edge[2] for edge in gone} > {leaver.id, revoked.id}

    assert pipe.run() == 0
    assert_equals_company(pipe.database, company, sandbox.scim_base_url)
    assert pipe.removed("users", "id") == {(leaver.id,)}
    assert pipe.removed("group_members", *MEMBER) == gone
    assert pipe.removed("groups", "id") == set()
    assert derived_removals(pipe, "users", "id") == {(leaver.id,)}
    assert derived_removals(pipe, "group_members", *MEMBER) == gone

    company.join(team, revoked)
    assert pipe.run() == 0
    back = (team.id, "User", revoked.id)
    assert pipe.removed("group_members", *MEMBER) == gone - {back}
    assert derived_removals(pipe, "group_members", *MEMBER) == gone - {back}
    assert len(pipe.rows("sync_runs")) == 3 * 5
    assert pipe.removed("sync_runs", "sync_id") == set()


def test_an_incomplete_run_removes_nothing_and_the_next_good_one_is_right(
    pipe: Pipe, company: Company, sandbox: Sandbox
) -> None:
    """The server loses a row of a page it claims to have: incomplete, not a removal."""
    assert pipe.run() == 0
    leaver = list(company.people.values())[-1]
    company.remove(leaver)
    total = b'{"totalResults": 99, "Resources": []}'
    fault = sandbox.rudderstack.fault("/Users?startIndex", skip=1, status=200, body=total)
    assert pipe.run() == 1
    assert fault.delivered >= 3
    statuses = pipe.database.query(
        "select stream, status, reason from tap_rudderstack.sync_runs order by sync_id desc"
    )[:5]
    assert {row["status"] for row in statuses if row["stream"] == "users"} == {"incomplete"}
    assert {row["status"] for row in statuses if row["stream"] == "groups"} == {"complete"}
    assert pipe.removed("users", "id") == derived_removals(pipe, "users", "id") == set()

    sandbox.rudderstack.faults.clear()
    assert pipe.run() == 0
    assert_equals_company(pipe.database, company, sandbox.scim_base_url)
    assert derived_removals(pipe, "users", "id") == pipe.removed("users", "id") == {(leaver.id,)}


def test_two_taps_and_two_tenants_share_a_database(
    tmp_path: Any, database: Database, company: Company, sandbox: Sandbox
) -> None:
    other = Company.made_up(people=30, groups=4, memberships=50, seed=2)
    project = Project(tmp_path / "project", database, sandbox)
    definition = project.definition.read_text()
    project.definition.write_text(
        definition.replace(
            "  loaders:\n",
            "  - name: tap-rudderstack--eu\n"
            "    inherit_from: tap-rudderstack\n"
            "    load_schema: rudderstack_eu\n"
            "  - name: tap-other\n"
            "    inherit_from: tap-rudderstack\n"
            "    namespace: tap_other\n"
            "  loaders:\n",
        )
    )
    with Sandbox(other) as second:
        eu = {"TAP_RUDDERSTACK__EU_SCIM_BASE_URL": second.scim_base_url}
        third = {"TAP_OTHER_SCIM_BASE_URL": second.scim_base_url}
        assert project.load() == 0
        assert project.load("tap-rudderstack--eu", **eu) == 0
        assert project.load("tap-other", **third) == 0
        assert project.load() == 0
        assert_equals_company(database, company, sandbox.scim_base_url)
        assert_equals_company(database, other, second.scim_base_url, "rudderstack_eu")
        assert_equals_company(database, other, second.scim_base_url, "tap_other")
    for schema in ("tap_rudderstack", "rudderstack_eu", "tap_other"):
        marked = database.query(f"select count(_sdc_deleted_at) as marked from {schema}.users")
        assert marked == [{"marked": 0}]


@pytest.mark.parametrize("pattern", ["groups.*", "groups.display_name"])
def test_a_selection_keeps_what_removals_rest_on(project: Project, pattern: str) -> None:
    assert project.meltano("select", "tap-rudderstack", pattern).returncode == 0
    assert project.load() == 0
    tables = project.database.query(
        "select table_name from information_schema.tables "
        "where table_schema = 'tap_rudderstack' order by 1"
    )
    assert [row["table_name"] for row in tables] == ["groups", "sync_runs"]
    row = project.database.query("select * from tap_rudderstack.groups limit 1")[0]
    assert row["_sync_id"] is not None
    assert ("external_id" in row) == (pattern == "groups.*")
    run = project.database.query("select * from tap_rudderstack.sync_runs")
    assert [(r["stream"], r["status"], r["sync_id"]) for r in run] == [
        ("groups", "complete", row["_sync_id"])
    ]


def test_config_test_says_whether_the_token_works(project: Project) -> None:
    assert project.meltano("config", "test", "tap-rudderstack").returncode == 0
    failed = project.meltano(
        "config", "test", "tap-rudderstack", TAP_RUDDERSTACK_SERVICE_ACCESS_TOKEN="wrong"
    )
    assert failed.returncode == 1
    assert "organization-level service access token" in failed.stderr + failed.stdout


def test_jsonl_gets_the_same(project: Project, company: Company, warehouse: Warehouse) -> None:
    """The loader of the files validates each record against its schema."""
    done = project.meltano("run", "tap-rudderstack", "target-jsonl")
    assert done.returncode == 0, done.stderr
    folder = project.folder / "output/tap_rudderstack"
    assert len((folder / "users.jsonl").read_text().splitlines()) == len(company.people)
    state = project.meltano("state", "list").stdout
    assert "tap-rudderstack-to-target-jsonl" in state
