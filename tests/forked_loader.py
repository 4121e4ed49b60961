"""target-postgres, loaded once and forked for each run: it takes two seconds to load.

This module is run by the loader's own Python, which has nothing of this project. It waits on a
Unix socket; whoever connects sends arguments, folder and environment together with the standard
streams for a run, and is told its process id and then its exit status.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import sys
import threading
import traceback
from typing import Any


def serve(path: str) -> None:
    """Fork a run for each connection, until standard input is closed."""
    from target_postgres.target import TargetPostgres  # type: ignore[import-not-found]

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(16)
        gc.freeze()
        os.write(1, b"ready\n")
        # Not a thread that waits for the end: its lock would be held in each fork, for ever.
        while listener.fileno() in select.select([listener.fileno(), 0], [], [])[0]:
            connection, _ = listener.accept()
            wanted, streams = _received(connection)
            if (pid := os.fork()) == 0:
                listener.close()
                connection.close()
                _run(TargetPostgres.cli, wanted, streams)
            for stream in streams:
                os.close(stream)
            connection.sendall(b"%d\n" % pid)
            threading.Thread(target=_tell, args=(connection, pid), daemon=True).start()


def _received(connection: socket.socket) -> tuple[Any, list[int]]:
    message, streams, _, _ = socket.recv_fds(connection, 2**16, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(2**16)
    return json.loads(message), list(streams)


def _run(cli: Any, wanted: Any, streams: list[int]) -> None:
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(wanted["folder"])
        os.environ.clear()
        os.environ.update(wanted["environment"])
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
        sys.argv = wanted["arguments"]
        cli()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _tell(connection: socket.socket, pid: int) -> None:
    with connection:
        _, status = os.waitpid(pid, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    serve(sys.argv[1])
