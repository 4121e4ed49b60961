"""Kinde's Management API as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.kinde.ask import Ask, Quirks, Refused
from sandbox.kinde.endpoints import ENDPOINTS, Endpoint
from sandbox.kinde.known import Latest
from sandbox.kinde.paging import Items, page_of
from sandbox.kinde.tokens import CLIENT_ID, CLIENT_SECRET, TokenRefused, Tokens, read_form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from sandbox.company import Company
    from sandbox.kinde.tokens import Grant

BASE = "/api/v1"
_SUCCESS = {"code": "OK", "message": "Success"}


class KindeServer(Quirks):
    """Serves `/oauth2/token` and `/api/v1/...` for one machine's application.

    Attributes:
        client_id, client_secret: What the application proves itself with.
        scopes: What new tokens are granted.
        audience: The only audience that is accepted; None accepts any that ends in `/api`.
        org_code: The organization that new tokens are bound to; None for tokens of the tenant.
        token_lifetime: Of new tokens, in seconds.
        tokens_issued: How many there were so far.
        routes: All that is served.
    """

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.company = company
        self.client_id, self.client_secret = CLIENT_ID, CLIENT_SECRET
        self.scopes = {endpoint.scope for endpoint in ENDPOINTS}
        self.audience: str | None = None
        self.org_code: str | None = None
        self.token_lifetime = 86_400
        self._tokens = Tokens()
        self._latest = Latest(company)
        self.routes = [Route("/oauth2/token", self._token, methods=["POST"])]
        self.routes += [Route(BASE + each.path, self._endpoint(each)) for each in ENDPOINTS]
        self._app = Starlette(routes=self.routes, exception_handlers={HTTPException: _no_route})
        self._app.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @property
    def tokens_issued(self) -> int:
        return self._tokens.issued

    def expire_tokens(self) -> None:
        """End all tokens at once, whatever their lifetime."""
        self._tokens.expire()

    async def _token(self, request: Request) -> JSONResponse:
        kind, body = request.headers.get("content-type", ""), await request.body()
        try:
            form = read_form(kind, body, self.audience)
            answer = self._tokens.issue(form, self.scopes, self.org_code, self.token_lifetime)
        except TokenRefused as refused:
            return JSONResponse(refused.body, refused.status)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _endpoint(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def answer(request: Request) -> JSONResponse:
            try:
                grant = self._granted(request, endpoint.scope)
                return JSONResponse(self._body(endpoint, request, grant))
            except Refused as refused:
                if refused.status == 404 and endpoint.missing != 404:
                    refused = Refused(endpoint.missing, refused.code, str(refused))
                return JSONResponse(refused.body, refused.status)

        return answer

    def _granted(self, request: Request, scope: str) -> Grant:
        grant = self._tokens.grant(request.headers.get("authorization", ""))
        if grant is None:
            raise Refused(401, "INVALID_CREDENTIALS", "The token is missing, invalid or expired")
        if scope not in grant.scopes and not self.shows_less:
            message = f"The token lacks the required scope {scope}"
            raise Refused(403, "INSUFFICIENT_SCOPE", message)
        return grant

    def _body(self, endpoint: Endpoint, request: Request, grant: Grant) -> dict[str, Any]:
        known = self._latest.known()
        ask = Ask(known, dict(request.query_params), self)
        if grant.organization:
            if (bound := known.organizations.get(grant.organization)) is None:
                raise Refused(401, "INVALID_CREDENTIALS", "The token's organization is gone")
            ask.bound = bound
        ask.name(request.path_params)
        found = endpoint.find(ask)
        if endpoint.scope not in grant.scopes:
            found = {key: found[key] for n, key in enumerate(sorted(found)) if n % 3}
        if endpoint.style == "record":
            return self._record(endpoint, ask, list(found.values()))
        items, told = page_of(endpoint, _in_order(endpoint, ask, dict(found)), ask)
        rows = [endpoint.row(ask, thing) for _, thing in items]
        shown = None if self.null_lists and not rows else rows
        return {**_SUCCESS, str(endpoint.key): shown, **told}

    def _record(self, endpoint: Endpoint, ask: Ask, found: list[Any]) -> dict[str, Any]:
        if not found and (self.missing_mfa or not endpoint.may_be_null):
            raise Refused(404, "NOT_FOUND", "The specified resource was not found")
        row = endpoint.row(ask, found[0]) if found else None
        return {**_SUCCESS, endpoint.key: row} if endpoint.key else dict(row or {})


def _in_order(endpoint: Endpoint, ask: Ask, found: dict[str, Any]) -> Items:
    """By id, unless it is asked for otherwise; what is alike then stays in the order of ids."""
    items = sorted(found.items())
    if not (sort := ask.query.get("sort") or endpoint.order):
        return items
    name, _, direction = sort.rpartition("_")
    if name not in endpoint.sorts or direction not in ("asc", "desc"):
        raise Refused(400, "INVALID_SORT", f"Cannot sort by {sort}")

    def value(item: tuple[str, Any]) -> str:
        row = endpoint.row(ask, item[1])
        return str(row.get(name) or row.get("full_name") or row.get("name"))

    return sorted(items, key=value, reverse=direction == "desc")


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    refused = Refused(404, "ROUTE_NOT_FOUND", "The requested API route does not exist")
    return JSONResponse(refused.body, status)
