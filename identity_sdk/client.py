"""One HTTP client per run: concurrency, retries, rate limits, errors."""

from __future__ import annotations

import logging
import random
import re
import ssl
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import backoff
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, TimeoutError

from identity_sdk.codec import check, decode, encode
from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    NotFound,
    Rejected,
    Stopped,
    TooLarge,
)
from identity_sdk.exchange import Request, Response
from identity_sdk.limiter import Limiter, asked_wait
from identity_sdk.urls import is_loopback, origin
from identity_sdk.workers import Pending, Tally, Workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk.auth import Authenticator

_REQUEST_ID = ("x-request-id", "x-correlation-id", "logto-core-request-id", "cf-ray")


logger = logging.getLogger(__name__)

_LONG = 10.0
"""Seconds from which a pause is worth a line in the log."""


class _Failing(Exception):
    """An attempt that failed in a way that may pass."""

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


class _Session(requests.Session):
    """Does not look at redirects at all: requests would read their bodies to the end and
    raise on a Location that it cannot read."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Client:
    """Sends requests to one API, many at a time.

    Attributes:
        stop: Set it to end all waiting; requests then raise `Stopped`.
        concurrency: Requests in flight at most.
        requests: How many requests were sent, repeats included.
    """

    DEADLINE = 900.0
    """Seconds after which a request that is still refused (429) or failing is given up."""

    def __init__(
        self,
        base_url: str,
        auth: Authenticator,
        *,
        concurrency: int = 8,
        rate: float | None = None,
        timeout: float = 120.0,
        retries: int = 9,
        ca_bundle: str | None = None,
        user_agent: str = "identity-taps",
        accept: str = "application/json",
        advice: Mapping[int, str] | None = None,
        stop: threading.Event | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.base_url = base_url
        self.concurrency = concurrency
        self.stop = stop or threading.Event()
        self.requests = tally or Tally()
        self._auth = auth
        self._timeout = timeout
        self._retries = retries
        self._advice = advice or {}
        self._headers = {"Accept": accept, "User-Agent": user_agent}
        self._limiter = Limiter(rate, pause=self._pause)
        self._workers = Workers(concurrency)
        self._session = _Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=concurrency)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._verify = ca_bundle or True
        self._transports: dict[str, dict[str, Any]] = {}

    def get(self, request: Request) -> Response:
        """Send one request and wait for its response.

        Raises:
            ApiError: It failed, also after retries.
            Stopped: The run was asked to stop.
        """
        return self.send(request).result()

    def send(self, request: Request) -> Pending:
        """Put a request in flight."""
        return Pending(self._workers.submit(lambda: self._exchange(request)), self.stop)

    def close(self) -> None:
        """Take no more requests; those in flight are abandoned."""
        self._workers.close()
        self._session.close()

    def _exchange(self, request: Request) -> Response:
        """Send a request until it succeeds or is known not to."""
        began = time.monotonic()
        waits = backoff.expo(factor=0.1, max_value=30)
        next(waits)
        refusals = backoff.expo(factor=1, max_value=60)
        next(refusals)
        tries, slow, renewed = 0, 0, False
        while True:
            header = self._auth.header()
            try:
                return self._attempt(request, header)
            except AccessDenied as error:
                if error.status != 401 or renewed or not self._auth.renew(header):
                    raise
                renewed = True
            except _Failing as failing:
                refused = failing.status == 429 or failing.wait is not None
                tries += failing.status != 429
                slow += failing.slow
                left = self.DEADLINE - (time.monotonic() - began)
                if not refused:
                    pause = random.uniform(0.5, 1) * next(waits)  # noqa: S311
                elif failing.wait is None:
                    pause = next(refusals)
                else:
                    pause = failing.wait
                if refused and pause <= left:  # Nobody is held back longer than one would wait.
                    pause = self._limiter.refused(pause)
                late = pause > left
                # What is too slow twice is asked for in smaller pieces, if that is possible.
                if tries > self._retries or late or slow > min(1, self._retries):
                    raise self._final(request, failing, tries, late) from None
                if pause >= _LONG:
                    logger.info("%s %s; waiting %.0f s", request, failing, pause)
                if not refused:
                    self._pause(pause)

    def _attempt(self, request: Request, header: str) -> Response:
        base = request.base or self.base_url
        prepared = requests.Request(
            request.method,
            base + request.path,
            params={k: v for k, v in request.params.items() if v is not None},
            data=None if request.json is None else encode(request.json),
            headers={**self._headers, **request.headers, "Authorization": header},
        ).prepare()
        if request.json is not None:
            prepared.headers.setdefault("Content-Type", "application/json")
        self._limiter.wait()
        self.requests()
        end = time.monotonic() + self._timeout
        try:
            answer = self._session.send(
                prepared, timeout=self._timeout, allow_redirects=False, **self._transport(base)
            )
            body = self._read(answer, end)
        except requests.exceptions.SSLError as error:
            if not isinstance(_innermost(error), ssl.SSLCertVerificationError):
                raise _Failing(_network(error, base)) from None
            raise ApiError(
                f"{request}: the server's certificate is not trusted ({_root(error)}). If it is "
                "issued by a private CA, set `ca_bundle` to that CA's certificate."
            ) from None
        except (requests.Timeout, TimeoutError):
            raise _Failing(f"took longer than {self._timeout:g} s", slow=True) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _Failing(_network(error, base)) from None
        return self._judge(request, answer, body, header)

    def _transport(self, base: str) -> dict[str, Any]:
        """Proxy and certificates for a base URL, by setting or by environment.

        Session.send ignores REQUESTS_CA_BUNDLE unless it is given the merged settings.
        """
        if base not in self._transports:
            merged = self._session.merge_environment_settings(base, {}, True, self._verify, None)
            if is_loopback(base):
                merged["proxies"] = {}  # What is meant for this machine stays on it.
            self._transports[base] = dict(merged)
        return self._transports[base]

    def _read(self, answer: requests.Response, end: float) -> bytes:
        """Read the body within the time-out as a whole, however slowly it drips."""
        chunks: list[bytes] = []
        try:
            while chunk := answer.raw.read1(2**18, decode_content=True):
                chunks.append(chunk)
                if time.monotonic() > end:
                    raise requests.Timeout
                if self.stop.is_set():
                    raise Stopped
        except BaseException:
            answer.close()
            raise
        answer.raw.release_conn()
        return b"".join(chunks)

    def _judge(
        self, request: Request, answer: requests.Response, body: bytes, header: str
    ) -> Response:
        status, headers = answer.status_code, {k.lower(): v for k, v in answer.headers.items()}
        if 200 <= status < 300:
            if status == 200 and not body.strip():
                raise _Failing("answered 200 without a body")
            if not body.strip():
                return Response(status, None, headers)
            try:
                check(body)
                return Response(status, headers=headers, raw=body)
            except ValueError:
                kind = headers.get("content-type", "no content type")
                raise _Failing(
                    f"answered {status} with something else than JSON ({kind})"
                ) from None
        if status == 429 or (status >= 500 and status != 501):
            # Many servers send the end of their rate window with every answer.
            names = headers if status == 429 else {"retry-after": headers.get("retry-after", "")}
            raise _Failing(f"answered {status}", status, wait=asked_wait(names), body=body)
        told = self._told(body, headers, header)
        message = f"{request} answered {status}{told}."
        if advice := self._advice.get(status):
            message = f"{message} {advice}"
        if 300 <= status < 400:
            target = origin(headers.get("location", ""))
            message = (
                f"{request} is redirected to {target}, which is not followed. Set the URL of the "
                "API itself."
            )
            raise ApiError(message, status)
        kinds = {401: AccessDenied, 403: AccessDenied, 404: NotFound, 413: TooLarge}
        raise kinds.get(status, Rejected)(message, status, body)

    def _final(self, request: Request, failing: _Failing, tries: int, late: bool) -> ApiError:
        if late and failing.wait is not None:
            message = f"{request} {failing}; the server asks to wait {failing.wait:.0f} s more"
        elif late:
            message = f"{request} {failing} for {self.DEADLINE / 60:.0f} minutes"
        else:
            message = f"{request} {failing}, {tries} times in a row"
        if advice := self._advice.get(failing.status or 0):
            message = f"{message}. {advice}"
        return (TooLarge if failing.slow else ApiError)(message, failing.status, failing.body)

    def _told(self, body: bytes, headers: Mapping[str, str], header: str) -> str:
        """The server's error code and request id, which are safe to show, unlike the body."""
        told = []
        try:
            error = decode(body)
        except ValueError:
            error = None
        if isinstance(error, dict):
            for name in ("scimType", "code", "error"):
                if isinstance(text := error.get(name), str) and re.fullmatch(r"[\w.-]{1,80}", text):
                    told.append(text)
                    break
        for name in _REQUEST_ID:
            if re.fullmatch(r"[\w.:-]{1,100}", headers.get(name, "")):
                told.append(f"request id {headers[name]}")
                break
        if any(text.split()[-1] in header for text in told):
            return ""  # It echoes the credential.
        return f" ({', '.join(told)})" if told else ""

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped


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
