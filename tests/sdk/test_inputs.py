"""State, catalog and configuration as files hold them: in any encoding, in any wrapping."""

from __future__ import annotations

import codecs
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import SettingsError
from identity_sdk.singer.inputs import catalog_file, config_files, json_file
from tests.running import run_tap, select, spawn_tap
from tests.sdk.tiny_tap import Tiny, run, team

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.server import Sandbox

Message = dict[str, Any]
TEAMS = [team(f"t{number}", 0) for number in range(4)]
FIRST_RUN = "There is no state of an earlier complete run"


def encoded(content: Any, encoding: str) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode(encoding)


ENCODINGS = pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])


@ENCODINGS
def test_a_file_may_have_a_byte_order_mark(tmp_path: Path, sandbox: Sandbox, encoding: str) -> None:
    """PowerShell writes one before what it redirects into a file."""
    path = tmp_path / "given"
    given = {**sandbox.rudderstack_config, "user_agent": "é"}
    path.write_bytes(encoded(given, encoding))
    assert config_files([str(path)]) == given
    with path.open() as file:
        assert json.load(json_file("state", file)) == given
    entry = {"tap_stream_id": "é", "schema": {}, "metadata": [{"breadcrumb": [], "metadata": {}}]}
    path.write_bytes(encoded({"streams": [entry]}, encoding))
    with path.open() as file:
        assert json.load(catalog_file(file, {"é"})) == {"streams": [entry]}


def test_files_with_a_mark_make_a_run(tmp_path: Path, sandbox: Sandbox) -> None:
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    catalog = select("groups")
    arguments = []
    for name, content in (
        ("config", sandbox.rudderstack_config),
        ("state", first.state),
        ("catalog", catalog),
    ):
        path = tmp_path / f"{name}-with-mark.json"
        path.write_bytes(encoded(content, "utf-8-sig"))
        arguments += [f"--{name}", str(path)]
    run = spawn_tap(tmp_path, {}, *arguments)
    assert run.code == 0, run.log
    assert run.verdicts == {"groups": "complete"}
    assert FIRST_RUN not in run.log


@pytest.mark.parametrize("text", [b"\xff\xfe", b"\xe9", b"", b"{} {}", b'{"a": NaN}'])
def test_what_is_no_json_is_told(text: bytes) -> None:
    with pytest.raises(SettingsError, match="The state file is not JSON"):
        json_file("state", io.TextIOWrapper(io.BytesIO(text)))


def test_a_file_on_standard_input_has_no_buffer() -> None:
    assert json_file("state", io.StringIO(codecs.BOM_UTF8.decode() + "{}")).read() == "{}"


def test_later_config_files_come_before_earlier_ones(tmp_path: Path) -> None:
    for name, content in (("a", {"x": 1, "y": 1}), ("b", {"y": 2})):
        (tmp_path / name).write_text(json.dumps(content))
    assert config_files([str(tmp_path / name) for name in "ab"]) == {"x": 1, "y": 2}


# State

WRAPPINGS: dict[str, Callable[[Message], Message]] = {
    "as it is": lambda state: state,
    "a STATE message": lambda state: {"type": "STATE", "value": state},
    "meltano state get": lambda state: {"singer_state": state},
    "a state backend": lambda state: {"completed": {"singer_state": state}, "partial": {}},
    "a state backend without a partial one": lambda state: {
        "completed": {"singer_state": state},
        "partial": None,
    },
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_state_is_found_in_what_wraps_it(caplog: pytest.LogCaptureFixture, wrapping: str) -> None:
    first = run(Tiny([TEAMS]))
    assert FIRST_RUN in caplog.text
    caplog.clear()
    second = run(Tiny([TEAMS[:1]]), state=WRAPPINGS[wrapping](first.state))
    assert FIRST_RUN not in caplog.text
    assert second.verdict("teams")[0] == "incomplete"
    assert "teams" not in second.activated()


@pytest.mark.parametrize("empty", [{}, {"bookmarks": {}}])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_no_state_is_a_first_run(
    caplog: pytest.LogCaptureFixture, wrapping: str, empty: Message
) -> None:
    ran = run(Tiny([TEAMS]), state=WRAPPINGS[wrapping](empty))
    assert FIRST_RUN in caplog.text
    assert ran.verdict("teams") == ("complete", None)


@pytest.mark.parametrize(
    "state",
    [
        {"bookmark": {}},
        {"teams": {}},
        {"type": "STATE"},
        {"type": "RECORD", "value": {"bookmarks": {}}},
        {"type": "STATE", "value": []},
        {"singer_state": None},
        {"singer_state": {"teams": {}}},
        {"completed": {}, "partial": {"singer_state": {"bookmarks": {"teams": {}}}}},
        {"completed": None},
    ],
)
def test_what_is_no_state_is_never_taken_for_none(state: Message) -> None:
    server = Tiny([TEAMS])
    with pytest.raises(SettingsError, match=r"The state has no `bookmarks`.*meltano state get"):
        run(server, state=state)
    assert server.asked.total() == 0


# Catalog


@pytest.mark.parametrize(
    ("method", "in_entries", "warned"),
    [
        ("INCREMENTAL", True, {"users", "user_emails", "groups", "group_members", "audit_logs"}),
        ("FULL_TABLE", True, {"audit_logs"}),
        ("FULL_TABLE", False, {"audit_logs"}),
    ],
)
def test_what_is_asked_of_all_streams_is_done_or_declined(
    tmp_path: Path, sandbox: Sandbox, method: str, in_entries: bool, warned: set[str]
) -> None:
    """Meltano's `metadata: {"*": ...}` writes it into entries and metadata alike."""

    def ask(entry: Message) -> None:
        (root,) = (part["metadata"] for part in entry["metadata"] if not part["breadcrumb"])
        root |= {"replication-method": method, "replication-key": "meta_last_modified"}
        if in_entries:
            entry |= {"replication_method": method, "replication_key": "meta_last_modified"}

    first = run_tap(tmp_path, sandbox.rudderstack_config, catalog=select(edit=ask))
    assert first.code == 0, first.log
    assert set(first.verdicts.values()) == {"complete"}
    modes = {row["stream"]: row["mode"] for row in first.records("sync_runs")}
    assert modes.pop("audit_logs") == "incremental"
    assert set(modes.values()) == {"full"}
    assert {m["stream"] for m in first.kinds("ACTIVATE_VERSION")} == modes.keys()
    told = [line.split("|")[3] for line in first.log.splitlines() if f"asks for {method}" in line]
    assert {each.split(":")[0].strip() for each in told} == warned
