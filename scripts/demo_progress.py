"""What `meltano run` logs, told as progress: taps, streams and rows, dbt and its models."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STEP = re.compile(r"(\d+) of (\d+) (?:OK|PASS)\b.*? (\w+\.)?(\w+) \.+ ")
DONE = re.compile(r"Done\. PASS=(\d+) WARN=(\d+) ERROR=(\d+) SKIP=(\d+)")
RESULT = re.compile(r"\w+: (\w+), (\d+) rows, (\d+) requests")
BLOCK_ENDED = "Block run completed"


@dataclass
class TapProgress:
    """What one tap has done so far.

    Attributes:
        rows: Rows so far, by stream.
        statuses: The status of each stream, once the tap has ended.
        requests: Their requests.
    """

    tap: str
    rows: dict[str, int] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    requests: int = 0

    def hear(self, entry: dict[str, Any]) -> None:
        """Take in a line of the tap's log."""
        metric = entry.get("metric_info") or {}
        if metric.get("metric") == "record_count":
            self.rows[metric["tags"]["stream"]] = metric["value"]
        elif result := RESULT.fullmatch(entry["event"]):
            self.statuses.append(result[1])
            self.requests += int(result[3])

    @property
    def current(self) -> str:
        """The stream that was read last."""
        stream = next(reversed(self.rows), None)
        told = f", {stream}: {self.rows[stream]} rows" if stream else ""
        return f"{self.tap}{told}"

    @property
    def summary(self) -> str:
        """All its streams, rows and requests."""
        complete = self.statuses.count("complete")
        rows = sum(rows for stream, rows in self.rows.items() if stream != "sync_runs")
        return (
            f"{self.tap}: {complete} of {len(self.statuses)} streams complete, "
            f"{rows} rows, {self.requests} requests"
        )


@dataclass
class DbtProgress:
    """What dbt has done so far.

    Attributes:
        current: The model or test that was done last.
        summary: How many models, seeds and tests went well, and how many did not.
    """

    current: str = "dbt"
    summary: str = "dbt: nothing was built"

    def hear(self, entry: dict[str, Any]) -> None:
        """Take in a line of dbt's log."""
        if step := STEP.search(entry["event"]):
            self.current = f"dbt, {step[1]} of {step[2]}: {step[4]}"
        elif done := DONE.search(entry["event"]):
            good, *others = map(int, done.groups())
            self.summary = f"dbt: {good} of {good + sum(others)} models, seeds and tests are good"


class Progress:
    """The log of a run, line by line.

    Attributes:
        lines: The events so far, for when the run fails.
    """

    def __init__(self, log: Iterable[str]) -> None:
        self._log = log
        self.lines: list[str] = []

    def __iter__(self) -> Iterator[tuple[TapProgress | DbtProgress, bool]]:
        """Each tap as it advances, and dbt, and whether it has ended, a tap with its loader."""
        part: TapProgress | DbtProgress | None = None
        for line in self._log:
            entry = parsed(line)
            name = entry.get("string_id") or entry.get("name") or "meltano"
            self.lines.append(f"{name}: {entry['event']}")
            if entry.get("producer") or entry.get("name") == "dbt":
                part = part or (TapProgress(name) if entry.get("producer") else DbtProgress())
                part.hear(entry)
                yield part, False
            elif part and entry["event"].startswith(BLOCK_ENDED):
                yield part, True
                part = None


def parsed(line: str) -> dict[str, Any]:
    """A line of the log; Meltano writes some as plain text."""
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"event": line.strip()}
    return entry
