"""What identity_sdk takes for granted of singer_sdk's private parts.

Each test fails when a release of singer_sdk changes one, and says what would break.
"""

from __future__ import annotations

import inspect
import io
import json
import logging
import signal
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk import Stream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.plugin_base import PluginBase, SingerCommand

from identity_sdk.singer.hooks import MOOT, environment
from identity_sdk.singer.tap import IdentityTap
from tests.running import heard

if TYPE_CHECKING:
    from collections.abc import Iterable

MOMENTS = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")


class Plain(Stream):
    """A stream as singer_sdk has it."""

    name = "plain"
    primary_keys = ("id",)
    schema = th.PropertiesList(
        th.Property("id", th.StringType), th.Property("at", th.DateTimeType)
    ).to_dict()
    fails = False

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        for number, moment in enumerate(MOMENTS):
            yield {"id": str(number), "at": moment}
        if self.fails:
            raise ValueError("made up")


class Incremental(Plain):
    name = "incremental"
    replication_key = "at"


class PlainTap(Tap):
    name = "tap-plain"
    config_jsonschema: ClassVar = {"properties": {}}

    def discover_streams(self) -> list[Stream]:
        return [Plain(self), Incremental(self)]


def synced(stream: str, **config: Any) -> tuple[PlainTap, list[dict[str, Any]]]:
    tap = PlainTap(config=config)
    output = io.StringIO()
    with redirect_stdout(output):
        tap.streams[stream].sync()
    return tap, [json.loads(line) for line in output.getvalue().splitlines()]


def test_sync_activates_before_the_records_through_one_hook() -> None:
    """Else holding `_write_activate_version_message` back would hold back nothing, and a
    killed run would mark live rows as removed."""
    _, messages = synced("plain", emit_activate_version_messages=True)
    kinds = [m["type"] for m in messages]
    assert kinds.index("ACTIVATE_VERSION") < kinds.index("RECORD")
    assert "_write_activate_version_message(" in inspect.getsource(Stream.sync)


def test_the_version_of_records_is_read_from_one_attribute() -> None:
    """Else records and ACTIVATE_VERSION would carry different versions."""
    tap = PlainTap(config={})
    stream = tap.streams["plain"]
    stream._stream_version = 7
    (message,) = stream._generate_record_messages({"id": "1"})
    assert message.version == 7
    assert "_stream_version = self._initialized_at // 1000" in inspect.getsource(Stream.sync)


def test_an_error_past_sync_keeps_the_bookmark() -> None:
    """Else a failed incremental run would skip what it did not read."""
    tap = PlainTap(config={})
    stream = tap.streams["incremental"]
    stream.fails = True  # type: ignore[attr-defined]
    with redirect_stdout(io.StringIO()), pytest.raises(ValueError, match="made up"):
        stream.sync()
    assert "replication_key_value" not in stream.stream_state
    assert "progress_markers" in stream.stream_state
    tap._reset_state_progress_markers()
    assert "progress_markers" not in stream.stream_state


def test_the_bookmark_is_promoted_when_sync_returns() -> None:
    """Else swallowing an error in get_records would be harmless, and it is not."""
    tap, _ = synced("incremental")
    assert tap.streams["incremental"].stream_state["replication_key_value"] == MOMENTS[-1]


def test_every_state_of_a_stream_goes_through_one_hook() -> None:
    """Else a stream would write STATE before ACTIVATE_VERSION, and twice."""
    for method in (Stream._sync_records, Stream.finalize_state_progress_markers):
        assert "self._write_state_message()" in inspect.getsource(method)
        assert "state_writer" not in inspect.getsource(method)


def test_a_dry_run_syncs_the_streams_themselves() -> None:
    """Else its last STATE would be written by somebody else too."""
    source = inspect.getsource(Tap.run_sync_dry_run)
    assert "stream.sync()" in source
    assert "state" not in source.split('"""')[2]


def test_streams_come_from_load_streams_which_sorts() -> None:
    """Else sync_runs could not be the last stream."""
    tap = PlainTap(config={})
    assert list(tap.streams) == ["incremental", "plain"]
    assert "self.load_streams()" in inspect.getsource(Tap.streams.fget)  # type: ignore[attr-defined]


def test_the_command_line_ends_in_sync_all() -> None:
    """Else the course of a run would not be ours."""
    assert "tap.sync_all()" in inspect.getsource(Tap.invoke)
    assert IdentityTap.sync_all is not Tap.sync_all


def test_signals_reach_the_handler_that_is_overridden() -> None:
    """Else SIGTERM would exit 0, or cut a record in half."""
    tap = PlainTap(config={})
    assert signal.getsignal(signal.SIGTERM) == tap._handle_termination
    assert signal.getsignal(signal.SIGINT) == tap._handle_termination


def test_every_message_goes_through_the_message_writer() -> None:
    """Else messages would pass by the block that is written at once, and out of order."""
    assert "self.message_writer.write_message(message)" in inspect.getsource(Tap.write_message)
    assert "self._state_writer: StateWriter = StateWriter(self.message_writer)" in (
        inspect.getsource(Tap.__init__)
    )
    assert hasattr(MsgSpecWriter, "format_message")


def test_the_mapper_is_set_up_after_the_input_catalog_is_read() -> None:
    """Else what a catalog lacks could not be put back in time."""
    source = inspect.getsource(Tap.__init__)
    assert source.index("self._input_catalog = catalog") < source.index("self.setup_mapper()")


def test_settings_in_the_environment_come_from_one_property_as_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else an empty boolean would be false, and an empty number an error."""
    monkeypatch.setenv("TAP_PLAIN_ON", "")
    monkeypatch.setenv("TAP_PLAIN_SIZE", " 7")
    schema = {"properties": {"on": {"type": "boolean"}, "size": {"type": ["integer", "null"]}}}
    assert environment(schema, PlainTap._env_var_prefix) == {"on": "", "size": " 7"}
    source = inspect.getsource(PluginBase.__init__)
    assert "config_dict.update(self._env_var_config)" in source


def test_the_command_takes_what_it_is_rebuilt_from() -> None:
    """Else errors would come with a traceback."""
    command = PlainTap.cli
    assert isinstance(command, SingerCommand)
    assert {"name", "callback", "params", "help", "context_settings"} <= set(vars(command))


def test_what_is_not_worth_saying_is_said_in_these_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be said again."""
    error, unsorted = MOOT
    monkeypatch.setattr(logging.getLogger("singer_sdk"), "filters", [])
    assert error in inspect.getsource(Stream.sync)
    with redirect_stdout(io.StringIO()), heard("singer_sdk") as lines:
        PlainTap(config={}).streams["incremental"].sync()
    assert lines == [unsorted]
