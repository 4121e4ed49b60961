"""Listings for each of a parent's records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from identity_sdk.errors import SettingsError
from tests.local_http import Reply, json_reply
from tests.sdk.tiny_tap import (
    GONE,
    Members,
    Teams,
    Tiny,
    TinyTap,
    run,
    team,
)

if TYPE_CHECKING:
    from identity_sdk.errors import ApiError
    from identity_sdk.exchange import Item


# What the parents say


def test_members_of_all_teams_are_read() -> None:
    server = Tiny([[team("a", 1), team("b"), team("c", 2)]], {"a": ["1"], "b": [], "c": ["2", "3"]})
    ran = run(server)
    assert [(row["team_id"], row["id"]) for row in ran.rows("members")] == [
        ("a", "1"),
        ("c", "2"),
        ("c", "3"),
    ]
    assert ran.verdict("members") == ("complete", None)
    assert set(server.asked.values()) == {1}


def test_fewer_than_the_parent_says_is_incomplete_and_told_with_both_numbers() -> None:
    server = Tiny(
        [[team("a", 3), team("b", 1), team("c", 9)]],
        {"a": ["1", "2"], "b": ["3"], "c": ["4", "5", "6"]},
    )
    ran = run(server)
    status, reason = ran.verdict("members")
    assert status == "incomplete"
    assert reason is not None
    assert reason.startswith("2 of `teams` state more than was returned: 2 of 3 were found. ")
    assert reason.endswith("set `accept_missing` to members=7")
    assert ran.failed
    assert ran.activated() == {"teams"}
    assert ran.verdict("teams") == ("complete", None)
    assert server.asked["/teams"] == 2
    assert ran.figure("members", "row_count") == 6


@pytest.mark.parametrize(("accepted", "status"), [(7, "complete"), (6, "incomplete")])
def test_rows_that_are_counted_and_never_shown_are_accepted_by_their_number(
    accepted: int, status: str
) -> None:
    server = Tiny([[team("a", 3), team("c", 9)]], {"a": ["1", "2"], "c": ["4", "5", "6"]})
    ran = run(server, accept_missing=f"members={accepted}")
    assert ran.verdict("members")[0] == status
    assert "members=7" in (ran.verdict("members")[1] or "")
    assert ("members" in ran.activated()) == (status == "complete")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("member=1", "names a stream that does not exist; did you mean `members`?"),
        ("members", "must be a list of names with numbers, such as `teams=1`"),
        ("members=some", "must be a list of names with numbers, such as `teams=1`"),
    ],
)
def test_what_is_no_number_of_a_stream_is_refused(given: str, told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        run(Tiny([[]]), accept_missing=given)


def test_more_than_the_parent_says_is_no_doubt() -> None:
    """Nobody is lost: one came after the parent was read, or left before it was read again."""
    ran = run(Tiny([[team("a", 1)]], {"a": ["1", "2"]}))
    assert ran.verdict("members") == ("complete", None)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param([team("a", 2), team("b", 0)], id="the number was corrected"),
        pytest.param([team("a")], id="the number is not said any more"),
        pytest.param([team("b", 0)], id="the parent is gone"),
        pytest.param([team("c", 5), team("a", 2)], id="there is another parent"),
    ],
)
def test_a_number_that_another_look_does_not_confirm_is_no_doubt(second: list[Item]) -> None:
    server = Tiny([[team("a", 3)], second], {"a": ["1", "2"]})
    ran = run(server)
    assert ran.verdict("members") == ("complete", None)
    assert ran.activated() == {"teams", "members"}
    assert server.asked == {"/teams": 2, "/teams/a/members": 2}


def test_a_number_that_changed_to_yet_another_is_a_doubt() -> None:
    ran = run(Tiny([[team("a", 3)], [team("a", 4)]], {"a": ["1", "2"]}))
    assert ran.verdict("members")[0] == "incomplete"
    assert "2 of 4" in (ran.verdict("members")[1] or "")


def test_nothing_is_looked_at_twice_without_a_doubt() -> None:
    server = Tiny([[team("a", 2), team("b")]], {"a": ["1", "2"], "b": ["1"]})
    assert run(server).verdict("members") == ("complete", None)
    assert server.asked["/teams"] == 1


@pytest.mark.parametrize("parent", [team("b", 0), team("b", kind="memberless")])
def test_no_request_is_made_for_a_parent_that_has_none(parent: Item) -> None:
    server = Tiny([[parent, team("a", 1), {**parent, "id": "c"}]], {"a": ["1"]})
    ran = run(server)
    assert ran.ids("members") == ["1"]
    assert ran.verdict("members") == ("complete", None)
    assert server.asked == {"/teams": 1, "/teams/a/members": 1}


@pytest.mark.parametrize("teams", [[], [team("a", 0)], [team("a", kind="memberless")]])
def test_a_stream_that_asked_for_nothing_is_complete_and_empty(teams: list[Item]) -> None:
    server = Tiny([teams])
    ran = run(server)
    assert ran.verdict("members") == ("complete", None)
    assert ran.activated() == {"teams", "members"}
    assert server.asked == {"/teams": 1}


def test_a_parent_that_grows_while_it_is_read_is_read_again_alone() -> None:
    """Counted anew it has grown again; what its own listing shows then is enough."""

    class Growing(Tiny):
        def __call__(self, method: str, url: str, *rest: Any) -> Reply:
            reply = super().__call__(method, url, *rest)
            if url == "/teams/a/members":
                self.members["a"] = ["1", "2", "3"]
            return reply

    server = Growing([[team("a", 3), team("b", 1)]], {"a": ["1", "2"], "b": ["9"]})
    ran = run(server)
    assert ran.verdict("members") == ("complete", None)
    assert ran.ids("members") == ["1", "2", "9", "3"]
    assert server.asked == {"/teams": 1, "/teams/a/members": 2, "/teams/b/members": 1}


def test_what_one_look_leaves_in_doubt_no_later_look_at_others_clears() -> None:
    class Changing(Tiny):
        def __call__(self, method: str, url: str, *rest: Any) -> Reply:
            if url == "/teams/a/members" and self.asked[url]:
                self.members["a"] = ["1", "2", "3", None]  # type: ignore[list-item]
            if url == "/teams/b/members" and self.asked[url] == 2:
                self.members["b"] = ["7", "8"]
            return super().__call__(method, url, *rest)

    server = Changing([[team("a", 3), team("b", 2)]], {"a": ["1", "2"], "b": ["7"]})
    ran = run(server, accept_missing="members=1")
    assert ran.verdict("members") == ("incomplete", "1 of 2 parents: 1 rows have no id")
    assert sorted(ran.ids("members")) == ["1", "2", "3", "7", "8"]
    assert server.asked == {"/teams": 2, "/teams/a/members": 2, "/teams/b/members": 3}


# Parents that are answered 404


@pytest.mark.parametrize("teams", [1, 2, 30])
def test_an_endpoint_that_does_not_exist_is_unsupported_after_one_wave(teams: int) -> None:
    server = Tiny([[team(f"t{n}", 1) for n in range(teams)]])
    ran = run(server)
    assert ran.verdict("members") == ("unsupported", "this server has no members")
    assert not ran.failed
    assert ran.activated() == {"teams"}
    assert server.asked.total() <= 1 + 2
    assert server.asked["/teams"] == 1


def test_an_endpoint_that_existed_in_an_earlier_run_is_incomplete() -> None:
    teams = [team("a", 1), team("b", 1)]
    before = run(Tiny([teams], {"a": ["1"], "b": ["2"]}))
    ran = run(Tiny([teams]), state=before.state)
    assert ran.verdict("members")[0] == "incomplete"
    assert ran.failed
    assert "members" not in ran.activated()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_parent_that_vanished_is_remarked(place: int) -> None:
    teams = [team("a", 1), team("b", 1)]
    first = [*teams[:place], team("gone", 3), *teams[place:]]
    server = Tiny([first, teams], {"a": ["1"], "b": ["2"], "gone": GONE})
    ran = run(server)
    assert ran.ids("members") == ["1", "2"]
    assert ran.verdict("members") == ("complete", "1 of `teams` were deleted during the sync")
    assert not ran.failed
    assert server.asked["/teams"] == 2


def test_a_parent_that_is_still_listed_did_not_vanish() -> None:
    server = Tiny([[team("a", 1), team("b", 1)]], {"a": ["1"], "b": GONE})
    ran = run(server)
    assert ran.verdict("members") == (
        "incomplete",
        "1 of `teams` returned 404 although they are listed",
    )
    assert ran.failed


@pytest.mark.parametrize("place", [0, 1])
def test_an_endpoint_that_vanishes_on_the_way_is_no_silent_success(place: int) -> None:
    server = Tiny([[team("a", 1), team("b", 1)]], {"ab"[place]: ["1"]})
    ran = run(server)
    status, _ = ran.verdict("members")
    assert status != "complete"
    assert "members" not in ran.activated()


class Careless(Members):
    """Takes every 404 for a missing endpoint."""

    @override
    def unsupported(self, error: ApiError) -> str | None:
        return "this server has no members" if error.status == 404 else None


class CarelessTap(TinyTap):
    stream_types = (Teams, Careless)


@pytest.mark.parametrize(("place", "status"), [(0, "unsupported"), (1, "failed"), (2, "failed")])
def test_where_every_404_means_no_endpoint_one_vanished_parent_ends_the_stream(
    place: int, status: str
) -> None:
    """A limit: the first 404 decides, before the other answers of its wave are looked at."""
    teams = [team("a", 1), team("b", 1)]
    first = [*teams[:place], team("gone", 1), *teams[place:]]
    server = Tiny([first, teams], {"a": ["1"], "b": ["2"], "gone": GONE})
    assert run(server, tap_class=CarelessTap).verdict("members")[0] == status


@pytest.mark.parametrize("now", [team("b", 0), team("b", kind="memberless")])
def test_a_parent_that_can_have_none_by_another_look_was_not_denied(now: Item) -> None:
    server = Tiny([[team("a", 1), team("b", 1)], [team("a", 1), now]], {"a": ["1"], "b": GONE})
    assert run(server).verdict("members")[0] == "complete"


def test_a_doubt_that_cannot_be_settled_is_an_error() -> None:
    class Broken(Tiny):
        def __call__(self, method: str, url: str, *rest: Any) -> Reply:
            reply = super().__call__(method, url, *rest)
            return json_reply({}, 403) if self.asked["/teams"] > 1 and url == "/teams" else reply

    ran = run(Broken([[team("a", 3)]], {"a": ["1"]}))
    assert ran.verdict("members")[0] in ("failed", "incomplete")
    assert "members" not in ran.activated()


def test_a_doubt_is_not_settled_by_a_second_list_that_is_not_whole() -> None:
    second = [team("a", 2), {"size": 1}]  # a team without its id
    ran = run(Tiny([[team("a", 3)], second], {"a": ["1", "2"]}))
    assert ran.verdict("members")[0] != "complete"
    assert "members" not in ran.activated()
