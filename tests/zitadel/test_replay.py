"""What the tap makes of real ZITADEL servers' answers, compared with their databases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.running import Run, run_tap, select
from tests.zitadel.recordings import Item, recorded, truth
from tests.zitadel.replay import Replay

if TYPE_CHECKING:
    from pathlib import Path

SINCE_FIVE = {"groups", "group_users"}
OF_THE_INSTANCE = {"instance", "events", "sessions"}
UNTOLD_BY_V1 = {
    "users": {"password_change_required", "mfa_init_skipped"},
    "authorizations": {"user_organization_id", "project_organization_id"},
}
"""Columns that only the v2 services can fill; 2.71 has none of authorizations."""


@dataclass(frozen=True)
class Walk:
    """A recorded walk.

    Attributes:
        since: From when on events were asked for; None for all.
    """

    version: str
    name: str
    since: str | None = None
    settings: Item = field(default_factory=dict)

    def __str__(self) -> str:
        pages = f", {self.settings['page_size']} a page" if "page_size" in self.settings else ""
        return self.file + pages

    @property
    def file(self) -> str:
        return f"{self.version}/{self.name}"

    @property
    def since_late(self) -> bool:
        return self.v1 or self.name == "full_walk_pages"

    @property
    def one_organization(self) -> bool:
        return self.name == "full_walk_org"

    @property
    def v1(self) -> bool:
        return self.settings.get("api_version") == "v1"

    @property
    def without(self) -> set[str]:
        """Streams that cannot be read here."""
        whole = not (self.v1 or self.one_organization)
        lacking = set() if whole and self.version == "5-dev" else set(SINCE_FIVE)
        lacking |= OF_THE_INSTANCE if self.one_organization else set()
        return lacking | ({"sessions"} if self.v1 else set())

    def truth(self) -> dict[str, list[Item]]:
        """The rows that should come."""
        found = truth(self.version)
        account = "organization_account" if self.one_organization else "instance_account"
        tables: dict[str, list[Item]] = dict(found[account])
        if not self.one_organization:
            window = found["events"]["full_walk_v1" if self.since_late else "full_walk"]
            named = [dict(zip(window["columns"], row, strict=True)) for row in window["rows"]]
            tables["events"] = [{**row, "sequence": int(row["sequence"])} for row in named]
        for stream, columns in UNTOLD_BY_V1.items():
            if self.v1 or (self.version == "2.71" and stream == "authorizations"):
                null = dict.fromkeys(columns)
                tables[stream] = [{**row, **null} for row in tables[stream]]
        return {name: rows for name, rows in tables.items() if name not in self.without}


V1 = {"api_version": "v1"}
ORG = {"on_missing_scope": "skip"}
WALKS = [
    Walk("4.13.1", "full_walk"),
    Walk("4.13.1", "full_walk_pages", "2026-11-27T19:05:32.48Z", {"page_size": 7}),
    Walk("4.13.1", "full_walk_v1", "2026-11-27T19:05:32.48Z", V1),
    Walk("4.13.1", "full_walk_org", None, ORG),
    Walk("2.71", "full_walk", "2026-11-27T19:05:29.9Z"),
    Walk("2.71", "full_walk", "2026-11-27T19:05:29.9Z", {"page_size": 3}),
    Walk("2.71", "full_walk_v1", "2026-11-27T19:05:41.4Z", V1),
    Walk("2.71", "full_walk_org", None, ORG),
    Walk("5-dev", "full_walk", "2026-11-27T19:05:29.8Z"),
    Walk("5-dev", "full_walk", "2026-11-27T19:05:29.8Z", {"page_size": 3}),
    Walk("5-dev", "full_walk_v1", "2026-11-27T19:05:32.8Z", V1),
    Walk("5-dev", "full_walk_org", None, ORG),
]


def read(folder: Path, file: str, *streams: str, **settings: Any) -> Run:
    catalog = select(*streams, tap="tap-zitadel")
    with Replay(file).served() as server:
        config = {**server, "event_payload": "redacted", **settings}
        return run_tap(folder, config, tap="tap-zitadel", catalog=catalog)


@pytest.fixture(scope="module", params=WALKS, ids=str)
def walk(request: pytest.FixtureRequest) -> Walk:
    found: Walk = request.param
    return found


@pytest.fixture(scope="module")
def run(walk: Walk, tmp_path_factory: pytest.TempPathFactory) -> Run:
    since = {"start_date": walk.since} if walk.since else {}
    return read(tmp_path_factory.mktemp("replay"), walk.file, **since, **walk.settings)


def test_whatever_the_account_may_read_is_complete(walk: Walk, run: Run) -> None:
    assert run.code == 0, run.log
    assert walk.truth().keys() == {s for s, v in run.verdicts.items() if v == "complete"}
    assert {row["unknown_fields"] for row in run.records("sync_runs")} <= {0, None}


def test_every_row_is_what_the_database_held(walk: Walk, run: Run) -> None:
    keys = {each["stream"]: each["key_properties"] for each in run.kinds("SCHEMA")}
    for stream, rows in walk.truth().items():
        wanted = [
            {name: comparable(value) for name, value in row.items() if name != "value_base64"}
            for row in rows
        ]
        found = [
            {name: comparable(row[name]) for name in (wanted or [row])[0]}
            for row in run.records(stream)
        ]
        key = keys[stream]
        assert by_key(found, key) == by_key(wanted, key), stream
        assert len(found) == len(wanted), stream


def test_no_recorded_secret_comes_out(walk: Walk, run: Run) -> None:
    told = str(recorded(walk.file))
    assert ("SECRET-" in told) == (not walk.one_organization)
    assert "SECRET-" not in run.output
    assert "SECRET-" not in run.log


def test_events_begin_at_the_start_date(tmp_path: Path) -> None:
    events = WALKS[0].truth()["events"]
    start = events[700]["creation_date"]
    run = read(tmp_path, WALKS[0].file, "events", start_date=start)
    assert sorted(row["creation_date"] for row in run.records("events")) == [
        each["creation_date"] for each in events if each["creation_date"] >= start
    ]


def test_an_early_version_5_hides_but_the_sessions_without_a_user(tmp_path: Path) -> None:
    """With a feature that is off by default, enableRelationalTables, it cannot list the rest."""
    file = "5-dev/walk_relational_tables"
    run = read(tmp_path, file, "organizations", "sessions", page_size=3, max_retries=0)
    assert run.code == 1
    assert run.verdicts["organizations"] == "failed"
    held = {row["id"]: row["user_id"] for row in truth("5-dev")["instance_account"]["sessions"]}
    lost = held.keys() - {row["id"] for row in run.records("sessions")}
    assert [held[each] for each in lost] == [None]


def by_key(rows: list[Item], key: list[str]) -> dict[tuple[Any, ...], Item]:
    return {tuple(row[name] for name in key): row for row in rows}


def comparable(value: Any) -> Any:
    """A value as it compares: lists have no order, and no language is none that is undetermined."""
    if isinstance(value, list):
        return sorted(value)
    return "" if value == "und" else value
