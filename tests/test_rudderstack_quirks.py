"""What real SCIM servers do that the RFC does not say, each tolerated or told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.local_http import Reply, plain, serve
from tests.running import Run, run_tap

if TYPE_CHECKING:
    from pathlib import Path

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Item = dict[str, Any]
Answer = Callable[[str, dict[str, list[str]]], Reply | None]


def listing(items: list[Item], query: Mapping[str, list[str]]) -> Reply:
    """A page as the RFC describes it."""
    start, count = int(query["startIndex"][0]), int(query["count"][0])
    page = items[start - 1 : start - 1 + count]
    body = {"schemas": [LIST], "totalResults": len(items), "Resources": page}
    return plain(json.dumps(body).encode())


def read(
    folder: Path,
    users: list[Item],
    groups: list[Item] | None = None,
    answer: Answer = lambda path, query: None,
    state: Item | None = None,
    **settings: Any,
) -> Run:
    """Run the tap against a server with these resources; `answer` overrides what it says."""

    def script(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert method == "GET"
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if (reply := answer(parts.path, query)) is not None:
            return reply
        if parts.path == "/Users":
            return listing(users, query)
        if parts.path == "/Groups" and groups is not None:
            return listing(groups, query)
        for group in groups or ():
            if parts.path == f"/Groups/{group['id']}":
                return plain(json.dumps(group).encode())
        return plain(b"<html>Not Found</html>", 404, Content_Type="text/html")

    with serve(script) as server:
        config = {"service_access_token": "t", "scim_base_url": f"{server.url}/", "max_retries": 1}
        return run_tap(folder, {**config, **settings}, state=state)


def user(run: Run) -> Item:
    (record,) = run.records("users")
    return {k: v for k, v in record.items() if v is not None and k != "_sync_id"}


def test_a_user_is_little_more_than_an_id(tmp_path: Path) -> None:
    run = read(tmp_path, [{"id": 7}], [])
    assert run.code == 0
    assert user(run) == {"id": "7"}


def test_names_in_any_case_and_booleans_as_text(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        [
            {
                "ID": "u1",
                "UserName": "ada",
                "Active": "False",
                "NAME": {"GivenName": "Ada"},
                "Emails": [{"Value": "a@example.com", "Primary": "True", "Type": "work"}],
                ENTERPRISE.lower(): {"Department": "Data", "Manager": "u9"},
                "Meta": {"Created": "2026-01-02T03:04:05+01:00"},
            }
        ],
        [],
    )
    assert user(run) == {
        "id": "u1",
        "user_name": "ada",
        "active": False,
        "given_name": "Ada",
        "primary_email": "a@example.com",
        "emails": [{"value": "a@example.com", "primary": True, "type": "work"}],
        "department": "Data",
        "manager_id": "u9",
        "meta_created": "2026-01-02T02:04:05.000000Z",
    }
    (email,) = run.records("user_emails")
    assert email["primary"] is True
    assert run.records("sync_runs")[0]["unknown_fields"] == 0


@pytest.mark.parametrize(
    ("emails", "rows", "primary"),
    [
        (["a@example.com", "b@example.com"], [("a@example.com", []), ("b@example.com", [])], "a"),
        ({"value": "a@example.com"}, [("a@example.com", [])], "a"),
        ("a@example.com", [("a@example.com", [])], "a"),
        (
            [
                {"value": "b@example.com", "type": "work"},
                {"value": "a@example.com", "primary": True},
                {"value": "b@example.com", "type": "home"},
            ],
            [("b@example.com", ["work", "home"]), ("a@example.com", [])],
            "a",
        ),
        ([{"type": "work"}, None], [], None),
        (None, [], None),
    ],
)
def test_emails_in_every_shape(
    tmp_path: Path, emails: Any, rows: list[tuple[str, list[str]]], primary: str | None
) -> None:
    run = read(tmp_path, [{"id": "u1", "emails": emails}], [])
    assert run.code == 0, run.log
    assert [(row["value"], row["types"]) for row in run.records("user_emails")] == rows
    assert user(run).get("primary_email") == (f"{primary}@example.com" if primary else None)


def test_extensions_are_kept_and_secrets_are_not(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        [
            {
                "id": "u1",
                "password": "hunter2",
                "x509Certificates": [{"value": "MIIC"}],
                "urn:example:2.0:User": {"badge": 7, "Client-Secret": "s3", "a": [{"token": "t"}]},
                "shoeSize": 43,
            }
        ],
        [],
    )
    assert user(run) == {
        "id": "u1",
        "extensions": {"urn:example:2.0:User": {"badge": 7, "a": [{}]}},
    }
    assert "hunter2" not in run.output + run.log
    assert run.records("sync_runs")[0]["unknown_fields"] == 1
    assert "users: fields left out that this version does not know: shoesize" in run.log


def test_a_value_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    users = [{"id": "u1", "active": "perhaps", "meta": {"created": "yesterday"}}]
    run = read(tmp_path, users, [])
    assert run.code == 0
    assert user(run) == {"id": "u1"}
    reason = run.records("sync_runs")[0]["reason"]
    assert reason == "unreadable values were left empty in active, meta_created"


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
    assert [path for path in asked if path.startswith("/Groups/")] == ["/Groups/g3"]
    assert run.records("sync_runs")[3]["repeats"] == 2


def test_a_member_listed_twice_and_differently_is_told(tmp_path: Path) -> None:
    members = [{"value": "u1", "display": "Ada"}, {"value": "u1", "display": "Bilal"}]
    run = read(tmp_path, [], [{"id": "g1", "members": members}])
    assert run.verdicts["group_members"] == "incomplete"
    assert "1 keys came with two different rows" in run.log


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
    assert "users name groups that do not list them as members" in run.log
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
    assert run.records("sync_runs")[3]["reason"] == "1 of `groups` vanished while they were read"


def test_a_listed_group_that_answers_404_is_told(tmp_path: Path) -> None:
    """Some servers do not take an encoded slash; others say 404 for a missing permission."""
    groups: list[Item] = [{"id": "g/1"}, {"id": "g2", "members": [{"value": "u1"}]}]
    run = read(tmp_path, [], groups)
    assert run.code == 1
    assert run.verdicts["group_members"] == "incomplete"
    assert "1 of `groups` answered 404 although they are listed" in run.log


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
    assert "did not answer with the group that was asked for" in run.log


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


def test_a_server_that_does_not_page_is_incomplete(tmp_path: Path) -> None:
    users = [{"id": f"u{n}"} for n in range(50)]

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        body = {"totalResults": 50, "Resources": users[:10], "startIndex": 1}
        return plain(json.dumps(body).encode()) if path == "/Users" else None

    run = read(tmp_path, users, [], answer)
    assert run.code == 1
    assert run.verdicts["users"] == "incomplete"
    assert "the server does not page: 10 of 50 rows were found" in run.log
    assert len(run.records("users")) == 10
    assert run.kinds("ACTIVATE_VERSION")[0]["stream"] != "users"


def test_resources_absent_or_null_are_none(tmp_path: Path) -> None:
    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        if path == "/v2/audit-logs":
            return None
        body = {"totalResults": 0} if path == "/Users" else {"totalResults": 0, "Resources": None}
        return plain(json.dumps(body).encode())

    run = read(tmp_path, [], [], answer)
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete", "unsupported"}


def test_something_else_than_scim_is_told(tmp_path: Path) -> None:
    run = read(tmp_path, [], [], lambda p, q: plain(b'{"hello": "world"}'))
    assert run.code == 1
    assert "Check `scim_base_url`" in run.log
    assert run.output == ""


def test_an_identity_cannot_be_a_path(tmp_path: Path) -> None:
    """An id is data: it cannot lead a request, and the token, elsewhere."""
    asked: list[str] = []

    def answer(path: str, query: dict[str, list[str]]) -> Reply | None:
        asked.append(path)
        return None

    groups = [{"id": "../../steal?x=/y", "meta": {"location": "http://127.0.0.1:9/Groups/1"}}]
    run = read(tmp_path, [], groups, answer)
    assert "/Groups/..%2F..%2Fsteal%3Fx%3D%2Fy" in asked
    assert run.verdicts["group_members"] == "incomplete"
