"""A fast server of Kinde's and Logto's listings: `python server.py --users 1000 --latency 0.08`.

It prints its port. All pages of a listing are one text in which only a number differs, so
that a page costs far less than any client needs to read it. `/_take` tells what was asked
for since it was last called, `/_total` how many users there are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
Reply = tuple[int, bytes, dict[str, str]]
Query = dict[str, str]

_PLACE = "@@@@@@"
"""What stands for the number of a page, or of an organization, in a text that is kept."""
_MOMENT = "2025-03-14T09:26:53.589Z"
_TOKEN = {
    "access_token": "not-a-secret",
    "token_type": "bearer",
    "expires_in": 86400,
    "scope": "all read:users read:organizations read:organization_users",
}


def kinde_user(n: int) -> Row:
    """A user as Kinde's /users lists them."""
    mark = f"{_PLACE}{n:04d}"
    return {
        "id": f"kp_{mark:0>32}",
        "provided_id": None if n % 3 else f"ext-{mark}",
        "email": f"user{mark}@example.com",
        "phone": None if n % 5 else f"+1{mark}",
        "username": f"user{mark}",
        "last_name": f"Last{n % 97}",
        "first_name": f"First{n % 89}",
        "is_suspended": n % 50 == 0,
        "picture": f"https://avatars.example.com/u/{mark}.png?s=256",
        "total_sign_ins": n % 213,
        "failed_sign_ins": n % 7,
        "last_signed_in": _MOMENT,
        "created_on": _MOMENT,
        "identities": [
            {"type": "email", "identity": f"user{mark}@example.com"},
            {"type": "oauth2:google", "identity": f"user{mark}@mail.example.com"},
        ],
        "organizations": [f"org_{n % 500:06d}"],
    }


def logto_user(n: int) -> Row:
    """A user as Logto's /api/users lists them."""
    mark = f"{_PLACE}{n:04d}"
    return {
        "id": mark,
        "username": f"user{mark}",
        "primaryEmail": f"user{mark}@example.com",
        "primaryPhone": None if n % 5 else f"1{mark}",
        "name": f"First{n % 89} Last{n % 97}",
        "avatar": f"https://avatars.example.com/u/{mark}.png?s=256",
        "customData": {"department": f"Department {n % 12}", "title": "Engineer"},
        "identities": {"google": {"userId": mark, "details": {"email": f"user{mark}@example.com"}}},
        "lastSignInAt": 1741944413589,
        "createdAt": 1741944413589,
        "updatedAt": 1741944413589 + n,
        "profile": {"familyName": f"Last{n % 97}", "givenName": f"First{n % 89}"},
        "applicationId": "app0000000000000000000",
        "isSuspended": n % 50 == 0,
    }


def organization(n: int) -> Row:
    """An organization as Kinde's /organizations lists them; pages of 500."""
    return {
        "code": f"org_{n:06d}",
        "name": f"Organization {n}",
        "handle": f"organization-{n}",
        "is_default": n == 0,
        "external_id": f"x{n}",
        "is_auto_membership_enabled": False,
    }


def member(n: int) -> Row:
    """A user as Kinde's /organizations/{code}/users lists them."""
    mark = f"{_PLACE}{n:04d}"
    return {
        "id": f"kp_{mark:0>32}",
        "email": f"user{mark}@example.com",
        "full_name": f"First{n % 89} Last{n % 97}",
        "first_name": f"First{n % 89}",
        "last_name": f"Last{n % 97}",
        "picture": None,
        "joined_on": _MOMENT,
        "last_accessed_on": _MOMENT,
        "is_suspended": False,
        "roles": ["admin", "viewer"][n % 2 :],
    }


@cache
def _text(make: Callable[[int], Row], rows: int) -> bytes:
    return json.dumps([make(n) for n in range(rows)], separators=(",", ":")).encode()


def listing(make: Callable[[int], Row], number: int, rows: int) -> bytes:
    """A page of made-up rows, none of which is on a page with another number."""
    return _text(make, max(rows, 0)).replace(_PLACE.encode(), b"%06d" % number)


