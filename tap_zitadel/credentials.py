"""The three kinds of credentials of a service account."""

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
"""Seconds before and after now for which an assertion is valid: ZITADEL accepts one that is up to
an hour old, so half of that is left for clock skew in either direction."""


def authenticator(
    config: Mapping[str, Any], base_url: str, domain: str | None = None
) -> Authenticator:
    """The authenticator; `domain` is the instance's own, if it differs from the URL's.

    Raises:
        SettingsError: The credential is not valid.
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
    """What to check if an assertion is refused: ZITADEL does not say what is wrong with it."""
    told = (
        f"The assertion names {audience} as its audience (`aud`); it must be the instance's own URL"
    )
    if domain is None:
        return f"{told}: if its domain is not that of `instance_url`, set `external_domain`."
    return (
        f"{told}. Without TLS that is http://{domain} with its port: then set `instance_url` to it "
        "and leave `external_domain` empty, or use another credential than a private key."
    )


class _Assertion:
    """Token requests with a signed assertion (RFC 7523 §2.1)."""

    def __init__(self, key: str | Mapping[str, Any], audience: str) -> None:
        self._audience = audience
        try:
            # Not strict: some ways of setting variables turn `\n` into real line breaks.
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
                "userId, as issued by ZITADEL."
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
