"""Answers that are altered on their way: wrong totals, repeated pages, empty pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sandbox.faults import App, Receive, Scope, Send

TOTALS = ("totalResults", "totalResult")
TOTAL_HEADER = "total-number"
PLACES = frozenset({"page", "startIndex", "next_token", "starting_after", "after_cursor"})
FIRST = frozenset({"0", "1"})


@dataclass
class Answer:
    """An answer in JSON, and what it answers.

    Attributes:
        listing: What is asked for, whichever page of it.
        place: Which page of it; empty for the first.
    """

    listing: str
    place: str
    headers: dict[str, str]
    body: Any


@dataclass
class Altered:
    """An application whose good answers `alter` may change; it returns whether it did.

    Attributes:
        delivered: How many it changed.
    """

    app: App
    alter: Callable[[Answer], bool]
    delivered: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await _whole(receive)

        async def again() -> Any:
            return {"type": "http.request", "body": asked, "more_body": False}

        told: list[Any] = []

        async def keep(message: Any) -> None:
            told.append(message)

        await self.app(scope, again, keep)
        start = told[0]
        body = b"".join(message.get("body", b"") for message in told)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        if start["status"] == 200 and "json" in headers.get("content-type", ""):
            answer = Answer(*_asked(scope, asked), headers, json.loads(body))
            if self.alter(answer):
                self.delivered += 1
                body = json.dumps(answer.body).encode()
        headers["content-length"] = str(len(body))
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({**start, "headers": encoded})
        await send({"type": "http.response.body", "body": body})


async def _whole(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _asked(scope: Scope, body: bytes) -> tuple[str, str]:
    """The listing that is asked for, and the place in it."""
    query = parse_qsl(scope["query_string"].decode())
    place = [value for name, value in query if name in PLACES and value not in FIRST]
    kept = [pair for pair in query if pair[0] not in PLACES]
    asked: Any = None
    if body.startswith(b"{"):
        asked = json.loads(body)
        for paging in (asked.get("pagination"), asked.get("query")):
            if isinstance(paging, dict) and (offset := paging.pop("offset", 0)):
                place.append(str(offset))
    headers = dict(scope["headers"])
    organization = headers.get(b"x-zitadel-orgid", b"").decode()
    return json.dumps([scope["path"], kept, asked, organization]), "".join(place)


def wrong_totals(chance: Random, by: int) -> Callable[[Answer], bool]:
    """Some answers say another total than is true."""

    def alter(answer: Answer) -> bool:
        if chance.random() > 0.3:
            return False
        return _add(answer.body, by) or _add_to_header(answer.headers, by)

    return alter


def _add_to_header(headers: dict[str, str], by: int) -> bool:
    if TOTAL_HEADER not in headers:
        return False
    before = headers[TOTAL_HEADER]
    headers[TOTAL_HEADER] = str(max(0, int(before) + by))
    return headers[TOTAL_HEADER] != before


def _add(body: Any, by: int) -> bool:
    """Add to the total, wherever in the envelope it is."""
    if not isinstance(body, dict):
        return False
    for name in TOTALS:
        if name in body:
            before = body[name]
            body[name] = type(before)(max(0, int(before) + by))
            return bool(body[name] != before)
    return any(_add(body[name], by) for name in ("details", "pagination") if name in body)


@dataclass
class Repeated:
    """A page that is asked for after another is answered with that other one.

    Attributes:
        skip: So many such pages are answered as they should be first.
        times: So many are not.
    """

    skip: int
    times: int
    _last: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def __call__(self, answer: Answer) -> bool:
        place, body = self._last.get(answer.listing, (answer.place, None))
        self._last[answer.listing] = (answer.place, answer.body)
        if body is None or place == answer.place or not self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        answer.body = body
        return True


@dataclass
class Emptied:
    """A page other than the first comes without its rows.

    Attributes:
        skip: So many such pages are answered as they should be first.
    """

    skip: int
    over: bool = False

    def __call__(self, answer: Answer) -> bool:
        if self.over or not answer.place or not _rows(answer.body):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.over = True
        for rows in _rows(answer.body):
            rows.clear()
        return True


def _rows(body: Any) -> list[list[Any]]:
    """The lists of rows in an answer that are not empty."""
    lists = body.values() if isinstance(body, dict) else [body]
    return [each for each in lists if isinstance(each, list) and each and isinstance(each[0], dict)]
