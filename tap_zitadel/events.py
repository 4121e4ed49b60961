"""The event store: all changes, including sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from identity_sdk import Item, Reading, Response, moment
from tap_zitadel import columns, rights
from tap_zitadel.client import ZitadelStream
from tap_zitadel.event_windows import KEYS, windows
from tap_zitadel.proto import message, messages

if TYPE_CHECKING:
    from collections.abc import Iterable


LAG = timedelta(seconds=60)
"""How long after its timestamp an event may become visible: events have the start time of their
transaction."""


class Events(ZitadelStream):
    """An event of the event store, which serves as an audit log."""

    name = "events"
    primary_keys = KEYS
    replication_key = "creation_date"
    permission = rights.EVENTS
    overlap = timedelta(minutes=5)

    _COLUMNS: ClassVar = columns.EVENTS  # fmt: skip

    @override
    def read(self) -> Reading:
        self.tap.instance_only()
        start = self.since()
        since = moment(start) if start else None
        until = datetime.now(timezone.utc) - LAG
        return self.driven(windows(since, until, self._events))

    def _events(self, response: Response) -> list[Item]:
        events = messages(message(response.body).get("events"))
        return [self._COLUMNS.row(each) for each in events]

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        if self.config.get("event_payload") == "redacted":
            yield item
        else:
            yield {**item, "payload": None}
