"""The base of all taps: common settings, and the course of a run."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.mapper import RemoveRecordTransform
from typing_extensions import override

from identity_sdk.errors import IdentityError, RunFailed, SettingsError, Stopped
from identity_sdk.report.run_report import LAST_COMPLETE, RunReport
from identity_sdk.singer.catalog import complete
from identity_sdk.singer.children import EachOf
from identity_sdk.singer.command import Command
from identity_sdk.singer.inputs import (
    NO_STATE,
    catalog_file,
    config_files,
    environment,
    json_file,
    singer_state,
)
from identity_sdk.singer.output import PageWriter
from identity_sdk.singer.rights import Rights
from identity_sdk.singer.run import Run
from identity_sdk.singer.settings import faults, header_value, numbers_by_name, read, unknown
from identity_sdk.singer.stream import IdentityStream
from identity_sdk.singer.stream_maps import mapper
from identity_sdk.singer.sync_runs import LAST_RUN, SyncRuns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click
    from singer_sdk.streams import Stream

    from identity_sdk.http.client import Client
    from identity_sdk.listing.listing import Listing


_PATIENCE = 3.0
"""Seconds after a first signal in which another one is taken for the same."""

_S = TypeVar("_S", bound=IdentityStream)


class IdentityTap(Tap):
    """A tap for one identity system.

    A subclass gives name, settings, `stream_types`, `make_client` and `coverage`.

    Attributes:
        stream_types: The streams, in the order in which they are read.
        asks_each: Whether a server says only by refusing it that the credential may not read a
            listing: then each one's first page is asked for before anything is written.
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
    asks_each: ClassVar[bool] = False

    # What a tap provides

    def make_client(self) -> Client:
        """The client of a run.

        Raises:
            SettingsError: A setting cannot be right.
        """
        raise NotImplementedError

    @cached_property
    def coverage(self) -> tuple[str, ...]:
        """What a run covers, such as the tenant's URL or its organizations.

        Found out before the first message: a run that was asked to stop can ask for nothing any
        more, and has still to say what it read.
        """
        raise NotImplementedError

    def missing_permission(self, permission: str) -> str | None:
        """Why the credential does not have a permission, and how to grant it.

        Asked once for each permission that the selected streams declare, before the first
        message. None if the permission is there.
        """
        return None

    def lost_rights(self, permissions: frozenset[str]) -> str | None:
        """Why the credential may read less than at the start of the run; None if it does not.

        Asked after each stream, with the permissions it needs. Where a token tells what was
        granted, each renewed one is compared with the first. Where the server decides at each
        request, a tap asks it anew: some answer with fewer rows, and totals to match.
        """
        lost = ", ".join(sorted(self.client.lost_scopes))
        return f"its renewed token lacks what the first one had: {lost}" if lost else None

    @property
    def default_rate_limit(self) -> float | None:
        """The vendor's documented limit, in requests per second."""
        return None

    @property
    def client_settings(self) -> dict[str, Any]:
        """The shared settings, as arguments of `Client`."""
        config = self.config
        bundle = config.get("ca_bundle")
        if bundle and not Path(bundle).exists():
            raise SettingsError("`ca_bundle` names a file that does not exist.")
        agent = config.get("user_agent") or f"{self.name}/{self.plugin_version}"
        return {
            "concurrency": config.get("max_concurrency", 8),
            "rate": config.get("requests_per_second") or self.default_rate_limit,
            "timeout": config.get("request_timeout", 120),
            "retries": config.get("max_retries", 9),
            "ca_bundle": bundle,
            "user_agent": header_value("user_agent", agent),
            "stop": self.stop,
        }

    # What a run has once

    @cached_property
    def report(self) -> RunReport:
        runs = self.state.get("bookmarks", {}).get(SyncRuns.name, {})
        last_run = runs.get(LAST_RUN)
        return RunReport(last_run if isinstance(last_run, int) else 0)

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

    @cached_property
    def rights(self) -> Rights:
        """What is known of the credential's rights since the start of the run."""
        return Rights(self)

    @cached_property
    def accept_missing(self) -> dict[str, int]:
        """By stream, how many rows that are counted and never shown are accepted."""
        return numbers_by_name(
            "accept_missing", self.config.get("accept_missing"), [e.name for e in self.stream_types]
        )

    @property
    def listings_read(self) -> list[Listing]:
        """The listings of which at least a part was read."""
        return [each.__dict__["listing"] for each in self.own_streams if "listing" in each.__dict__]

    def check_rights(self, permissions: frozenset[str]) -> None:
        """See whether the credential is still what it was at the start of the run.

        Raises:
            Incomplete: It is not, or was not at the last look, or that cannot be told.
        """
        self.rights.recheck(permissions)

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
            complete(self.input_catalog, self.stream_types)
            if self.input_catalog.get_stream(SyncRuns.name) is None:
                self.input_catalog.add_stream(SyncRuns(self)._singer_catalog_entry)
        self.mapper = mapper(self.config, self.catalog, self.logger)

    def stream_of(self, stream_type: type[_S]) -> _S:
        """The stream of a type, whether it is selected or not."""
        stream = self.streams[stream_type.name]
        if not isinstance(stream, stream_type):
            raise TypeError(f"{stream_type.name} is not a {stream_type.__name__}")
        return stream

    @cached_property
    def skipped(self) -> set[str]:
        """Streams that are not read, for the credential lacks a permission."""
        return set()

    @property
    def selected(self) -> list[IdentityStream]:
        """The streams to read, in order: selected, not skipped, not taken away by a map."""
        return [
            stream
            for stream in self.own_streams
            if stream.selected
            and stream.name not in self.skipped
            and not all(isinstance(each, RemoveRecordTransform) for each in stream.stream_maps)
        ]

    @property
    def own_streams(self) -> list[IdentityStream]:
        """All streams but `sync_runs`."""
        return [each for each in self.streams.values() if isinstance(each, IdentityStream)]

    def readers_of(self, source: IdentityStream) -> int:
        """How many readers the listing of a stream has in this run; 0 if it is not read."""
        sources = list(dict.fromkeys(stream.source for stream in self.selected))
        for each in sources:  # grows while it is walked
            others = [self.stream_of(other) for other in each.may_need]
            if isinstance(each, EachOf):
                others.append(each.parent_stream)
            sources += [o.source for o in others if o.source not in sources]
        readers = [stream.source for stream in self.selected]
        readers += [each.parent_stream.source for each in sources if isinstance(each, EachOf)]
        for stream in sources:
            for other in (self.stream_of(each).source for each in stream.compares_with):
                if other in sources:
                    readers += [stream, other]
            readers += [self.stream_of(each).source for each in stream.may_need] * 2
        return sum(reader is source for reader in readers)

    # The course of a run

    accepted = False
    """Whether `accept_shrink` has let something pass."""

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Read all selected streams (see `Run.run`)."""
        Run(self).run()

    @override  # type: ignore[misc]
    def run_connection_test(self) -> bool:
        """`--test` (see `Run.test`)."""
        Run(self).test()
        return True

    def begin(self) -> None:
        """Write the first message, if there is a state to go on from."""
        self._reset_state_progress_markers()
        if self.state:
            self.state_writer.write_state(self.state)
        self.streams[SyncRuns.name].stream_state[LAST_RUN] = self.report.millis

    def end(self) -> None:
        """Let go of the API, and write out what is left."""
        if "client" in self.__dict__:
            self.client.close()
        if isinstance(self.message_writer, PageWriter):
            self.message_writer.flush()

    def reason(self, error: Exception) -> str:
        """Why a stream failed, for `sync_runs` and the log."""
        if isinstance(error, Stopped):
            return f"the run was stopped by {self._signal.name if self._signal else 'its caller'}"
        if isinstance(error, IdentityError):
            return str(error)
        variable = f"{self.name.upper().replace('-', '_')}_LOGLEVEL"
        return f"unexpected {type(error).__name__}; {variable}=DEBUG shows where"

    def failed(self, message: str) -> RunFailed:
        """The error that a run ends with, with the exit code of the signal that ended it."""
        error = RunFailed(message)
        error.exit_code = 1 if self._signal is None else 128 + self._signal
        return error

    # Signals and the command line

    _signal: signal.Signals | None = None
    _since = 0.0

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Note the signal; another one that comes seconds later ends the process at once.

        Not one that comes right away: on Ctrl-C both the terminal and Meltano send one.
        singer_sdk's own handler writes STATE wherever the program stands, which can cut a
        record in half, and exits 0.
        """
        if not self.stop.is_set():
            self._signal, self._since = signal.Signals(signum), time.monotonic()
            self.stop.set()
        elif time.monotonic() - self._since > _PATIENCE:
            os._exit(128 + signum)

    # Settings, state and catalog as people give them

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
        if errors and raise_errors:
            raise SettingsError(f"Settings: {'; '.join(errors)}.")
        if raise_errors:
            _ = self.accept_missing
        return errors

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        state = singer_state(state)
        bookmarks = state.get("bookmarks", {})
        if not isinstance(bookmarks, dict) or not all(
            isinstance(each, dict) and isinstance(each.get(LAST_COMPLETE, {}), dict)
            for each in bookmarks.values()
        ):
            raise SettingsError(NO_STATE)
        super().load_state(state)

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        given = super().cb_config(ctx, param, tuple(each for each in value if each == "ENV"))
        given.config.update(config_files(each for each in value if each != "ENV"))
        return given

    @classmethod
    @override
    def invoke(
        cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any
    ) -> None:
        if state is not None:
            state = json_file("state", state)
        if catalog is not None:
            catalog = catalog_file(catalog, {each.name for each in cls.stream_types})
        super().invoke(state=state, catalog=catalog, **options)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return Command(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=cls.logger,
        )
