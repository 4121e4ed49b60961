"""A single attempt to send a request: connections, proxies, certificates, time-outs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, TimeoutError
from urllib3.util import Timeout

from identity_sdk.errors import Stopped, Unreachable
from identity_sdk.http.route import Route, route_to
from identity_sdk.http.unreachable import at_proxy, lasting, passing

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse

    from identity_sdk.http.error_mapping import Meaning

CONNECT_TIMEOUT = 3.5
"""Seconds for each step of connecting: to each address of the host or its proxy, through the proxy,
and the TLS handshake. A lost SYN is sent again after one second and after three."""


@dataclass(frozen=True)
class RawResponse:
    """A response of any status.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class RetriableError(Exception):
    """An attempt that failed in a way that a retry may cure.

    Attributes:
        wait: Seconds to wait as requested by the server.
        slow: Whether it timed out.
        at_proxy: Whether the proxy failed.
        meaning: The probable meaning if retries do not help.
    """

    def __init__(
        self,
        what: str,
        status: int | None = None,
        *,
        wait: float | None = None,
        slow: bool = False,
        at_proxy: bool = False,
        body: Any = None,
        meaning: Meaning | None = None,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.wait = wait
        self.slow = slow or status == 504
        self.at_proxy = at_proxy
        self.body = body
        self.meaning = meaning

    @property
    def refused(self) -> bool:
        """Whether the server asks to wait."""
        return self.status == 429 or self.wait is not None


class Transport:
    """Connections to one API, for many threads.

    Attributes:
        timeout: Seconds from connecting to the last byte.
    """

    def __init__(
        self, *, timeout: float, connections: int, ca_bundle: str | None, stop: threading.Event
    ) -> None:
        self.timeout = timeout
        self._timeouts = Timeout(connect=min(CONNECT_TIMEOUT, timeout), read=timeout)
        self._stop = stop
        self._adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections)
        self._ca_bundle = ca_bundle
        self._routes: dict[str, Route] = {}

    def send(
        self, method: str, base: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> RawResponse:
        """Send a request to a path and query below a base URL, and read the whole response.

        Raises:
            RetriableError: There was no response, or it was cut off.
            Unreachable: A certificate or a proxy is in the way.
            SettingsError: The proxy or the CA bundle is not valid.
            Stopped: The run was asked to stop.
        """
        route, began = self._route(base), time.monotonic()
        try:
            answer = route.pool.urlopen(
                method,
                route.prefix + target,
                body,
                {**route.headers, **headers},
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeouts,
                preload_content=False,
            )
            content = self._read(answer, began + self.timeout)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._failure(error, route, time.monotonic() - began) from None
        # Not items(): a name that comes twice would have its last value only.
        told = {name.lower(): answer.headers[name] for name in answer.headers}
        return RawResponse(answer.status, told, content)

    def close(self) -> None:
        self._adapter.close()

    def _route(self, base: str) -> Route:
        if base not in self._routes:
            self._routes[base] = route_to(base, self._ca_bundle, self._adapter)
        return self._routes[base]

    def _failure(self, error: Exception, route: Route, took: float) -> RetriableError | Unreachable:
        # urllib3 raises a read time-out for a connect time-out too, but earlier than this.
        if took >= self.timeout and isinstance(error, TimeoutError):
            return RetriableError(f"took longer than {self.timeout:g} s", slow=True)
        if told := lasting(error, route):
            return Unreachable(told)
        return RetriableError(passing(error, route), at_proxy=at_proxy(error))

    def _read(self, answer: BaseHTTPResponse, end: float) -> bytes:
        """Read the body within the total time-out, however slowly it arrives."""
        chunks: list[bytes] = []
        try:
            while chunk := answer.read1(2**18, decode_content=True):
                chunks.append(chunk)
                if time.monotonic() > end:
                    raise TimeoutError
                if self._stop.is_set():
                    raise Stopped
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return b"".join(chunks)
