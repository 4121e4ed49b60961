"""A run: its client, its report, the selected streams, and how it ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import StateMessage

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    LoaderGone,
    RunFailed,
    SettingsError,
    Stopped,
    Unreachable,
    Unsupported,
)
from identity_sdk.records.coercion import SYNC_ID
from identity_sdk.report.run_report import LAST_COMPLETE, RunReport
from identity_sdk.singer.rights import Rights
from identity_sdk.singer.settings import numbers_by_name
from identity_sdk.singer.sync_runs import LAST_RUN, SyncRuns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from identity_sdk.http.client import Client
    from identity_sdk.listing.listing import Listing
    from identity_sdk.singer.stream import IdentityStream
    from identity_sdk.singer.tap import IdentityTap

_PATIENCE = 3.0
"""Seconds after a first signal within which another is treated as a duplicate of it."""


class Run:
    """Reads the selected streams of a tap; a failed stream does not stop the others.

    Attributes:
        stop: Set when a signal asks the run to stop.
        skipped: Streams that are not read because the credential lacks a permission.
        accepted: Whether `accept_shrink` was applied to any stream.
    """

    def __init__(self, tap: IdentityTap) -> None:
        self.tap = tap
        self.log = tap.logger
        self.stop = threading.Event()
        self.skipped = set[str]()
        self.accepted = False
        self._signal: signal.Signals | None = None
        self._since = 0.0

    # What exists once per run

    @cached_property
    def client(self) -> Client:
        return self.tap.make_client()

    @cached_property
    def report(self) -> RunReport:
        runs = self.tap.state.get("bookmarks", {}).get(SyncRuns.name, {})
        last_run = runs.get(LAST_RUN)
        return RunReport(last_run if isinstance(last_run, int) else 0)

    @cached_property
    def rights(self) -> Rights:
        """The checks of the credential's permissions in this run."""
        return Rights(self)

    # Settings that affect the verdict

    @property
    def max_shrink(self) -> float:
        return float(self.tap.config.get("max_shrink", 0.5))

    @property
    def accept_shrink(self) -> bool:
        return bool(self.tap.config.get("accept_shrink", False))

    @cached_property
    def accept_missing(self) -> dict[str, int]:
        """Accepted number of rows per stream that the server counts but never returns.

        Raises:
            SettingsError: The setting has an unknown stream, or no number.
        """
        names = [each.name for each in self.tap.stream_types]
        given = self.tap.config.get("accept_missing")
        return numbers_by_name("accept_missing", given, names)

    # Which streams and listings are read

    @property
    def selected(self) -> list[IdentityStream]:
        """The streams to read, in order: selected, not skipped, not removed by a stream map."""
        return [
            stream
            for stream in self.tap.own_streams
            if stream.selected
            and stream.name not in self.skipped
            and not all(isinstance(each, RemoveRecordTransform) for each in stream.stream_maps)
        ]

    def readers_of(self, source: IdentityStream) -> int:
        """Number of streams that read the listing of a stream in this run; 0 if it is not read."""
        readers = Counter(stream.source for stream in self.selected)
        listings = list(readers)
        for listing in listings:  # grows during the iteration
            readers.update(listing.reads())
            listings += [each for each in listing.reads() if each not in listings]
        for listing in listings:
            for other in map(self.tap.stream_of, listing.compares_with):
                if other.source in listings:
                    readers.update((listing, other.source))
        return readers[source]

    @property
    def listings_read(self) -> list[Listing]:
        """The listings that were read, at least in part."""
        streams = self.tap.declared_streams.values()
        return [each.__dict__["listing"] for each in streams if "listing" in each.__dict__]

    # The run

    def sync(self) -> None:
        """Sync the selected streams.

        Raises:
            RunFailed: A stream is not complete, or the run was stopped.
            IdentityError: Nothing was read: settings, credential or permissions are wrong.
        """
        tap = self.tap
        if not self.selected:
            names = ", ".join(each.name for each in tap.own_streams)
            raise SettingsError(f"No stream is selected. There are: {names}.")
        self._warn()
        try:
            streams = self.preflight(self.selected)
            tap.write_first_state()
            tap.streams[SyncRuns.name].stream_state[LAST_RUN] = self.report.millis
            for stream in streams:
                self._read(stream)
            if self.report.read_anything:
                tap.streams[SyncRuns.name].sync()
                # singer_sdk omits an unchanged STATE, but some loaders (target-jsonl 0.1.4)
                # lose theirs if the last message is a record.
                tap.write_message(StateMessage(value=tap.state))
        except Stopped as error:
            raise self._failed(f"{self.reason(error)} before anything was read") from None
        finally:
            if "client" in self.__dict__:
                self.client.close()
            tap.flush()
        self._conclude()

    def test(self) -> None:
        """Run the preflight, and read one page of each stream.

        Raises:
            RunFailed: Some streams cannot be read; lists them.
            AccessDenied: Permissions are missing; lists them.
        """
        failed = []
        for stream in self.preflight(self.tap.own_streams):
            try:
                page = next(iter(stream.source.listing.pages()), [])
                self.log.info("%s: readable, %d rows on the first page", stream.name, len(page))
            except Unsupported as error:
                self.log.warning("%s: %s", stream.name, error)
            except IdentityError as error:
                self.log.error("%s: %s", stream.name, self.reason(error))
                failed.append(stream.name)
        self.client.close()
        if failed:
            raise RunFailed(f"{len(failed)} streams cannot be read: {', '.join(failed)}.")

    def preflight(self, streams: Sequence[IdentityStream]) -> list[IdentityStream]:
        """The streams that the credential may read, checked before the first message.

        Raises:
            AccessDenied: It may not read some, and they are not to be skipped, or it may read none.
            ApiError: The credential is not accepted, or the server cannot be reached.
            SettingsError: A bookmark is not a timestamp.
        """
        tap = self.tap
        for stream in streams:
            stream.since()
        needed = dict.fromkeys(name for stream in streams for name in sorted(stream.permissions))
        lacking = {name: reason for name in needed if (reason := tap.missing_permission(name))}
        granted = self._allowed(streams, lacking)
        self.rights.start()
        if refused := self._refused(granted):
            granted = self._allowed(granted, refused)
        if isinstance(tap.coverage, str):
            raise TypeError(f"`coverage` of {tap.name} is a text; it has to be a tuple")
        self.log.debug("This run covers %s.", " and ".join(tap.coverage))
        return granted

    def _allowed(
        self, streams: Sequence[IdentityStream], lacking: Mapping[str, str]
    ) -> list[IdentityStream]:
        """The streams that need none of the missing permissions.

        Raises:
            AccessDenied: Other streams are not to be skipped, or no stream is left.
        """
        denied = {
            stream: lacking[min(stream.permissions & lacking.keys())]
            for stream in streams
            if stream.permissions & lacking.keys()
        }
        granted = [stream for stream in streams if stream not in denied]
        if denied and (not granted or self.tap.config.get("on_missing_scope") != "skip"):
            raise AccessDenied(self._denial(denied, lacking, some=bool(granted)))
        for stream, reason in denied.items():
            self.log.warning("%s is skipped: %s", stream.name, reason)
            self.skipped.add(stream.name)
            stream.open_result().end("skipped", reason)
        return granted

    def _refused(self, streams: Sequence[IdentityStream]) -> dict[str, str]:
        """The permissions that turn out to be missing when first pages are requested.

        At least one listing is requested, so that a bad credential is reported first.

        Raises:
            ApiError: The credential is not accepted, or the server cannot be reached.
        """
        refused: dict[str, str] = {}
        listings = list(dict.fromkeys(stream.listed_by for stream in streams))
        for stream in listings if self.tap.asks_each else listings[:1]:
            try:
                stream.begin()
            except ApiError as error:
                silent = error.status is None and not self.client.answered
                if silent or isinstance(error, Unreachable) or error.status == 401:
                    raise
                if isinstance(error, AccessDenied) and self.tap.asks_each and stream.permission:
                    refused[stream.permission] = str(error)
            except Stopped:
                raise
            except IdentityError:
                continue  # Reported by the stream itself when it is read.
        return refused

    def _denial(
        self, denied: Iterable[IdentityStream], lacking: Mapping[str, str], *, some: bool
    ) -> str:
        """The missing permissions and the streams that need them; if several, logged by line."""
        told = [
            f"{', '.join(s.name for s in denied if name in s.permissions)} need {name}: {why}"
            for name, why in lacking.items()
        ]
        if len(told) > 1:
            for line in told:
                self.log.warning("%s", line)
            told = [f"It lacks {', '.join(lacking)}: see the lines above."]
        choice = " Or deselect these streams, or set `on_missing_scope` to `skip`." if some else ""
        return f"The credential may not read all selected streams. {told[0]}{choice}"

    def _read(self, stream: IdentityStream) -> None:
        try:
            self.check_stop()
            stream.sync()
        except LoaderGone:
            raise
        except Exception as error:
            result = self.report.results.get(stream.name) or stream.open_result()
            result.end("failed", self.reason(error))
            if not isinstance(error, IdentityError):
                self.log.debug("%s", stream.name, exc_info=error)
            return
        result = self.report.results[stream.name]
        if result.status == "complete":
            stream.activate()
            stream.stream_state[LAST_COMPLETE] = result.as_last_complete
        stream.write_state()

    def _warn(self) -> None:
        """Warn of what keeps this run from detecting deleted rows correctly."""
        full = [stream for stream in self.selected if stream.mode == "full"]
        if full and not any(stream.last_complete for stream in full):
            self.log.warning(
                "There is no state of an earlier complete run (a first run, or --full-refresh): "
                "the shrink guard is inactive for this run."
            )
        if self.report.behind:
            self.log.warning(
                "The clock is %.1f s behind the last run; continuing from that run's time.",
                self.report.behind / 1000,
            )
        for stream in full:
            if not any(SYNC_ID in m.transformed_schema["properties"] for m in stream.stream_maps):
                self.log.warning(
                    "stream_maps remove `%s.%s`: deleted rows of this stream cannot be detected",
                    stream.name,
                    SYNC_ID,
                )

    def _conclude(self) -> None:
        """Log the result of each stream.

        Raises:
            RunFailed: A stream is not complete.
        """
        results = self.report.results
        for result in results.values():
            figures = (result.stream, result.status, result.row_count, result.requests)
            self.log.info("%s: %s, %d rows, %d requests", *figures)
        if self.accept_shrink and not self.accepted:
            self.log.warning("`accept_shrink` is set, but nothing shrank: unset it.")
        if failures := self.report.failures:
            for result in failures:
                self.log.error("%s %s: %s", result.stream, result.status, result.reason)
            names = ", ".join(result.stream for result in failures)
            told = f"{len(failures)} of {len(results)} streams are not complete: {names}."
            raise self._failed(told)

    # How it ends

    def check_stop(self) -> None:
        """Raise `Stopped` if a signal asked the run to stop."""
        if self.stop.is_set():
            raise Stopped

    def handle_signal(self, signum: int) -> None:
        """Stop at the next message boundary; a second signal seconds later exits at once.

        A second signal right away does not: on Ctrl-C, both the terminal and Meltano send one.
        """
        if not self.stop.is_set():
            self._signal, self._since = signal.Signals(signum), time.monotonic()
            self.stop.set()
        elif time.monotonic() - self._since > _PATIENCE:
            os._exit(128 + signum)

    def reason(self, error: Exception) -> str:
        """Why a stream failed, for `sync_runs` and the log."""
        if isinstance(error, Stopped):
            return f"the run was stopped by {self._signal.name if self._signal else 'its caller'}"
        if isinstance(error, IdentityError):
            return str(error)
        variable = f"{self.tap.name.upper().replace('-', '_')}_LOGLEVEL"
        return f"unexpected {type(error).__name__}; {variable}=DEBUG shows where"

    def _failed(self, message: str) -> RunFailed:
        """The final error of a run, with the exit code of the signal that ended it."""
        error = RunFailed(message)
        error.exit_code = 1 if self._signal is None else 128 + self._signal
        return error
