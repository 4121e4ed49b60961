"""Answers requests, by the tables of endpoints."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.zitadel import endpoints, endpoints_v1, event_search, ids
from sandbox.zitadel.calls import AUTHENTICATED, Call, Endpoint, Listing
from sandbox.zitadel.events import EventStore
from sandbox.zitadel.failures import (
    Failure,
    in_json,
    invalid,
    no_membership,
    no_organization,
    no_permission,
    not_found,
)
from sandbox.zitadel.history import History
from sandbox.zitadel.instance import Instance
from sandbox.zitadel.paging import page
from sandbox.zitadel.quirks import Quirks
from sandbox.zitadel.tokens import Tokens
from sandbox.zitadel.wire import told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from sandbox.company import Company
    from sandbox.model import Thing
    from sandbox.zitadel.calls import Version
    from sandbox.zitadel.events import Happened
    from sandbox.zitadel.wire import Json

_DISCOVERY = "/.well-known/openid-configuration"


class ZitadelServer(Quirks, Tokens):
    """Serves a company as a ZITADEL of a given version would: an ASGI application.

    Its root is the root of the server, below whatever it is mounted at. What is settable is
    described at `Quirks` and `Tokens`.

    Attributes:
        store: What happened.
        endpoints: All that this version serves.
    """

    def __init__(self, company: Company, *, version: Version = (4, 13)) -> None:
        Quirks.__init__(self)
        Tokens.__init__(self, company)
        self.company, self.version = company, version
        self.store = EventStore()
        self._history = History(company, self.store, groups=version >= (5, 0))
        self._places: dict[str, int] = {}
        self._writes = 0
        self._state: tuple[Any, Instance] | None = None
        everything = (
            *endpoints.ENDPOINTS, *endpoints_v1.ENDPOINTS,
            *event_search.endpoints(self.store, self),
        )  # fmt: skip
        self.endpoints = [each for each in everything if each.since <= version < each.until]
        self._rest = [(_pattern(each.rest), each) for each in self.endpoints if each.rest]
        self._connect = {
            each.connect: each for each in self.endpoints if not each.is_v1 and version >= (4, 0)
        }
        with self._history.importing():
            company.serve(self)

    # What the company tells

    def saved(self, thing: Thing) -> None:
        self._writes += 1
        self._places[thing.id] = self._writes
        self._history.saved(thing)

    def dropped(self, thing: Thing) -> None:
        self._writes += 1
        self._places.pop(thing.id, None)
        self._history.dropped(thing)

    def happen(
        self, kind: str, aggregate: tuple[str, str], *, at: datetime | None = None,
        count: int = 1, spread: timedelta = timedelta(0), owner: str = ids.HOME,
        editor: str | None = None, payload: Json | None = None,
    ) -> list[Happened]:  # fmt: skip
        """Commit events now that no change of the company is.

        They may have begun (`at`) long before: then they are older than others that were
        committed earlier.
        """
        self._history.catch_up()
        return self.store.burst(
            count, spread, at or self.company.now, kind=kind, aggregate=aggregate, owner=owner,
            editor=editor or self.user_id, payload=payload,
        )  # fmt: skip

    @property
    def instance(self) -> Instance:
        """The instance as it is now."""
        people = list(self.company.people.values())
        applications = list(self.company.access.applications.values())
        state = (
            self._writes, self.company.now, self.role, frozenset(self.member_of),
            sum(len(person.tokens) for person in people),
            sum(len(application.secrets) for application in applications),
        )  # fmt: skip
        if self._state is None or self._state[0] != state:
            places = self._places.copy()
            self._state = state, Instance(self.company, places, self.account)
        return self._state[1]

    # Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        response = await self._answer(request, path)
        await response(scope, receive, send)

    async def _answer(self, request: Request, path: str) -> Response:
        host = request.headers.get("host", "")
        if self.external_domain and host != self.external_domain:
            return Failure(5, f"unable to set instance using origin {host}").gateway()
        own = f"{request.url.scheme}://{host}{request.scope.get('root_path', '')}"
        issuer = self.issuer or own
        if path == "/oauth/v2/token" and request.method == "POST":
            return await self.grant(request, issuer)
        if path == _DISCOVERY:
            return in_json({"issuer": issuer, "token_endpoint": f"{own}/oauth/v2/token"})
        body = await request.body()
        self._history.catch_up()
        if (endpoint := self._connect.get(path)) and request.method == "POST":
            return self._by_connect(request, endpoint, body)
        return self._by_gateway(request, path, body)

    def _by_connect(self, request: Request, endpoint: Endpoint, body: bytes) -> Response:
        try:
            self.check(request)
            if not request.headers.get("content-type", "").startswith("application/json"):
                return in_json({}, 415)
            if not body:
                raise invalid("zero-length payload is not a valid JSON object")
            return in_json(self._result(request, endpoint, {}, body))
        except Failure as failure:
            return failure.connect()

    def _by_gateway(self, request: Request, path: str, body: bytes) -> Response:
        try:
            endpoint, parameters = self._route(request.method, path)
            self.check(request)
            response = in_json(self._result(request, endpoint, parameters, body))
            self._check_size(len(response.body))
        except Failure as failure:
            return failure.gateway()
        return response

    def _check_size(self, size: int) -> None:
        """Before version 5 the gateway receives no more than gRPC does by default."""
        does, most = ("received", 4) if self.version < (5, 0) else ("trying to send", 10)
        most = self.max_message or most * 2**20
        if size > most:
            raise Failure(8, f"grpc: {does} message larger than max ({size} vs. {most})")

    def _route(self, method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
        found = [
            (match.groupdict(), endpoint)
            for pattern, endpoint in self._rest
            if (match := pattern.fullmatch(path))
        ]
        if not found:
            raise not_found()
        for parameters, endpoint in found:
            if endpoint.method == method:
                return endpoint, parameters
        raise Failure(12, "Method Not Allowed", status=405)

    def _result(
        self, request: Request, endpoint: Endpoint, parameters: Mapping[str, str], body: bytes
    ) -> Json:
        instance = self.instance
        org = request.headers.get("x-zitadel-orgid") or ids.HOME
        self._check_rights(instance, endpoint, org)
        call = Call(instance, self.version, _parsed(body), parameters, org)
        if isinstance(endpoint, Listing):
            return page(endpoint, call, self)
        shown: Json = told(endpoint.show(call))  # type: ignore[attr-defined]
        return shown

    def _check_rights(self, instance: Instance, endpoint: Endpoint, org: str) -> None:
        """What is needed to ask at all, in the context of an organization."""
        if endpoint.permission == AUTHENTICATED and not endpoint.rest.startswith("/management/"):
            return
        if org not in instance.org_by_id:
            raise no_organization()
        if endpoint.permission == AUTHENTICATED:
            return
        if not self.account.belongs_to(org):
            raise no_membership()
        if not self.account.may(endpoint.permission, org):
            raise no_permission()


def _parsed(body: bytes) -> Json:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid(f"proto: syntax error: {error}") from None
    if not isinstance(parsed, dict):
        raise invalid("proto: syntax error: unexpected token")
    return parsed


def _pattern(path: str) -> re.Pattern[str]:
    """`/users/{id}/keys` as a regular expression."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
