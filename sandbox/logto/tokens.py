"""The token endpoint, and what an API request needs a token for."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

from sandbox.logto.answers import TOKEN_HEADERS, Failure, as_error, as_token, root_of
from sandbox.logto.tables import RESOURCE
from sandbox.model import Application, SignIn

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.company import Company

CLIENT_ID = "tapclient001"
CLIENT_SECRET = "S3CRET-of-the-machine"  # noqa: S105
_DENIED = "Unauthorized. Please check credentials and its scope."


@dataclass
class _Token:
    """An access token. `scope` is empty if the API is to refuse it."""

    resource: str
    scope: str
    issued: float
    expires: float


class TokenIssuer:
    """Grants tokens for client credentials, and knows them again.

    Attributes:
        role_granted: Whether the client has the role that gives access to the API.
        secret_expired: Whether the client's secret has expired.
        token_lifetime: Seconds for which a token is good.
        token_quota: How many more tokens may be issued; None if any number.
        tokens_issued: How many were.
        log_tokens: Whether issuing one is in the audit logs, as it is on a real server.
        exchanges: What log_tokens put there.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.role_granted = True
        self.secret_expired = False
        self.token_lifetime = 3600
        self.token_quota: int | None = None
        self.tokens_issued = 0
        self.log_tokens = False
        self.exchanges: list[SignIn] = []
        self._tokens: dict[str, _Token] = {}
        self._client = Application(id=CLIENT_ID, number=0, name="tap", kind="machine")

    def expire_tokens(self) -> None:
        """All tokens issued so far have expired."""
        for token in self._tokens.values():
            token.expires = time.time() - 1

    async def grant(self, request: Request) -> Response:
        """Answer a request for a token."""
        try:
            self._check_quota()
            form = await _form(request)
            self._check_client(request, form)
            return as_token(self._issue(form, request.headers.get("user-agent", "")))
        except Failure as failure:
            return as_error(failure, _error_headers(request, failure))

    def check(self, request: Request) -> None:
        """Refuse a request to the API whose token does not give access to it."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            code = "auth.authorization_header_missing"
            raise Failure(401, code, "Authorization header is missing.")
        scheme, _, value = authorization.partition(" ")
        if scheme != "Bearer":
            code = "auth.authorization_token_type_not_supported"
            data = {"supportedTypes": ["Bearer"]}
            raise Failure(401, code, "Authorization type is not supported.", data=data)
        self._check_token(value, self._tokens.get(value), f"{root_of(request)}/oidc")

    def _check_token(self, value: str, token: _Token | None, issuer: str) -> None:
        if token is None:
            raise _unauthorized("ERR_JWS_INVALID", "JWSInvalid")
        payload = _claims(value, token, issuer)
        if token.resource != RESOURCE:
            code, name = "ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed"
            raise _unauthorized(code, name, claim="aud", reason="check_failed", payload=payload)
        if token.expires <= time.time():
            code, name = "ERR_JWT_EXPIRED", "JWTExpired"
            raise _unauthorized(code, name, claim="exp", reason="check_failed", payload=payload)
        if token.scope != "all":
            message = "Forbidden. Please check your user roles and permissions."
            raise Failure(403, "auth.forbidden", message)

    def _check_quota(self) -> None:
        if self.token_quota is not None and self.token_quota <= 0:
            message = "Token limit exceeded. Please contact your administrator."
            raise Failure(429, "auth.exceed_token_limit", message)

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        name, secret = _credentials(request, form)
        if name is None:
            description = "no client authentication mechanism provided"
            raise _oidc(400, "invalid_request", "Request is invalid.", description)
        message = "An OIDC error occurred: oidc.invalid_client."
        if name != CLIENT_ID:
            raise _oidc(400, "invalid_client", message, f"invalid client {name}")
        if secret != CLIENT_SECRET:
            raise _oidc(401, "invalid_client", message, "client authentication failed")
        if self.secret_expired:
            description = "client secret has expired"
            raise _oidc(400, "invalid_request", "Request is invalid.", description)

    def _issue(self, form: dict[str, str], agent: str) -> dict[str, Any]:
        if form.get("grant_type") != "client_credentials":
            message = "Unsupported `grant_type` requested."
            raise _oidc(400, "unsupported_grant_type", message, "unsupported grant_type requested")
        resource = form.get("resource")
        self._check_resource(resource)
        wanted = form.get("scope", "").split()
        good = self.role_granted and resource == RESOURCE and "all" in wanted
        value, now = secrets.token_urlsafe(40), time.time()
        scope = "all" if good else ""
        self._tokens[value] = _Token(str(resource), scope, now, now + self.token_lifetime)
        self._count(agent)
        body = {
            "access_token": value, "expires_in": self.token_lifetime, "token_type": "Bearer",
        }  # fmt: skip
        return {**body, "scope": scope} if scope else body

    def _check_resource(self, resource: str | None) -> None:
        known = [RESOURCE, *(api.identifier for api in list(self.company.access.apis.values()))]
        if resource not in known:
            missing = "both `resource` and `organization_id` are not provided"
            unknown = "resource indicator is missing, or unknown"
            description = unknown if resource else missing
            raise _oidc(400, "invalid_target", "Invalid resource indicator.", description)

    def _count(self, agent: str) -> None:
        self.tokens_issued += 1
        if self.token_quota is not None:
            self.token_quota -= 1
        if self.log_tokens:
            number = self.tokens_issued
            identifier = f"exchange{number:04d}"
            company = self.company
            company.now += timedelta(milliseconds=1)
            self.exchanges.append(
                SignIn(
                    identifier, number, company.now, self._client, None, None, "127.0.0.1", agent
                )
            )


async def _form(request: Request) -> dict[str, str]:
    """The parameters, as a form or as JSON."""
    body = (await request.body()).decode()
    if request.headers.get("content-type", "").startswith("application/json"):
        parsed = json.loads(body)
        return {str(name): str(value) for name, value in parsed.items()}
    return dict(parse_qsl(body))


def _credentials(request: Request, form: dict[str, str]) -> tuple[str | None, str | None]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id"), form.get("client_secret")
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(name), unquote_plus(secret)


def _oidc(status: int, error: str, message: str, description: str) -> Failure:
    failure = Failure(status, f"oidc.{error}", message)
    failure.body |= {"error": error, "error_description": description}
    return failure


def _error_headers(request: Request, failure: Failure) -> dict[str, str]:
    if failure.status == 429 or failure.body.get("error") == "invalid_request":
        return {"Vary": "Accept-Encoding"}
    if failure.status != 401:
        return TOKEN_HEADERS
    realm = f'Basic realm="{root_of(request)}/oidc", error="invalid_client"'
    about = f'error_description="{failure.body["error_description"]}"'
    return {**TOKEN_HEADERS, "WWW-Authenticate": f"{realm}, {about}"}


def _unauthorized(code: str, name: str, **more: Any) -> Failure:
    return Failure(401, "auth.unauthorized", _DENIED, data={"code": code, "name": name, **more})


def _claims(value: str, token: _Token, issuer: str) -> dict[str, Any]:
    """What is in a token. A real server tells it to whoever sends one that is no good."""
    claims = {"jti": value[:43], "sub": CLIENT_ID, "iat": int(token.issued)}
    claims |= {"exp": int(token.expires)}
    claims |= {"scope": token.scope} if token.scope else {}
    return {**claims, "client_id": CLIENT_ID, "iss": issuer, "aud": token.resource}
