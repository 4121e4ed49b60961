"""A forward proxy on this machine, for hosts that only it knows."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "scim.example.test"  # a name that only the proxy knows


class Proxy:
    """A forward proxy on loopback that takes every host for one port of this machine.

    Attributes:
        asked: The first line of each request.
        answer: What it answers instead of relaying; None to relay.
    """

    def __init__(self, port: int, answer: bytes | None = None) -> None:
        self.port = port
        self.answer = answer
        self.asked: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := client.recv(65536)):
                return client.close()
            head += data
        line, rest = head.split(b"\r\n", 1)
        self.asked.append(line.decode())
        if self.answer is not None:
            with client:
                client.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % self.answer)
            return
        method, target, version = line.split(b" ")
        with client, socket.create_connection(("127.0.0.1", self.port)) as server:
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = b"/" + target.split(b"/", 3)[3]
                close = b"Connection: close\r\n"  # one request a connection
                server.sendall(b" ".join((method, path, version)) + b"\r\n" + close + rest)
            _pump(client, server)


def _pump(one: socket.socket, other: socket.socket) -> None:
    pairs = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(pairs), [], [], 10)
        for source in ready:
            try:
                data = source.recv(65536)
                pairs[source].sendall(data)
            except OSError:  # Whoever does not trust the other resets the connection.
                return
            if not data:
                return
        if not ready:
            return


@contextmanager
def proxy(port: int, answer: bytes | None = None) -> Iterator[Proxy]:
    """A proxy to a port of this machine, until the block ends."""
    between = Proxy(port, answer)
    try:
        yield between
    finally:
        between.close()
