"""A pipe that can be disturbed at any byte: `tap | target-postgres`, with a hand in between."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.loader import Loader, server
from tests.running import Pipe, tap_command

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path

Process = subprocess.Popen[bytes]
PIPE_SIZE = 4096
"""Bytes that fit between tap and loader, so that neither runs far ahead of the other."""

CLOCK = """
import os, time
shift = float(os.environ["NIGHT_CLOCK"])
real, real_ns = time.time, time.time_ns
time.time = lambda: real() + shift
time.time_ns = lambda: real_ns() + int(shift * 10**9)
"""
FULL = """
create sequence night_statements;
create function night_full() returns event_trigger language plpgsql as $$ begin
  if nextval('public.night_statements') > {allowed} then
    raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
  end if;
end $$;
create event trigger night_full on ddl_command_start execute function night_full();
"""
EMPTIED = """
drop event trigger if exists night_full;
drop function if exists night_full;
drop sequence if exists night_statements;
"""


@dataclass
class Moment:
    """Something that happens once so many bytes have passed from the tap to the loader.

    Attributes:
        happens: Gets tap and loader; what it returns says whether the flow ends.
        delivered: How often it happened.
    """

    at: int
    happens: Callable[[Process, Loader], bool]
    delivered: int = 0


def send(signum: signal.Signals, *, to_loader: bool = False) -> Callable[[Process, Loader], bool]:
    """A signal to the tap, or to the loader."""

    def happens(tap: Process, loader: Loader) -> bool:
        (loader if to_loader else tap).send_signal(signum)
        return False

    return happens


def close(tap: Process, loader: Loader) -> bool:
    """The loader closes the pipe."""
    return True


class ChaosPipe(Pipe):
    """A pipe whose flow, disk and clock can be disturbed.

    Attributes:
        moment: What happens to the flow of the next run.
        passed: What the tap said in the last run.
        shift: Seconds that the tap's clock is ahead.
    """

    moment: Moment | None = None
    passed = b""
    shift = 0.0
    _running: Process | None = None

    def __init__(self, folder: Path, *context: Any) -> None:
        super().__init__(folder, *context)
        (folder / "clock").mkdir()
        (folder / "clock/sitecustomize.py").write_text(CLOCK)

    def start(self) -> tuple[Process, Loader]:
        """Start tap and loader, and what carries the flow between them."""
        server()  # before the tap, which would fill the pipe while the loader is loaded
        config = self.folder / "target.json"
        url = self.database.sqlalchemy_url
        config.write_text(json.dumps({"sqlalchemy_url": url, "default_target_schema": self.schema}))
        environment = dict(os.environ)
        if self.shift:
            clock = {"PYTHONPATH": str(self.folder / "clock"), "NIGHT_CLOCK": str(self.shift)}
            environment |= clock
        with (self.folder / "tap.log").open("wb") as log:
            files = {"state": self.state, "catalog": self.catalog}
            tap = subprocess.Popen(
                tap_command(self.folder, self.config, tap=self.tap, **files),
                stdout=subprocess.PIPE, stderr=log, env=environment,
            )  # fmt: skip
        with (self.folder / "target.log").open("wb") as log:
            loader = Loader(config, None, log)
        self._running = tap
        return tap, loader

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to the tap that is running."""
        if self._running is not None:
            self._running.send_signal(signum)

    def finish(self, tap: Process, loader: Loader) -> int:
        """Carry the flow to its end; the exit code is 0 if that of both is.

        A loader that has closed the pipe counts as failed.
        """
        flow = threading.Thread(target=self._carry, args=(tap, loader))
        flow.start()
        states = loader.stdout.read().decode().splitlines()
        loader.stdout.close()
        codes = [tap.wait(timeout=300), loader.wait(timeout=300)]
        flow.join()
        if states:
            self.state = json.loads(states[-1])
        closed = self.moment is not None and self.moment.happens is close and self.moment.delivered
        return next((code for code in codes if code), 1 if closed else 0)

    def _carry(self, tap: Process, loader: Loader) -> None:
        assert tap.stdout is not None
        assert loader.stdin is not None
        source, sink = tap.stdout.fileno(), loader.stdin.fileno()
        for end in (source, sink):
            fcntl.fcntl(end, getattr(fcntl, "F_SETPIPE_SZ", 1031), PIPE_SIZE)
        passed, moment, ended = bytearray(), self.moment, False
        try:
            while not ended and (chunk := os.read(source, PIPE_SIZE)):
                due = moment and not moment.delivered and len(passed) + len(chunk) > moment.at
                cut = moment.at - len(passed) if moment and due else len(chunk)
                _write(sink, chunk[:cut])
                if moment and due:
                    moment.delivered += 1
                    ended = moment.happens(tap, loader)
                    _write(sink, b"" if ended else chunk[cut:])
                passed += chunk
        except BrokenPipeError:
            pass  # The loader is gone; the tap is to find out by itself.
        self.passed = bytes(passed)
        tap.stdout.close()
        loader.stdin.close()

    @property
    def told(self) -> bool:
        """Whether the tap came to say what the last run proved."""
        return b'"stream":"sync_runs","record"' in self.passed

    @property
    def read_anything(self) -> bool:
        """Whether the last run brought a row. Of one that did not, the warehouse hears nothing."""
        return b'"type":"RECORD"' in self.passed

    def fill_disk(self, allowed: int) -> Callable[[], int]:
        """Let the warehouse's disk be full after so many statements that need space."""
        self.database.query(FULL.format(allowed=allowed))

        def delivered() -> int:
            found = self.database.query("select last_value as n from night_statements")
            return max(0, int(found[0]["n"]) - allowed)

        return delivered

    def restore(self) -> None:
        """Nothing disturbs any more."""
        self.moment, self.shift = None, 0.0
        self.database.query(EMPTIED)


def _write(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]
