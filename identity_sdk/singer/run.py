"""The course of a run: what is proven first, what is read, what is said at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.singerlib import StateMessage

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    LoaderGone,
    RunFailed,
    Stopped,
    Unreachable,
    Unsupported,
)
from identity_sdk.records.coercion import SYNC_ID
from identity_sdk.report.run_report import LAST_COMPLETE
from identity_sdk.singer.sync_runs import SyncRuns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from identity_sdk.singer.stream import IdentityStream
    from identity_sdk.singer.tap import IdentityTap


class Run:
    """Reads the selected streams of a tap, each whatever became of the others."""

    def __init__(self, tap: IdentityTap) -> None:
        self.tap = tap
        self.log = tap.logger

    def run(self) -> None:
        """Read, and write messages.

        Raises:
            RunFailed: A stream was not read completely, or the run was stopped.
            IdentityError: Nothing was read: settings, credential or permissions are wrong.
        """
        tap = self.tap
        if not tap.selected:
            self.log.warning("No stream is selected; nothing is read.")
            return
        self._warn()
        try:
            streams = self.preflight(tap.selected)
            tap.begin()
            for stream in streams:
                self._read(stream)
            if tap.report.read_anything:
                tap.streams[SyncRuns.name].sync()
                # singer_sdk leaves out a STATE that says nothing new, but some loaders
                # (target-jsonl 0.1.4) drop theirs if the last message is a record.
                tap.write_message(StateMessage(value=tap.state))
        except Stopped as error:
            raise tap.failed(f"{tap.reason(error)} before anything was read") from None
        finally:
            tap.end()
        self._report()

    def test(self) -> None:
        """The preflight, and one page of each stream that is read by default.

        Raises:
            RunFailed: Some cannot be read; names each.
            AccessDenied: Permissions are missing; names each.
        """
        failed = []
        for stream in self.preflight([s for s in self.tap.own_streams if s.selected_by_default]):
            try:
                page = next(iter(stream.source.listing.pages()), [])
                self.log.info("%s: readable, %d rows on the first page", stream.name, len(page))
            except Unsupported as error:
                self.log.warning("%s: %s", stream.name, error)
            except IdentityError as error:
                self.log.error("%s: %s", stream.name, self.tap.reason(error))
                failed.append(stream.name)
        self.tap.client.close()
        if failed:
            raise RunFailed(f"{len(failed)} streams cannot be read: {', '.join(failed)}.")

    def preflight(self, streams: Sequence[IdentityStream]) -> list[IdentityStream]:
        """The streams that the credential may read, proven before the first message.

        Raises:
            AccessDenied: It may not read some, and they are not to be skipped, or it may
                read none.
            ApiError: The credential is not accepted, or there is no server.
            SettingsError: A bookmark is no timestamp.
        """
        tap = self.tap
        for stream in streams:
            stream.since()
        needed = dict.fromkeys(name for stream in streams for name in sorted(stream.permissions))
        lacking = {name: reason for name in needed if (reason := tap.missing_permission(name))}
        granted = self._allowed(streams, lacking)
        tap.rights.start()
        if refused := self._refused(granted):
            granted = self._allowed(granted, refused)
        self.log.debug("This run covers %s.", " and ".join(tap.coverage))
        return granted

    def _allowed(
        self, streams: Sequence[IdentityStream], lacking: Mapping[str, str]
    ) -> list[IdentityStream]:
        """The streams that need none of the permissions that are lacking.

        Raises:
            AccessDenied: Others are not to be skipped, or there are none.
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
            self.tap.skipped.add(stream.name)
            stream.open_result().end("skipped", reason)
        return granted

    def _refused(self, streams: Sequence[IdentityStream]) -> dict[str, str]:
        """The permissions that a server shows to be lacking as it is asked for first pages.

        One listing at least is asked for, so that a bad credential is told before all else.

        Raises:
            ApiError: The credential is not accepted, or there is no server.
        """
        refused: dict[str, str] = {}
        listings = list(dict.fromkeys(stream.listed_by for stream in streams))
        for stream in listings if self.tap.asks_each else listings[:1]:
            try:
                stream.begin()
            except ApiError as error:
                silent = error.status is None and not self.tap.client.answered
                if silent or isinstance(error, Unreachable) or error.status == 401:
                    raise
                if isinstance(error, AccessDenied) and self.tap.asks_each and stream.permission:
                    refused[stream.permission] = str(error)
            except Stopped:
                raise
            except IdentityError:
                continue  # It is this stream's own matter.
        return refused

    def _denial(
        self, denied: Iterable[IdentityStream], lacking: Mapping[str, str], *, some: bool
    ) -> str:
        """What the credential lacks, and for which streams: line by line if it is much."""
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
        tap = self.tap
        try:
            tap.check_stop()
            stream.sync()
        except LoaderGone:
            raise
        except Exception as error:
            result = tap.report.results.get(stream.name) or stream.open_result()
            result.end("failed", tap.reason(error))
            if not isinstance(error, IdentityError):
                self.log.debug("%s", stream.name, exc_info=error)
            return
        result = tap.report.results[stream.name]
        if result.status == "complete":
            stream.activate()
            stream.stream_state[LAST_COMPLETE] = result.as_last_complete
        stream.finalize_state_progress_markers()

    def _warn(self) -> None:
        """Say what keeps this run from telling removals as it should."""
        tap = self.tap
        full = [stream for stream in tap.selected if stream.mode == "full"]
        if full and not any(stream.last_complete for stream in full):
            self.log.warning(
                "There is no state of an earlier complete run (a first run, or --full-refresh): "
                "whether this one covers less than that cannot be told."
            )
        if tap.report.behind:
            self.log.warning(
                "The clock is %.1f s behind that of the last run; its time is taken to go on.",
                tap.report.behind / 1000,
            )
        for stream in full:
            if not any(SYNC_ID in m.transformed_schema["properties"] for m in stream.stream_maps):
                self.log.warning(
                    "stream_maps take away `%s.%s`: removals cannot be derived from it",
                    stream.name,
                    SYNC_ID,
                )

    def _report(self) -> None:
        report, tap = self.tap.report, self.tap
        for result in report.results.values():
            figures = (result.stream, result.status, result.row_count, result.requests)
            self.log.info("%s: %s, %d rows, %d requests", *figures)
        if tap.accept_shrink and not tap.accepted:
            self.log.warning("`accept_shrink` is set, but nothing shrank: unset it.")
        if failures := report.failures:
            for result in failures:
                self.log.error("%s %s: %s", result.stream, result.status, result.reason)
            names = ", ".join(result.stream for result in failures)
            raise tap.failed(
                f"{len(failures)} of {len(report.results)} streams are not complete: {names}."
            )
