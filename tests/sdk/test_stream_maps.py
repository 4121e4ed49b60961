"""Stream maps together with ACTIVATE_VERSION and what removals are derived from."""

from __future__ import annotations

import hashlib
import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import SettingsError
from tests.running import Pipe, run_tap
from tests.sdk.tiny_tap import Ran, Tiny, TinyTap, run, team

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox

MAPS: dict[str, Any] = {
    "users": {
        "__alias__": "people",
        "primary_email": "md5(primary_email)",
        "emails": "__NULL__",
        "user_name": "__NULL__",
    },
    "user_emails": "__NULL__",
}


def test_alias_and_hash_with_removals(pipe: Pipe, company: Company) -> None:
    pipe.config["stream_maps"] = MAPS
    assert pipe.run() == 0
    leaver = list(company.people.values())[4]
    company.remove(leaver)
    assert pipe.run() == 0
    assert pipe.removed("people", "id") == {(leaver.id,)}
    hashes = {
        (person.id, hashlib.md5(person.email.encode()).hexdigest())
        for person in company.people.values()
    }
    assert pipe.live("people", "id", "primary_email") == hashes
    columns = set(pipe.rows("people")[0])
    assert "_sync_id" in columns
    assert not columns & {"emails", "user_name"}
    tables = pipe.database.query(
        "select table_name from information_schema.tables where table_schema = 'tap_rudderstack'"
    )
    assert {row["table_name"] for row in tables} == {
        "people",
        "groups",
        "group_members",
        "audit_logs",
        "sync_runs",
    }


def test_a_changed_filter_is_warned_of(tmp_path: Path, company: Company, sandbox: Sandbox) -> None:
    config = {
        **sandbox.rudderstack_config,
        "stream_maps": {"users": {"__filter__": "department == 'Data'"}},
    }
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    assert "__filter__" not in first.log
    second = run_tap(tmp_path, config, state=first.state)
    assert second.code == 0
    assert "users: its `__filter__` has changed since the last complete run" in second.log
    data = [person for person in company.people.values() if person.department == "Data"]
    assert 0 < len(data) < len(company.people)
    assert len(second.records("users")) == len(data)
    assert second.records("sync_runs")[0]["row_count"] == len(company.people)
    assert "users" in {m["stream"] for m in second.kinds("ACTIVATE_VERSION")}
    third = run_tap(tmp_path, config, state=second.state)
    assert "__filter__" not in third.log


def test_maps_that_take_away_what_removals_rest_on_are_warned_of(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    maps = {"users": {"id": "id", "__else__": "__NULL__"}, "__else__": "__NULL__"}
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "stream_maps": maps})
    assert run.code == 0
    assert "stream_maps remove `users._sync_id`" in run.log
    assert {tuple(record) for record in run.records("users")} == {("id",)}
    assert run.verdicts == {"users": "complete"}  # sync_runs is not mapped, the rest not read


NOT_B = {"__filter__": "id != 'b'"}


def mapped(maps: dict[str, Any], before: Ran | None = None, **config: Any) -> Ran:
    """A run over two teams with these stream maps."""
    server = Tiny([[team("a", 1), team("b", 1)]], {"a": ["1"], "b": ["2"]})
    state = before.state if before else None
    return run(server, state=state, stream_maps=maps, **config)


def warned_of(caplog: pytest.LogCaptureFixture) -> set[str]:
    """The streams whose filter was told to have changed, since this was asked last."""
    told = {
        each.split(":")[0] for each in caplog.messages if "its `__filter__` has changed" in each
    }
    caplog.clear()
    return told


@pytest.mark.parametrize(
    ("maps", "streams"),
    [
        ({"teams": NOT_B}, {"teams"}),
        ({"*": NOT_B}, {"teams", "members"}),
        ({"team?": NOT_B}, {"teams"}),
        ({"teams": None, "people": {"__source__": "teams", **NOT_B}}, {"teams"}),
        ({"people": {"__source__": "t*", **NOT_B}}, {"teams"}),
        ({"teams": {"__alias__": "'people'", **NOT_B}}, {"teams"}),
        ({"*": NOT_B, "teams": {"kind": "kind"}}, {"members"}),
        ({"*": {"kind": None}, "members": {"__filter__": None}}, set()),
    ],
)
def test_a_filter_is_compared_wherever_it_stands(
    caplog: pytest.LogCaptureFixture, maps: dict[str, Any], streams: set[str]
) -> None:
    ran = mapped({})
    assert warned_of(caplog) == set()
    for changed in (maps, {}):
        ran = mapped(changed, ran)
        assert warned_of(caplog) == streams, changed
        ran = mapped(changed, ran)
        assert warned_of(caplog) == set(), changed


@pytest.mark.parametrize(
    ("maps", "stream"),
    [
        ({"*": NOT_B}, "teams"),
        ({"team?": NOT_B}, "teams"),
        ({"teams": {}, "*": NOT_B}, "teams"),
        ({"people": {"__source__": "t*", **NOT_B}}, "people"),
    ],
)
def test_the_filters_that_are_compared_are_those_in_force(
    maps: dict[str, Any], stream: str
) -> None:
    assert mapped(maps).ids(stream) == ["a"]


def test_a_map_that_a_later_pattern_replaces_filters_nothing() -> None:
    assert mapped({"*": NOT_B, "teams": {"kind": "kind"}}).ids("teams") == ["a", "b"]


def test_a_map_of_a_stream_that_is_not_selected_does_no_harm() -> None:
    with redirect_stdout(io.StringIO()):
        catalog = TinyTap(config={"url": "http://127.0.0.1"}).catalog_dict
    (members,) = (each for each in catalog["streams"] if each["tap_stream_id"] == "members")
    (root,) = (each for each in members["metadata"] if not each["breadcrumb"])
    root["metadata"]["selected"] = False
    maps = {"members": {"id": "md5(id)"}}
    ran = run(Tiny([[team("a", 1)]], {"a": ["1"]}), catalog, stream_maps=maps)
    assert ran.ids("teams") == ["a"]
    assert ran.verdict("teams") == ("complete", None)
    assert ran.rows("members") == []


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"teams": {"x": "id +"}}, "Failed to parse expression"),
        ({"teams": {"id": None}}, "Removing key property 'id' is not permitted in 'teams'"),
        ({"__other__": None}, "Option '__other__:None' is not expected"),
    ],
)
def test_a_map_that_cannot_be_used_is_told(maps: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=f"`stream_maps` is not valid: .*{said}"):
        mapped(maps)
