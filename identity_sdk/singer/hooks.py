"""Everything that uses private parts of singer_sdk; each is guarded by tests/sdk/test_hooks.py.

| hook | purpose | without it |
|---|---|---|
| `Stream._sync_records` | write a page at a time | 1.6 times the CPU |
| `Stream._write_activate_version_message` | only after a complete stream | loaders mark rows as deleted that a failed run did not reach |
| `Stream._stream_version` | milliseconds | two runs in one second share a version |
| `Stream._write_state_message` | once, after ACTIVATE_VERSION | STATE ahead of what is proven, and twice the messages |
| what `Stream.sync` logs | filtered by wording | a stream's error is logged twice |
| `Tap.run_sync_dry_run`, final | write the STATE that streams hold back | singer_sdk's own test suite sees none |
| `Tap._handle_termination` | only note a signal | a truncated record, and exit code 0 |
| `Tap._env_var_config`, `parse_environment_config` | keep settings as text | an empty boolean is false, an empty number an error |
| `Tap._validate_config`, `Tap._config` | errors without values | secrets in error messages |
| `_ConfigInput` | settings of a run that fails over them | no report file then |
| `Tap._get_about_info` | add the streams to `--about` | it says nothing of opt-in streams |
| `Tap._reset_state_progress_markers` | called by `sync_all`, which is overridden | a failed run's markers become bookmarks |
| `Stream._singer_catalog_entry` | add `sync_runs` to any catalog | a catalog could deselect it |
| `Stream._tap` | the tap of a stream | |
"""  # noqa: E501

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Tap
from singer_sdk.about import AboutFormatter
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import StateMessage
from singer_sdk.streams import Stream
from typing_extensions import override

from identity_sdk.errors import SettingsError
from identity_sdk.singer.output import PageWriter
from identity_sdk.singer.settings import faults, read, unknown

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from types import FrameType

    from singer_sdk.helpers.types import Context
    from singer_sdk.plugin_base import _ConfigInput
    from singer_sdk.singerlib import Catalog

    from identity_sdk.report.run_report import Mode


MOOT = (
    "An unhandled error occurred while syncing '%s'",  # It is handled, and logged at the end.
    "Stream is assumed to be unsorted, progress is not resumable if interrupted",
)
"""What singer_sdk logs in runs that are fine."""


class _Quiet(logging.Filter):
    """Drops these log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg not in MOOT


_QUIET = _Quiet()


class PagedStream(Stream):
    """A stream that emits records page by page, and STATE and ACTIVATE_VERSION on request only."""

    _state_is_due = False

    def __init__(self, tap: Tap, **settings: Any) -> None:
        super().__init__(tap, **settings)
        for logger in (self.logger, logging.getLogger("singer_sdk")):
            logger.addFilter(_QUIET)

    @abstractmethod
    def record_pages(self) -> Iterator[list[dict[str, Any]]]:
        """The records, page by page."""

    @property
    @abstractmethod
    def version(self) -> int:
        """The version of the stream's table; increases from run to run."""

    @property
    def mode(self) -> Mode:
        return "incremental" if self.replication_method == "INCREMENTAL" else "full"

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        for page in self.record_pages():
            yield from page

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """As in singer_sdk, but page by page where no single record needs handling."""
        if not write_messages or not self._in_pages:
            return super()._sync_records(context, write_messages=write_messages)
        counter, writer = self.get_record_counter(), cast("PageWriter", self._tap.message_writer)
        with counter, self.get_sync_timer():
            self._write_starting_replication_value(None)
            for page in self.record_pages():
                writer.write_records(self.name, self._stream_version, page)
                self.state_manager.is_flushed = False
                counter.increment(len(page))
            self._finalize_state(self.stream_state)
        return (record for record in list[dict[str, Any]]())

    @property
    def _in_pages(self) -> bool:
        """Whether records are emitted unchanged: no stream map, no flattening, no deselected nested
        field, no bookmark, no record limit."""
        maps = self.stream_maps
        return (
            isinstance(self._tap.message_writer, PageWriter)
            and self.mode == "full"
            and self.selected
            and self.ABORT_AT_RECORD_COUNT is None
            and len(maps) == 1
            and type(maps[0]) is SameRecordTransform
            and not maps[0].flattening_enabled
            and all(self.mask[each] for each in self.metadata if len(each) > 2)
        )

    def write_state(self) -> None:
        """Promote the bookmarks, and write STATE."""
        self._state_is_due = True
        self.finalize_state_progress_markers()

    @override
    def _write_state_message(self) -> None:
        if self._state_is_due:
            super()._write_state_message()

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return bool(self.config.get("emit_activate_version_messages", True))

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        self._stream_version = self.version

    def activate(self) -> None:
        """Tell loaders to mark rows of earlier versions as deleted."""
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)


