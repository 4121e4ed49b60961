"""Listings for each of a parent's records, and streams that are incremental if asked."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest
from singer_sdk import typing as th
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from identity_sdk.auth import StaticToken
from identity_sdk.bound import EachOf
from identity_sdk.client import Client
from identity_sdk.errors import RunFailed
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.form import SYNC_ID, SYNC_ID_SCHEMA
from identity_sdk.paging import Pager, single
from identity_sdk.settings import SHARED_SETTINGS
from identity_sdk.stream import IdentityStream
from identity_sdk.tap import IdentityTap
from tests.local_http import Reply, serve, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk.errors import ApiError

Message = dict[str, Any]
T1, T2, T3 = (f"2026-01-0{day}T00:00:00.000000Z" for day in (1, 2, 3))


def columns(**types: Any) -> dict[str, Any]:
    """A schema of these columns."""
    properties = [th.Property(name, kind) for name, kind in types.items()]
    schema: dict[str, Any] = th.PropertiesList(*properties).to_dict()
    schema["properties"][SYNC_ID] = SYNC_ID_SCHEMA
    return schema


class Listing(IdentityStream):
    """A stream of the tiny tap: each listing is one answer."""

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        def read(response: Response) -> list[Item]:
            items: list[Item] = response.body
            return items

        return single(Request(path), read, lambda item: item.get("id"))


class Teams(Listing):
    name = "teams"
    path = "/teams"
    primary_keys = ("id",)
    incremental_key = "updated_at"
    schema = columns(
        id=th.StringType, size=th.IntegerType, kind=th.StringType, updated_at=th.DateTimeType
    )


class Members(EachOf, Listing):
    name = "members"
    path = "/teams/{team_id}/members"
    parent, bind = Teams, {"team_id": "id"}
    primary_keys = ("team_id", "id")
    schema = columns(team_id=th.StringType, id=th.StringType)

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("kind") != "memberless"

    @override
    def expected(self, parent: Item) -> int | None:
        return parent.get("size")

    @override
    def unsupported(self, error: ApiError) -> str | None:
        # As some servers do: what is gone has a code, what never was has none.
        missing = error.status == 404 and b"code" not in error.body
        return "this server has no members" if missing else None


class TinyTap(IdentityTap):
    name = "tap-tiny"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property("url", th.StringType(nullable=False), required=True), *SHARED_SETTINGS
    ).to_dict()
    stream_types: ClassVar[tuple[type[IdentityStream], ...]] = (Teams, Members)

    @property
    @override
    def scope(self) -> tuple[str, ...]:
        return ("tiny",)

    @override
    def make_client(self) -> Client:
        return Client(self.config["url"], StaticToken("t"), **self.client_settings)


GONE = told({"code": "entity.not_found"}, 404)
NO_ENDPOINT = told({}, 404)


@dataclass
class Tiny:
    """Teams and their members, and how often each path was asked for.

    Attributes:
        teams: What the list of teams says; several for one look after another.
        members: The ids of each team's members, or an answer.
    """

    teams: list[list[Item]]
    members: dict[str, list[str] | Reply] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        path = urlsplit(url).path
        with self._lock:
            self.asked[path] += 1
        if path == "/teams":
            return told(self.teams[min(self.asked[path], len(self.teams)) - 1])
        members = self.members.get(path.split("/")[2], NO_ENDPOINT)
        return told([{"id": each} for each in members]) if isinstance(members, list) else members


@dataclass
class Ran:
    """What a run wrote."""

    messages: list[Message]
    failed: bool

    def rows(self, stream: str) -> list[Message]:
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    def ids(self, stream: str) -> list[str]:
        return [row["id"] for row in self.rows(stream)]

    def verdict(self, stream: str) -> tuple[str, str | None]:
        (row,) = (row for row in self.rows("sync_runs") if row["stream"] == stream)
        return row["status"], row["reason"]

    def figure(self, stream: str, name: str) -> Any:
        (row,) = (row for row in self.rows("sync_runs") if row["stream"] == stream)
        return row[name]

    def activated(self) -> set[str]:
        return {m["stream"] for m in self.messages if m["type"] == "ACTIVATE_VERSION"}

    @property
    def state(self) -> Message:
        state: Message = [m["value"] for m in self.messages if m["type"] == "STATE"][-1]
        return state


def run(
    server: Tiny,
    catalog: Message | None = None,
    state: Message | None = None,
    tap_class: type[IdentityTap] = TinyTap,
    **config: Any,
) -> Ran:
    """Run the tiny tap against a server."""
    output, failed = io.TextIOWrapper(io.BytesIO(), "utf-8"), False
    with serve(server) as local, pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        environment.setenv("no_proxy", "127.0.0.1")
        with redirect_stdout(output):
            tap = tap_class(
                config={"url": local.url, "max_retries": 0, "max_concurrency": 2, **config},
                catalog=Catalog.from_dict(catalog) if catalog else None,
                state=state,
            )
            try:
                tap.sync_all()
            except RunFailed:
                failed = True
    output.seek(0)
    written = output.read()
    return Ran([json.loads(line) for line in written.splitlines()], failed)


def team(name: str, size: int | None = None, **fields: Any) -> Item:
    return {"id": name, "size": size, **fields}


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
    assert reason == "2 of `teams` say that they have more: 2 of 3 were found"
    assert ran.failed
    assert ran.activated() == {"teams"}
    assert ran.verdict("teams") == ("complete", None)
    assert server.asked["/teams"] == 2
    assert ran.figure("members", "rows") == 6


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
    assert server.asked == {"/teams": 2, "/teams/a/members": 1}


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
    assert ran.verdict("members") == ("complete", "1 of `teams` vanished while they were read")
    assert not ran.failed
    assert server.asked["/teams"] == 2


def test_a_parent_that_is_still_listed_did_not_vanish() -> None:
    server = Tiny([[team("a", 1), team("b", 1)]], {"a": ["1"], "b": GONE})
    ran = run(server)
    assert ran.verdict("members") == (
        "incomplete",
        "1 of `teams` answered 404 although they are listed",
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
            return told({}, 403) if self.asked["/teams"] > 1 and url == "/teams" else reply

    ran = run(Broken([[team("a", 3)]], {"a": ["1"]}))
    assert ran.verdict("members")[0] in ("failed", "incomplete")
    assert "members" not in ran.activated()


def test_a_doubt_is_not_settled_by_a_second_list_that_is_not_whole() -> None:
    second = [team("a", 2), {"size": 1}]  # a team without its id
    ran = run(Tiny([[team("a", 3)], second], {"a": ["1", "2"]}))
    assert ran.verdict("members")[0] != "complete"
    assert "members" not in ran.activated()


# Incremental if asked


def discovered() -> Message:
    with redirect_stdout(io.StringIO()):
        catalog: Message = TinyTap(config={"url": "http://127.0.0.1:1"}).catalog_dict
    return catalog


def entry(catalog: Message, stream: str) -> Message:
    (found,) = (each for each in catalog["streams"] if each["tap_stream_id"] == stream)
    assert isinstance(found, dict)
    return found


def about(catalog: Message, stream: str, *breadcrumb: str) -> Message:
    (found,) = (
        each["metadata"]
        for each in entry(catalog, stream)["metadata"]
        if each["breadcrumb"] == list(breadcrumb)
    )
    assert isinstance(found, dict)
    return found


def asking(method: str = "INCREMENTAL", key: str | None = "updated_at") -> Message:
    """The discovered catalog, edited as Meltano edits it."""
    catalog = discovered()
    root = about(catalog, "teams")
    root["replication-method"] = method
    entry(catalog, "teams")["replication_method"] = method
    if key is not None:
        root["replication-key"] = key
        entry(catalog, "teams")["replication_key"] = key
    return catalog


def bookmarked(value: Any) -> Message:
    bookmark = {"replication_key": "updated_at", "replication_key_value": value}
    return {"bookmarks": {"teams": bookmark}}


TEAMS = [
    team("old", 0, updated_at=T1),
    team("at", 0, updated_at=T2),
    team("near", 0, updated_at="2026-01-01T23:59:30Z"),
    team("before", 0, updated_at="2026-01-01T23:58:59.999Z"),
    team("edge", 0, updated_at="2026-01-01T23:59:00Z"),
    team("new", 0, updated_at=1767398400000),
    team("null", 0, updated_at=None),
    team("absent", 0),
    team("odd", 0, updated_at="soon"),
]
ALL = [each["id"] for each in TEAMS]
RECENT = ["at", "near", "edge", "new", "null", "absent", "odd"]


def test_discovery_offers_the_key_and_makes_its_column_automatic() -> None:
    catalog = discovered()
    assert about(catalog, "teams")["valid-replication-keys"] == ["updated_at"]
    assert about(catalog, "teams", "properties", "updated_at")["inclusion"] == "automatic"
    assert about(catalog, "teams", "properties", "kind")["inclusion"] == "available"
    assert "valid-replication-keys" not in about(catalog, "members")


def test_a_stream_is_full_unless_a_catalog_asks_for_less() -> None:
    for catalog in (None, discovered()):
        ran = run(Tiny([TEAMS]), catalog, bookmarked(T2))
        assert ran.ids("teams") == ALL
        assert ran.figure("teams", "mode") == "full"
        assert "teams" in ran.activated()


def test_only_what_changed_since_the_bookmark_is_emitted() -> None:
    ran = run(Tiny([TEAMS]), asking(), bookmarked(T2))
    assert ran.ids("teams") == RECENT
    assert ran.verdict("teams")[0] == "complete"
    assert ran.figure("teams", "mode") == "incremental"
    assert ran.figure("teams", "rows") == len(RECENT)


def test_what_is_not_emitted_is_not_taken_for_removed() -> None:
    assert "teams" not in run(Tiny([TEAMS]), asking(), bookmarked(T2)).activated()


def test_the_bookmark_goes_on_from_run_to_run() -> None:
    first = run(Tiny([TEAMS]), asking())
    assert first.ids("teams") == ALL
    bookmark = first.state["bookmarks"]["teams"]
    assert bookmark["replication_key_value"] == T3
    second = run(Tiny([TEAMS]), asking(), first.state)
    assert second.ids("teams") == ["new", "null", "absent", "odd"]
    assert second.state["bookmarks"]["teams"]["replication_key_value"] == T3


def test_the_bookmark_stays_where_nothing_changed() -> None:
    ran = run(Tiny([[team("old", 0, updated_at=T1)]]), asking(), bookmarked(T3))
    assert ran.ids("teams") == []
    assert ran.state["bookmarks"]["teams"]["replication_key_value"] == T3


def test_the_bookmark_does_not_go_back_where_the_newest_row_is_gone() -> None:
    rows = [team("near", 0, updated_at="2026-01-02T23:59:30Z")]
    ran = run(Tiny([rows]), asking(), bookmarked(T3))
    assert ran.ids("teams") == ["near"]
    bookmark = ran.state["bookmarks"]["teams"]["replication_key_value"]
    assert bookmark >= "2026-01-02T23:59:00"


def test_a_start_date_counts_like_a_bookmark() -> None:
    ran = run(Tiny([TEAMS]), asking(), start_date="2026-01-02")
    assert ran.ids("teams") == RECENT


def test_children_are_read_for_parents_that_are_not_emitted() -> None:
    teams = [team("a", 1, updated_at=T1), team("b", 1, updated_at=T3)]
    ran = run(Tiny([teams], {"a": ["1"], "b": ["2"]}), asking(), bookmarked(T2))
    assert ran.ids("teams") == ["b"]
    assert ran.ids("members") == ["1", "2"]
    assert ran.activated() == {"members"}


def test_a_key_column_that_is_deselected_is_there_all_the_same() -> None:
    catalog = asking()
    about(catalog, "teams", "properties", "updated_at")["selected"] = False
    ran = run(Tiny([TEAMS]), catalog, bookmarked(T2))
    assert ran.ids("teams") == RECENT
    assert ran.rows("teams")[0]["updated_at"] == T2


@pytest.mark.parametrize("key", ["id", "size", None])
def test_a_key_that_is_not_offered_leaves_the_stream_full(key: str | None) -> None:
    ran = run(Tiny([TEAMS]), asking(key=key), bookmarked(T2))
    assert ran.ids("teams") == ALL
    assert ran.figure("teams", "mode") == "full"


def test_full_is_full_also_with_a_key_in_the_catalog() -> None:
    ran = run(Tiny([TEAMS]), asking("FULL_TABLE"), bookmarked(T2))
    assert ran.ids("teams") == ALL
    assert ran.figure("teams", "mode") == "full"
    assert "teams" in ran.activated()


def test_a_stream_without_a_key_cannot_be_made_incremental() -> None:
    catalog = discovered()
    for each in (entry(catalog, "members"), about(catalog, "members")):
        each["replication_method"] = each["replication-method"] = "INCREMENTAL"
        each["replication_key"] = each["replication-key"] = "id"
    ran = run(Tiny([[team("a", 1)]], {"a": ["1"]}), catalog)
    assert ran.figure("members", "mode") == "full"
    assert ran.ids("members") == ["1"]


def test_going_back_to_full_takes_the_rows_of_the_incremental_run_for_no_shrinkage() -> None:
    first = run(Tiny([TEAMS]))
    second = run(Tiny([TEAMS]), asking(), {**first.state})
    third = run(Tiny([TEAMS]), None, second.state)
    for ran in (first, second, third):
        assert ran.verdict("teams")[0] == "complete"
    assert third.ids("teams") == ALL


@pytest.mark.parametrize("name", ["replication-method", "forced-replication-method"])
def test_asking_in_the_metadata_only_is_enough(name: str) -> None:
    """As Meltano does with `metadata: {teams: {replication-method: ..., replication-key: ...}}`."""
    catalog = discovered()
    about(catalog, "teams").update({name: "INCREMENTAL", "replication-key": "updated_at"})
    ran = run(Tiny([TEAMS]), catalog, bookmarked(T2))
    assert ran.figure("teams", "mode") == "incremental"
    assert ran.ids("teams") == RECENT


def test_the_key_column_is_put_back_where_a_catalog_lacks_it() -> None:
    catalog = asking()
    del entry(catalog, "teams")["schema"]["properties"]["updated_at"]
    entry(catalog, "teams")["metadata"] = [
        each
        for each in entry(catalog, "teams")["metadata"]
        if "updated_at" not in each["breadcrumb"]
    ]
    ran = run(Tiny([TEAMS]), catalog, bookmarked(T2))
    assert ran.ids("teams") == RECENT
    assert ran.verdict("teams")[0] == "complete"


def test_a_method_that_is_not_offered_leaves_the_stream_full() -> None:
    ran = run(Tiny([TEAMS]), asking("LOG_BASED"), bookmarked(T2))
    assert ran.ids("teams") == ALL
    assert ran.figure("teams", "mode") == "full"
    assert "teams" in ran.activated()


class EpochTeams(Teams):
    """Its key is a number, as the vendor gives it."""

    schema = columns(
        id=th.StringType, size=th.IntegerType, kind=th.StringType, updated_at=th.IntegerType
    )


class EpochTap(TinyTap):
    name = "tap-epoch"
    stream_types = (EpochTeams,)


def test_a_key_that_is_a_number_loses_no_row() -> None:
    teams = [team("old", updated_at=1767225600000), team("new", updated_at=1767398400000)]
    ran = run(Tiny([teams]), asking(), bookmarked(1767312000000), EpochTap)
    assert ran.verdict("teams")[0] != "complete" or "new" in ran.ids("teams")
