"""One HTTP client per run: concurrency, retries, rate limits, errors."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from identity_sdk.errors import AccessDenied, ApiError, Stopped, TooLarge, Unreachable
from identity_sdk.exchange import Request, Response
from identity_sdk.http.error_mapping import ErrorMapping, decoded, in_context
from identity_sdk.http.limiter import Limiter, retry_after
from identity_sdk.http.retries import Retries
from identity_sdk.http.transport import RawResponse, RetriableError, Transport
from identity_sdk.http.unreachable import PROXY_HINT
from identity_sdk.http.urls import origin
from identity_sdk.http.workers import InFlight, SharedCounter, Workers
from identity_sdk.records.codec import check, encode
from identity_sdk.records.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk.http.auth import Authenticator, Grant

logger = logging.getLogger(__name__)

_LONG = 10.0
"""Pauses of at least this many seconds are logged."""


class Client:
    """Sends requests to one API, many at a time.

    Attributes:
        stop: Set it to end all waiting; requests then raise `Stopped`.
        concurrency: Maximum number of requests in flight.
        requests: Number of requests sent, retries included.
    """

    DEADLINE = 900.0
    """Seconds after which a request that is still rate-limited (429) or failing is given up."""
    FIRST_CONTACT = 10.0
    """The same if no API has responded yet, minus the time of one attempt to connect."""

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
        headers: Mapping[str, str] | None = None,
        error_mapping: ErrorMapping | None = None,
        stop: threading.Event | None = None,
        counter: SharedCounter | None = None,
    ) -> None:
        self.base_url = base_url
        self.concurrency = concurrency
        self.stop = stop or threading.Event()
        self.requests = counter or SharedCounter()
        self._auth = auth
        self._retries = retries
        self._error_mapping = error_mapping or ErrorMapping()
        self._met: set[str] = set()  # origins where an API has responded
        self._headers = {"Accept": accept, "User-Agent": user_agent, **(headers or {})}
        self._limiter = Limiter(rate, pause=self._pause)
        self._workers = Workers(concurrency)
        self._transport = Transport(
            timeout=timeout, connections=concurrency, ca_bundle=ca_bundle, stop=self.stop
        )

    def get(self, request: Request) -> Response:
        """Send one request and wait for its response.

        Raises:
            ApiError: It failed, also after retries.
            Stopped: The run was asked to stop.
        """
        return self.send(request).result()

    def send(self, request: Request) -> InFlight[Response]:
        """Put a request in flight."""
        return InFlight(self._workers.submit(lambda: self._authorized(request)), self.stop)

    def grant(self) -> Grant | None:
        """What the credential was granted; None if this is unknown.

        Raises:
            ApiError: No credential was issued.
        """
        job = self._workers.submit(lambda: self._auth.grant(self._exchange))
        return InFlight(job, self.stop).result()

    @property
    def answered(self) -> bool:
        """Whether the API's server has responded yet."""
        return origin(self.base_url) in self._met

    @property
    def lost_scopes(self) -> frozenset[str]:
        """Scopes that the first token of this run had and a later one lacks."""
        return self._auth.lost

    def close(self) -> None:
        """Accept no more requests; those in flight are abandoned."""
        self._workers.close()
        self._transport.close()

    def _authorized(self, request: Request) -> Response:
        """Send a request with a credential; if that is rejected, once more with a new one."""
        header = self._auth.header(self._exchange)
        try:
            return self._exchange(request, header)
        except AccessDenied as error:
            if error.status != 401 or not self._auth.renew(header):
                raise
            return self._exchange(request, self._auth.header(self._exchange))

    def _exchange(self, request: Request, header: str = "") -> Response:
        """Send a request until it succeeds or is known to fail."""
        retries = Retries(self._retries)
        while True:
            try:
                return self._attempt(request, header)
            except RetriableError as error:
                retries = retries.after(error)
                pause = retries.pause(error)
                unmet = self._unmet(request, error)
                left = (self.FIRST_CONTACT if unmet else self.DEADLINE) - retries.took
                if error.refused and pause <= left:
                    # Only then: other requests must not wait longer than this one would.
                    pause = self._limiter.refused(pause)
                if pause > left or retries.are_spent(error):
                    late = pause > left and not unmet
                    raise self._final(request, error, retries.failures, late) from None
                if pause >= _LONG:
                    logger.info("%s %s; waiting %.0f s", request, error, pause)
                if not error.refused:
                    self._pause(pause)

    def _unmet(self, request: Request, failing: RetriableError) -> bool:
        """Whether no API has responded there yet, so that the URL may be wrong."""
        silent = not failing.slow and (failing.status or 200) < 300
        return silent and origin(request.base or self.base_url) not in self._met

    def _attempt(self, request: Request, header: str) -> Response:
        headers = {**self._headers, **request.headers}
        if header:
            headers["Authorization"] = header
        body: bytes | None = None
        if request.json is not None:
            headers.setdefault("Content-Type", "application/json")
            body = encode(request.json)
        elif request.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(request.form).encode()
        base = request.base or self.base_url
        self._limiter.wait()
        self.requests()
        answer = self._transport.send(request.method, base, request.target, headers, body)
        response = self._judge(request, answer, header)
        self._met.add(origin(base))
        return response

    def _judge(self, request: Request, answer: RawResponse, header: str) -> Response:
        status, headers, body = answer.status, answer.headers, answer.body
        if 200 <= status < 300:
            return _content(answer)
        if 300 <= status < 400:
            raise ApiError(
                f"{request} is redirected to {origin(headers.get('location', ''))}, which is not "
                "followed. Set the URL of the API itself.",
                status,
            )
        mapping, error, secrets = self._error_mapping, decoded(body), _secrets(request, header)
        meaning = mapping.classify(status, error)
        if meaning is None and (status == 429 or (status >= 500 and status != 501)):
            # Many servers send the end of their rate limit window with every response.
            names = headers if status == 429 else {"retry-after": headers.get("retry-after", "")}
            wait = retry_after(names)
            told = mapping.describe(None, headers, secrets)  # Its body can be anything.
            suspicion = mapping.suspect(status, error)
            raise RetriableError(
                f"answered {status}{told}", status, wait=wait, body=error, meaning=suspicion
            )
        told = mapping.describe(error, headers, secrets)
        meaning = in_context(request, status, error, meaning)
        kind, advice = meaning or mapping.usual(status)
        raise kind(f"{request} answered {status}{told}. {advice}".rstrip(), status, error)

    def _final(self, request: Request, failing: RetriableError, tries: int, late: bool) -> ApiError:
        if late and failing.wait is not None:
            how = f"; the server asks to wait {failing.wait:.0f} s more"
        elif late:
            how = f" for {self.DEADLINE / 60:.0f} minutes"
        else:
            how = f", {tries} times in a row" if tries > 1 else ""
        place = self._unmet(request, failing) or failing.status == 200
        kind: type[ApiError] = TooLarge if failing.slow else ApiError
        advice = self._error_mapping.advice.get(200 if place else failing.status or 0, "")
        if place and request.form is not None:
            advice = ""  # A token endpoint has its own URL (see `TokenEndpoint`).
        if failing.at_proxy:
            kind, advice = Unreachable, PROXY_HINT
        kind, advice = failing.meaning or (kind, advice)
        message = f"{request} {failing}{how}. {advice}".rstrip()
        return kind(message, failing.status, failing.body)

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped


def _content(answer: RawResponse) -> Response:
    """The response with its body checked to be JSON.

    Raises:
        RetriableError: It is not the response of an API.
    """
    status, headers, body = answer.status, answer.headers, answer.body
    if not body.strip():
        if status == 200:
            raise RetriableError("answered 200 without a body")
        return Response(status, None, headers)
    try:
        check(body)
    except ValueError:
        kind = headers.get("content-type", "no content type")
        what = f"answered {status} with something other than JSON ({kind})"
        raise RetriableError(what, status) from None
    return Response(status, headers=headers, raw=body)


def _secrets(request: Request, header: str) -> list[str]:
    """Secrets in a request, which an error response may echo."""
    given = [value for name, value in (request.form or {}).items() if is_secret(name)]
    return [each for each in (*header.split()[1:], *given) if each]
