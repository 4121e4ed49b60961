"""Running taps as users run them: alone, into a loader, through Meltano."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from identity_sdk.errors import IdentityError
from tests.in_process import called, settled
from tests.loader import Loader
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from identity_sdk.singer.tap import IdentityTap
    from sandbox.server import Sandbox
    from sandbox.warehouse import Database

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent

Message = dict[str, Any]


@dataclass
class Run:
    """What a tap did.

    Attributes:
        code: Its exit code.
        messages: Its output, each line decoded.
        log: Its standard error.
    """

    code: int
    output: str
    log: str
    messages: list[Message] = field(init=False)

    def __post_init__(self) -> None:
        lines = self.output.split("\n")  # U+2028 is a part of a text.
        self.messages = [json.loads(line) for line in lines if line]

    def records(self, stream: str) -> list[Message]:
        """The records of a stream, in order."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def kinds(self, kind: str) -> list[Message]:
        """The messages of a type, in order."""
        return [message for message in self.messages if message["type"] == kind]

    @property
    def state(self) -> Message:
        """The last state."""
        states = self.kinds("STATE")
        return states[-1]["value"] if states else {}

    @property
    def verdicts(self) -> dict[str, str]:
        """Each stream's status in `sync_runs`."""
        return {row["stream"]: row["status"] for row in self.records("sync_runs")}


def run_tap(
    folder: Path,
    config: Mapping[str, Any],
    *arguments: str,
    tap: str = "tap-rudderstack",
    state: Message | None = None,
    catalog: Message | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a tap's command line to its end, in this process: it takes a second less."""
    command = tap_command(folder, config, *arguments, tap=tap, state=state, catalog=catalog)
    return Run(*called(TAPS[tap], command[1:], folder, environment or {}))


def spawn_tap(
    folder: Path,
    config: Mapping[str, Any],
    *arguments: str,
    tap: str = "tap-rudderstack",
    state: Message | None = None,
    catalog: Message | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """The same in a process of its own, as users do."""
    command = tap_command(folder, config, *arguments, tap=tap, state=state, catalog=catalog)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=folder,
        env={**os.environ, **(environment or {})},
    )
    return Run(done.returncode, done.stdout, done.stderr)


def read_tap(
    tap: type[IdentityTap],
    config: Mapping[str, Any],
    *,
    catalog: Message | None = None,
    state: Message | None = None,
) -> Run:
    """Run a tap in this process, which is faster; the log is what a run that fails says."""
    output, code, log = io.BytesIO(), 0, ""
    with (
        settled(),
        redirect_stdout(io.TextIOWrapper(output, write_through=True)),
        heard(tap.name) as lines,
    ):
        try:
            config = opted_in(tap.name, config, catalog)
            tap(config=config, catalog=catalog, state=state and deepcopy(state)).sync_all()
        except IdentityError as error:
            code, log = error.exit_code, "\n".join([*lines, str(error)])
        told = output.getvalue().decode()
    return Run(code, told, log)


def tap_command(
    folder: Path,
    config: Mapping[str, Any],
    *arguments: str,
    tap: str = "tap-rudderstack",
    state: Message | None = None,
    catalog: Message | None = None,
) -> list[str]:
    """A tap's command line, with its files written to a folder."""
    command = [str(BIN / tap), *arguments]
    config = opted_in(tap, config, catalog)
    for name, content in (("config", config), ("state", state), ("catalog", catalog)):
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(dict(content)))
            command += [f"--{name}", str(path)]
    return command


def opted_in(tap: str, config: Mapping[str, Any], catalog: Message | None) -> Message:
    """A configuration that names the opt-in streams that a catalog selects, as it has to."""
    selected = [
        entry["tap_stream_id"]
        for entry in (catalog or {}).get("streams", ())
        for part in entry.get("metadata", ())
        if part.get("breadcrumb") == [] and part["metadata"].get("selected")
    ]
    types = TAPS[tap].stream_types if tap in TAPS else ()
    named = [each.name for each in types if each.opt_in and each.name in selected]
    return {"opt_in_streams": named, **config} if named else dict(config)


def discovered(tap: str) -> Message:
    """The catalog that a tap discovers with all its opt-in streams."""
    catalog: Message = json.loads(_discovered(tap))
    return catalog


def select(
    *streams: str,
    tap: str = "tap-rudderstack",
    edit: Callable[..., None] | None = None,
) -> Message:
    """The discovered catalog with only some streams selected; `edit` gets each entry."""
    catalog = discovered(tap)
    for entry in catalog["streams"]:
        root = next(m for m in entry["metadata"] if not m["breadcrumb"])
        root["metadata"]["selected"] = not streams or entry["tap_stream_id"] in streams
        if edit is not None:
            edit(entry)
    return catalog


ALL = "all streams"


