"""Members of groups that one place shows and another does not: all are found, or it is told."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_http import Reply, plain
from tests.rudderstack.scripted_scim import Item, listing, read
from tests.running import Run, select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Members = dict[str, list[str]]


class Server:
    """Groups with members, and what the list of groups makes of them.

    Attributes:
        shown: What is listed under `members` of a group with these members; None if nothing.
        refused: Status with which groups are refused that are asked for singly.
        singly: The groups that were asked for singly, in order.
        busiest: Requests for single groups at one time, at most.
    """

    def __init__(
        self,
        truth: Members,
        shown: Callable[[list[Item]], Any] = list,
        refused: int | None = None,
    ) -> None:
        self.truth, self.shown, self.refused = truth, shown, refused
        self.singly: list[str] = []
        self.pause = 0.0
        self.busiest = self._busy = 0
        self._lock = threading.Lock()

    def __call__(self, path: str, query: dict[str, list[str]]) -> Reply | None:
        if path == "/Groups" and "excludedAttributes" not in query:
            return listing([self._listed(group) for group in self.truth], query)
        if not path.startswith("/Groups/"):
            return None
        group = path.removeprefix("/Groups/")
        with self._lock:
            self.singly.append(group)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        time.sleep(self.pause)
        with self._lock:
            self._busy -= 1
        if self.refused or group not in self.truth:
            return plain(b"", self.refused or 404)
        return plain(json.dumps({"id": group, "members": self._members(group)}).encode())

    def _members(self, group: str) -> list[Item]:
        return [{"value": user, "type": "User"} for user in self.truth[group]]

    def _listed(self, group: str) -> Item:
        shown = self.shown(self._members(group))
        return {"id": group} if shown == "absent" else {"id": group, "members": shown}

    @property
    def all(self) -> set[tuple[str, str]]:
        return {(group, user) for group, users in self.truth.items() for user in users}


def users(naming: Members, **more: Any) -> list[Item]:
    """Users who name groups."""
    return [
        {"id": user, "groups": [{"value": group, **more} for group in groups]}
        for user, groups in naming.items()
    ]


def found(run: Run) -> set[tuple[str, str]]:
    pairs = [(row["group_id"], row["member_id"]) for row in run.records("group_members")]
    assert len(set(pairs)) == len(pairs)
    return set(pairs)


def reason(run: Run) -> Any:
    return run.records("sync_runs")[3]["reason"]


def activated(run: Run) -> bool:
    return "group_members" in {each["stream"] for each in run.kinds("ACTIVATE_VERSION")}


FOUR = {"g1": ["u1", "u2"], "g2": ["u3"], "g3": ["u4"], "g4": []}
TEN = {f"g{n}": [f"u{m}" for m in range(n + 1)] for n in range(10)}
"""Groups of one to ten members."""


# The list of groups


@pytest.mark.parametrize("shape", [[], None, "absent"])
def test_a_list_without_any_member_is_not_believed(tmp_path: Path, shape: Any) -> None:
    server = Server(FOUR, lambda members: shape)
    run = read(tmp_path, [], [], server)
    assert run.code == 0, run.log
    assert found(run) == server.all
    assert activated(run)
    assert set(server.singly) == set(FOUR)
    assert len(server.singly) <= len(FOUR) + 1


def test_a_list_that_is_emptied_from_one_day_to_the_next_removes_nobody(tmp_path: Path) -> None:
    server = Server(FOUR)
    run = read(tmp_path, [], [], server)
    assert found(run) == server.all
    server.shown = lambda members: []
    again = read(tmp_path, [], [], server, state=run.state)
    assert found(again) == server.all


def test_a_list_that_agrees_with_three_groups_is_believed(tmp_path: Path) -> None:
    """With the largest: a list that is cut shows these in part first."""
    server = Server(TEN)
    run = read(tmp_path, [], [], server)
    assert run.code == 0, run.log
    assert found(run) == server.all
    assert server.singly == ["g9", "g8", "g7"]
    assert reason(run) is None


@pytest.mark.parametrize("most", [1, 4, 9])
def test_a_list_that_shows_the_first_members_only_is_not_believed(
    tmp_path: Path, most: int
) -> None:
    server = Server(TEN, lambda members: members[:most])
    run = read(tmp_path, [], [], server)
    assert run.code == 0, run.log
    assert found(run) == server.all
    assert activated(run)
    assert len(server.singly) <= 3 + len(TEN)


def test_what_only_the_list_shows_is_kept_and_nobody_comes_twice(tmp_path: Path) -> None:
    """The list knows a member that has left since, and does not say that another is a group."""
    server = Server({"g1": ["u1"]}, lambda members: [{"value": "g7"}, {"value": "u2"}])
    one_response = {"id": "g1", "members": [{"value": "g7", "type": "Group"}, {"value": "u1"}]}

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        return (
            plain(json.dumps(one_response).encode())
            if path == "/Groups/g1"
            else server(path, query)
        )

    run = read(tmp_path, [], [], answer)
    assert run.code == 0, run.log
    assert found(run) == {("g1", "g7"), ("g1", "u1"), ("g1", "u2")}


def test_the_members_alone_are_read_as_well(tmp_path: Path) -> None:
    server = Server(TEN, lambda members: members[:2])
    run = read(tmp_path, [], [], server, catalog=select("group_members"))
    assert run.code == 0, run.log
    assert run.verdicts == {"group_members": "complete"}
    assert found(run) == server.all


def test_many_groups_are_asked_for_at_a_time_within_bounds(tmp_path: Path) -> None:
    server = Server({f"g{n:03}": [f"u{n}"] for n in range(120)}, lambda members: [])
    server.pause = 0.02
    run = read(tmp_path, [], [], server, max_concurrency=4)
    assert found(run) == server.all
    assert server.busiest == 4


# Servers that show no group singly


@pytest.mark.parametrize("status", [403, 404, 405, 500])
def test_a_list_that_cannot_be_compared_is_believed_and_it_is_told(
    tmp_path: Path, status: int
) -> None:
    server = Server(FOUR, refused=status)
    run = read(tmp_path, [], [], server, max_retries=0)
    assert run.code == 0, run.log
    assert found(run) == server.all
    told = f"members come only from the list of groups ({status})"
    assert reason(run) == f"single groups cannot be read, so {told}"
    assert len(server.singly) == 3


@pytest.mark.parametrize("status", [403, 404, 405, 500])
def test_an_empty_list_that_cannot_be_compared_proves_nothing(tmp_path: Path, status: int) -> None:
    server = Server(FOUR, lambda members: [], refused=status)
    run = read(tmp_path, [{"id": "u1"}], [], server, max_retries=0)
    assert run.code == 1
    assert run.verdicts["group_members"] == "incomplete"
    assert not activated(run)
    assert "has no members, and single groups cannot be read" in reason(run)
    assert str(status) in reason(run)
    named = read(tmp_path, users({"u1": ["g1"]}), [], server, max_retries=0)
    assert named.code == 0, named.log
    assert found(named) == {("g1", "u1")}


# What users say


@pytest.mark.parametrize("more", [{}, {"type": "direct"}])
def test_groups_that_users_name_are_asked_for_again_and_no_others(
    tmp_path: Path, more: Item
) -> None:
    """The list hides a member of a small group, which is none of the three."""
    server = Server(TEN, lambda members: members[1:] if len(members) == 2 else members)
    run = read(tmp_path, users({"u0": ["g0", "g1", "g2"], "u9": ["g9"]}, **more), [], server)
    assert run.code == 0, run.log
    assert found(run) == server.all
    assert activated(run)
    assert server.singly == ["g9", "g8", "g7", "g1"]


@pytest.mark.parametrize("more", [{}, {"type": "direct"}])
def test_users_who_still_name_a_group_that_hides_them_are_counted(
    tmp_path: Path, more: Item
) -> None:
    server = Server(FOUR)
    people = users({"u1": ["g1"], "u8": ["g1", "g2"], "u9": ["g2"], "u7": ["g3"]}, **more)

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if not path.startswith("/Users/"):
            return server(path, query)
        user = next(each for each in people if path.endswith(each["id"]))
        left = {**user, "groups": [each for each in user["groups"] if each["value"] != "g3"]}
        return plain(json.dumps(left).encode())

    run = read(tmp_path, people, [], answer)
    assert run.code == 1
    assert reason(run) == (
        "users name groups that do not list them as members: 3 memberships of 2 groups"
    )
    assert found(run) == server.all
    assert not activated(run)


def test_a_user_of_a_group_within_a_group_is_a_member_unless_said_to_be_direct(
    tmp_path: Path,
) -> None:
    groups = {"g1": ["g2"], "g2": ["g3"], "g3": ["u1", "g1"]}

    def nested(path: str, query: dict[str, list[str]]) -> Reply | None:
        reply = Server(groups)(path, query)
        if reply is None:
            return plain(json.dumps(people[0]).encode()) if path == "/Users/u1" else None
        body = reply[2].replace(b'"value": "g', b'"$ref": "../Groups/", "value": "g')
        return reply[0], {}, body.replace(b', "type": "User"', b"")

    people = users({"u1": ["g1", "g3"]})
    run = read(tmp_path, people, [], nested)
    assert run.code == 0, run.log
    people = users({"u1": ["g1", "g3"]}, type="direct")
    run = read(tmp_path, people, [], nested)
    assert reason(run) == (
        "users name groups that do not list them as members: 1 memberships of 1 groups"
    )


def test_what_users_name_and_no_server_knows_is_no_group(tmp_path: Path) -> None:
    server = Server(FOUR)
    run = read(tmp_path, users({"u1": ["g1", "everyone", "../x"]}), [], server)
    assert run.code == 0, run.log
    assert found(run) == server.all


def test_a_group_that_is_not_listed_and_answers_is_told(tmp_path: Path) -> None:
    server, hidden = Server(FOUR), {"id": "g9", "members": [{"value": "u1"}]}

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        return plain(json.dumps(hidden).encode()) if path == "/Groups/g9" else server(path, query)

    run = read(tmp_path, users({"u1": ["g1", "g9"]}), [], answer)
    assert run.code == 1
    assert reason(run) == "users name 1 groups that are not listed"
    assert found(run) == server.all | {("g9", "u1")}


def test_a_group_that_is_refused_when_asked_for_again_stays_in_doubt(tmp_path: Path) -> None:
    server = Server(FOUR, refused=403)
    people = users({"u4": ["g2"]})

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        return plain(json.dumps(people[0]).encode()) if path == "/Users/u4" else server(path, query)

    run = read(tmp_path, people, [], answer)
    assert run.code == 1
    assert "1 memberships of 1 groups" in reason(run)
    assert len(server.singly) == 3
