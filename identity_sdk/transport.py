"""One attempt to send a request: connections, proxies, certificates, time-outs."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, TimeoutError

from identity_sdk.errors import ApiError, Stopped
from identity_sdk.urls import is_loopback, origin

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping


@dataclass(frozen=True)
class Answer:
    """What came back, whatever it says.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failing(Exception):
    """An attempt that failed in a way that may pass.

    Attributes:
        wait: Seconds that the server asks to wait.
        slow: Whether it took too long.
    """

    def __init__(
        self,
        what: str,
        status: int | None = None,
        *,
        wait: float | None = None,
        slow: bool = False,
        body: bytes = b"",
    ) -> None:
        super().__init__(what)
        self.status = status
        self.wait = wait
        self.slow = slow or status == 504
        self.body = body


class Transport:
    """Connections to one API, for many threads.

    Attributes:
        timeout: Seconds from connecting to the last byte.
    """

    def __init__(
        self, *, timeout: float, connections: int, ca_bundle: str | None, stop: threading.Event
    ) -> None:
        self.timeout = timeout
        self._stop = stop
        # Not a session: it keeps cookies, and reads what it is redirected by to the end.
        self._adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections)
        self._verify = ca_bundle or True
        self._routes: dict[str, dict[str, Any]] = {}

    def send(self, request: requests.Request, base: str) -> Answer:
        """Send a request below a base URL and read the answer whole.

        Raises:
            Failing: No answer came, or it broke off.
            ApiError: The server's certificate is not trusted.
            Stopped: The run was asked to stop.
        """
        end = time.monotonic() + self.timeout
        try:
            answer = self._adapter.send(
                request.prepare(), timeout=self.timeout, **self._route(base)
            )
            body = self._read(answer, end)
        except requests.exceptions.SSLError as error:
            if not isinstance(_innermost(error), ssl.SSLCertVerificationError):
                raise Failing(_network(error, base)) from None
            raise ApiError(
                f"{origin(base)}: the server's certificate is not trusted ({_root(error)}). If it "
                "is issued by a private CA, set `ca_bundle` to that CA's certificate."
            ) from None
        except (requests.Timeout, TimeoutError):
            raise Failing(f"took longer than {self.timeout:g} s", slow=True) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Failing(_network(error, base)) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, body)

    def close(self) -> None:
        self._adapter.close()

    def _route(self, base: str) -> dict[str, Any]:
        """Proxy and certificates for a base URL, by setting or by environment.

        Only a session reads REQUESTS_CA_BUNDLE and the like.
        """
        if base not in self._routes:
            session = requests.Session()
            merged = session.merge_environment_settings(base, {}, True, self._verify, None)
            if is_loopback(base):
                merged["proxies"] = {}  # What is meant for this machine stays on it.
            self._routes[base] = dict(merged)
        return self._routes[base]

    def _read(self, answer: requests.Response, end: float) -> bytes:
        """Read the body within the time-out as a whole, however slowly it drips."""
        chunks: list[bytes] = []
        try:
            while chunk := answer.raw.read1(2**18, decode_content=True):
                chunks.append(chunk)
                if time.monotonic() > end:
                    raise requests.Timeout
                if self._stop.is_set():
                    raise Stopped
        except BaseException:
            answer.close()
            raise
        answer.raw.release_conn()
        return b"".join(chunks)


def _network(error: BaseException, base: str) -> str:
    """What went wrong on the way to a host, in words."""
    kind = _root(error)
    words = {
        "gaierror": "its name was not found",
        "ConnectionRefusedError": "nothing listens there",
        "RemoteDisconnected": "it closed the connection",
        "ConnectionResetError": "it reset the connection",
        "IncompleteRead": "its answer broke off",
    }
    return f"failed at {origin(base)} ({words.get(kind, kind)})"


def _root(error: BaseException) -> str:
    """The kind of the innermost cause; its text could hold a URL with a credential."""
    return type(_innermost(error)).__name__


def _innermost(error: BaseException) -> BaseException:
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error
