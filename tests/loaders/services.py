"""Servers that loaders write to, each started when it is first asked for."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.warehouse import Warehouse
from tests.loaders.environments import Lacking, environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

READERS = ("duckdb==2.0.1", "pymysql==1.1.2", "pytz==2025.2")
MOTO = ("moto[server,s3]==5.2.5",)


class Services:
    """Servers on this machine, running from their first use until this is left.

    Args:
        postgres: One that is running already.
    """

    def __init__(self, folder: Path, postgres: Warehouse | None = None) -> None:
        self.folder = folder
        self._postgres = postgres
        self._stack = ExitStack()

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @cached_property
    def readers(self) -> Path:
        """The environment that has the drivers to read destinations with."""
        return environment("readers", READERS)

    @property
    def postgres(self) -> Warehouse:
        """An embedded PostgreSQL."""
        if self._postgres is None:
            self._postgres = self._stack.enter_context(Warehouse(self.folder / "postgres"))
        return self._postgres

    @cached_property
    def s3(self) -> str:
        """The URL of an S3 server."""
        folder, port = environment("moto", MOTO), free_port()
        self._serve([folder / "bin/moto_server", "-H", "127.0.0.1", "-p", str(port)], port)
        return f"http://127.0.0.1:{port}"

    @cached_property
    def mariadb(self) -> int:
        """The port of a MariaDB, configured as Debian does.

        Raises:
            Lacking: This machine has none.
        """
        server = shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/bin")
        if server is None:
            raise Lacking("needs Debian's mariadb-server")
        data, port = self.folder / "mariadb", free_port()
        user = f"--user={getpass.getuser()}"
        options = ["--no-defaults", f"--datadir={data}", user]
        subprocess.run(
            ["mariadb-install-db", *options, "--auth-root-authentication-method=normal"],
            check=True, capture_output=True,
        )  # fmt: skip
        characters = ("--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci")
        place = ("--bind-address=127.0.0.1", f"--port={port}", f"--socket={data}/socket")
        self._serve([server, *options, *characters, *place], port)
        return port

    def _serve(self, command: Sequence[str | Path], port: int) -> None:
        """Start a server, and wait until it listens."""
        log = self._stack.enter_context((self.folder / f"{port}.log").open("wb"))
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self._stack.callback(process.wait, timeout=30)
        self._stack.callback(process.terminate)
        end = time.monotonic() + 60
        while not listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.1)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
