"""What is measured, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Measure = Literal["cpu", "wall"]

WORKERS = 16
PER_KEY = 24
"""Bytes that a tap may keep for each key of a listing."""
SPARE = 24
"""MB that it may need beyond them, and beyond what it needs without a row."""


@dataclass(frozen=True)
class Target:
    """A ratio to be reached: a contender's time by ours is at least, or at most, so much.

    Attributes:
        against: The contender.
        at_least: How many times as long it takes as ours. Below 1 it is faster.
        reason: Why it is not reached, if it is known that it may not be.
    """

    against: str
    at_least: float
    reason: str = ""


@dataclass(frozen=True)
class Workload:
    """The same work for several contenders.

    Attributes:
        key: The name of its chart.
        title: What is read.
        what: The kind of work (see `contenders.LISTINGS`).
        server: Options of the server.
        runs: How often each contender runs.
        measure: What is compared.
        concurrency: Requests in flight at most, for those who can.
        note: What a reader must know.
        ideal: Wall seconds that nobody can go below.
    """

    key: str
    title: str
    what: str
    server: Mapping[str, float]
    runs: Mapping[str, int]
    measure: Measure = "cpu"
    concurrency: int = 8
    targets: tuple[Target, ...] = ()
    note: str = ""
    ideal: float = 0.0


_TWICE = (
    "tap-kinde reads a listing of several pages twice: Kinde's cursors look like numbers of "
    "pages, so that a row could slip past while others come and go. It makes twice the requests "
    "of the others here; pages that come as they were are not looked into again. "
)
_COLUMNS = (
    "The rows of the peers also carry the two nested lists, which are streams of ours. The script "
    "with two walks makes as many requests as our tap, and sees that no page has changed. "
)
_SAME = "Page numbers, 100 rows each, one walk under a total; the same columns for all. "
_PARTS = (
    "Four rows for each user, from one listing: the user, two identities, and a membership. "
    "The peers write the lists inside of the users instead. "
)

_TWICE_REASON = (
    "The listing is read twice, which is on purpose; each row is checked for its key and for "
    "repeats, and each value is put in form."
)
_SMALL_PAGES = (
    "Logto's largest page has 100 rows, so that requests weigh more; and each row has three times "
    "and three nested objects that are put in form and searched for secrets."
)
_EACH_ROW = "Each row is checked for its key and for repeats, and each value is put in form."

_SCRIPT = 1 / 1.7
"""Our tap may take 1.7 times what a script takes that checks nothing."""

WORKLOADS = (
    Workload(
        "a-cursor-100k",
        "(a) 100,000 users, cursor paged",
        "users",
        {"users": 100_000},
        {"ours": 5, "plain": 5, "airbyte": 3, "dlt": 3, "minimal": 5, "minimal2": 5},
        targets=(
            Target("plain", 6, _TWICE_REASON),
            Target("airbyte", 7, _TWICE_REASON),
            Target("dlt", 3.5, _TWICE_REASON),
            Target("minimal", _SCRIPT, _TWICE_REASON),
            Target("minimal2", _SCRIPT, _EACH_ROW),
        ),
        note=_TWICE + _COLUMNS,
    ),
    Workload(
        "a-cursor-1m",
        "(a) 1,000,000 users, cursor paged",
        "users",
        {"users": 1_000_000},
        {"ours": 3, "plain": 1, "minimal": 3, "minimal2": 3},
        targets=(
            Target("plain", 8, _TWICE_REASON),
            Target("minimal", _SCRIPT, _TWICE_REASON),
            Target("minimal2", _SCRIPT, _EACH_ROW),
        ),
        note=_TWICE + _COLUMNS,
    ),
    Workload(
        "a-pages-100k",
        "(a) 100,000 users, page numbers",
        "pages",
        {"users": 100_000},
        {"ours": 5, "plain": 3, "minimal": 5},
        targets=(Target("plain", 3.8, _SMALL_PAGES), Target("minimal", _SCRIPT, _SMALL_PAGES)),
        note=_SAME,
    ),
    Workload(
        "a-pages-1m",
        "(a) 1,000,000 users, page numbers",
        "pages",
        {"users": 1_000_000},
        {"ours": 1, "minimal": 1},
        targets=(Target("minimal", _SCRIPT, _SMALL_PAGES),),
        note=_SAME,
    ),
    Workload(
        "a-parts-100k",
        "(a) 100,000 users with their identities and memberships",
        "parts",
        {"users": 100_000},
        {"ours": 5},
        targets=(Target("before", 1.5),),
        note=_PARTS,
    ),
    Workload(
        "b-fan-out-500",
        "(b) 500 organizations with 100 members each",
        "organizations",
        {"organizations": 500},
        {"ours": 5, "plain": 5, "airbyte": 3, "dlt": 3, "minimal": 5},
        targets=(
            Target("plain", 6.5, _EACH_ROW),
            Target("airbyte", 7, _EACH_ROW),
            Target("dlt", 3.5, _EACH_ROW),
            Target("minimal", _SCRIPT, _EACH_ROW),
        ),
    ),
    Workload(
        "b-fan-out-4000",
        "(b) 4,000 organizations with 100 members each",
        "organizations",
        {"organizations": 4_000},
        {"ours": 3, "plain": 1, "dlt": 1, "minimal": 3},
        targets=(
            Target("plain", 30, _EACH_ROW),
            Target("dlt", 3.5, _EACH_ROW),
            Target("minimal", _SCRIPT, _EACH_ROW),
        ),
    ),
    Workload(
        "c-latency-20",
        "(c) 500 member calls at 20 ms",
        "organizations",
        {"organizations": 500, "latency": 0.02},
        {"ours": 5, "plain": 1, "airbyte": 1, "dlt16": 3, "raw": 5},
        measure="wall",
        concurrency=WORKERS,
        targets=(Target("plain", 13),),
    ),
    Workload(
        "c-latency-80",
        "(c) 500 member calls at 80 ms",
        "organizations",
        {"organizations": 500, "latency": 0.08},
        {"ours": 5, "plain": 1, "airbyte": 1, "dlt16": 3, "raw": 5},
        measure="wall",
        concurrency=WORKERS,
        targets=(Target("plain", 13), Target("raw", 1 / 1.12)),
    ),
    Workload(
        "d-pages-80",
        "(d) 40,000 users in 400 numbered pages at 80 ms",
        "pages",
        {"users": 40_000, "latency": 0.08},
        {"ours": 5, "plain": 1, "raw": 5},
        measure="wall",
        concurrency=WORKERS,
        targets=(Target("plain", 13),),
        note="The plain tap asks for one page after the other, as it would with cursors. ",
    ),
    Workload(
        "f-rate-50",
        "(f) 500 member calls, 50 requests per second allowed",
        "organizations",
        {"organizations": 500, "latency": 0.02, "rate": 50},
        {"ours": 3, "paced": 3, "plain": 1, "airbyte": 1, "dlt16": 1},
        measure="wall",
        concurrency=WORKERS,
        targets=(Target("ideal", 1 / 1.2),),
        note="The server allows a burst of 50 requests, and counts what it refuses (429). ",
        ideal=(500 + 1 - 50) / 50,
    ),
)
