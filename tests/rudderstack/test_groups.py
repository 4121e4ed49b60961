"""Groups and their members, as servers show them: inline, one by one, in part, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local_http import Reply, plain
from tests.rudderstack.scripted_scim import Item, listing, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "reply",
    [
        plain(b"<html>", 404, Content_Type="text/html"),
        plain(b"", 501),
        plain(b'{"detail": "resource type Groups is not valid"}', 500),
    ],
)
def test_missing_groups_are_unsupported_and_do_not_disturb_users(
    tmp_path: Path, reply: Reply
) -> None:
    run = read(tmp_path, [{"id": "u1"}], None, lambda p, q: reply if p == "/Groups" else None)
    assert run.code == 0
    assert run.verdicts == {
        "users": "complete",
        "user_emails": "complete",
        "groups": "unsupported",
        "group_members": "unsupported",
        "audit_logs": "unsupported",
    }
    assert {m["stream"] for m in run.kinds("ACTIVATE_VERSION")} == {"users", "user_emails"}
    assert "WARNING" in run.log


@pytest.mark.parametrize("status", [401, 403])
def test_groups_that_are_denied_fail(tmp_path: Path, status: int) -> None:
    denied = plain(b"", status, Content_Type="text/html")
    run = read(tmp_path, [{"id": "u1"}], None, lambda p, q: denied if p == "/Groups" else None)
    assert run.code == 1
    assert run.verdicts["groups"] == run.verdicts["group_members"] == "failed"
    assert run.verdicts["users"] == "complete"


def test_members_come_inline_else_from_each_group(tmp_path: Path) -> None:
    inline = {"id": "g1", "members": [{"value": "u1", "type": "user"}, {"value": "u1"}, "u1"]}
    nested = {"id": "g2", "members": [{"value": "g1", "$ref": "../Groups/g1", "display": "One"}]}
    light = {"id": "g3"}
    asked: list[str] = []

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        asked.append(path)
        if path == "/Groups/g3":
            return plain(json.dumps({"id": "g3", "members": [{"value": 2}]}).encode())
        return None

    run = read(tmp_path, [{"id": "u1"}], [inline, nested, light], answer)
    assert run.code == 0, run.log
    rows = [
        (r["group_id"], r["member_type"], r["member_id"], r["member_display"])
        for r in run.records("group_members")
    ]
    assert rows == [
        ("g1", "User", "u1", None),
        ("g2", "Group", "g1", "One"),
        ("g3", "User", "2", None),
    ]
    singly = [path for path in asked if path.startswith("/Groups/")]
    assert singly == ["/Groups/g3", "/Groups/g1", "/Groups/g2"]  # two to compare with the list
    assert run.records("sync_runs")[3]["repeats"] == 2


def test_a_member_listed_twice_and_differently_is_told(tmp_path: Path) -> None:
    members = [{"value": "u1", "display": "Ada"}, {"value": "u1", "display": "Bilal"}]
    run = read(tmp_path, [], [{"id": "g1", "members": members}])
    assert run.verdicts["group_members"] == "incomplete"
    assert "1 keys belong to two different rows" in run.log


def test_members_come_from_users_where_groups_give_none(tmp_path: Path) -> None:
    users: list[Item] = [
        {"id": "u1", "groups": [{"value": "g1"}, {"value": "g2", "type": "indirect"}]},
        {"id": "u2", "groups": [{"value": "g1", "type": "direct"}]},
        {"id": "u3"},
    ]
    run = read(tmp_path, users, [{"id": "g1"}, {"id": "g2"}])
    assert run.code == 0, run.log
    assert [(r["group_id"], r["member_id"]) for r in run.records("group_members")] == [
        ("g1", "u1"),
        ("g1", "u2"),
    ]


def test_members_that_a_group_does_not_show_are_noticed(tmp_path: Path) -> None:
    """Some servers silently cut the list of a group's members, for instance at 100."""
    users: list[Item] = [
        {"id": f"u{n}", "groups": [{"value": "g1", "type": "direct"}]} for n in range(30)
    ]
    groups = [{"id": "g1", "members": [{"value": f"u{n}"} for n in range(10)]}]
    left: list[str] = []

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if not path.startswith("/Users/"):
            return None
        user = path.removeprefix("/Users/")
        named = [] if user in left else [{"value": "g1", "type": "direct"}]
        return plain(json.dumps({"id": user, "groups": named}).encode())

    run = read(tmp_path, users, groups, answer)
    assert run.code == 1
    assert run.verdicts["group_members"] == "incomplete"
    told = "users name groups that do not list them as members: 20 memberships of 1 groups"
    assert run.records("sync_runs")[3]["reason"] == told
    groups[0]["members"] = [{"value": f"u{n}"} for n in range(28)]
    left += ["u28", "u29"]  # they have left the group since the users were listed
    assert read(tmp_path, users, groups, answer).code == 0