def catalog_of(tap: str, *streams: str, edit: Callable[..., None] | None = None) -> Message | None:
    """The catalog that selects some streams, or `ALL`; if none is named, none: those by default."""
    if not streams:
        return None
    return select(*(() if ALL in streams else streams), tap=tap, edit=edit)


@cache
def _discovered(tap: str) -> str:
    """What `--discover` writes, which is the same each time."""
    every = {f"{tap}_OPT_IN_STREAMS".replace("-", "_").upper(): "all"}
    code, output, log = called(TAPS[tap], ["--config", "ENV", "--discover"], ROOT, every)
    assert code == 0, log
    return output


@contextmanager
def heard(tap: str, level: str = "WARNING") -> Iterator[list[str]]:
    """What a tap logs in this process, from a level on."""
    lines: list[str] = []
    handler, logger = logging.Handler(level), logging.getLogger(tap)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    usual = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(usual)


class Pipe:
    """`tap | target-postgres`, with the state kept from run to run."""

    def __init__(
        self, folder: Path, database: Database, sandbox: Sandbox, tap: str = "tap-rudderstack"
    ) -> None:
        self.folder = folder
        self.database = database
        self.tap = tap
        self.schema = tap.replace("-", "_")
        self.config: dict[str, Any] = {**sandbox.configs[tap], "max_retries": 2}
        self.state: Message | None = None
        self.catalog: Message | None = None

    def start(self) -> tuple[subprocess.Popen[bytes], Loader]:
        """Start tap and loader."""
        loader_config = self.folder / "target.json"
        loader_config.write_text(
            json.dumps(
                {
                    "sqlalchemy_url": self.database.sqlalchemy_url,
                    "default_target_schema": self.schema,
                    "use_copy": True,
                    "validate_records": False,
                }
            )
        )
        log = (self.folder / "tap.log").open("wb")
        with log:
            tap = subprocess.Popen(
                tap_command(
                    self.folder,
                    self.config,
                    tap=self.tap,
                    state=self.state,
                    catalog=self.catalog,
                ),
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert tap.stdout is not None
        with (self.folder / "target.log").open("wb") as loader_log:
            loader = Loader(loader_config, tap.stdout, loader_log)
        tap.stdout.close()
        return tap, loader

    def finish(self, tap: subprocess.Popen[bytes], loader: Loader) -> int:
        """Wait for both; keep the last state; return the tap's exit code."""
        states = loader.communicate(timeout=300)[0].decode().splitlines()
        code = tap.wait(timeout=60)
        if states:
            self.state = json.loads(states[-1])
        return code

    def run(self) -> int:
        """Run to the end; return the tap's exit code."""
        return self.finish(*self.start())

    @property
    def log(self) -> str:
        return (self.folder / "tap.log").read_text()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, removed ones included."""
        return self.database.query(f"select * from {self.schema}.{table}")

    def live(self, table: str, *columns: str) -> set[tuple[Any, ...]]:
        """The rows that are not marked as removed."""
        return self._keys(table, columns, "is null")

    def removed(self, table: str, *columns: str) -> set[tuple[Any, ...]]:
        """The rows that are marked as removed."""
        return self._keys(table, columns, "is not null")

    def _keys(self, table: str, columns: tuple[str, ...], condition: str) -> set[tuple[Any, ...]]:
        wanted = ", ".join(columns)
        rows = self.database.query(
            f"select {wanted} from {self.schema}.{table} where _sdc_deleted_at {condition}"
        )
        return {tuple(row.values()) for row in rows}


class Project:
    """A Meltano project of its own, which shares the installed plugins."""

    def __init__(self, folder: Path, database: Database, sandbox: Sandbox) -> None:
        self.folder = folder
        self.database = database
        (folder / ".meltano").mkdir(parents=True)
        for kind in ("extractors", "loaders", "utilities"):
            (folder / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)
        self.definition = folder / "meltano.yml"
        self.definition.write_text((ROOT / "meltano.yml").read_text())
        self.environment = {
            "TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url,
            **{
                f"{tap.replace('-', '_')}_{name}".upper(): value
                for tap, config in sandbox.configs.items()
                for name, value in {**config, "max_retries": "2"}.items()
            },
        }

    def meltano(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Meltano command to its end."""
        return subprocess.run(
            [BIN / "meltano", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def load(self, tap: str = "tap-rudderstack", **environment: str) -> int:
        """`meltano run TAP target-postgres`; its exit code."""
        return self.meltano("run", tap, "target-postgres", **environment).returncode


def wait_for(sandbox: Sandbox, requests: int) -> None:
    """Wait until the sandbox got so many more requests."""
    end = time.monotonic() + 30
    seen = len(sandbox.rudderstack.requests)
    while len(sandbox.rudderstack.requests) < seen + requests:
        assert time.monotonic() < end, "the tap does not read"
        time.sleep(0.01)


def verdict(run: Run, stream: str) -> Message:
    """A stream's row of `sync_runs`."""
    return next(row for row in run.records("sync_runs") if row["stream"] == stream)
