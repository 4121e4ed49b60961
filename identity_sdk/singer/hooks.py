"""How the messages of a stream leave: records a page at a time, ACTIVATE_VERSION at the end.

Private hooks of singer_sdk in use, each held by a test in tests/sdk/test_hooks.py:

- `Stream._sync_records`, which writes one record after the other.
- `Stream._write_activate_version_message`, called by `sync` before the records: held
  back until the stream is known to be complete (see `activate`).
- What singer_sdk logs of errors and of bookmarks, by its wording.
- `Stream._stream_version`, set by `sync` in seconds: two runs in one second would share
  a version, so it is set in milliseconds.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.mapper import SameRecordTransform
from typing_extensions import override

from identity_sdk.singer.catalog import ChosenStream
from identity_sdk.singer.output import PageWriter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from singer_sdk.helpers.types import Context

    from identity_sdk.report.run_report import Mode
    from identity_sdk.singer.tap import IdentityTap


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


class WrittenStream(ChosenStream):
    """A stream whose records come in pages, and that is only activated when it is told to be."""

    _tap: IdentityTap

    def __init__(self, tap: IdentityTap, **settings: Any) -> None:
        super().__init__(tap, **settings)
        for logger in (self.logger, logging.getLogger("singer_sdk")):
            logger.addFilter(_QUIET)

    def _record_pages(self) -> Iterator[list[dict[str, Any]]]:
        """The records, page by page."""
        raise NotImplementedError

    @property
    def mode(self) -> Mode:
        return "incremental" if self.replication_method == "INCREMENTAL" else "full"

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """As singer_sdk does, but a page at a time where nothing looks at single records."""
        if not write_messages or not self._in_pages:
            yield from super()._sync_records(context, write_messages=write_messages)
            return
        counter, timer, writer = self.get_record_counter(), self.get_sync_timer(), self._writer
        with counter, timer:
            self._write_starting_replication_value(None)
            for page in self._record_pages():
                writer.write_records(self.name, self._stream_version, page)
                self.state_manager.is_flushed = False
                counter.increment(len(page))
            self._finalize_state(self.stream_state)
        self._write_state_message()

    @property
    def _writer(self) -> PageWriter:
        return cast("PageWriter", self._tap.message_writer)

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

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        return bool(self.config.get("emit_activate_version_messages", True))

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Hold the message back: sent before the records, as singer_sdk does, it would make
        a loader mark every row as removed that a broken run did not reach."""
        self._stream_version = self._tap.report.millis

    def activate(self) -> None:
        """Tell loaders that rows of earlier versions are gone."""
        if self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)
