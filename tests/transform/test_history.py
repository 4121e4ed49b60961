"""Three loads with changes in between: the history tells each change, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sandbox.server import Sandbox
from scripts.demo import change
from tests.closing import serving
from tests.transform import expected_access as truth
from tests.transform.access_facts import Fact
from tests.transform.companies import everything
from tests.transform.expected_told import replayed
from tests.transform.warehouses import read_all

if TYPE_CHECKING:
    from sandbox.company import Company
    from tests.running import Run
    from tests.transform.access_facts import Effective
    from tests.transform.expected_told import Told
    from tests.transform.warehouses import Row, Warehouse

pytestmark = pytest.mark.parametrize(
    "any_warehouse", ["postgres", "text"], indirect=True, scope="module"
)

Moment = dict[Fact, "Effective"]
SYSTEMS = tuple(truth.SYSTEMS)
HISTORY = (
    "identity_access_changes", "identity_account_history", "identity_looks", "identity_names",
)  # fmt: skip
"""What is looked at, and is made with all that it needs."""


class Story(NamedTuple):
    """What the taps send at three moments, the access at each of them, and what logs tell."""

    runs: list[dict[str, Run]]
    moments: list[Moment]
    told: list[Told]


def access_of(company: Company) -> Moment:
    return {fact: how for each in SYSTEMS for fact, how in truth.effective(company, each).items()}


def more_changes(company: Company) -> None:
    """A role loses a permission and another gets one; a member gets a role."""
    access = company.access
    loser, gainer, *_ = [role for role in access.roles.values() if role.permissions]
    gained = next(each for each in loser.permissions if each not in gainer.permissions)
    loser.permissions.remove(gained)
    gainer.permissions.append(gained)
    company.save(loser)
    company.save(gainer)
    owner = access.roles_of("organization", "person")[0]
    member = next(
        each
        for organization in access.organizations.values()
        for each in access.people_of(organization)
        if owner not in each.roles
    )
    access.entitle(member, *member.roles, owner)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The company's clock is right, and ZITADEL's events are read with all that they tell."""
    folder, company = tmp_path_factory.mktemp("story"), everything()
    company.pace = timedelta(microseconds=1001)
    runs, moments = [], []
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(Sandbox(company, zitadel_version=(5, 0))) as sandbox,
    ):
        configs = {tap: dict(config) for tap, config in sandbox.configs.items()}
        configs["tap-zitadel"]["event_payload"] = "redacted"
        patch.setattr("tap_zitadel.events.LAG", timedelta(0))
        for happens in (lambda _: (), change, more_changes):
            list(happens(company) or ())
            runs.append(read_all(folder, sandbox, configs=configs))
            moments.append(access_of(company))
            company.now = datetime.now(timezone.utc)
        told = replayed(sandbox.zitadel_server.store, company.events)
    return Story(runs, moments, told)


def fact(row: Row) -> tuple[str, str, str]:
    return row["account_id"], row["entitlement_id"], row["scope_id"]


def moment(value: Any) -> datetime:
    """A time as a warehouse gives it, in UTC."""
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return parsed.replace(tzinfo=timezone.utc)


def told(rows: list[Row]) -> dict[str, set[tuple[str, str, str]]]:
    kinds = ("granted", "revoked", "in force again", "no longer in force")
    return {kind: {fact(row) for row in rows if row["change"] == kind} for kind in kinds}


def snapshot(warehouse: Warehouse) -> dict[str, Any]:
    """All of the histories, in one order."""
    names = {*HISTORY, "identity_access_history"} - {"identity_access_changes"}
    return {
        name: sorted(map(str, (sorted(row.items()) for row in warehouse.mart(name))))
        for name in names
    }


@pytest.fixture(scope="module")
def told_story(any_warehouse: Warehouse, story: Story) -> tuple[Warehouse, list[Any]]:
    """The warehouse after three loads, and what it told after each."""
    runs = story.runs
    seen = []
    for load in runs:
        any_warehouse.load_all(load)
        any_warehouse.make(*HISTORY)
        seen.append(any_warehouse.mart("identity_access_changes"))
    return any_warehouse, seen


def test_each_change_is_told_and_nothing_else(
    told_story: tuple[Warehouse, list[list[Row]]], story: Story
) -> None:
    _, seen = told_story
    moments = story.moments
    first, second, third = seen
    assert first == []
    wanted = truth.changes(moments[0], moments[1])
    assert wanted.revoked
    assert told(second)["granted"] == wanted.granted
    assert told(second)["revoked"] == wanted.revoked
    known = {row["history_id"] + row["change"] for row in second}
    new = [row for row in third if row["history_id"] + row["change"] not in known]
    wanted = truth.changes(moments[1], moments[2])
    assert wanted.granted
    assert told(new)["granted"] == wanted.granted
    assert told(new)["revoked"] == wanted.revoked
    assert len(third) == len(second) + len(new)


