"""Loaders that are made to lose, change or overwrite rows, and are found out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.loaders.case import Case, LoadFailed
from tests.loaders.comparison import Unreadable, normal
from tests.loaders.feed import feeds
from tests.loaders.files import FileFormat, Files, read_jsonl
from tests.loaders.services import Services
from tests.loaders.trial import MARK, Outcome, tried

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loaders.destinations import Destination
    from tests.loaders.feed import Feed

ONE_FILE = FileFormat(r"(?P<table>\w+)\.jsonl", read_jsonl)
Row = dict[str, Any]
Rows = list[Row]


class Folder(Files):
    """A folder with one file for each table."""

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(ONE_FILE, name, folder, services)


@dataclass(frozen=True)
class MadeUp(Case):
    """A loader in this process: it keeps what `merged` makes of old rows and new ones."""

    merged: Callable[[str, Rows, Rows], Rows] = lambda table, old, new: [*old, *new]

    def installed(self) -> list[str]:
        return []

    def folder(self) -> Path:
        folder: Path = self.settings["folder"]
        return folder

    def load(
        self, command: list[str], destination: Destination, schema: str, messages: bytes
    ) -> None:
        new: dict[str, Rows] = {}
        for line in messages.splitlines():
            message = json.loads(line)
            if message["type"] == "RECORD":
                new.setdefault(message["stream"], []).append(message["record"])
        for table, rows in new.items():
            path = destination.folder / schema / f"{table}.jsonl"
            old = read_jsonl(path) if path.exists() else []
            kept = self.merged(table, old, rows)
            path.write_text("".join(json.dumps(row) + "\n" for row in kept))


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    """What tap-rudderstack writes."""
    return feeds(tmp_path_factory.mktemp("feed"), ["tap-rudderstack"])


@pytest.fixture
def outcome(feed: list[Feed], tmp_path: Path) -> Callable[[Callable[..., Rows]], Outcome]:
    """What is found of a loader that merges rows in some way."""

    def found(merged: Callable[..., Rows]) -> Outcome:
        case = MadeUp("target-made-up", "1", Folder, {"folder": tmp_path}, merged=merged)
        return tried(case, feed, Services(tmp_path))

    return found


def append(table: str, old: Rows, new: Rows) -> Rows:
    return [*old, *new]


def upsert(table: str, old: Rows, new: Rows) -> Rows:
    ids = {json.dumps(row.get("id")) for row in new}
    kept = [row for row in old if table != "users" or json.dumps(row["id"]) not in ids]
    return [*kept, *new]


@pytest.mark.parametrize("merged", [append, upsert])
def test_a_sound_loader_is_found_sound(outcome: Any, merged: Any) -> None:
    found = outcome(merged)
    assert found.is_sound
    assert not found.rows
    assert found.derived.expected == found.derived.marked > 0
    assert (found.marks.marked, found.marks.gone) == (0, 0)


def test_a_lost_row_is_found(outcome: Any) -> None:
    found = outcome(lambda table, old, new: append(table, old, new[table == "users" :]))
    assert found.rows.missing == 2  # one of each run
    assert not found.is_sound


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("user_name", "someone else"),
        ("active", None),
        ("emails", "[]"),
        ("meta_last_modified", "2026-01-01"),
    ],
)
def test_a_changed_value_is_found(outcome: Any, column: str, value: Any) -> None:
    def changed(table: str, old: Rows, new: Rows) -> Rows:
        if table == "users":
            new = [{**new[0], column: value}, *new[1:]]
        return append(table, old, new)

    found = outcome(changed)
    assert found.rows.changed == 2
    assert [*found.rows.columns] == [f"users.{column}"]
    assert not found.is_sound


def test_a_row_that_comes_twice_is_found(outcome: Any) -> None:
    found = outcome(lambda table, old, new: append(table, old, [*new, *new[: table == "users"]]))
    assert found.rows.surplus == 3  # one after the first run, which is still there after the second
    assert not found.is_sound


def test_a_loader_that_overwrites_is_found(outcome: Any) -> None:
    found = outcome(lambda table, old, new: new)
    assert found.rows.missing  # audit logs and sync_runs of the first run
    assert found.marks.gone == found.marks.expected
    assert found.derived.marked == 0
    assert found.lost  # what the run that was killed did not reach
    assert not found.is_sound


def test_marks_on_rows_that_are_there_are_found(outcome: Any) -> None:
    def marking(table: str, old: Rows, new: Rows) -> Rows:
        if table == "users":
            new = [{**new[0], MARK: "2026-01-05T09:00:00Z"}, *new[1:]]
        return append(table, old, new)

    found = outcome(marking)
    assert found.marks.wrong == 1
    assert not found.is_sound


def test_rows_of_another_run_are_derived_to_be_removed(outcome: Any) -> None:
    def stale(table: str, old: Rows, new: Rows) -> Rows:
        if table == "users" and old:
            new = [{**new[0], "_sync_id": old[0]["_sync_id"]}, *new[1:]]
        return append(table, old, new)

    found = outcome(stale)
    assert found.derived.wrong == 1
    assert not found.is_sound


def test_what_a_loader_says_is_told(outcome: Any) -> None:
    def failing(table: str, old: Rows, new: Rows) -> Rows:
        raise LoadFailed("no room")

    assert outcome(failing).problem == "tap-rudderstack, run 1: no room"


@pytest.mark.parametrize(
    ("schema", "forms"),
    [
        ({"type": "boolean"}, [True, 1, "t", "true", "True"]),
        ({"type": ["integer", "null"]}, [7, "7", "7.0"]),
        ({"type": ["null", "array"]}, [["a"], '["a"]']),
        (
            {"type": "string", "format": "date-time"},
            ["2026-01-05T09:00:01.5Z", "2026-01-05 09:00:01.500000", "2026-01-05 10:00:01.5+01:00"],
        ),
    ],
)
def test_forms_of_a_value_are_equal(schema: Row, forms: list[Any]) -> None:
    first, *others = (normal(form, schema) for form in forms)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "boolean"}, "yes, sir"),
        ({"type": "array"}, "['a']"),
        ({"type": "string"}, 7),
        ({"type": "string", "format": "date-time"}, "yesterday"),
    ],
)
def test_what_is_no_value_of_a_column_is_unreadable(schema: Row, value: Any) -> None:
    with pytest.raises(Unreadable):
        normal(value, schema)


def test_empty_text_is_null_where_a_format_has_no_other() -> None:
    text = {"type": ["string", "null"]}
    assert normal("", text) == ""
    assert normal("", text, empty_is_null=True) is None
