"""The event store: every change, sign-ins among them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk.exchange import Item, Request
from identity_sdk.keys import SeenKeys, Sight
from identity_sdk.paging import Proof, take
from identity_sdk.values import moment, timestamp
from identity_sdk.walk import read_one
from tap_zitadel.client import INSTANCE, ZitadelStream
from tap_zitadel.proto import Columns, maybe, messages, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.exchange import Response
    from identity_sdk.paging import Pager
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
    permission = INSTANCE
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
        body = response.body if isinstance(response.body, dict) else {}
        return [self._COLUMNS.row(each) for each in messages(body.get("events"))]

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        if self.config.get("event_payload") == "redacted":
            yield item
        else:
            yield {**item, "payload": None}


def windows(since: datetime | None, until: datetime, read: Any) -> Pager:
    """Events from a moment on, up to another: in windows, each of which one response holds.

    A response that is as long as the server allows may lack events; its window is then cut
    in two, where nine tenths of the events in it are older. Both bounds are exclusive.
    """
    seen = SeenKeys()
    repeats = 0
    waiting: list[tuple[datetime | None, datetime]] = [(since, until)]
    while waiting:
        start, end = waiting.pop()
        yield _request(start, end)
        events = read((yield from take()))
        dates = sorted(moment(each["creation_date"]) for each in events)
        if (dates and not (start is None or start <= dates[0])) or (dates and dates[-1] >= end):
            return Proof(None, repeats, "the server does not heed the range of time")
        if len(events) >= MOST_EVENTS:
            cut = max(dates[len(dates) * 9 // 10], dates[0] + _TICK)
            if (start is not None and cut <= start) or cut >= end:
                return Proof(None, repeats, f"more than {len(events)} events bear one date")
            waiting += [(cut, end), (start, cut)]
            continue
        keys = [tuple(each[name] for name in Events.primary_keys) for each in events]
        sights = [seen.see(key, each) for key, each in zip(keys, events, strict=True)]
        repeats += len(sights) - sights.count(Sight.NEW)
        if fresh := [e for e, sight in zip(events, sights, strict=True) if sight is Sight.NEW]:
            yield fresh
    return Proof(seen.total, repeats)


def _request(start: datetime | None, end: datetime) -> Request:
    bounds = {"until": timestamp(end.isoformat())}
    if start is not None:
        bounds["since"] = timestamp((start - _TICK).isoformat())
    return Request(PATH, json={"limit": MOST_EVENTS, "asc": True, "range": bounds})
