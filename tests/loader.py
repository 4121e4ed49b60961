"""target-postgres as tests start it: loaded once, and forked for each run."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import signal

ROOT = Path(__file__).parent.parent
TARGET_POSTGRES = ROOT / ".meltano/loaders/target-postgres/venv/bin/target-postgres"


class Loader:
    """A run of the loader, used as a `subprocess.Popen` is.

    Attributes:
        stdin: Its input, if that was to be a pipe.
        stdout: Its output.
    """

    def __init__(self, config: Path, source: IO[bytes] | None, log: IO[bytes]) -> None:
        self._told = socket.socket(socket.AF_UNIX)
        self._told.connect(server())
        read, write = os.pipe()
        self.stdin: IO[bytes] | None = None
        if source is None:
            own, sink = os.pipe()
            self.stdin = os.fdopen(sink, "wb", buffering=0)
        else:
            own = os.dup(source.fileno())
        self.stdout = os.fdopen(read, "rb")
        wanted = {
            "arguments": [str(TARGET_POSTGRES), "--config", str(config)],
            "folder": os.getcwd(),
            "environment": dict(os.environ),
        }
        try:
            message = json.dumps(wanted).encode() + b"\n"
            sent = socket.send_fds(self._told, [message], [own, write, log.fileno()])
            self._told.sendall(message[sent:])
        finally:
            os.close(own)
            os.close(write)
        self._lines = self._told.makefile()
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def send_signal(self, signum: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, signum)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end: the exit code, or the negative number of the signal that ended it."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._told.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, None]:
        """All that it says, once it has ended."""
        with self.stdout:
            said = self.stdout.read()
        self.wait(timeout)
        return said, None


@cache
def server() -> str:
    """The process that loads the loader, started once for each process of the tests."""
    folder = tempfile.TemporaryDirectory(prefix="loader-", ignore_cleanup_errors=True)
    path = f"{folder.name}/socket"
    module = str(Path(__file__).with_name("forked_loader.py"))
    process = subprocess.Popen(
        [TARGET_POSTGRES.with_name("python"), module, path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end() -> None:
        process.communicate(timeout=10)
        folder.cleanup()

    atexit.register(end)
    return path