class Api:
    """What the server answers, and the limits that it keeps."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.users, self.members = options.users, options.members
        self.organizations = options.organizations
        self.latency, self.rate = options.latency, options.rate
        self._counts = {"requests": 0, "refused": 0}
        self._permits, self._since = self.rate, 0.0

    def answer(self, target: str, moment: float) -> Reply:
        """The answer to a request at a moment."""
        url = urlsplit(target)
        if url.path == "/_total":
            return 200, json.dumps({"users": self.users}).encode(), {}
        if url.path == "/_take":
            counts, self._counts = self._counts, dict.fromkeys(self._counts, 0)
            self._permits = self.rate
            return 200, json.dumps(counts).encode(), {}
        if url.path.endswith("/token"):
            return 200, json.dumps(_TOKEN).encode(), {}
        self._counts["requests"] += 1
        if self.rate and (wait := self._refusal(moment)):
            self._counts["refused"] += 1
            return 429, b'{"errors":[{"code":"TOO_MANY_REQUESTS"}]}', {"Retry-After": str(wait)}
        return self._listing(url.path, dict(parse_qsl(url.query)))

    def _refusal(self, moment: float) -> int:
        """Seconds to wait, at least one, where a second's worth of requests is used up."""
        self._permits = min(self.rate, self._permits + (moment - self._since) * self.rate)
        self._since = moment
        if self._permits < 1:
            return max(1, math.ceil((1 - self._permits) / self.rate))
        self._permits -= 1
        return 0

    def _listing(self, path: str, query: Query) -> Reply:
        size = int(query.get("page_size", 500))
        if path == "/api/v1/users":
            return self._with_token("users", kinde_user, self.users, query)
        if path == "/api/v1/organizations":
            return self._organizations(query)
        if path.startswith("/api/v1/organizations/org_"):
            body = listing(member, int(path.split("/")[4][4:]), self.members)
            return 200, b'{"code":"OK","organization_users":' + body + b',"next_token":null}', {}
        if path == "/api/users":
            number, size = int(query["page"]) - 1, int(query["page_size"])
            body = listing(logto_user, number, min(size, self.users - number * size))
            return 200, body, {"Total-Number": str(self.users)}
        if path == "/api/logs":  # tap-logto sees by this whether times are heeded.
            return 400, b'{"code":"guard.invalid_input","message":"invalid"}', {}
        return 404, b"{}", {}

    def _with_token(self, name: str, make: Callable[[int], Row], total: int, query: Query) -> Reply:
        size, number = int(query.get("page_size", 500)), int(query.get("next_token") or 0)
        rows = listing(make, number, min(size, total - number * size))
        return 200, _envelope(name, rows, number + 1 if (number + 1) * size < total else None), {}

    def _organizations(self, query: Query) -> Reply:
        size, number = int(query.get("page_size", 500)), int(query.get("next_token") or 0)
        first, last = number * size, min((number + 1) * size, self.organizations)
        rows = json.dumps([organization(n) for n in range(first, last)]).encode()
        following = number + 1 if last < self.organizations else None
        return 200, _envelope("organizations", rows, following), {}


def _envelope(name: str, rows: bytes, following: int | None) -> bytes:
    token = b"null" if following is None else b'"%d"' % following
    return b'{"code":"OK","%s":%s,"next_token":%s}' % (name.encode(), rows, token)


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as the clients here speak it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            head = self._received[:end]
            _, _, length = head.lower().partition(b"\r\ncontent-length:")
            end += int(length.split(b"\r\n", 1)[0] or 0) if length else 0
            if len(self._received) < end:
                return
            self._received = self._received[end:]
            self._serve(head.split(b" ", 2)[1].decode())

    def _serve(self, target: str) -> None:
        loop = asyncio.get_running_loop()
        status, body, headers = self._api.answer(target, loop.time())
        given = {"Content-Type": "application/json", "Content-Length": len(body), **headers}
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in given.items())]
        message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        if self._api.latency and not target.startswith("/_"):
            loop.call_later(self._api.latency, self._transport.write, message)
        else:
            self._transport.write(message)


async def serve(api: Api) -> None:
    """Serve until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(api), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--organizations", type=int, default=0)
    parser.add_argument("--members", type=int, default=100, help="in each organization")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--rate", type=float, default=0.0, help="requests per second; 0: any")
    asyncio.run(serve(Api(parser.parse_args())))


if __name__ == "__main__":
    main()
