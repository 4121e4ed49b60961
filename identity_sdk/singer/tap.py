"""The base of all taps: command line, settings, catalog."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeVar

from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from typing_extensions import override

from identity_sdk.errors import SettingsError
from identity_sdk.report.report_file import ReportFile
from identity_sdk.report.run_report import LAST_COMPLETE
from identity_sdk.singer.catalog import check_opt_in, complete
from identity_sdk.singer.command import Command
from identity_sdk.singer.declaration import check_streams
from identity_sdk.singer.hooks import HookedTap, add_to_catalog
from identity_sdk.singer.inputs import (
    NO_STATE,
    catalog_file,
    config_files,
    json_file,
    singer_state,
)
from identity_sdk.singer.run import Run
from identity_sdk.singer.settings import header_value, names_of
from identity_sdk.singer.stream import IdentityStream
from identity_sdk.singer.stream_maps import mapper
from identity_sdk.singer.sync_runs import SyncRuns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click
    from singer_sdk.streams import Stream

    from identity_sdk.http.client import Client


_S = TypeVar("_S", bound=IdentityStream)


class IdentityTap(HookedTap):
    """A tap for one identity system.

    A subclass defines its name, settings, `stream_types`, `make_client` and `coverage`.

    Attributes:
        stream_types: The streams, in the order in which they are read.
        asks_each: Whether only a refused request shows that a permission is missing: then the first
            page of each listing is requested before anything is written.
    """

    package_name = "identity-taps"
    # BATCH is not supported: it bypasses field selection and stream maps.
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_streams(cls.__name__, cls.stream_types)

    # To be implemented by a tap

    def make_client(self) -> Client:
        """The client of a run.

        Raises:
            SettingsError: A setting is not valid.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define `make_client`")

    @cached_property
    def coverage(self) -> tuple[str, ...]:
        """The coverage of a run, such as the tenant's URL or its organizations.

        Determined before the first message: a stopped run makes no more requests, but still has to
        report its coverage.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define `coverage`")

    def missing_permission(self, permission: str) -> str | None:
        """Why the credential lacks a permission, and how to grant it; None if it has it.

        Called before the first message, once for each permission of the selected streams.
        """
        return None

    def lost_rights(self, permissions: frozenset[str]) -> str | None:
        """Why the credential can read less than at the start of the run; None if it does not.

        Called after each stream with the permissions it needs. Where the token carries its scopes,
        each renewed token is compared with the first. Where the server decides per request, a tap
        asks it again: some servers silently return fewer rows, with lower totals.
        """
        lost = ", ".join(sorted(self.run.client.lost_scopes))
        return f"its renewed token lacks scopes that the first one had: {lost}" if lost else None

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
            raise SettingsError("`ca_bundle` is a file that does not exist.")
        agent = config.get("user_agent") or f"{self.name}/{self.plugin_version}"
        return {
            "concurrency": config.get("max_concurrency", 8),
            "rate": config.get("requests_per_second") or self.default_rate_limit,
            "timeout": config.get("request_timeout", 120),
            "retries": config.get("max_retries", 9),
            "ca_bundle": bundle,
            "user_agent": header_value("user_agent", agent),
            "stop": self.run.stop,
        }

    @cached_property
    def run(self) -> Run:
        """The run of this process."""
        return Run(self)

    # Streams

    @override
    def discover_streams(self) -> Sequence[Stream]:
        declared, unnamed = self.declared_streams, self.unnamed_opt_in
        return [*(each for name, each in declared.items() if name not in unnamed), SyncRuns(self)]

    @cached_property
    def unnamed_opt_in(self) -> frozenset[str]:
        """The opt-in streams that `opt_in_streams` does not name: they are not in the catalog.

        Raises:
            SettingsError: The setting names a stream that does not exist.
        """
        opt_in = [each.name for each in self.stream_types if each.opt_in]
        value = self.config.get("opt_in_streams")
        return frozenset(opt_in) - frozenset(names_of("opt_in_streams", value, opt_in))

    @cached_property
    def declared_streams(self) -> dict[str, IdentityStream]:
        """All streams by name, also those that are not in the catalog."""
        return {stream_type.name: stream_type(self) for stream_type in self.stream_types}

    @override  # type: ignore[misc]
    def load_streams(self) -> list[Stream]:
        # singer_sdk sorts by name, which would put sync_runs before users.
        return list(self.discover_streams())

    @override
    def setup_mapper(self) -> None:
        if self.input_catalog is not None:
            check_opt_in(self.input_catalog, self.unnamed_opt_in)
            complete(self.input_catalog, self.stream_types)
            add_to_catalog(self.input_catalog, SyncRuns(self))
        self.mapper = mapper(self.config, self.catalog, self.logger)

    def stream_of(self, stream_type: type[_S]) -> _S:
        """The stream of a type, whether it is selected or in the catalog at all."""
        name = stream_type.name
        stream = self.streams.get(name) or self.declared_streams[name]
        if not isinstance(stream, stream_type):
            raise TypeError(f"{stream_type.name} is not a {stream_type.__name__}")
        return stream

    @property
    def own_streams(self) -> list[IdentityStream]:
        """The streams of the catalog, but `sync_runs`."""
        return [each for each in self.streams.values() if isinstance(each, IdentityStream)]

    # The command line

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Read all selected streams (see `Run.sync`)."""
        with ReportFile(self.config.get("report_file"), self.name).of(self.run.report):
            self.run.sync()

    @override  # type: ignore[misc]
    def run_connection_test(self) -> bool:
        """`--test` (see `Run.test`)."""
        self.run.test()
        return True

    @override
    def handle_signal(self, signum: int) -> None:
        self.run.handle_signal(signum)

    @override
    def check_settings(self) -> None:
        _ = self.run.accept_missing, self.unnamed_opt_in

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
    def about_streams(cls) -> list[dict[str, Any]]:
        return [each.about() for each in cls.stream_types]

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
        try:
            if state is not None:
                state = json_file("state", state)
            if catalog is not None:
                catalog = catalog_file(catalog, {each.name for each in cls.stream_types})
            super().invoke(state=state, catalog=catalog, **options)
        except SettingsError as error:
            settings = cls.settings_given(options.get("config"))
            ReportFile(settings.get("report_file"), cls.name).failed(error)
            raise

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
