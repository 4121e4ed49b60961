"""Everything that touches private parts of singer_sdk, each held by tests/sdk/test_hooks.py.

| hook | what for | without it |
|---|---|---|
| `Stream._sync_records` | a page at a time | 1.6 times the CPU |
| `Stream._write_activate_version_message` | only after a complete stream | a loader marks as deleted what a broken run did not reach |
| `Stream._stream_version` | in milliseconds | two runs in one second share a version |
| `Stream._write_state_message` | after ACTIVATE_VERSION, once | a state that is ahead of what is proven, and twice the messages |
| what `Stream.sync` logs | left out by its wording | an error of a stream is told twice |
| `Tap.run_sync_dry_run`, final | the STATE that streams hold back | singer_sdk's own test suite sees none |
| `Tap._handle_termination` | a signal is noted | a record cut in half, and exit code 0 |
| `Tap._env_var_config` | settings as text | an empty boolean is false, an empty number an error |
| `Tap._validate_config`, `Tap._config` | errors without values | a secret in an error message |
| `Tap._reset_state_progress_markers` | called by `sync_all`, which is overridden | a broken run's markers are taken for bookmarks |
| `Stream._singer_catalog_entry` | puts `sync_runs` into any catalog | a catalog could take it away |
| `Stream._tap` | what the stream belongs to | |
"""  # noqa: E501

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Tap
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import StateMessage
from singer_sdk.streams import Stream
from typing_extensions import override

from identity_sdk.errors import SettingsError
from identity_sdk.singer.inputs import environment
from identity_sdk.singer.output import PageWriter
from identity_sdk.singer.settings import faults, read, unknown

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from types import FrameType

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from identity_sdk.report.run_report import Mode


MOOT = (
    "An unhandled error occurred while syncing '%s'",  # It is handled, and told at the end.
    "Stream is assumed to be unsorted, progress is not resumable if interrupted",
)
"""What singer_sdk says in runs that go as they should."""


class _Quiet(logging.Filter):
    """Leaves out what is moot."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg not in MOOT


_QUIET = _Quiet()


class PagedStream(Stream):
    """A stream whose records come in pages, and whose STATE and ACTIVATE_VERSION are written
    when it is told to be."""

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
        """The version of the stream's table: rises from run to run."""

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
        """As singer_sdk does, but a page at a time where nothing looks at single records."""
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
        """Whether records go out as they are: no map, no flattening, no field within a field
        deselected, no bookmark to be moved, no limit to their number."""
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
        """Tell loaders that rows of earlier versions are gone."""
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)


class HookedTap(Tap):
    """A tap whose settings, signals and messages are its own."""

    message_writer_class = PageWriter

    @abstractmethod
    def handle_signal(self, signum: int) -> None:
        """A signal asks the run to end."""

    @abstractmethod
    def check_settings(self) -> None:
        """See whether settings fit each other; asked when each is right by itself.

        Raises:
            SettingsError: They do not.
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

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """As singer_sdk does, but without showing values, which may be secret.

        Raises:
            SettingsError: A setting is missing or of the wrong kind.
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
        """As singer_sdk does, and STATE, which streams hold back, at the end."""
        done = super().run_sync_dry_run(dry_run_record_limit, streams)
        self.write_message(StateMessage(value=self.state))
        return done

    def write_first_state(self) -> None:
        """Write the state that there is to go on from, without what a broken run left in it."""
        self._reset_state_progress_markers()
        if self.state:
            self.state_writer.write_state(self.state)

    def flush(self) -> None:
        """Write out what is left."""
        if isinstance(self.message_writer, PageWriter):
            self.message_writer.flush()


def add_to_catalog(catalog: Catalog, stream: Stream) -> None:
    """Put a stream into a catalog that lacks it."""
    if catalog.get_stream(stream.name) is None:
        catalog.add_stream(stream._singer_catalog_entry)
