"""Authentication of requests."""

from __future__ import annotations

import base64
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    NotAuthenticated,
    NotFound,
    SettingsError,
    TooLarge,
    Unreachable,
)
from identity_sdk.exchange import Request, Response
from identity_sdk.records.codec import decode

logger = logging.getLogger(__name__)

Exchange = Callable[[Request], Response]
"""Sends a request without a credential, with the client's retries and rate limit."""


class Authenticator(Protocol):
    """What the client needs of an authenticator, which all threads of a run share."""

    def header(self, exchange: Exchange) -> str:
        """The value of the Authorization header (RFC 9110 §11.6.2).

        Raises:
            ApiError: No credential can be obtained.
        """
        ...

    def grant(self, exchange: Exchange) -> Grant | None:
        """What the credential was granted; None if this is unknown."""
        ...

    @property
    def lost(self) -> frozenset[str]:
        """Scopes that the first credential of this run had and a later one lacks."""
        ...

    def renew(self, rejected: str) -> bool:
        """Discard a credential after `rejected`, a header, was answered with 401.

        Returns:
            Whether there is another one, so that the request should be retried.
        """
        ...


class StaticToken:
    """A bearer token that was issued elsewhere and cannot be renewed (RFC 6750)."""

    lost: frozenset[str] = frozenset()

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {_sound(token)}"

    def header(self, exchange: Exchange) -> str:
        return self._header

    def grant(self, exchange: Exchange) -> Grant | None:
        return None

    def renew(self, rejected: str) -> bool:
        return rejected != self._header


@dataclass(frozen=True)
class Grant:
    """A token as an authorization server issued it (RFC 6749 §5.1).

    Attributes:
        scope: The granted scopes; None if the response does not state them.
        claims: The claims in the token, if it is a JWT (RFC 9068). Not verified: it came from the
            server that it will be sent to.
        until: When to renew it, by the monotonic clock.
    """

    token: str = field(repr=False)
    scope: frozenset[str] | None
    claims: Mapping[str, Any] = field(repr=False)
    issued: float
    until: float


class TokenEndpoint:
    """Bearer tokens from an OAuth 2.0 token endpoint (RFC 6749 §4.4, RFC 7523 §2.1).

    One token serves a whole run: vendors count and bill them. It is renewed a minute
    before it expires, or after nine tenths of a short life, and after a 401.

    Attributes:
        request: Builds the token request; called each time, as an assertion expires.
        settings: The settings that determine the endpoint's URL, for error messages.
        advice: What to check if no token is issued, besides the vendor's general advice.
        clock: A monotonic clock, in seconds.
    """

    HASTY = 60.0
    """A token that is rejected within this many seconds of its issue has not expired."""
    MOST_HASTY = 3
    """How many such tokens are replaced per run; after that, something else is wrong."""

    def __init__(
        self,
        request: Callable[[], Request],
        settings: str = "its URL",
        *,
        advice: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = request
        self._settings = settings
        self._advice = advice
        self._clock = clock
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._first: frozenset[str] | None = None  # scopes of the first token
        self.lost: frozenset[str] = frozenset()
        self._error: IdentityError | None = None
        self._hasty = 0

    def header(self, exchange: Exchange) -> str:
        return f"Bearer {self.grant(exchange).token}"

    def grant(self, exchange: Exchange) -> Grant:
        """The current token, issued now if there is none.

        Raises:
            ApiError: No token was issued; none is requested again in this run.
        """
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._grant is None or self._clock() >= self._grant.until:
                try:
                    self._grant = self._issued(exchange)
                except IdentityError as error:
                    self._error = error
                    raise
                self._compare(self._grant.scope or frozenset())
            return self._grant

    def _compare(self, scope: frozenset[str]) -> None:
        if self._first is None:
            self._first = scope
        self.lost |= self._first - scope

    def renew(self, rejected: str) -> bool:
        with self._lock:
            grant = self._grant
            if grant is None or rejected != f"Bearer {grant.token}":
                return True  # Another thread has already discarded it.
            if self._clock() - grant.issued < self.HASTY:
                self._hasty += 1
                if self._hasty > self.MOST_HASTY:
                    return False
            self._grant = None
            return True

    def _issued(self, exchange: Exchange) -> Grant:
        request, issued = self._request(), self._clock()
        try:
            body = exchange(request).body
        except (TooLarge, Unreachable):
            raise
        except AccessDenied as error:
            told = f"{error} {self._advice}".rstrip()
            raise NotAuthenticated(told, error.status, error.body) from None
        except ApiError as error:
            raise self._hinted(error) from None
        body = body if isinstance(body, dict) else {}
        if not isinstance(token := body.get("access_token"), str):
            raise ApiError(f"{request} returned no token. Check {self._settings}.")
        claims = _claims(token)
        scope = body.get("scope", claims.get("scope"))
        granted = frozenset(scope.split()) if isinstance(scope, str) else None
        life = _life(body.get("expires_in"))
        until = issued + life - min(60.0, life / 10)
        return Grant(_sound(token), granted, claims, issued, until)

    def _hinted(self, error: ApiError) -> ApiError:
        """The error, with a hint if the response is not from a token endpoint."""
        elsewhere = isinstance(error, NotFound)
        if elsewhere and error.status in (401, 403):
            what = f" This is not a token endpoint's response: check {self._settings}, and what is "
            what += "in between, such as a firewall."
        elif error.status in (None, 200, 404, 405):
            what = f" Check {self._settings}."
        else:
            return error
        # Not NotFound: that would be about the requested resource, which may well exist.
        kind = ApiError if elsewhere else type(error)
        return kind(f"{error}{what}", error.status, error.body)


def client_credentials(
    url: tuple[str, str], client_id: str, client_secret: str, **parameters: str
) -> Callable[[], Request]:
    """The request for a token by client credentials, in the body (RFC 6749 §2.3.1, §4.4.2).

    Args:
        url: Base and path of the token endpoint.
        client_id: Client ID.
        client_secret: Client secret.
        parameters: Further parameters of the vendor, such as `scope` or `audience`.
    """
    form: Mapping[str, str] = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        **parameters,
    }
    return lambda: Request(url[1], form=form, base=url[0])


def _life(stated: Any) -> float:
    """Lifetime of a token in seconds; one hour if the stated one is not plausible.

    If the real one is shorter, a 401 renews the token.
    """
    try:
        life = float(stated)
    except (TypeError, ValueError, OverflowError):
        return _USUAL_LIFE
    return life if life >= _SHORTEST_LIFE else _USUAL_LIFE


_USUAL_LIFE = 3600.0
_SHORTEST_LIFE = 1.0
"""With a shorter one, each request would need its own token, and vendors bill tokens."""


def _claims(token: str) -> Mapping[str, Any]:
    """The claims in a JWT (RFC 7519 §7.2, RFC 7515 §2), not verified; none in any other token."""
    try:
        _, payload, _ = token.split(".")
        claims = decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _sound(token: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise SettingsError(
            "The token is empty or contains an invalid character, such as a line break."
        )
    return token
