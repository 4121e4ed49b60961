"""What a run read, and how completely: the only basis for marking rows as deleted.

A row is marked as deleted only after a later complete full sync of the same coverage did not return
it. The report knows which syncs were complete; `sync_runs` passes it to the warehouse.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from identity_sdk.records.values import now, run_id
from identity_sdk.report.key_sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Status = Literal["complete", "incomplete", "failed", "skipped", "unsupported"]
Mode = Literal["full", "incremental"]

LAST_COMPLETE = "last_complete"
"""State key: coverage and rows of a stream's last complete full sync."""


@dataclass
class StreamResult:
    """What one run read of one stream.

    Attributes:
        status: None while it is being read.
        reason: Why it is not complete, or what to know about it.
        row_count: Records emitted, before any stream map.
        repeats: Duplicate rows that were dropped.
        server_total: Number of rows according to the server, if it states one.
        requests: HTTP requests for this stream, retries included. A shared listing counts for the
            first stream that reads it.
        filter: The stream map's filter in force.
        sample: A sample of the rows' keys.
        unknown: Names of unknown fields, which were dropped, or their paths where they are mapped
            by hand, such as `name.patronymic`.
        unreadable: Names of fields with a value that could not be parsed and was left empty.
    """

    stream: str
    mode: Mode
    coverage: tuple[str, ...]
    started_at: str = field(default_factory=now)
    ended_at: str | None = None
    status: Status | None = None
    reason: str | None = None
    row_count: int = 0
    repeats: int = 0
    server_total: int | None = None
    requests: int = 0
    filter: str | None = None
    sample: Sample = field(default_factory=Sample)
    unknown: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    @classmethod
    def unread(cls) -> StreamResult:
        """A result that is not reported, for records that are made and not emitted."""
        return cls("", "full", ())

    def end(self, status: Status, reason: str | None = None) -> None:
        """Set the status, unless it is already set."""
        if self.status is None:
            self.status, self.reason, self.ended_at = status, reason, now()

    @property
    def as_last_complete(self) -> dict[str, Any]:
        """What the next run is compared with."""
        kept: dict[str, Any] = {"coverage": list(self.coverage), "filter": self.filter}
        if self.mode == "full":
            kept |= {"row_count": self.row_count, "sample": self.sample.marks}
        return kept

    def shrinkage(self, before: Mapping[str, Any] | None, max_shrink: float) -> str | None:
        """Why this run may have covered less than the last complete one; None if it did not."""
        if not before:
            return None
        lost = sorted(set(before.get("coverage", ())) - set(self.coverage))
        if lost:
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            return f"the last complete run covered {', '.join(lost[:3])}{more}, this one does not"
        rows = before.get("row_count", 0)
        if self.row_count < round(rows * (1 - max_shrink), 6):
            return f"{self.row_count} rows instead of {rows} at the last complete run"
        if self.sample.lost > max_shrink:
            return f"about {self.sample.lost:.0%} of the rows of the last complete run are missing"
        return None


class RunReport:
    """The results of one run.

    A run sorts after the previous one even if the clock was set back, or another machine's clock is
    behind: else all its rows would be marked as deleted.

    Attributes:
        millis: Start of the run in epoch milliseconds, or just after that of the last run.
        behind: Milliseconds by which the clock was behind the last run.
        sync_id: The run's id, on each of its records; sorts by `millis`.
    """

    def __init__(self, last_run: int = 0) -> None:
        clock = time.time_ns() // 10**6
        self.millis = max(clock, last_run + 1)
        self.behind = self.millis - clock
        self.sync_id = run_id(self.millis)
        self.results: dict[str, StreamResult] = {}

    def open(
        self, stream: str, mode: Mode, coverage: tuple[str, ...], sample: Iterable[int] = ()
    ) -> StreamResult:
        """Start the result of a stream, with the sample of its last complete sync."""
        result = self.results[stream] = StreamResult(stream, mode, coverage, sample=Sample(sample))
        return result

    @property
    def read_anything(self) -> bool:
        """Whether any stream was read, at least in part."""
        return any(e.row_count or e.status == "complete" for e in self.results.values())

    @property
    def failures(self) -> list[StreamResult]:
        """Results that make the run fail."""
        return [e for e in self.results.values() if e.status in ("failed", "incomplete", None)]

    def records(self) -> Iterator[dict[str, Any]]:
        """The run's rows of `sync_runs`."""
        for result in self.results.values():
            yield {
                "sync_id": self.sync_id,
                "stream": result.stream,
                "started_at": result.started_at,
                "ended_at": result.ended_at,
                "mode": result.mode,
                "status": result.status or "failed",
                "reason": result.reason,
                "row_count": result.row_count,
                "repeats": result.repeats,
                "server_total": result.server_total,
                "requests": result.requests,
                "unknown_fields": len(result.unknown),
                "coverage": list(result.coverage),
            }
