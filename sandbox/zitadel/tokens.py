"""The token endpoint, and which tokens the API accepts."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.zitadel import ids
from sandbox.zitadel.failures import Failure, bad_token, in_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.company import Company

AUDIENCE = "urn:zitadel:iam:org:project:id:zitadel:aud"
"""The scope without which a token is good for nothing at the API."""
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SKEW = 5
_OLDEST = 3600


@dataclass
class _Token:
    scope: str
    expires: float


class Refused(Exception):
    """No token is granted."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.response = in_json({"error": error, "error_description": description}, status)


class Tokens:
    """Grants tokens to the machine user who asks, and knows them again.

    Attributes:
        pat: The personal access token that is accepted; it does not expire.
        client_secret: Of the machine user.
        token_lifetime: Seconds for which a token is good.
        tokens_issued: How many were.
        version: Of the server.
    """

    version: tuple[int, int]

    def __init__(self, company: Company) -> None:
        self._company = company
        self.pat = "S3CRET-pat-of-the-machine"
        self.client_secret = "S3CRET-of-the-machine"  # noqa: S105
        self.token_lifetime = 43199
        self.tokens_issued = 0
        self._tokens: dict[str, _Token] = {}

    @property
    def client_id(self) -> str:
        """Its user name: that of the first machine."""
        machine = self._machine()
        return ids.machine_name(machine) if machine else "machine"

    @property
    def user_id(self) -> str:
        """The id of who asks."""
        machine = self._machine()
        return ids.user_id(machine) if machine else ids.identifier("machine", "none")

    def _machine(self) -> Any:
        return next(iter(ids.machines(list(self._company.access.applications.values()))), None)

    @property
    def service_account_key(self) -> dict[str, str]:
        """What the file of the service account's key says."""
        private, _ = _key_pair()
        key_id = ids.identifier("machine key", "service account")
        return {"type": "serviceaccount", "keyId": key_id, "key": private, "userId": self.user_id}

    def expire_tokens(self) -> None:
        """All tokens issued so far have expired."""
        for token in list(self._tokens.values()):
            token.expires = 0

    async def grant(self, request: Request, issuer: str) -> Response:
        """Answer a request for a token."""
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            if form.get("grant_type") == "client_credentials":
                self._check_client(request, form)
            elif form.get("grant_type") == _ASSERTION:
                self._check_assertion(form.get("assertion", ""), issuer)
            else:
                raise Refused("unsupported_grant_type", f"{form.get('grant_type')} not supported")
        except Refused as refused:
            return refused.response
        value = secrets.token_urlsafe(60)
        self._tokens[value] = _Token(form.get("scope", ""), time.time() + self.token_lifetime)
        self.tokens_issued += 1
        told = {"access_token": value, "token_type": "Bearer", "expires_in": self.token_lifetime}
        response = in_json(told)
        response.headers["Cache-Control"] = "no-store"
        return response

    def check(self, request: Request) -> None:
        """Refuse a request without a token that gives access to the API."""
        authorization = request.headers.get("authorization")
        if not authorization:
            raise Failure(16, "auth header missing")
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise bad_token()
        if secrets.compare_digest(value.encode(), self.pat.encode()):
            return
        token = self._tokens.get(value)
        if token is None or token.expires <= time.time() or AUDIENCE not in token.scope.split():
            raise bad_token()

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        name, secret = _credentials(request, form)
        if name != self.client_id:
            raise Refused("invalid_client", "client not found")
        if secret != self.client_secret:
            raise Refused("invalid_request", "Errors.User.Machine.Secret.Invalid")

    def _check_assertion(self, assertion: str, issuer: str) -> None:
        account = self.service_account_key
        try:
            known = jwt.get_unverified_header(assertion).get("kid") == account["keyId"]
            claims = jwt.decode(
                assertion, _key_pair()[1], algorithms=["RS256"], audience=issuer,
                issuer=account["userId"], leeway=_SKEW,
                options={"require": ["iss", "sub", "aud", "iat", "exp"], "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidTokenError:
            raise self._no_assertion() from None
        age = time.time() - float(claims["iat"])
        if not known or not -_SKEW < age < _OLDEST or claims["sub"] != account["userId"]:
            raise self._no_assertion()

    def _no_assertion(self) -> Refused:
        """What is said of each assertion that is not good, whatever is wrong with it."""
        if self.version < (5, 0):
            return Refused("server_error", "Errors.Internal", 500)
        return Refused("invalid_grant", "invalid assertion")


@lru_cache(maxsize=1)
def _key_pair() -> tuple[str, str]:
    """A private and a public key. They are made once, for that takes its time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )  # fmt: skip
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def _credentials(request: Request, form: dict[str, str]) -> tuple[str | None, str | None]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id"), form.get("client_secret")
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(name), unquote_plus(secret)
