"""A real HTTP server on this machine whose answers a test scripts."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import ApiError
from identity_sdk.exchange import Request
from identity_sdk.http.auth import Authenticator, StaticToken
from identity_sdk.http.client import Client

if TYPE_CHECKING:
    import ssl

TOKEN = "s3cret-t0ken"
USERS = Request("/users")
HEAD = b"HTTP/1.1 %s\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body; a Content-Length is added unless there is one."""

Trick = Callable[[socket.socket, threading.Event], None]
"""Does with the connection as it likes, until the event says that the server closes."""

Script = Callable[[str, str, Mapping[str, str], bytes], "Reply | Trick"]
"""What to answer to (method, path, headers with names in lower case, body)."""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float


class LocalServer(ThreadingHTTPServer):
    """The server; its threads end with it.

    Attributes:
        requests: All requests so far, in the order in which they arrived.
    """

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.requests: list[Seen] = []
        self.closing = threading.Event()
        self.errors: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def note(self, seen: Seen) -> None:
        with self._lock:
            self.requests.append(seen)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error; anything else is one of the test."""

    def hang_up(self) -> None:
        """End all connections, so that their threads end."""
        self.closing.set()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LocalServer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.note(Seen(self.command, self.path, headers, body, time.monotonic()))
        try:
            reply = self.server.script(self.command, self.path, headers, body)
        except BaseException as error:
            self.server.errors.append(error)
            raise
        if callable(reply):
            self.close_connection = True
            try:
                reply(self.connection, self.server.closing)
            except OSError:
                return  # The client hung up first.
            return
        status, given, content = reply
        self.send_response_only(status)
        for name, value in given.items():
            self.send_header(name, value)
        if "Content-Length" not in given:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are silent."""


@contextmanager
def serve(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[LocalServer]:
    """A server that answers by the script, on a free port, until the block ends."""
    server = LocalServer(script, tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()
    assert not server.errors, server.errors


@contextmanager
def slammed_doors() -> Iterator[tuple[int, list[bytes]]]:
    """A port that reads what a client says first and closes the connection in silence."""
    heard: list[bytes] = []
    over = threading.Event()

    def slam() -> None:
        while not over.is_set():
            try:
                connection, _ = door.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(2)
                heard.append(connection.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.05)
        thread = threading.Thread(target=slam, daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1], heard
        finally:
            over.set()
            thread.join()


def script(*replies: Reply | Trick) -> Script:
    """These answers one after another, whatever is asked; the last one for ever."""
    lock, left = threading.Lock(), list(replies)

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply | Trick:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return answer


def plain(body: bytes, status: int = 200, **headers: str) -> Reply:
    """An answer with this body; underscores in the names of headers stand for hyphens."""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    return plain(
        json.dumps(value).encode(), status, **{"Content_Type": "application/json", **headers}
    )


def raw(data: bytes) -> Trick:
    """These bytes, then the end of the connection."""
    return lambda connection, closing: connection.sendall(data)


def truncated(body: bytes, missing: int = 10) -> Trick:
    """A body that ends before its Content-Length."""
    return raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + missing) + body)


def reset(connection: socket.socket, closing: threading.Event) -> None:
    """The connection is reset, without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())


def hang(connection: socket.socket, closing: threading.Event) -> None:
    """No answer at all."""
    closing.wait()


def drip(start: bytes, piece: bytes, every: float) -> Trick:
    """A start at once, then a piece every few moments, for ever."""

    def dripping(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(start)
        while not closing.wait(every):
            connection.sendall(piece)

    return dripping


# Clients of such servers


@contextmanager
def client_of(url: str, auth: Authenticator | None = None, **settings: Any) -> Iterator[Client]:
    """A client with short patience, and without the proxy that this machine may need."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        environment.setenv("no_proxy", "127.0.0.1")
        client = Client(url, auth or StaticToken(TOKEN), **{"timeout": 5, "retries": 2, **settings})
    try:
        yield client
    finally:
        client.close()


@contextmanager
def talk(*replies: Reply | Trick, **settings: Any) -> Iterator[tuple[LocalServer, Client]]:
    """A server with these answers, and a client of it."""
    with serve(script(*replies)) as server, client_of(server.url, **settings) as client:
        yield server, client


@contextmanager
def at_most(seconds: float, client: Client) -> Iterator[None]:
    """Stops a client that would hang the test; what it was to raise is then `Stopped`."""
    timer = threading.Timer(seconds, client.stop.set)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def failure(
    *replies: Reply | Trick,
    request: Request = USERS,
    **settings: Any,
) -> ApiError:
    """The error that a request ends with; its text and traceback tell no secret."""
    with (
        talk(*replies, **settings) as (_, client),
        at_most(5, client),
        pytest.raises(ApiError) as caught,
    ):
        client.get(request)
    shown = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in shown
    assert "private" not in shown
    return caught.value
