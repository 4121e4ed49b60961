"""The audit log: newest first, with or without the server's own time window."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from identity_sdk.codec import decode
from identity_sdk.evidence import Order
from identity_sdk.exchange import Item, Request
from identity_sdk.keys import SeenKeys, Sight
from identity_sdk.offset_paging import OffsetPaging
from identity_sdk.paging import Page, Pager, Proof, take
from identity_sdk.values import moment
from tap_logto.client import LogtoStream, fingerprint, object_at, read_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.exchange import Response
    from identity_sdk.paging import Walking


@dataclass
class Windowed:
    """Events in a time window that the server heeds (Logto 1.40 and newer).

    The window ends at the newest event of the first page, so that what happens meanwhile
    does not move the pages. Where pages prove nothing all the same (events of the same
    millisecond have no order), the window is halved until one page holds each part.

    Attributes:
        since: Where the window begins, in epoch milliseconds, inclusive.
    """

    path: str
    since: int | None
    page_size: int
    window: int
    seen: SeenKeys = field(default_factory=SeenKeys)
    _until: int | None = None

    def walk(self) -> Pager:
        """The pager."""
        paging = OffsetPaging(
            request=lambda offset, size: self._request(
                offset // size + 1, size, self.since, self._until
            ),
            read=self._read,
            key=_id,
            page_size=self.page_size,
            window=self.window,
            order=Order.CLOSED,
            past_total=True,
            walks=2,
            seen=self.seen,
        )
        proof = yield from paging.walk()
        if proof.incomplete is None or self._until is None:
            return proof
        self.seen.next_round()
        return (yield from self._halves(proof))

    def _halves(self, before: Proof) -> Pager:
        waiting = [(self.since or 0, self._until or 0)]
        while waiting:
            start, end = waiting.pop()
            yield self._request(1, self.page_size, start, end)
            page = read_page((yield from take()))
            fresh = [e for e in page.items if self.seen.see(e.get("id"), e) is Sight.NEW]
            if fresh:
                yield fresh
            if page.total is None or page.total > len(page.items):
                if page.total is None or start >= end:
                    return before
                middle = (start + end) // 2
                waiting += [(start, middle), (middle + 1, end)]
        return Proof(self.seen.in_round, before.repeats)

    def _request(self, page: int, size: int, start: int | None, end: int | None) -> Request:
        params = {"page": page, "page_size": size, "start_time": start, "end_time": end}
        return Request(self.path, params)

    def _read(self, response: Response) -> Page:
        page = read_page(response)
        if self._until is None and page.items:
            self._until = max(_millis(event) for event in page.items)
        return page


@dataclass
class EarlyStop:
    """Events back to a moment, of a server that heeds no time window (before 1.40).

    The listing is append-only and newest first, so what happens meanwhile makes rows
    repeat and hides none. Only events of one millisecond at the edge of two pages may be
    hidden: they have no order. Then another walk with another page size must find such
    edges elsewhere.

    Attributes:
        since: The moment, in epoch milliseconds, inclusive.
    """

    path: str
    since: int | None
    page_size: int
    seen: SeenKeys = field(default_factory=SeenKeys)

    _ROUNDS = 6
    _repeats = 0

    def walk(self) -> Pager:
        """The pager."""
        unsure: set[int] | None = None
        for number in range(self._ROUNDS):
            size = max(1, self.page_size - number * max(1, self.page_size // 9))
            edges, flaw = yield from self._round(size)
            if flaw:
                return Proof(None, self._repeats, flaw)
            unsure = edges if unsure is None else unsure & edges
            if not unsure:
                return Proof(None, self._repeats)
            self.seen.next_round()
        flaw = "events of one moment fell on the edges of pages in every walk"
        return Proof(None, self._repeats, flaw)

    def _round(self, size: int) -> Walking[tuple[set[int], str | None]]:
        """One walk: moments that fell on an edge, and what else it cannot be trusted for."""
        edges: set[int] = set()
        last, number, idle = None, 0, 0
        while idle < _MOST_IDLE:
            number += 1
            yield Request(self.path, {"page": number, "page_size": size})
            page = read_page((yield from take()))
            moments = [_millis(event) for event in page.items]
            if None in map(_id, page.items):
                return edges, "an event came without an id"
            if moments != sorted(moments, reverse=True):
                return edges, "the server does not list the newest events first"
            if last is not None and moments[:1] == [last]:
                edges.add(last)
            new = yield from self._emit(page.items)
            idle = 0 if new else idle + 1
            last = moments[-1] if moments else None
            whole = page.total is not None and number * size >= page.total
            if last is None or last < (self.since or 0) or whole:
                return edges, None
        return edges, "the server does not page"

    def _emit(self, events: list[Item]) -> Walking[bool]:
        """Emit what is wanted and new; return whether any event was new in this walk."""
        sights = [self.seen.see(_id(event), event) for event in events]
        self._repeats += sights.count(Sight.REPEAT)
        wanted = [
            event
            for event, sight in zip(events, sights, strict=True)
            if sight is Sight.NEW and _millis(event) >= (self.since or 0)
        ]
        if wanted:
            yield wanted
        return bool({Sight.NEW, Sight.AGAIN} & set(sights))


_MOST_IDLE = 3
"""Pages in a row without a new event, after which a server is taken not to page."""


def _id(event: Item) -> Any:
    return event.get("id")


def _millis(event: Item) -> int:
    at = event.get("createdAt")
    return at if isinstance(at, int) else 0


class AuditLogs(LogtoStream):
    """Something that happened as somebody signed in, or got a token."""

    name = "audit_logs"
    path = "/logs"
    primary_keys = ("id",)
    replication_key = "created_at"

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        start = self.since()
        since = int(moment(start).timestamp() * 1000) if start else None
        if self.tap.windows:
            return Windowed(path, since, self.page_size, self.tap.client.concurrency).walk()
        return EarlyStop(path, since, self.page_size).walk()

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        payload = object_at(item, "payload")
        yield {
            **self.named(item),
            "result": payload.get("result"),
            "error_code": error_code(payload.get("error")),
            "user_id": payload.get("userId"),
            "application_id": payload.get("applicationId"),
            "session_id": fingerprint(payload.get("sessionId")),
            "ip": payload.get("ip"),
            "user_agent": payload.get("userAgent"),
            "payload": {k: v for k, v in payload.items() if k not in _SESSION} or None,
        }


_SESSION = ("sessionId", "interactionId")


def error_code(error: object) -> str | None:
    """What went wrong, of an event's `error`: an object, or one as text, with a stack trace."""
    told: object = error
    if isinstance(error, str):
        try:
            told = decode(error.encode())
        except ValueError:
            return error if re.fullmatch(r"[\w.:-]{1,100}", error) else None
    fields = told if isinstance(told, dict) else {}
    code = fields.get("code") or fields.get("error")
    return code if isinstance(code, str) else None
