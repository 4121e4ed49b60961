"""Running contenders: interleaved, with what each took."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import CONTENDERS, HERE, WORK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.contenders import Command

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024

_UNWANTED = "PYTHON"
"""Variables such as PYTHONUNBUFFERED, which costs those most who write most often."""


@dataclass(frozen=True)
class Took:
    """What one run took.

    Attributes:
        cpu: Seconds of user and system time.
        wall: Seconds on the clock.
        peak: The largest resident size in MB.
        requests: Requests that the server counted.
        refused: Those of them that it answered 429.
    """

    cpu: float
    wall: float
    peak: float
    requests: int = 0
    refused: int = 0


def own_peak() -> float:
    """The peak of this process in MB. A child's is never reported as less."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 2**20


class Failed(Exception):
    """A contender did not do its work."""


def run(
    command: Command, output: int = subprocess.DEVNULL, source: int = subprocess.DEVNULL
) -> Took:
    """Run a command to its end.

    Raises:
        Failed: It ended with an error; its last words are in the message.
    """
    log = WORK / "log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_UNWANTED)}
    began = time.monotonic()
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603
            command, stdin=source, stdout=output, stderr=errors, env=environment
        )
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"{command} ended with {child.returncode}: {log.read_text()[-2000:]}")
    peak = usage.ru_maxrss * _PEAK_UNIT / 2**20
    return Took(usage.ru_utime + usage.ru_stime, wall, peak)


class Server:
    """The server of a workload, in a process of its own."""

    def __init__(self, options: Mapping[str, float]) -> None:
        words = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, HERE / "server.py", *words], stdout=subprocess.PIPE, text=True
        )
        if self._process.stdout is None:
            raise Failed("the server has no output")
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def take(self) -> Any:
        """What was asked for since the last time."""
        with urllib.request.urlopen(f"{self.url}/_take") as answer:  # noqa: S310
            return json.load(answer)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def served(options: Mapping[str, float]) -> Iterator[Server]:
    """A server while it is needed."""
    server = Server(options)
    try:
        yield server
    finally:
        server.close()


def measured(server: Server, contender: str, what: str, concurrency: int) -> Took:
    """One run of a contender."""
    command = CONTENDERS[contender].command(server.url, what, concurrency)
    server.take()
    took = run(command)
    counts = server.take()
    return Took(took.cpu, took.wall, took.peak, counts["requests"], counts["refused"])


def in_turns(runs: Mapping[str, int], once: Callable[[str], Took | None]) -> dict[str, list[Took]]:
    """Each contender so many times, one after the other, in turns of changing order.

    Args:
        runs: How often each runs.
        once: Runs one; None if it gave up.
    """
    found: dict[str, list[Took]] = {name: [] for name in runs}
    width = max(map(len, runs))
    for turn in range(max(runs.values())):
        order = [name for name in runs if runs[name] > turn]
        for name in order if turn % 2 == 0 else reversed(order):
            took = once(name)
            if took is None:
                print(f"    {name:{width}} gave up", flush=True)
                continue
            found[name].append(took)
            print(f"    {name:{width}} {took.cpu:7.2f} s CPU {took.wall:7.2f} s", flush=True)
    return found


def interleaved(
    server: Server, runs: Mapping[str, int], what: str, concurrency: int
) -> dict[str, list[Took]]:
    """All contenders in turns.

    Others than ours may give up, where the server refuses too much; they then have no runs.

    Raises:
        Failed: Ours did not do its work.
    """

    def once(name: str) -> Took | None:
        try:
            return measured(server, name, what, concurrency)
        except Failed:
            if name in ("ours", "paced"):
                raise
            return None

    return in_turns(runs, once)


def median(found: list[Took]) -> Took:
    """The median of each measure."""
    return Took(
        statistics.median(each.cpu for each in found),
        statistics.median(each.wall for each in found),
        statistics.median(each.peak for each in found),
        round(statistics.median(each.requests for each in found)),
        round(statistics.median(each.refused for each in found)),
    )


def check(contender: str, what: str) -> None:
    """See that a contender reads each row of a small server, once.

    Raises:
        Failed: It did not.
    """
    users, organizations, members = 1234, 30, 20
    options = {"users": users, "organizations": organizations, "members": members}
    expected = {
        "users": users,
        "pages": users,
        "parts": users * (1 + 2 + 1),  # each with two identities, in one organization
        "organizations": organizations * (1 + members),
    }[what]
    path = WORK / "output"
    with served(options) as server, path.open("wb") as output:
        run(CONTENDERS[contender].command(server.url, what, 4), output.fileno())
    text = path.read_text()
    rows = text.count('"RECORD"') - text.count('"stream":"sync_runs","record"')
    if said := re.search(r"^ROWS (\d+)$", text, re.MULTILINE):
        rows = int(said[1])
    if rows != expected:
        raise Failed(f"{contender} read {rows} rows of {what} instead of {expected}")
