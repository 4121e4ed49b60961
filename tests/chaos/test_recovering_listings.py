"""Rows that only a second look shows: they are sent, to each stream that shares the listing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.model import Person
from sandbox.server import Sandbox
from tests.chaos.faults import ChaosFault
from tests.chaos.trial import assert_right, disturbed
from tests.chaos.vendors import Kinde
from tests.kinde.runs import by_key, expected, read

if TYPE_CHECKING:
    from tests.chaos.injection import Delivered, InjectionPoint
    from tests.chaos.page_faults import Served


def test_memberships_that_kinde_shows_late_have_their_permissions_too() -> None:
    company = Company.made_up(24, 2, 4, size=Size(organizations=5, memberships=40, sign_ins=0))
    streams = ("users", "organization_users", "organization_user_permissions")
    with Sandbox(company) as sandbox:
        lacking = Kinde(sandbox).recover(company.random)
        run = read(sandbox, *streams)
        assert lacking() == 2
    lost = {
        stream: expected(company, stream).keys() - by_key(stream, run.records(stream)).keys()
        for stream, status in run.verdicts.items()
        if status == "complete"
    }
    assert not any(lost.values())


@pytest.mark.parametrize("groups_lacking", [1, 5])
def test_members_that_users_name_are_looked_for(groups_lacking: int) -> None:
    """So many groups do not list their last member at first."""

    def install(point: InjectionPoint) -> Delivered:
        company = point.vendor.sandbox.company

        def name_groups(answer: Served) -> bool:
            shown = [answer.body, *answer.rows]
            users = [each for each in shown if each.get("id") in company.people]
            for user in users:
                groups = company.groups_of(company.people[user["id"]])
                user["groups"] = [{"value": group.id, "type": "direct"} for group in groups]
            return bool(users)

        def hide(answer: Served) -> int:
            listed = [group["members"] for group in answer.rows if len(people(group)) > 1]
            return sum(bool(members.pop()) for members in listed[:groups_lacking])

        def people(group: Any) -> list[Any]:
            members = company.groups[group["id"]].members if group.get("members") else []
            return [each for each in members if isinstance(each, Person)]

        point.alter(name_groups)
        return point.vendor.lack("/Groups", hide)

    outcome = disturbed("tap-rudderstack", ChaosFault("members lacking", install))
    assert_right(outcome)