def test_each_change_has_its_cause_and_its_window(
    told_story: tuple[Warehouse, list[list[Row]]], story: Story
) -> None:
    _, seen = told_story
    moments = story.moments
    came_or_went = [row for row in seen[1] if row["change"] in ("granted", "revoked")]
    for row in came_or_went:
        assert row["cause"] in truth.causes(Fact(*fact(row)), moments[0], moments[1]), row
        assert row["after_at"] < row["noticed_at"], row
    assert {row["cause"] for row in came_or_went} == {
        "itself", "with what gives it"
    }  # fmt: skip
    assert {row["cause"] for row in seen[2]} > {"what gives it has changed"}


def test_what_is_gone_keeps_its_name(
    told_story: tuple[Warehouse, list[list[Row]]],
) -> None:
    warehouse, seen = told_story
    here = {row["account_id"] for row in warehouse.mart("identity_accounts")}
    gone = [row for row in seen[2] if row["account_id"] not in here]
    assert {row["source_id"] for row in gone} == set(SYSTEMS)
    names = ("account_name", "entitlement_name", "scope_name")
    assert all(row[name] for row in seen[2] for name in names)
    assert len({row["account_name"] for row in gone}) == 1


def test_who_made_a_change_and_when_is_as_the_logs_have_it(
    told_story: tuple[Warehouse, list[list[Row]]], story: Story
) -> None:
    """The latest event in the window; what no event tells has the vendor's time, or none."""
    _, seen = told_story
    found = [row for row in seen[2] if row["change"] in ("granted", "revoked")]
    by_logs = []
    for row in found:
        after, noticed = moment(row["after_at"]), moment(row["noticed_at"])
        wanted = [
            each
            for each in story.told
            if (each.fact, each.change) == (Fact(*fact(row)), row["change"])
            if after < each.at <= noticed
        ]
        if wanted:
            by_logs.append(row["source_id"])
            latest = wanted[-1]
            assert (moment(row["told_at"]), row["told_actor_id"]) == (latest.at, latest.actor), row
        else:
            assert row["told_actor_id"] is None, row
            assert row["told_at"] is None or after < moment(row["told_at"]) <= noticed, row
    assert {"rudderstack", "zitadel"} == set(by_logs)
    assert len({row["told_actor_id"] for row in found}) > 2
    roles = [row for row in found if row["entitlement_id"].startswith("zitadel/project_role/")]
    assert roles
    assert all(row["told_actor_id"] for row in roles)


def test_access_that_is_on_paper_from_now_on_is_told_as_such(
    told_story: tuple[Warehouse, list[list[Row]]], story: Story
) -> None:
    """Kinde says of each membership whether the user is suspended there."""
    _, seen = told_story
    moments = story.moments
    rows = [row for row in seen[1] if row["change"] == "no longer in force"]
    accounts = {row["account_id"] for row in rows}
    assert [each.partition("/")[0] for each in accounts] == ["kinde", "kinde"]
    held = {each for each in moments[1] if each.account in accounts}
    assert {Fact(*fact(row)) for row in rows} == held & moments[0].keys()
    assert not [row for row in seen[1] if row["change"] == "in force again"]


def test_another_build_writes_nothing(told_story: tuple[Warehouse, list[Any]]) -> None:
    warehouse, _ = told_story
    before = snapshot(warehouse)
    warehouse.make(*HISTORY)
    assert snapshot(warehouse) == before
    made = [f"+{each}" for each in HISTORY]
    warehouse.build("--full-refresh", "--exclude-resource-type", "test", "--select", *made)
    assert snapshot(warehouse) == before


def test_a_build_of_one_source_closes_nothing_of_the_others(
    told_story: tuple[Warehouse, list[Any]],
) -> None:
    warehouse, _ = told_story
    before = snapshot(warehouse)
    one = [{"id": "logto", "system": "logto", "schema": "tap_logto"}]
    warehouse.make(*HISTORY, identity_sources=one)
    assert snapshot(warehouse) == before
    warehouse.make(*HISTORY)
    assert snapshot(warehouse) == before


def test_a_table_that_is_gone_closes_nothing(told_story: tuple[Warehouse, list[Any]]) -> None:
    warehouse, _ = told_story
    before = snapshot(warehouse)
    warehouse.execute(
        "alter table tap_logto.role_users rename to role_users_away;"
        "alter table tap_kinde.role_permissions rename to role_permissions_away;"
    )
    warehouse.make(*HISTORY)
    assert snapshot(warehouse)["identity_access_history"] == before["identity_access_history"]
    warehouse.execute(
        "alter table tap_logto.role_users_away rename to role_users;"
        "alter table tap_kinde.role_permissions_away rename to role_permissions;"
    )
    warehouse.make(*HISTORY)
    assert snapshot(warehouse) == before
