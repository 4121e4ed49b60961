"""Streams that are incremental if a catalog asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import typing as th

from tests.sdk.tiny_tap import (
    T1,
    T2,
    T3,
    Listing,
    Message,
    Teams,
    Tiny,
    TinyTap,
    about,
    asking,
    columns,
    discovered,
    entry,
    run,
    team,
)

if TYPE_CHECKING:
    from identity_sdk.singer.tap import IdentityTap


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
    assert ran.figure("teams", "row_count") == len(RECENT)


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


def test_nothing_from_before_the_start_date_is_emitted() -> None:
    """Only a bookmark is overlapped: what came to light late is no earlier than the start."""
    ran = run(Tiny([TEAMS]), asking(), start_date="2026-01-02")
    assert ran.ids("teams") == ["at", "new", "null", "absent", "odd"]
    ran = run(Tiny([TEAMS]), asking(), bookmarked(T2), start_date="2026-01-01T23:59:30Z")
    assert ran.ids("teams") == ["at", "near", "new", "null", "absent", "odd"]


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


# What a catalog asks of all streams, as Meltano does with `metadata: {"*": ...}`


NAMES = {
    "replication_method": "forced-replication-method",
    "replication_key": "replication-key",
}
"""As metadata, and as singer_sdk, call what entries call otherwise."""


def asking_all(
    method: str | None = None,
    key: str | None = None,
    where: str = "both",
    tap_class: type[IdentityTap] = TinyTap,
) -> Message:
    catalog = discovered(tap_class)
    asked = {"replication_method": method, "replication_key": key}
    for each in catalog["streams"]:
        given = {name: value for name, value in asked.items() if value is not None}
        if where != "metadata":
            each.update(given)
        if where != "entry":
            root = about(catalog, each["tap_stream_id"])
            root.update({NAMES[name]: value for name, value in given.items()})
    return catalog


@pytest.mark.parametrize(
    ("method", "where"),
    [
        ("INCREMENTAL", "both"),
        ("INCREMENTAL", "entry"),
        ("INCREMENTAL", "metadata"),
        (None, "metadata"),
    ],
)
def test_what_all_are_asked_is_heeded_where_it_is_offered(
    caplog: pytest.LogCaptureFixture, method: str | None, where: str
) -> None:
    catalog = asking_all(method, "updated_at", where)
    ran = run(Tiny([[team("a", 1, updated_at=T3)]], {"a": ["1"]}), catalog, bookmarked(T2))
    assert not ran.failed
    assert [row["stream"] for row in ran.rows("sync_runs")] == ["teams", "members"]
    assert ran.verdict("teams") == ran.verdict("members") == ("complete", None)
    assert ran.figure("teams", "mode") == "incremental"
    assert ran.figure("members", "mode") == "full"
    assert ran.activated() == {"members"}
    asked = "members: the catalog asks for INCREMENTAL replication on `updated_at`"
    assert [each for each in caplog.messages if "replication" in each] == [
        f"{asked}, which is not supported; ignored"
    ]


@pytest.mark.parametrize("where", ["both", "entry", "metadata"])
def test_all_are_read_in_full_where_that_is_what_they_are_asked(
    caplog: pytest.LogCaptureFixture, where: str
) -> None:
    catalog = asking_all("FULL_TABLE", "updated_at", where)
    ran = run(Tiny([TEAMS]), catalog, bookmarked(T2))
    assert ran.ids("teams") == ALL
    assert ran.activated() == {"teams", "members"}
    assert ran.figure("teams", "mode") == ran.figure("members", "mode") == "full"
    assert "which is not supported" not in caplog.text


class Log(Listing):
    """What happened, of which the server forgets what is old."""

    name = "log"
    path = "/teams"
    primary_keys = ("id",)
    replication_key = "updated_at"
    schema = Teams.schema


class OlderLog(Log):
    """A stream that has its key from another one."""

    name = "older_log"


class LogTap(TinyTap):
    name = "tap-log"
    stream_types = (Log, OlderLog)


@pytest.mark.parametrize("where", ["both", "entry", "metadata"])
@pytest.mark.parametrize("method", ["FULL_TABLE", "LOG_BASED"])
def test_no_event_of_a_log_looks_removed(
    caplog: pytest.LogCaptureFixture, method: str, where: str
) -> None:
    catalog = asking_all(method, None, where, LogTap)
    first = run(Tiny([TEAMS]), catalog, tap_class=LogTap)
    second = run(Tiny([[team("new", updated_at=T3)]]), catalog, first.state, LogTap)
    for name in ("log", "older_log"):
        assert first.ids(name) == ALL
        assert second.ids(name) == ["new"]
        for ran in (first, second):
            assert ran.activated() == set()
            assert ran.figure(name, "mode") == "incremental"
            assert ran.verdict(name)[0] == "complete"
        told = f"{name}: the catalog asks for {method} replication on `updated_at`, which is not"
        assert told in caplog.text


@pytest.mark.parametrize("key", ["id", "updated_at"])
def test_a_log_keeps_its_key(caplog: pytest.LogCaptureFixture, key: str) -> None:
    catalog = asking_all(None, key, "entry", LogTap)
    ran = run(Tiny([TEAMS]), catalog, tap_class=LogTap)
    assert ran.state["bookmarks"]["log"]["replication_key"] == "updated_at"
    assert ("which is not supported" in caplog.text) == (key == "id")
