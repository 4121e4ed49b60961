"""Answers requests, by the table of endpoints."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.logto import paging, search
from sandbox.logto.answers import Failure, as_error, as_json, as_page, as_text, root_of
from sandbox.logto.endpoints import ENDPOINTS, Listing, Single
from sandbox.logto.finding import Call
from sandbox.logto.tables import Tables
from sandbox.logto.tokens import TokenIssuer

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from sandbox.company import Company
    from sandbox.model import Thing

_WEB_PAGE = "<!doctype html><html><head></head><body>stub</body></html>\n"


class LogtoServer(TokenIssuer):
    """Serves a company as a Logto of a given version would: an ASGI application.

    Its root is the root of the server, below whatever it is mounted at. What is settable,
    to make it fail, is described at `TokenIssuer`.
    """

    def __init__(self, company: Company, *, version: tuple[int, int] = (1, 42)) -> None:
        super().__init__(company)
        self.version = version
        self._tables = Tables(company)
        self._endpoints = [
            (_pattern(endpoint.path), endpoint)
            for endpoint in ENDPOINTS
            if endpoint.since <= version < endpoint.until
        ]
        company.serve(self)

    def saved(self, thing: Thing) -> None:
        self._tables.saved(thing)

    def dropped(self, thing: Thing) -> None:
        self._tables.dropped(thing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request, _path_below_mount(scope))
        response.headers["Logto-Core-Request-Id"] = secrets.token_urlsafe(12)
        await response(scope, receive, send)

    async def _answer(self, request: Request, path: str) -> Response:
        if path == "/oidc/token" and request.method == "POST":
            return await self.grant(request)
        if path != "/api" and not path.startswith("/api/"):
            return as_page(_WEB_PAGE)
        try:
            self.check(request)
            return self._api(request, path.removeprefix("/api"))
        except Failure as failure:
            return as_error(failure)

    def _api(self, request: Request, path: str) -> Response:
        for pattern, endpoint in self._endpoints:
            if match := pattern.fullmatch(path):
                if request.method not in ("GET", "HEAD"):
                    return as_text(405, "Method Not Allowed")
                call = Call(
                    self._tables, self.version, match.groupdict(), request.query_params,
                    [*self.company.access.sign_ins, *self.exchanges],
                )  # fmt: skip
                if isinstance(endpoint, Single):
                    return as_json(request, endpoint.show(call), {})
                return _list(request, endpoint, call, path)
        return as_text(404, "Not Found")


def _list(request: Request, endpoint: Listing, call: Call, path: str) -> Response:
    query = call.query
    optional = endpoint.paging == "optional"
    paged = endpoint.paging == "mandatory" or (optional and paging.asks_for_pages(query))
    window = paging.window_of(query) if paged else None
    found = _found(endpoint, call)
    ordered = endpoint.order(found, window)
    headers = {}
    if window is not None:
        ordered = ordered[window.offset : window.bound]
        may_cap = endpoint.may_cap and call.version >= (1, 40) and call.asks("enableCap")
        url = f"{root_of(request)}{path}"
        headers = paging.paging_headers(url, query, window, len(found), may_cap=may_cap)
    return as_json(request, [endpoint.show(call, row) for row in ordered], headers)


def _found(endpoint: Listing, call: Call) -> list[Any]:
    found = endpoint.find(call)
    if endpoint.search:
        found = search.searched(found, call.query, endpoint.search)
    if endpoint.contains:
        found = search.containing(found, call.query, endpoint.contains)
    return found


def _pattern(path: str) -> re.Pattern[str]:
    """`/roles/{id}/users` as a regular expression."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _path_below_mount(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
