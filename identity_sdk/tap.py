"""The base of all taps: common settings, and the course of a run."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib import Schema
from typing_extensions import override

from identity_sdk.errors import (
    AccessDenied,
    IdentityError,
    LoaderGone,
    RunFailed,
    SettingsError,
    Stopped,
    Unsupported,
)
from identity_sdk.form import SYNC_ID, SYNC_ID_SCHEMA
from identity_sdk.inputs import check_catalog, check_config, check_environment, json_object
from identity_sdk.ledger import BASELINE, Ledger
from identity_sdk.output import PageWriter
from identity_sdk.settings import faults, unknown, with_numbers
from identity_sdk.stream import EachOf, IdentityStream, SyncRuns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click
    from singer_sdk.singerlib import Catalog
    from singer_sdk.streams import Stream

    from identity_sdk.client import Client


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

    def lacking(self, permission: str) -> str | None:
        """Why the credential does not have a permission, and how to grant it.

        Asked once for each permission that the selected streams declare, before the first
        message. None if the permission is there.
        """
        return None

    @property
    def client_settings(self) -> dict[str, Any]:
        """The shared settings, as arguments of `Client`."""
        config = self.config
        bundle = config.get("ca_bundle")
        if bundle and not Path(bundle).exists():
            raise SettingsError("`ca_bundle` names a file that does not exist.")
        return {
            "concurrency": config.get("max_concurrency", 8),
            "rate": config.get("requests_per_second"),
            "timeout": config.get("request_timeout", 120),
            "retries": config.get("max_retries", 9),
            "ca_bundle": bundle,
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
        sources = list(dict.fromkeys(stream.source for stream in self.selected))
        for each in sources:  # grows while it is walked
            if isinstance(each, EachOf) and each.parent_stream.source not in sources:
                sources.append(each.parent_stream.source)
        fans = [each for each in sources if isinstance(each, EachOf)]
        return sum(stream.source is source for stream in self.selected) + sum(
            fan.parent_stream.source is source for fan in fans
        )

    # The course of a run

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Read all selected streams, each whatever became of the others.

        Raises:
            RunFailed: A stream was not read completely, or the run was stopped.
            IdentityError: Nothing was read: settings, credential or permissions are wrong.
        """
        if not self.selected:
            self.logger.warning("No stream is selected; nothing is read.")
            return
        self._check_maps()
        try:
            streams = self.preflight(self.selected)
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

    def _check_maps(self) -> None:
        """Warn of stream maps that take away what removals are derived from."""
        for stream in (*self.selected, self.streams[SyncRuns.name]):
            wanted = "sync_id" if stream.name == SyncRuns.name else SYNC_ID
            if not any(
                wanted in each.transformed_schema.get("properties", {})
                for each in stream.stream_maps
                if not isinstance(each, RemoveRecordTransform)
            ):
                self.logger.warning(
                    "stream_maps take away `%s.%s`: removals cannot be derived from it",
                    stream.name,
                    wanted,
                )

    def preflight(self, streams: Sequence[IdentityStream]) -> list[IdentityStream]:
        """The streams that the credential may read, proven before the first message.

        Raises:
            AccessDenied: It may not read some, and they are not to be skipped, or it may
                read none.
            SettingsError: A bookmark is no timestamp.
        """
        for stream in streams:
            if stream.mode == "incremental":
                stream.since()
        needed = dict.fromkeys(name for stream in streams for name in sorted(stream.permissions))
        lacking = {name: reason for name in needed if (reason := self.lacking(name))}
        denied = {
            s: lacking[min(s.permissions & lacking.keys())]
            for s in streams
            if s.permissions & lacking.keys()
        }
        granted = [stream for stream in streams if stream not in denied]
        if not denied:
            return granted
        told = [
            f"{', '.join(s.name for s in denied if name in s.permissions)} need {name}: {reason}"
            for name, reason in lacking.items()
        ]
        if not granted or self.config.get("on_missing_scope") != "skip":
            raise AccessDenied(
                f"The credential may not read all selected streams. {' '.join(told)} Or deselect "
                "these streams, or set `on_missing_scope` to `skip`."
            )
        for stream, reason in denied.items():
            self.logger.warning("%s is skipped: %s", stream.name, reason)
            self.ledger.open(stream.name, stream.mode, stream.scope).end("skipped", reason)
        return granted

    @override  # type: ignore[misc]
    def run_connection_test(self) -> bool:
        """`--test`: the preflight, and one page of each stream that is read by default.

        Raises:
            RunFailed: Some cannot be read; names each.
            AccessDenied: Permissions are missing; names each.
        """
        streams = [
            stream
            for stream in self.streams.values()
            if isinstance(stream, IdentityStream) and stream.selected_by_default
        ]
        failed = []
        for stream in self.preflight(streams):
            try:
                page = next(iter(stream.source.walk.pages()), [])
                self.logger.info("%s: readable, %d rows on the first page", stream.name, len(page))
            except Unsupported as error:
                self.logger.warning("%s: %s", stream.name, error)
            except IdentityError as error:
                failed.append(f"{stream.name}: {self.reason(error)}")
        self.client.close()
        if failed:
            raise RunFailed("; ".join(failed))
        return True

    def _read(self, stream: IdentityStream) -> None:
        try:
            self.check_stop()
            stream.sync()
        except LoaderGone:
            raise
        except Exception as error:
            entry = self.ledger.entries.get(stream.name) or self.ledger.open(
                stream.name, stream.mode, stream.scope
            )
            entry.end("failed", self.reason(error))
            if not isinstance(error, IdentityError):
                self.logger.debug("%s", stream.name, exc_info=error)
            return
        entry = self.ledger.entries[stream.name]
        if entry.status == "complete":
            stream.activate()
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

    # Settings, state and catalog as people give them

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """As singer_sdk does, but without showing values, which may be secret.

        Raises:
            SettingsError: A setting is missing or of the wrong kind.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        given = {name: value for name, value in self._config.items() if value is not None}
        self._config = with_numbers(schema, given)
        for warning in unknown(schema, self._config):
            self.logger.warning("Settings: %s", warning)
        errors = faults(schema, self._config)
        if errors and raise_errors:
            raise SettingsError(f"Settings: {'; '.join(errors)}.")
        return errors

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        bookmarks = state.get("bookmarks", {})
        if not isinstance(bookmarks, dict) or not all(
            isinstance(each, dict) and isinstance(each.get(BASELINE, {}), dict)
            for each in bookmarks.values()
        ):
            raise SettingsError("The state has no `bookmarks` as this tap writes them.")
        super().load_state(state)

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        check_config(value)
        if "ENV" in value:
            check_environment(cls.config_jsonschema, cls._env_var_prefix)
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def invoke(
        cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any
    ) -> None:
        if state is not None:
            state = json_object("state", state)
        if catalog is not None:
            catalog = json_object("catalog", catalog)
            check_catalog(catalog, {each.name for each in cls.stream_types})
        super().invoke(state=state, catalog=catalog, **options)

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
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except IdentityError as error:
            self.logger.error("%s", error)
            sys.exit(error.exit_code)
        except Exception as error:
            self.logger.error("Unexpected %s", type(error).__name__)
            self.logger.debug("Where it came from", exc_info=error)
            sys.exit(1)
