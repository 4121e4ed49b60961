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
SIZES = frozenset({"count", "limit", "page_size", "per_page"})
FIRST = frozenset({"0", "1"})


@dataclass
class Served:
    """An answer in JSON, and what it answers.

    Attributes:
        path: Whose.
        about: What is asked for, however many rows of it at once.
        listing: The same, in pages of this size:
        size: How many rows are asked for; 0 if that is not said.
        place: Which page of it; empty for the first.
    """

    path: str
    about: str
    listing: str
    size: int
    place: str
    headers: dict[str, str]
    body: Any

    @property
    def total(self) -> int | None:
        """How many rows there are, if it says so."""
        text = self.headers.get(TOTAL_HEADER)
        return _total(self.body) if text is None else int(text)

    @property
    def rows(self) -> list[Any]:
        """All rows in it."""
        return [row for rows in _rows(self.body) for row in rows]

    @property
    def is_full(self) -> bool:
        """Whether it is a whole listing, and just as much as was asked for."""
        return len(self.rows) == self.total == self.size


@dataclass
class Told:
    """What an application told."""

    start: Any
    headers: dict[str, str]
    body: bytes

    def answer(self, scope: Scope, asked: bytes) -> Served | None:
        """It as an answer, if it is a good one."""
        if self.start["status"] != 200 or "json" not in self.headers.get("content-type", ""):
            return None
        return Served(*_asked(scope, asked), self.headers, json.loads(self.body))

    async def send(self, send: Send) -> None:
        headers = {**self.headers, "content-length": str(len(self.body))}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({**self.start, "headers": encoded})
        await send({"type": "http.response.body", "body": self.body})


async def ask(app: App, scope: Scope, asked: bytes) -> Told:
    """Ask an application what was asked, with the body that came with it."""

    async def again() -> Any:
        return {"type": "http.request", "body": asked, "more_body": False}

    told: list[Any] = []

    async def keep(message: Any) -> None:
        told.append(message)

    await app({**scope}, again, keep)  # Mounts change it.
    headers = {name.decode().lower(): value.decode() for name, value in told[0]["headers"]}
    return Told(told[0], headers, b"".join(message.get("body", b"") for message in told))


@dataclass
class Altered:
    """An application whose good answers `alter` may change; it returns whether it did.

    Attributes:
        delivered: How many it changed.
    """

    app: App
    alter: Callable[[Served], bool]
    delivered: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await whole(receive)
        told = await ask(self.app, scope, asked)
        if (answer := told.answer(scope, asked)) and self.alter(answer):
            self.delivered += 1
            told.body = json.dumps(answer.body).encode()
        await told.send(send)


async def whole(receive: Receive) -> bytes:
    """The body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _asked(scope: Scope, body: bytes) -> tuple[str, str, str, int, str]:
    """The path, the listing that is asked for without and with its size, that, the place in it."""
    path: str = scope["path"]
    query = parse_qsl(scope["query_string"].decode())
    place = [value for name, value in query if name in PLACES and value not in FIRST]
    kept = [pair for pair in query if pair[0] not in PLACES]
    size = [pair for pair in kept if pair[0] in SIZES]
    asked: Any = None
    if body.startswith(b"{"):
        asked = json.loads(body)
        for paging in (asked.get("pagination"), asked.get("query")):
            if isinstance(paging, dict):
                size.append(("limit", str(paging.pop("limit", ""))))
                if offset := paging.pop("offset", 0):
                    place.append(str(offset))
    organization = dict(scope["headers"]).get(b"x-zitadel-orgid", b"").decode()
    about = json.dumps([path, [p for p in kept if p not in size], asked, organization])
    rows = next((int(value) for _, value in size if value.isdecimal()), 0)
    return path, about, f"{about} {rows}", rows, "".join(place)


def wrong_totals(chance: Random, by: int) -> Callable[[Served], bool]:
    """Some answers say another total than is true."""

    def alter(answer: Served) -> bool:
        if chance.random() > 0.3:
            return False
        return add_to_total(answer, by)

    return alter


def add_to_total(answer: Served, by: int) -> bool:
    """Let an answer say another total; return whether it does."""
    return _add(answer.body, by) or _add_to_header(answer.headers, by)


def _add_to_header(headers: dict[str, str], by: int) -> bool:
    if TOTAL_HEADER not in headers:
        return False
    before = headers[TOTAL_HEADER]
    headers[TOTAL_HEADER] = str(max(0, int(before) + by))
    return headers[TOTAL_HEADER] != before


def _add(body: Any, by: int) -> bool:
    """Add to the total, wherever in the envelope it is."""
    if (envelope := _envelope(body)) is None:
        return False
    name = next(name for name in TOTALS if name in envelope)
    before = envelope[name]
    envelope[name] = type(before)(max(0, int(before) + by))
    return bool(envelope[name] != before)


def _total(body: Any) -> int | None:
    envelope = _envelope(body)
    return None if envelope is None else int(next(envelope[n] for n in TOTALS if n in envelope))


def _envelope(body: Any) -> Any:
    """The object that has the total."""
    if not isinstance(body, dict):
        return None
    if any(name in body for name in TOTALS):
        return body
    inner = (_envelope(body.get(name)) for name in ("details", "pagination"))
    return next((each for each in inner if each is not None), None)


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

    def __call__(self, answer: Served) -> bool:
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

    def __call__(self, answer: Served) -> bool:
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
