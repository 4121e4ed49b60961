"""What a run read, and how completely: the only source of removals.

A row of a stream is removed when a later, complete, full read of the same scope lacks
it. The ledger knows which reads were that; `sync_runs` tells the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from identity_sdk.values import now, run_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Status = Literal["complete", "incomplete", "failed", "skipped", "unsupported"]
Mode = Literal["full", "incremental"]

BASELINE = "last_complete"
"""Where a stream's state keeps the scope and the rows of its last complete full read."""


@dataclass
class Entry:
    """What one run read of one stream.

    Attributes:
        status: None while it is being read.
        reason: Why it is not complete, or what a reader should know of it.
        rows: Records emitted, before any stream map.
        repeats: Rows that came twice and were dropped.
        server_total: How many the server says there are, where it says so.
        requests: HTTP requests made for this stream, retries included. A listing shared
            with other streams counts for the first of them.
        filter: The stream map's filter that is in force.
        unknown: Names of fields that this version does not know and left out.
        unreadable: Names of fields whose value could not be read and was left empty.
    """

    stream: str
    mode: Mode
    scope: tuple[str, ...]
    started_at: str = field(default_factory=now)
    ended_at: str | None = None
    status: Status | None = None
    reason: str | None = None
    rows: int = 0
    repeats: int = 0
    server_total: int | None = None
    requests: int = 0
    filter: str | None = None
    unknown: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    def end(self, status: Status, reason: str | None = None) -> None:
        """Give the first verdict; a later one does not change it."""
        if self.status is None:
            self.status, self.reason, self.ended_at = status, reason, now()

    @property
    def baseline(self) -> dict[str, Any]:
        """What the next run's read is compared with."""
        rows = {"rows": self.rows} if self.mode == "full" else {}
        return {"scope": list(self.scope), "filter": self.filter, **rows}

    def shrinkage(self, before: Mapping[str, Any] | None, max_shrink: float) -> str | None:
        """Why this read may have covered less than the last complete one; None if it did not."""
        if not before:
            return None
        lost = sorted(set(before.get("scope", ())) - set(self.scope))
        if lost:
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            return f"the last complete run covered {', '.join(lost[:3])}{more}, this one does not"
        rows = before.get("rows", 0)
        if self.rows < round(rows * (1 - max_shrink), 6):
            return f"{self.rows} rows instead of {rows} at the last complete run"
        return None


class Ledger:
    """The entries of one run.

    Attributes:
        sync_id: The run's id, on each of its records; sorts by start time.
    """

    def __init__(self) -> None:
        self.sync_id = run_id()
        self.entries: dict[str, Entry] = {}

    def open(self, stream: str, mode: Mode, scope: tuple[str, ...]) -> Entry:
        """Begin the entry of a stream."""
        entry = self.entries[stream] = Entry(stream, mode, scope)
        return entry

    @property
    def read_anything(self) -> bool:
        """Whether any stream was read, at least in part."""
        return any(e.rows or e.status in ("complete", "unsupported") for e in self.entries.values())

    @property
    def failures(self) -> list[Entry]:
        """Entries that keep the run from being a success."""
        return [e for e in self.entries.values() if e.status in ("failed", "incomplete", None)]

    def records(self) -> Iterator[dict[str, Any]]:
        """The run's rows of `sync_runs`."""
        for entry in self.entries.values():
            yield {
                "sync_id": self.sync_id,
                "stream": entry.stream,
                "started_at": entry.started_at,
                "ended_at": entry.ended_at,
                "mode": entry.mode,
                "status": entry.status or "failed",
                "reason": entry.reason,
                "rows": entry.rows,
                "repeats": entry.repeats,
                "server_total": entry.server_total,
                "requests": entry.requests,
                "unknown_fields": len(entry.unknown),
                "scope": list(entry.scope),
            }
