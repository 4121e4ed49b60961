"""The event store: what happened, in the order in which it was committed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sandbox.zitadel.wire import Json


@dataclass(frozen=True)
class Happened:
    """An event.

    Attributes:
        sequence: Its number within its aggregate, from 1.
        at: When its transaction began.
        owner: The organization, or the instance.
        editor: The id of the user who did it.
    """

    kind: str
    aggregate: str
    aggregate_id: str
    sequence: int
    at: datetime
    owner: str
    editor: str
    payload: Json = field(default_factory=dict)


class EventStore:
    """Events, oldest commit first."""

    def __init__(self) -> None:
        self._events: list[Happened] = []
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def __iter__(self) -> Iterator[Happened]:
        return iter(list(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def push(
        self, kind: str, aggregate: tuple[str, str], at: datetime, owner: str, editor: str,
        payload: Json | None = None,
    ) -> Happened:  # fmt: skip
        """Commit an event of an aggregate, which is a type and an id."""
        with self._lock:
            self._sequences[aggregate] += 1
            sequence = self._sequences[aggregate]
            event = Happened(kind, *aggregate, sequence, at, owner, editor, payload or {})
            self._events.append(event)
        return event

    def burst(self, count: int, spread: timedelta, at: datetime, **event: Any) -> list[Happened]:
        """Commit so many events alike, with so much time between each two."""
        return [self.push(at=at + number * spread, **event) for number in range(count)]
