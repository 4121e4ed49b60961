"""The emulator of ZITADEL: pages of rows that are equal in their order, and answers too large.

As it was measured on ZITADEL 2.71, 4.13.1 and the development branch of 5.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ZitadelServer, ids
from sandbox.zitadel.wire import stamp
from tests.zitadel.emulator import (
    ADMINISTRATORS,
    EVENTS,
    GRANTS,
    GROUP_USERS,
    PROJECTS,
    Api,
    lost,
    pages,
    served,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Key = Callable[[dict[str, Any]], Any]

PAGE = 20
IN_PAGES_OF_20 = {
    (PROJECTS, "PROJECT_FIELD_NAME_ID"): (163, 134),
    (PROJECTS, "PROJECT_FIELD_NAME_NAME"): (163, 145),
    (PROJECTS, "PROJECT_FIELD_NAME_CREATION_DATE"): (163, 163),
    (GRANTS, "PROJECT_GRANT_FIELD_NAME_PROJECT_ID"): (156, 156),
    (GRANTS, "PROJECT_GRANT_FIELD_NAME_CREATION_DATE"): (156, 156),
}
"""Rows and distinct rows on 4.13.1, where one of the projects was granted to 150 organizations."""
REPEATED = [0, 6, 8, 5, 0, 0, 0, 8, 2]
"""Rows of each page by id that earlier pages had. From the fifth on, which ends with row 100 of
163, pages go on from one another: what they repeat was wrong before."""
IN_PAGES_OF_7 = {
    (GROUP_USERS, "GROUP_USER_FIELD_NAME_GROUP_ID"): (36, 35),
    (GROUP_USERS, "GROUP_USER_FIELD_NAME_CREATION_DATE"): (36, 35),
    (GROUP_USERS, ""): (36, 35),
    (ADMINISTRATORS, "ADMINISTRATOR_FIELD_NAME_USER_ID"): (40, 40),
    (ADMINISTRATORS, "ADMINISTRATOR_FIELD_NAME_CREATION_DATE"): (40, 40),
}
"""The same on the development branch of 5."""


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """One of three projects is granted to 150 organizations; twelve groups share their users."""
    size = Size(organizations=150, memberships=600, sign_ins=0)
    with served(ZitadelServer(Company.made_up(40, 12, 90, size=size), version=(5, 0))) as api:
        yield api


@pytest.mark.parametrize(
    ("path", "column", "size", "measured"),
    [
        (*asked, size, measured)
        for size, listings in ((PAGE, IN_PAGES_OF_20), (7, IN_PAGES_OF_7))
        for asked, measured in listings.items()
    ],
)
def test_pages_lose_rows_where_they_did(
    api: Api, path: str, column: str, size: int, measured: tuple[int, int]
) -> None:
    asked = {"sortingColumn": column} if column else {}
    assert (lost(api, path, size, **asked) > 0) == (measured[1] < measured[0])


def from_the_middle(counted: int) -> int:
    """The first page that ends in the second half."""
    return next(number for number in range(100) if 2 * (number + 1) * PAGE >= counted)


def test_pages_are_alike_from_the_middle_on(api: Api) -> None:
    """The database then sorts all, instead of picking the first."""
    asked = {"sortingColumn": "PROJECT_FIELD_NAME_ID"}
    found, counted = pages(api, PROJECTS, PAGE, **asked)
    whole, _ = pages(api, PROJECTS, 1000, **asked)
    assert from_the_middle(163) == REPEATED.index(0, 1)
    later = from_the_middle(counted)
    assert [key for page in found[later:] for key in page] == whole[0][later * PAGE :]
    assert [key for page in found[:later] for key in page] != whole[0][: later * PAGE]
    assert pages(api, PROJECTS, PAGE, **asked)[0] == found, "each walk loses the same"


def test_in_each_group_users_have_an_order(api: Api) -> None:
    """36 of 36 on the development branch of 5, in pages of 5; of all groups none is sure to be."""
    by_user = {"sortingColumn": "GROUP_USER_FIELD_NAME_USER_ID"}
    members = 0
    for team in api.server.instance.teams:
        asked = {**by_user, "filters": [{"groupIds": {"ids": [team.id]}}]}
        found, counted = pages(api, GROUP_USERS, 2, **asked)
        assert len({each for page in found for each in page}) == counted if found else True
        members += sum(map(len, found))
    assert members == len(api.server.instance.members) > 40
    assert lost(api, GROUP_USERS, 7, **by_user) > 0


def test_large_tables_of_grants_lose_rows_too() -> None:
    size = Size(organizations=1200, memberships=1200, sign_ins=0)
    with served(ZitadelServer(Company.made_up(5, 1, 0, size=size))) as api:
        assert lost(api, GRANTS, 100, sortingColumn="PROJECT_GRANT_FIELD_NAME_PROJECT_ID") > 0
        assert lost(api, GRANTS, 100, sortingColumn="PROJECT_GRANT_FIELD_NAME_CREATION_DATE") == 0


# Metadata, which have one order only


def test_metadata_that_were_set_at_once_have_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """45 of one organization lost none in pages of 7."""
    for count, loses in ((45, False), (3000, True)):
        many = {f"m{number:04}": "x" for number in range(count)}
        monkeypatch.setattr(ids, "user_metadata", lambda person, many=many: many)
        with served(ZitadelServer(Company.made_up(3, 1, 0))) as api:
            user = next(user for user in api.server.instance.users if user.person)
            path = f"/v2/users/{user.id}/metadata/search"
            assert (lost(api, path, count // 6) > 0) is loses
            (dates,) = {row["creationDate"] for row in api.rows(path)}
            assert dates == stamp(user.created)


# Answers that are too large


@pytest.mark.parametrize(
    ("version", "most", "does"),
    [
        ((2, 71), 4194304, "received"),
        ((4, 13), 4194304, "received"),
        ((5, 0), 10485760, "trying to send"),
    ],
)
def test_events_with_large_payloads_are_refused(
    version: tuple[int, int], most: int, does: str
) -> None:
    """28 of 400 KB, at 429 (11210239 vs. 4194304); fewer of them are told."""
    with served(ZitadelServer(Company(), version=version)) as api:
        payload = {"key": "big", "value": "x" * 400_000}
        burst = ("user", "1")
        api.server.happen("user.metadata.set", burst, count=28, payload=payload)
        asked = {"asc": True, "limit": 1000, "aggregateId": "1"}
        answer = api.ask(EVENTS, asked)
        assert (answer.status_code, answer.json()["code"]) == (429, 8)
        assert answer.json().keys() == {"code", "message"}
        size = int(answer.json()["message"].split("(")[1].split()[0])
        assert 28 * 400_000 < size < 11_500_000
        told = f"grpc: {does} message larger than max ({size} vs. {most})"
        assert answer.json()["message"] == told
        assert len(api.rows(EVENTS, {**asked, "limit": 5})) == 5


def test_metadata_of_4_8_mb_are_refused_by_one_version_and_not_by_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = {f"big{number:02}": "x" * 225_000 for number in range(16)}
    monkeypatch.setattr(ids, "user_metadata", lambda person: many)
    for version, status in (((4, 13), 429), ((5, 0), 200)):
        with served(ZitadelServer(Company.made_up(3, 1, 0), version=version)) as api:
            user = next(user for user in api.server.instance.users if user.person)
            v2, v1 = f"/v2/users/{user.id}/metadata/search", f"/users/{user.id}/metadata/_search"
            assert api.ask(v2, {"pagination": {"limit": 1000}}).status_code == status
            assert api.ask(f"/management/v1{v1}", org=user.owner).status_code == status
            few = api.rows(f"/management/v1{v1}", {"query": {"limit": 2}}, org=user.owner)
            assert [row["key"] for row in few] == ["big00", "big01"]


# More events of one date than can be told


def test_the_two_ends_of_2500_events_do_not_meet_and_sequences_part_them() -> None:
    with served(ZitadelServer(Company())) as api:
        (first, *_) = api.server.happen("user.metadata.set", ("user", "1"), count=2500)
        micro = timedelta(microseconds=1)
        window = {"since": stamp(first.at - micro), "until": stamp(first.at + micro)}

        def sequences(**asked: Any) -> list[int]:
            return [int(row["sequence"]) for row in api.rows(EVENTS, {"range": window, **asked})]

        assert sequences(asc=True) == list(range(1, 1001))
        assert sequences() == list(range(2500, 1500, -1))
        assert sequences(asc=True, sequence=2498) == [2499, 2500], "of any aggregate"
        assert sequences(sequence=3) == [2, 1]
        one = {"aggregateId": "1", "aggregateTypes": ["user"]}
        assert sequences(asc=True, sequence=1000, **one) == list(range(1001, 2001))
