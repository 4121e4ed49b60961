"""The three ways in which a service account proves who it is."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import jwt

from identity_sdk import (
    Authenticator,
    Request,
    SettingsError,
    StaticToken,
    TokenEndpoint,
    client_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


TOKEN_PATH = "/oauth/v2/token"  # noqa: S105
SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud"
"""Without the second scope the API rejects the token."""
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HALF_LIFE = 1800
"""Seconds that an assertion is issued before and expires after now: ZITADEL takes one that is
up to an hour old, so half of that is left for clocks that are off, in both directions."""


def authenticator(
    config: Mapping[str, Any], base_url: str, domain: str | None = None
) -> Authenticator:
    """How requests prove who makes them; `domain` is the instance's own, where it is another.

    Raises:
        SettingsError: The credential cannot be used.
    """
    if pat := config.get("pat"):
        return StaticToken(pat)
    where = "`instance_url`"
    if key := config.get("private_key"):
        audience = f"https://{domain}" if domain else base_url
        return TokenEndpoint(_Assertion(key, audience), where, advice=_advice(audience, domain))
    return TokenEndpoint(
        client_credentials(
            (base_url, TOKEN_PATH), config["client_id"], config["client_secret"], scope=SCOPE
        ),
        where,
    )


def _advice(audience: str, domain: str | None) -> str:
    """What to look at where an assertion is refused: ZITADEL does not say what is wrong with it."""
    told = (
        f"The assertion names {audience} as its audience (`aud`); it must be the instance's own URL"
    )
    if domain is None:
        return f"{told}: if that has another domain than `instance_url`, set `external_domain`."
    return (
        f"{told}. Without TLS that is http://{domain} with its port: then set `instance_url` to it "
        "and leave `external_domain` empty, or use another credential than a private key."
    )


class _Assertion:
    """Token requests with a signed assertion (RFC 7523 §2.1)."""

    def __init__(self, key: str | Mapping[str, Any], audience: str) -> None:
        self._audience = audience
        try:
            # Not strict: some ways to set an environment turn `\n` into real line breaks.
            read = json.loads(key, strict=False) if isinstance(key, str) else key
            self._key, self._key_id, self._user = (
                read["key"],
                str(read["keyId"]),
                str(read["userId"]),
            )
            self()
        except (ValueError, TypeError, KeyError, jwt.PyJWTError):
            raise SettingsError(
                "`private_key` is not the JSON of a service account's key, with keyId, key and "
                "userId, as ZITADEL gave it out."
            ) from None

    def __call__(self) -> Request:
        now = int(time.time())
        claims = {
            "iss": self._user,
            "sub": self._user,
            "aud": self._audience,
            "iat": now - _HALF_LIFE,
            "exp": now + _HALF_LIFE,
        }
        assertion = jwt.encode(claims, self._key, "RS256", headers={"kid": self._key_id})
        form = {"grant_type": GRANT_TYPE, "scope": SCOPE, "assertion": assertion}
        return Request(TOKEN_PATH, form=form)