class HookedTap(Tap):
    """A tap with its own handling of settings, signals and messages."""

    message_writer_class = PageWriter

    @abstractmethod
    def handle_signal(self, signum: int) -> None:
        """Called when a signal asks the run to stop."""

    @classmethod
    @abstractmethod
    def about_streams(cls) -> list[dict[str, Any]]:
        """What `--about` says of each stream."""

    @classmethod
    @override
    def print_about(cls, output_format: str | None = None) -> None:
        """As in singer_sdk, with the streams at the end; in JSON under the key `streams`."""
        formatter = AboutFormatter.get_formatter(output_format or "text")
        told, streams = formatter.format_about(cls._get_about_info()), cls.about_streams()
        if output_format == "json":
            told = json.dumps({**json.loads(told), "streams": streams}, indent=2)
        else:
            heading = "## Streams\n\n" if output_format == "markdown" else "Streams:\n"
            told += heading + "".join(map(_stream_told, streams))
        print(told)

    @abstractmethod
    def check_settings(self) -> None:
        """Check settings against each other, once each is valid by itself.

        Raises:
            SettingsError: They contradict each other.
        """

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.handle_signal(signum)

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        return environment(schema, self._env_var_prefix)

    @classmethod
    def settings_given(cls, given: _ConfigInput | None) -> dict[str, Any]:
        """The settings of a command line, from files and the environment, before validation."""
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        config = given.config if given else {}
        if given and given.parse_env:
            config = {**config, **environment(schema, cls._env_var_prefix)}
        return read(schema, config)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """As in singer_sdk, but without showing values, which may be secret.

        Raises:
            SettingsError: A setting is missing or has the wrong type.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        self._config = read(schema, self._config)
        for warning in unknown(schema, self._config):
            self.logger.warning("Settings: %s", warning)
        errors = faults(schema, self._config)
        if raise_errors:
            if errors:
                raise SettingsError(f"Settings: {'; '.join(errors)}.")
            self.check_settings()
        return errors

    @override  # type: ignore[misc]
    def run_sync_dry_run(
        self, dry_run_record_limit: int | None = 1, streams: Iterable[Stream] | None = None
    ) -> bool:
        """As in singer_sdk; also writes the STATE that streams hold back, at the end."""
        done = super().run_sync_dry_run(dry_run_record_limit, streams)
        self.write_message(StateMessage(value=self.state))
        return done

    def write_first_state(self) -> None:
        """Write the incoming state, without progress markers that a failed run left in it."""
        self._reset_state_progress_markers()
        if self.state:
            self.state_writer.write_state(self.state)

    def flush(self) -> None:
        """Flush buffered messages."""
        if isinstance(self.message_writer, PageWriter):
            self.message_writer.flush()


def _stream_told(stream: Mapping[str, Any]) -> str:
    opt_in = "opt-in, " if stream["opt_in"] else ""
    return f"  - {stream['name']}: {opt_in}{stream['cost']}\n"


def add_to_catalog(catalog: Catalog, stream: Stream) -> None:
    """Add a stream to a catalog that lacks it."""
    if catalog.get_stream(stream.name) is None:
        catalog.add_stream(stream._singer_catalog_entry)


def environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The settings in the environment, as text.

    singer_sdk would read any unknown boolean as false, and fail on an empty number.
    """
    texts = {"properties": {name: {"type": "string"} for name in schema["properties"]}}
    return parse_environment_config(texts, prefix)