def test_groups_too_heavy_to_list_are_read_one_by_one(tmp_path: Path) -> None:
    """Some servers answer 500 or 504 to a list with thousands of members in it."""
    groups = [{"id": f"g{n}", "members": [{"value": f"u{n}"}]} for n in range(3)]

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if path != "/Groups":
            return None
        if "excludedAttributes" not in query:
            return plain(b"", 504 if int(query["count"][0]) > 2 else 500)
        return listing([{"id": group["id"]} for group in groups], query)

    run = read(tmp_path, [], groups, answer, max_retries=0, page_size=8)
    assert run.code == 0, run.log
    assert [r["member_id"] for r in run.records("group_members")] == ["u0", "u1", "u2"]


def test_a_group_that_vanished_is_no_failure(tmp_path: Path) -> None:
    groups: list[Item] = [{"id": "g1"}, {"id": "g2", "members": [{"value": "u1"}]}]

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if path != "/Groups/g1":
            return None
        groups[:] = groups[-1:]
        return plain(b"", 404)

    run = read(tmp_path, [], groups, answer)
    assert run.code == 0, run.log
    assert [r["group_id"] for r in run.records("group_members")] == ["g2"]
    assert run.records("sync_runs")[3]["reason"] == "1 of `groups` were deleted during the sync"


def test_a_listed_group_that_answers_404_is_told(tmp_path: Path) -> None:
    """Some servers do not take an encoded slash; others say 404 for a missing permission."""
    groups: list[Item] = [{"id": "g/1"}, {"id": "g2", "members": [{"value": "u1"}]}]
    run = read(tmp_path, [], groups)
    assert run.code == 1
    assert run.verdicts["group_members"] == "incomplete"
    assert "1 of `groups` returned 404 although they are listed" in run.log


def test_a_group_that_answers_404_while_groups_cannot_be_listed_is_told(tmp_path: Path) -> None:
    groups: list[Item] = [{"id": "g1"}, {"id": "g2", "members": [{"value": "u1"}]}]
    gone = []

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if path == "/Groups/g1":
            gone.append(path)
            return plain(b"", 404)
        if path == "/Groups" and gone:
            body = {"totalResults": 2, "Resources": groups[1:]}
            return plain(json.dumps(body).encode())
        return None

    run = read(tmp_path, [], groups, answer)
    assert run.verdicts["group_members"] == "incomplete"
    assert "of 2 rows were found" in run.log


@pytest.mark.parametrize("body", [b"{}", b"[]", b'""', b'{"error": "later"}', b'{"id": "g2"}'])
def test_an_answer_without_the_group_is_not_an_empty_group(tmp_path: Path, body: bytes) -> None:
    groups = [{"id": "g1"}]
    run = read(tmp_path, [], groups, lambda p, q: plain(body) if p == "/Groups/g1" else None)
    assert run.verdicts["group_members"] == "failed"
    assert "did not return the requested group" in run.log


def test_groups_that_break_off_are_not_unsupported(tmp_path: Path) -> None:
    groups = [{"id": f"g{number:03}", "members": []} for number in range(30)]

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        return plain(b"", 404) if path == "/Groups" and query["startIndex"] != ["1"] else None

    run = read(tmp_path, [], groups, answer, page_size=10)
    assert run.verdicts["groups"] == run.verdicts["group_members"] == "failed"


def test_groups_that_were_read_before_are_not_unsupported(tmp_path: Path) -> None:
    run = read(tmp_path, [{"id": "u1"}], [{"id": "g1", "members": [{"value": "u1"}]}])
    assert run.code == 0
    again = read(tmp_path, [{"id": "u1"}], None, state=run.state)
    assert again.code == 1
    assert again.verdicts["groups"] == again.verdicts["group_members"] == "incomplete"
    assert "but it was read in an earlier run" in again.log


def test_members_come_from_users_where_there_are_no_groups_at_all(tmp_path: Path) -> None:
    users: list[Item] = [{"id": "u1", "groups": [{"value": "g1"}]}, {"id": "u2"}]
    run = read(tmp_path, users)
    assert run.code == 0, run.log
    assert run.verdicts["groups"] == "unsupported"
    assert run.verdicts["group_members"] == "complete"
    assert [(r["group_id"], r["member_id"]) for r in run.records("group_members")] == [("g1", "u1")]
