"""The base of all taps: common settings, and the course of a run."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib import Schema
from singer_sdk.singerlib.encoding import SingerMessageType
from typing_extensions import override

from identity_sdk.errors import IdentityError, LoaderGone, RunFailed, Stopped
from identity_sdk.form import SYNC_ID, SYNC_ID_SCHEMA
from identity_sdk.ledger import BASELINE, Ledger
from identity_sdk.stream import EachOf, IdentityStream, SyncRuns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click
    from singer_sdk.singerlib import Catalog
    from singer_sdk.singerlib.encoding.simple import Message
    from singer_sdk.streams import Stream

    from identity_sdk.client import Client

SHARED_SETTINGS = (
    th.Property(
        "page_size",
        th.IntegerType(minimum=1),
        title="Page size",
        description="Rows to ask for in one request. Empty: the most the API allows.",
    ),
    th.Property(
        "max_concurrency",
        th.IntegerType(minimum=1, maximum=64),
        default=8,
        title="Concurrency",
        description="Requests in flight at most. The output does not depend on it.",
    ),
    th.Property(
        "requests_per_second",
        th.NumberType(exclusive_minimum=0),
        title="Requests per second",
        description="Cap on the request rate. Empty: the vendor's documented limit, if any.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=120,
        title="Request time-out",
        description="Seconds that one request may take, from connecting to its last byte.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0, maximum=50),
        default=9,
        title="Retries",
        description="Repeats of a request that fails (network, 5xx), after 0.1, 0.2, 0.4 … 30 s. "
        "Refusals (429) do not count; they are repeated for 15 minutes.",
    ),
    th.Property(
        "max_shrink",
        th.NumberType(minimum=0, maximum=1),
        default=0.5,
        title="Largest shrinkage",
        description="Share of a stream's rows that may be gone since its last complete run. If "
        "more are, the stream is incomplete and no row is taken for removed.",
    ),
    th.Property(
        "accept_shrink",
        th.BooleanType,
        default=False,
        title="Accept shrinkage",
        description="Take a shrunken stream or scope as it is. Set it for one run only.",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=True,
        title="Emit ACTIVATE_VERSION",
        description="Send ACTIVATE_VERSION after each complete full read, so that loaders that "
        "know the message mark removed rows. Unset it for a loader that fails on it.",
    ),
    th.Property(
        "ca_bundle",
        th.StringType,
        title="CA bundle",
        description="File with the certificates of a private CA. Empty: REQUESTS_CA_BUNDLE, "
        "else the public CAs.",
    ),
    th.Property(
        "allow_http",
        th.BooleanType,
        default=False,
        title="Allow http",
        description="Allow plain http to another machine. It sends the credential in clear text.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header of all requests. Empty: name and version of the tap.",
    ),
)


class PageWriter(MsgSpecWriter):
    """Writes messages in blocks, each a number of whole lines.

    One write per record would cost more than all else that is done with it.
    """

    _BLOCK = 2**16

    def __init__(self) -> None:
        super().__init__()
        self._lines = bytearray()

    @override
    def write_message(self, message: Message) -> None:
        self._lines += self.format_message(message)
        if len(self._lines) >= self._BLOCK or message.type is SingerMessageType.STATE:
            self.flush()

    def flush(self) -> None:
        """Write out all lines.

        Raises:
            RunFailed: Nobody reads them any more.
        """
        lines, self._lines = self._lines, bytearray()
        try:
            sys.stdout.buffer.write(lines)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python would try to flush once more at its exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise LoaderGone("the loader closed the pipe; its own log says why") from None


class IdentityTap(Tap):
    """A tap for one identity system.

    A subclass gives name, settings, `stream_types`, `make_client` and `scope`.

    Attributes:
        stream_types: The streams, in the order in which they are read.
    """

    package_name = "identity-taps"
    message_writer_class = PageWriter
    # BATCH is not offered: it bypasses field selection and stream maps.
    capabilities: ClassVar = [
        PluginCapabilities.ABOUT,
        TapCapabilities.ACTIVATE_VERSION,
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        PluginCapabilities.FLATTENING,
        TapCapabilities.STATE,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    stream_types: ClassVar[tuple[type[IdentityStream], ...]] = ()

    # What a tap provides

    def make_client(self) -> Client:
        """The client of a run.

        Raises:
            SettingsError: A setting cannot be right.
        """
        raise NotImplementedError

    @property
    def scope(self) -> tuple[str, ...]:
        """What a run covers, such as the tenant's URL or its organizations."""
        raise NotImplementedError

    def preflight(self, streams: Sequence[IdentityStream]) -> None:
        """Prove, before the first message, that the streams can be read.

        Raises:
            IdentityError: They cannot; says what to change.
        """

    @property
    def client_settings(self) -> dict[str, Any]:
        """The shared settings, as arguments of `Client`."""
        config = self.config
        return {
            "concurrency": config.get("max_concurrency", 8),
            "rate": config.get("requests_per_second"),
            "timeout": config.get("request_timeout", 120),
            "retries": config.get("max_retries", 9),
            "ca_bundle": config.get("ca_bundle"),
            "user_agent": config.get("user_agent") or f"{self.name}/{self.plugin_version}",
            "stop": self.stop,
        }

    # What a run has once

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger()

    @cached_property
    def client(self) -> Client:
        return self.make_client()

    @cached_property
    def stop(self) -> threading.Event:
        """Set when a signal asked the run to end."""
        return threading.Event()

    @property
    def max_shrink(self) -> float:
        return float(self.config.get("max_shrink", 0.5))

    @property
    def accept_shrink(self) -> bool:
        return bool(self.config.get("accept_shrink", False))

    def check_stop(self) -> None:
        """Raise `Stopped` if a signal asked the run to end."""
        if self.stop.is_set():
            raise Stopped

    # Streams

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [*(stream_type(self) for stream_type in self.stream_types), SyncRuns(self)]

    @override  # type: ignore[misc]
    def load_streams(self) -> list[Stream]:
        # singer_sdk sorts by name, which would put sync_runs before users.
        return list(self.discover_streams())

    @override
    def setup_mapper(self) -> None:
        if self.input_catalog is not None:
            self._complete(self.input_catalog)
        super().setup_mapper()

    def _complete(self, catalog: Catalog) -> None:
        """Put back what removals rest on, where an older or edited catalog lacks it."""
        for entry in catalog.values():
            properties = entry.schema.properties
            if entry.tap_stream_id != SyncRuns.name and properties is not None:
                properties.setdefault(SYNC_ID, Schema.from_dict(SYNC_ID_SCHEMA))
        if catalog.get_stream(SyncRuns.name) is None:
            catalog.add_stream(SyncRuns(self)._singer_catalog_entry)

    def stream_of(self, stream_type: type[IdentityStream]) -> IdentityStream:
        """The stream of a type, whether it is selected or not."""
        stream = self.streams[stream_type.name]
        if not isinstance(stream, stream_type):
            raise TypeError(f"{stream_type.name} is not a {stream_type.__name__}")
        return stream

    @property
    def selected(self) -> list[IdentityStream]:
        """The streams to read, in order."""
        return [s for s in self.streams.values() if isinstance(s, IdentityStream) and s.selected]

    def readers_of(self, source: IdentityStream) -> int:
        """How many readers the listing of a stream has in this run."""
        direct = sum(stream.source is source for stream in self.selected)
        fans = {id(s.source): s.source for s in self.selected if isinstance(s.source, EachOf)}
        while more := {
            id(parent): parent
            for fan in fans.values()
            if isinstance(fan, EachOf)
            and isinstance(parent := fan.parent_stream.source, EachOf)
            and id(parent) not in fans
        }:
            fans |= more
        return direct + sum(
            isinstance(fan, EachOf) and fan.parent_stream.source is source for fan in fans.values()
        )

    # The course of a run

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Read all selected streams, each whatever became of the others.

        Raises:
            RunFailed: A stream was not read completely, or the run was stopped.
            IdentityError: Nothing was read: settings, credential or permissions are wrong.
        """
        streams = self.selected
        if not streams:
            self.logger.warning("No stream is selected; nothing is read.")
            return
        try:
            self.preflight(streams)
            self._reset_state_progress_markers()
            if self.state:
                self.state_writer.write_state(self.state)
            for stream in streams:
                self._read(stream)
            if self.ledger.read_anything:
                runs = self.streams[SyncRuns.name]
                runs.sync()
                runs.finalize_state_progress_markers()
        finally:
            if "client" in self.__dict__:
                self.client.close()
            self._flush()
        self._report()

    def _read(self, stream: IdentityStream) -> None:
        try:
            self.check_stop()
            stream.sync()
        except LoaderGone:
            raise
        except Exception as error:
            entry = self.ledger.entries.get(stream.name) or self.ledger.open(
                stream.name, stream.mode, self.scope
            )
            entry.end("failed", self.reason(error))
            if not isinstance(error, IdentityError):
                self.logger.debug("%s", stream.name, exc_info=error)
            return
        entry = self.ledger.entries[stream.name]
        if entry.status == "complete":
            stream.activate()
            if entry.mode == "full":
                stream.stream_state[BASELINE] = entry.baseline
        stream.finalize_state_progress_markers()
        self._flush()

    def reason(self, error: Exception) -> str:
        """Why a stream failed, for `sync_runs` and the log."""
        if isinstance(error, Stopped):
            return f"the run was stopped by {self._signal.name if self._signal else 'its caller'}"
        if isinstance(error, IdentityError):
            return str(error)
        variable = f"{self.name.upper().replace('-', '_')}_LOGLEVEL"
        return f"unexpected {type(error).__name__}; {variable}=DEBUG shows where"

    def _flush(self) -> None:
        if isinstance(self.message_writer, PageWriter):
            self.message_writer.flush()

    def _report(self) -> None:
        for entry in self.ledger.entries.values():
            self.logger.info(
                "%s: %s, %d rows, %d requests",
                entry.stream,
                entry.status,
                entry.rows,
                entry.requests,
            )
        failures = self.ledger.failures
        if failures:
            told = "; ".join(f"{e.stream} {e.status}: {e.reason}" for e in failures)
            failed = RunFailed(f"{len(failures)} of {len(self.ledger.entries)} streams: {told}")
            failed.exit_code = 1 if self._signal is None else 128 + self._signal
            raise failed

    # Signals and the command line

    _signal: signal.Signals | None = None

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Note the signal; a second one ends the process at once.

        singer_sdk's own handler writes STATE wherever the program stands, which can cut a
        record in half, and exits 0.
        """
        if self.stop.is_set():
            os._exit(128 + signum)
        self._signal = signal.Signals(signum)
        self.stop.set()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return _Command(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=cls.logger,
        )


class _Command(SingerCommand):
    """The command line: errors that people can act on, without a traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except IdentityError as error:
            self.logger.error("%s", error)
            ctx.exit(error.exit_code)
