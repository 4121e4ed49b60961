"""Who is measured, and the command that runs each."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
WORK = HERE / ".work"
"""What `make bench` builds and leaves behind."""

Command = list[str]
LISTINGS = {
    "users": ("users",),
    "organizations": ("organizations", "organization_users"),
    "pages": ("users",),
}
"""The streams of each kind of work; `pages` are the users of Logto."""


def environment(name: str) -> str:
    """The Python of a peer's environment."""
    return str(WORK / name / "bin" / "python")


def peer(name: str) -> str:
    """A peer's program."""
    return str(HERE / "peers" / f"{name}.py")


def keep(name: str, content: Any) -> str:
    """A JSON file that a command reads."""
    path = WORK / "files" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return str(path)


@functools.cache
def catalog(tap: str, streams: tuple[str, ...]) -> str:
    """A catalog of a tap of ours in which these streams are selected, and `sync_runs`."""
    config = ours_config("http://127.0.0.1:1", 1)
    file = keep("discovery", config)
    command = [sys.executable, "-m", tap, "--config", file, "--discover"]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    made = json.loads(done.stdout)
    for entry in made["streams"]:
        root = next(each for each in entry["metadata"] if not each["breadcrumb"])
        root["metadata"]["selected"] = entry["stream"] in (*streams, "sync_runs")
    return keep(f"{tap}-{'-'.join(streams)}", made)


def ours_config(url: str, concurrency: int, **more: Any) -> dict[str, Any]:
    """The settings of a tap of ours."""
    credential = {"client_id": "bench", "client_secret": "bench"}
    return {"base_url": url, "max_concurrency": concurrency, **credential, **more}


def ours(url: str, what: str, concurrency: int, **more: Any) -> Command:
    """A tap of ours: tap-logto for pages, else tap-kinde."""
    tap = "tap_logto" if what == "pages" else "tap_kinde"
    config = keep(tap, ours_config(url, concurrency, **more))
    listings = catalog(tap, LISTINGS[what])
    return [sys.executable, "-m", tap, "--config", config, "--catalog", listings]


def plain(url: str, what: str, concurrency: int) -> Command:
    """The plain tap, which knows no concurrency."""
    streams = "logto_users" if what == "pages" else ",".join(LISTINGS[what])
    config = keep("plain", {"base_url": url, "streams": streams})
    return [environment("plain"), peer("plain"), "--config", config]


def airbyte(url: str, what: str, concurrency: int) -> Command:
    """The declarative source; 2 workers would be its least."""
    streams = ",".join(LISTINGS[what])
    return [environment("airbyte"), peer("airbyte"), url, streams, str(max(concurrency, 2))]


def dlt(url: str, what: str, concurrency: int, *workers: str) -> Command:
    """The extract step, one request at a time unless it is told a number of workers."""
    return [environment("dlt"), peer("dlt_extract"), url, ",".join(LISTINGS[what]), *workers]


def minimal(client: str, url: str, what: str, concurrency: int) -> Command:
    """A script without any care."""
    return [environment("minimal"), peer("minimal"), url, what, client, str(concurrency)]


@dataclass(frozen=True)
class Contender:
    """One of those who are measured.

    Attributes:
        label: Its name in RESULTS.md.
        command: Builds its command from the server's URL, the kind of work, and the number
            of requests that may be in flight.
        color: Its bar in the charts.
    """

    label: str
    command: Callable[[str, str, int], Command]
    color: str = "#b0b7c3"


OURS = "#2a6fdb"
CONTENDERS = {
    "ours": Contender("our tap", ours, OURS),
    "paced": Contender(
        "our tap, told the limit",
        lambda url, what, many: ours(url, what, many, requests_per_second=50),
        OURS,
    ),
    "plain": Contender("plain singer-sdk", plain),
    "airbyte": Contender("airbyte-cdk", airbyte),
    "dlt": Contender("dlt extract", dlt),
    "dlt16": Contender(
        "dlt extract, parallel", lambda url, what, many: dlt(url, what, many, str(many))
    ),
    "minimal": Contender("requests and orjson", functools.partial(minimal, "requests"), "#e3c567"),
    "raw": Contender("raw sockets and orjson", functools.partial(minimal, "raw"), "#e3c567"),
}
