"""SCIM values of shapes that the RFC does not have: read where it is safe, else told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import ApiError
from identity_sdk.exchange import Response
from tap_rudderstack.client import lower, read_page
from tests.rudderstack.scripted_scim import ENTERPRISE, Item, read, user

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Run

EXTENSION = ENTERPRISE.lower()


def ignored_fields(run: Run, stream: str) -> set[str]:
    """The fields that the log of a complete stream names as left out; the run counts as many."""
    sentence = f"{stream}: fields unknown to this version were dropped: "
    told = [line.split(sentence)[1] for line in run.log.splitlines() if sentence in line]
    names = set(told[0].split(", ")) if told else set()
    (row,) = [row for row in run.records("sync_runs") if row["stream"] == stream]
    assert (row["status"], row["unknown_fields"], len(told)) == (
        "complete",
        len(names),
        bool(names),
    )
    return names


def held(run: Run) -> dict[str, Item]:
    """What each user's row holds, by the user's id."""
    return {
        record["id"]: {k: v for k, v in record.items() if v is not None and k not in _ALWAYS}
        for record in run.records("users")
    }


_ALWAYS = ("id", "_sync_id")


def test_what_has_no_column_is_named_and_counted(tmp_path: Path) -> None:
    users: list[Item] = [
        {"id": "text", "name": "Ada Example"},
        {"id": "unknown names", "name": {"givenName": "Ada", "patronymic": "I"}},
        {"id": "unknown meta", "meta": {"createdBy": "root", "Version": "7"}},
        {"id": "unknown in extension", ENTERPRISE: {"costCenterCode": "C-17", "division": "A"}},
        {"id": "SCIM 1.1", ENTERPRISE: {"manager": {"managerId": "u9", "displayName": "Bea"}}},
        # That a column has the name makes it no attribute.
        {"id": "columns", "department": "Data", "family_name": "Example", "extensions": "x"},
    ]
    run = read(tmp_path, users, [])
    assert ignored_fields(run, "users") == {
        "name",
        "name.patronymic",
        "meta.createdby",
        f"{EXTENSION}.costcentercode",
        f"{EXTENSION}.manager.managerid",
        "department",
        "family_name",
        "extensions",
    }
    assert held(run) == {
        "text": {},
        "unknown names": {"given_name": "Ada"},
        "unknown meta": {"meta_version": "7"},
        "unknown in extension": {"division": "A"},
        "SCIM 1.1": {"manager_display_name": "Bea"},
        "columns": {},
    }


def test_a_list_where_an_object_should_be_is_named_and_counted(tmp_path: Path) -> None:
    lists: Item = {
        "name": [{"givenName": "Ada"}],
        "meta": [{"created": "2026-01-02T03:04:05Z"}],
        ENTERPRISE: [{"department": "Data"}],
    }
    run = read(tmp_path, [{"id": "u1", **lists}], [])
    assert ignored_fields(run, "users") == {"name", "meta", EXTENSION}
    assert user(run) == {"id": "u1"}


def test_nothing_is_named_where_nothing_is_left_out(tmp_path: Path) -> None:
    users: list[Item] = [
        {"id": "nulls", "name": None, "meta": None, ENTERPRISE: None},
        {"id": "empty", "name": "", "meta": [], ENTERPRISE: {"manager": ""}},
        {"id": "text", ENTERPRISE: {"manager": "u9"}},
        {"id": "object", ENTERPRISE: {"Manager": {"Value": "u9", "$ref": "Users/u9"}}},
        {"id": "known and unwanted", "password": "p", "x509Certificates": [{"value": "c"}]},
    ]
    run = read(tmp_path, users, [])
    assert ignored_fields(run, "users") == set()
    assert [row.get("manager_id") for row in held(run).values()] == [None, None, "u9", "u9", None]


def test_what_a_column_cannot_hold_is_unreadable(tmp_path: Path) -> None:
    odd: Item = {
        "active": {"value": True},
        "emails": [{"value": {"address": "a@example.com"}}],
        ENTERPRISE: {"manager": [{"value": "u9"}]},
    }
    run = read(tmp_path, [{"id": "u1", **odd}], [])
    assert user(run) == {"id": "u1", "emails": odd["emails"]}
    assert run.records("sync_runs")[0]["reason"] == (
        "unreadable values were left empty in active, manager_id, primary_email"
    )


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"userName": "ada", "UserName": "bea"}, {"username": "ada", "UserName": "bea"}),
        ({"UserName": "bea", "userName": "ada"}, {"username": "bea", "userName": "ada"}),
        ({"UserName": "bea", "username": "ada"}, {"username": "ada", "UserName": "bea"}),
        ({"userName": "ada", "UserName": "ada"}, {"username": "ada"}),
        ({"userName": "ada", "UserName": None}, {"username": "ada"}),
        ({"username": None, "UserName": "ada"}, {"username": "ada"}),
        (
            {"a": 1, "userName": "x", "UserName": "y", "USERNAME": "z"},
            {"a": 1, "username": "x", "UserName": "y", "USERNAME": "z"},
        ),
        ({ENTERPRISE: {"a": 1}, EXTENSION: {"a": 2}}, {EXTENSION: {"a": 2}, ENTERPRISE: {"a": 1}}),
        ({"urn:x:User": 1, "URN:x:user": 2}, {"urn:x:User": 1, "URN:x:user": 2}),
    ],
)
def test_names_have_no_case(attributes: Item, expected: Item) -> None:
    assert lower(attributes) == expected


def test_of_two_spellings_with_two_values_one_is_kept_and_one_named(tmp_path: Path) -> None:
    twice: Item = {
        "userName": "ada",
        "UserName": "bea",
        "name": {"givenName": "Ada", "GivenName": "Bea"},
        ENTERPRISE: {"division": "A"},
        EXTENSION: {"division": "B"},
        "roles": [{"value": "r1", "Value": "r2"}],
    }
    run = read(tmp_path, [{"id": "u1", "ID": "u2", **twice}], [])
    assert user(run) == {
        "id": "u1",
        "user_name": "ada",
        "given_name": "Ada",
        "division": "B",
        "extensions": {ENTERPRISE: {"division": "A"}},
        "roles": [{"value": "r1", "Value": "r2"}],
    }
    assert ignored_fields(run, "users") == {"ID", "UserName", "name.GivenName"}


def test_lists_of_values_keep_all_that_is_in_them(tmp_path: Path) -> None:
    given: list[Any] = [
        {"value": "a", "$ref": "X/a", "Since": 2020},
        {"value": "b", "$ref": "X/b", "ref": "b", "streetAddress": "1", "postalCode": "2"},
        *("c", 7, None),
    ]
    kept = [
        {"value": "a", "ref": "X/a", "since": 2020},
        {"value": "b", "$ref": "X/b", "ref": "b", "street_address": "1", "postal_code": "2"},
        *({"value": "c"}, {"value": 7}),
    ]
    names = ("emails", "groups", "roles", "entitlements", "addresses", "ims", "photos")
    run = read(tmp_path, [{"id": "u1", **dict.fromkeys(names, given)}], [])
    assert user(run) == {"id": "u1", "primary_email": "a", **dict.fromkeys(names, kept)}
    assert ignored_fields(run, "users") == set()


def test_emails_and_members_name_what_their_streams_leave_out(tmp_path: Path) -> None:
    users = [{"id": "u1", "emails": [{"value": "a@example.com", "verified": True}]}]
    member = {"value": "u1", "expires": "2027-01-01", "$ref": "Users/u1", "ref": "u1"}
    again = {**member, "expires": "2028-01-01"}
    run = read(tmp_path, users, [{"id": "g1", "members": [member, again]}])
    assert ignored_fields(run, "users") == set()
    assert ignored_fields(run, "user_emails") == {"emails.verified"}
    assert ignored_fields(run, "group_members") == {"members.expires", "members.$ref"}
    (row,) = run.records("group_members")
    assert (row["member_id"], row["member_ref"]) == ("u1", "u1")


def test_groups_name_what_they_leave_out_but_not_their_members(tmp_path: Path) -> None:
    group: Item = {
        "id": "g1",
        "members": [],
        "owner": "u1",
        "meta": {"by": 1},
        ENTERPRISE: {"a": 1},
    }
    run = read(tmp_path, [], [group])
    assert ignored_fields(run, "groups") == {"owner", "meta.by"}
    assert run.records("groups")[0]["extensions"] == {EXTENSION: {"a": 1}}


def test_a_member_is_a_user_or_a_group(tmp_path: Path) -> None:
    """By the last word of its type, else by its reference, else it is a user."""
    members: list[tuple[Item, str]] = [
        ({}, "User"),
        ({"type": "User"}, "User"),
        ({"type": "GROUP"}, "Group"),
        ({"type": "urn:ietf:params:scim:schemas:core:2.0:User"}, "User"),
        ({"type": "urn:ietf:params:scim:schemas:core:2.0:Group"}, "Group"),
        ({"type": "nestedGroup"}, "Group"),
        ({"type": "User", "$ref": "Groups/m"}, "User"),
        ({"type": "direct"}, "User"),
        ({"type": "Member"}, "User"),
        ({"type": "direct", "$ref": "https://x.example/v2/Groups/m"}, "Group"),
        ({"type": "", "$ref": "Groups/m"}, "Group"),
        ({"type": ["work"], "$ref": "groups/m"}, "Group"),
        ({"$ref": "/scim/v2/Groups/m"}, "Group"),
        ({"$ref": "../Groups/m"}, "Group"),
        ({"$ref": "Users/m"}, "User"),
        ({"$ref": "https://x.example/groups/scim/v2/Users/m"}, "User"),
        ({"$ref": "https://x.example/users/scim/v2/Groups/m"}, "Group"),
        ({"$ref": "SubGroups/m"}, "User"),
        ({"$ref": "ServicePrincipals/m"}, "User"),
        ({"$ref": 7}, "User"),
    ]
    listed = [{"value": str(number), **member} for number, (member, _) in enumerate(members)]
    run = read(tmp_path, [], [{"id": "g1", "members": listed}])
    found = [row["member_type"] for row in run.records("group_members")]
    assert found == [expected for _, expected in members]
    assert ignored_fields(run, "group_members") == set()


@pytest.mark.parametrize("resources", [True, {}, "", 0, {"id": "1"}])
def test_resources_that_are_no_list_are_no_empty_list(resources: Any) -> None:
    with pytest.raises(ApiError, match="not a SCIM ListResponse"):
        read_page(Response(200, {"totalResults": 1, "Resources": resources}))


@pytest.mark.parametrize("body", [{"totalResults": 0}, {"Resources": None}, {"resources": []}])
def test_resources_that_are_absent_are_none(body: Any) -> None:
    assert read_page(Response(200, body)).items == []
