"""How many requests the taps make: each is run against the sandbox, with its default streams."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.company import Company
from sandbox.server import Sandbox

PEOPLE, GROUPS, MEMBERSHIPS = 250, 12, 500
RUNS = {
    "tap-kinde": (4, 13),
    "tap-logto": (4, 13),
    "tap-rudderstack": (4, 13),
    "tap-zitadel": (4, 13),
    "tap-zitadel, v1": (2, 71),
}
"""Each run with the version of ZITADEL that is served."""


def counted(name: str) -> str:
    """A row of the table: streams, rows and requests of a run.

    Raises:
        SystemExit: The run failed.
    """
    tap = name.partition(",")[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(
            Company.made_up(PEOPLE, GROUPS, MEMBERSHIPS), zitadel_version=RUNS[name]
        ) as sandbox,
    ):
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(sandbox.configs[tap]))
        command = [str(Path(sys.executable).parent / tap), "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{tap} failed on the sandbox: {done.stderr[-1000:]}")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    reports = [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["stream"] == "sync_runs"
    ]
    streams = sum(report["status"] == "complete" for report in reports)
    sums = [sum(report[figure] for report in reports) for figure in ("row_count", "requests")]
    return f"| {name} | {streams} | {' | '.join(map(str, sums))} |"


def requests_table() -> str:
    """What a run of each tap costs in requests, where nothing changes meanwhile."""
    company = Company.made_up(PEOPLE, GROUPS, MEMBERSHIPS)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(counted, RUNS))
    return "\n".join(
        [
            f"With {PEOPLE} people, {len(company.access.organizations)} organizations and "
            f"{GROUPS} groups:",
            "",
            "| tap | streams | rows | requests |",
            "|---|---:|---:|---:|",
            *rows,
        ]
    )
