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
BEFORE = WORK / "before"
"""The source of an earlier commit, if one is measured."""

Command = list[str]
LISTINGS = {
    "users": ("users",),
    "parts": ("users", "user_identities", "user_organizations"),
    "organizations": ("organizations", "organization_users"),
    "pages": ("users",),
}
"""The streams of each kind of work; `pages` are the users of Logto."""

_FROM = (
    "import runpy, sys; sys.path[0] = sys.argv.pop(1); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


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
def catalog(
    name: str, tap: tuple[str, ...], streams: tuple[str, ...], columns: tuple[str, ...] = ()
) -> str:
    """A catalog of a tap in which these streams are selected, and `sync_runs`.

    Args:
        name: What to call it.
        tap: The command, with its settings.
        streams: The streams.
        columns: Their columns; empty for all.
    """
    done = subprocess.run([*tap, "--discover"], check=True, capture_output=True)  # noqa: S603
    made = json.loads(done.stdout)
    for entry in made["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["stream"] in (*streams, "sync_runs")
            elif columns and entry["stream"] in streams:
                each["metadata"]["selected"] = each["breadcrumb"][1] in columns
    return keep("-".join([name, *streams, str(len(columns))]), made)


def ours_config(url: str, concurrency: int, **more: Any) -> dict[str, Any]:
    """The settings of a tap of ours."""
    credential = {"client_id": "bench", "client_secret": "bench"}
    return {"base_url": url, "max_concurrency": concurrency, **credential, **more}


def module(tap: str, *, before: bool = False) -> Command:
    """The command of a tap of ours, or of what it was at an earlier commit."""
    return [sys.executable, *(["-c", _FROM, str(BEFORE)] if before else ["-m"]), tap]


def ours(
    url: str,
    what: str,
    concurrency: int,
    columns: tuple[str, ...] = (),
    *,
    before: bool = False,
    **more: Any,
) -> Command:
    """A tap of ours: tap-logto for pages, else tap-kinde."""
    tap = "tap_logto" if what == "pages" else "tap_kinde"
    name = f"before-{tap}" if before else tap
    command = module(tap, before=before)
    discovery = keep("discovery", ours_config("http://127.0.0.1:1", 1))
    listings = catalog(name, (*command, "--config", discovery), LISTINGS[what], columns)
    config = keep(name, ours_config(url, concurrency, **more))
    return [*command, "--config", config, "--catalog", listings]


def plain(url: str, what: str, concurrency: int, columns: tuple[str, ...] = ()) -> Command:
    """The plain tap, which knows no concurrency."""
    streams = "logto_users" if what == "pages" else ",".join(LISTINGS[what])
    config = keep("plain", {"base_url": url, "streams": streams})
    command = [environment("plain"), peer("plain"), "--config", config]
    if not columns:
        return command
    return [*command, "--catalog", catalog("plain", tuple(command), LISTINGS[what], columns)]


def airbyte(url: str, what: str, concurrency: int) -> Command:
    """The declarative source; 2 workers would be its least."""
    streams = ",".join(LISTINGS[what])
    return [environment("airbyte"), peer("airbyte"), url, streams, str(max(concurrency, 2))]


def dlt(url: str, what: str, concurrency: int, *workers: str) -> Command:
    """The extract step, one request at a time unless it is told a number of workers."""
    return [environment("dlt"), peer("dlt_extract"), url, ",".join(LISTINGS[what]), *workers]


def minimal(client: str, url: str, what: str, concurrency: int, *walks: str) -> Command:
    """A script without any care."""
    return [environment("minimal"), peer("minimal"), url, what, client, str(concurrency), *walks]


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
EARLIER = "#8fb4ee"
FLOOR = "#e3c567"
CONTENDERS = {
    "ours": Contender("our tap", ours, OURS),
    "before": Contender("our tap before", functools.partial(ours, before=True), EARLIER),
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
    "minimal": Contender("requests and orjson", functools.partial(minimal, "requests"), FLOOR),
    "minimal2": Contender(
        "requests and orjson, two walks",
        lambda url, what, many: minimal("requests", url, what, many, "2"),
        FLOOR,
    ),
    "raw": Contender("raw sockets and orjson", functools.partial(minimal, "raw"), FLOOR),
}
