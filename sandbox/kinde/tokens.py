"""The token endpoint, and the tokens that it issued."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Collection

CLIENT_ID = "c0ffee00c0ffee00c0ffee00c0ffee00"
CLIENT_SECRET = "S3CRET-of-the-kinde-client"  # noqa: S105
FORM = "application/x-www-form-urlencoded"


class TokenRefused(Exception):
    """An error of OAuth 2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.status = 401 if error == "invalid_client" else 400
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True)
class Grant:
    """What a token allows.

    Attributes:
        ends: When, on the clock of this process.
    """

    scopes: frozenset[str]
    organization: str | None
    ends: float


class Tokens:
    """Issues tokens for one client, and knows them again."""

    def __init__(self) -> None:
        self.issued = 0
        self._grants: dict[str, Grant] = {}

    def expire(self) -> None:
        self._grants.clear()

    def grant(self, authorization: str) -> Grant | None:
        """What the header allows; None if it names no token that is in force."""
        scheme, _, token = authorization.partition(" ")
        grant = self._grants.get(token.strip()) if scheme.lower() == "bearer" else None
        return grant if grant and grant.ends > time.monotonic() else None

    def issue(
        self, form: dict[str, str], scopes: Collection[str], organization: str | None, life: int
    ) -> dict[str, Any]:
        """The answer to a good request. Without `scope` it grants all, with it a part."""
        wanted = form.get("scope", "").split()
        if missing := [scope for scope in wanted if scope not in scopes]:
            raise TokenRefused("invalid_scope", f"Not granted: {' '.join(missing)}")
        granted = sorted(wanted or scopes)
        now = int(time.time())
        audience = form["audience"]
        claims: dict[str, Any] = {
            "aud": [audience],
            "azp": form["client_id"],
            "exp": now + life,
            "gty": ["client_credentials"],
            "iat": now,
            "iss": audience.removesuffix("/api"),
            "jti": str(uuid4()),
            "scope": " ".join(granted),
            "scp": wanted,
            "v": "2",
        }
        if organization:
            claims["org_code"] = organization
        token = _signed(claims)
        self._grants[token] = Grant(frozenset(granted), organization, time.monotonic() + life)
        self.issued += 1
        return {
            "access_token": token,
            "expires_in": life,
            "scope": " ".join(granted),
            "token_type": "bearer",
        }


def read_form(kind: str, body: bytes, audience: str | None) -> dict[str, str]:
    """The fields of a request for a token, once it is known to be in order."""
    if kind.partition(";")[0].strip().lower() != FORM:
        raise TokenRefused("invalid_request", f"The content type must be {FORM}")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    if twice := [name for name, values in fields.items() if len(values) > 1]:
        raise TokenRefused("invalid_request", f"Repeated: {' '.join(twice)}")
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("invalid_request", "The grant_type must be client_credentials")
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise TokenRefused("invalid_client", "The client_id or client_secret is wrong")
    if not form.get("audience"):
        raise TokenRefused("invalid_request", "MISSING_AUDIENCE: the audience is mandatory")
    asked = form["audience"]
    if asked != audience if audience else not asked.endswith("/api"):
        raise TokenRefused("unauthorized_client", f"Not authorized for the audience {asked}")
    return form


def _signed(claims: dict[str, Any]) -> str:
    """A token in three parts like the vendor's; its signature is none, as nobody can check it."""
    header = {"alg": "RS256", "kid": "made-up", "typ": "JWT"}
    parts = [_encoded(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*parts, _encoded(hashlib.sha512(".".join(parts).encode()).digest() * 4)])


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
