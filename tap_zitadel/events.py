"""The event store: every change, sign-ins among them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.errors import Incomplete
from identity_sdk.exchange import Item, Request
from identity_sdk.keys import Sieve
from identity_sdk.paging import Proof, take
from identity_sdk.values import moment, timestamp
from identity_sdk.walk import read_one
from tap_zitadel import rights
from tap_zitadel.client import ZitadelStream
from tap_zitadel.proto import Columns, maybe, message, messages, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.exchange import Response
    from identity_sdk.paging import Pager, Walking
    from identity_sdk.walk import Reading

PATH = "/admin/v1/events/_search"
MOST_EVENTS = 1000
"""More are never answered, whatever is asked for, and nothing says so."""
LAG = timedelta(seconds=60)
"""How long after its date an event may still come to light: a transaction's events bear the
date of its begin."""
_TICK = timedelta(microseconds=1)


class Events(ZitadelStream):
    """Something that happened to the instance or anything in it."""

    name = "events"
    primary_keys = ("aggregate_type", "aggregate_id", "sequence")
    replication_key = "creation_date"
    permission = rights.EVENTS
    overlap = timedelta(minutes=5)

    _COLUMNS: ClassVar = Columns(
        "aggregate", "editor", "type",
        aggregate_type=text("aggregate.type.type"),
        aggregate_id=text("aggregate.id"),
        organization_id=text("aggregate.resourceOwner"),
        sequence=text("sequence"),
        creation_date=maybe("creationDate"),
        event_type=text("type.type"),
        editor_user_id=text("editor.userId"),
        editor_display_name=text("editor.displayName"),
        editor_service=text("editor.service"),
        payload=maybe("payload"),
    )  # fmt: skip

    @override
    def read(self) -> Reading:
        self.tap.instance_only()
        start = self.since()
        since = moment(start) if start else None
        until = datetime.now(timezone.utc) - LAG
        return (yield from read_one(windows(since, until, self._events), self.tap.client.send))

    def _events(self, response: Response) -> list[Item]:
        events = messages(message(response.body).get("events"))
        return [self._COLUMNS.row(each) for each in events]

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        if self.config.get("event_payload") == "redacted":
            yield item
        else:
            yield {**item, "payload": None}


def windows(since: datetime | None, until: datetime, read: Any) -> Pager:
    """Events from a moment on, up to another: in windows, each of which one response holds.

    A response that is as long as the server allows may lack events; its window is then cut
    in two, where nine tenths of the events in it are older. One that cannot be cut is read
    from both ends. Both bounds are exclusive.
    """
    sieve, flaw = Sieve(_key), None
    waiting: list[tuple[datetime | None, datetime]] = [(since, until)]
    while waiting:
        start, end = waiting.pop()
        events, dates = yield from _window(start, end, read)
        if len(events) >= MOST_EVENTS:
            cut = max(dates[len(dates) * 9 // 10], dates[0] + _TICK)
            cut = cut if cut < end else dates[0]
            if start is None or start < cut:
                waiting += [(cut, end), (start, cut)]
                continue
            latest, _ = yield from _window(start, end, read, asc=False)
            keys = {_key(each) for each in events}
            more = [each for each in latest if _key(each) not in keys]
            if len(more) == len(latest):
                flaw = f"at least {len(events) + len(more)} events bear one date: {dates[0]}"
            events += more
        if fresh := sieve.fresh(events):
            yield fresh
    return Proof(None if flaw else sieve.passed, sieve.repeats, flaw or sieve.flaw)


def _key(event: Item) -> tuple[Any, ...]:
    return tuple(event[name] for name in Events.primary_keys)


def _window(
    start: datetime | None, end: datetime, read: Any, *, asc: bool = True
) -> Walking[tuple[list[Item], list[datetime]]]:
    """The first events of a window, or the last, and their dates in order."""
    bounds = {"until": timestamp(end.isoformat())}
    if start is not None:
        bounds["since"] = timestamp((start - _TICK).isoformat())
    yield Request(PATH, json={"limit": MOST_EVENTS, "asc": asc, "range": bounds})
    events = read((yield from take()))
    dates = sorted(moment(each["creation_date"]) for each in events)
    if dates and ((start is not None and dates[0] < start) or dates[-1] >= end):
        raise Incomplete("the server does not heed the range of time")
    return events, dates
