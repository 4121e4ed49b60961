"""Workload (g): through Meltano into PostgreSQL, our tap and the plain one."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import (
    CONTENDERS,
    LISTINGS,
    WORK,
    environment,
    keep,
    module,
    ours_config,
    peer,
)
from benchmarks.loader import PROGRAM, SETTINGS, loader_config
from benchmarks.measure import Failed, Server, Took, in_turns, median, run, served
from sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from sandbox.warehouse import Database

FOLDER = WORK / "pipeline"
SCHEMA = "$MELTANO_EXTRACT__LOAD_SCHEMA"
"""Meltano gives each tap one of its own."""
CASES = {
    "users": ("50,000 users", {"users": 50_000}, 50_000, 3),
    "organizations": (
        "200 organizations with 100 members each",
        {"organizations": 200},
        200 * 101,
        3,
    ),
}
"""Title, options of the server, rows and runs of each kind of work."""
NAMES = [f"{tap}-{settings}" for settings in SETTINGS for tap in ("ours", "plain")]
"""A tap, and the settings of its loader."""


def project(url: str, what: str, database: Database) -> None:
    """A Meltano project with both taps, and the loader once for each of its settings."""
    streams = LISTINGS[what]
    taps = [
        extractor("ours", shlex.join(module("tap_kinde")), ours_config(url, 8), streams),
        extractor(
            "plain",
            shlex.join([environment("plain"), peer("plain")]),
            {"base_url": url, "streams": ",".join(streams)},
            streams,
        ),
    ]
    loaders = [
        plugin("target-postgres", settings, PROGRAM, loader_config(database, SCHEMA, settings))
        for settings in SETTINGS
    ]
    content = {
        "project_id": "bench",
        "send_anonymous_usage_stats": False,
        "default_environment": "bench",
        "environments": [{"name": "bench"}],
        "plugins": {"extractors": taps, "loaders": loaders},
    }
    # JSON is YAML too.
    (FOLDER / "meltano.yml").write_text(json.dumps(content))


def extractor(
    name: str, command: str, config: dict[str, Any], streams: tuple[str, ...]
) -> dict[str, Any]:
    """A tap for Meltano, as a program that runs a command."""
    path = FOLDER / f"tap-{name}"
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)
    return {
        **plugin("tap", name, str(path), config),
        "capabilities": ["catalog", "discover", "state"],
        "select": [f"{stream}.*" for stream in streams],
    }


def plugin(kind: str, name: str, executable: str, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{kind}-{name}",
        "namespace": f"{kind}_{name}".replace("-", "_"),
        "executable": executable,
        "settings": [{"name": key} for key in config],
        "config": config,
    }


def meltano(tap: str, settings: str) -> Took:
    """`meltano run` of a tap and the loader."""
    command = [str(Path(sys.executable).parent / "meltano"), "--cwd", str(FOLDER), "run"]
    plugins = [f"tap-{tap}", f"target-postgres-{settings}"]
    return run([*command, "--full-refresh", "--force", *plugins])


def halves(server: Server, what: str, name: str, database: Database) -> dict[str, float]:
    """Seconds of the tap alone, and of the loader alone on what the tap wrote."""
    tap, _, settings = name.partition("-")
    path = FOLDER / "output"
    with path.open("wb") as output:
        wrote = run(CONTENDERS[tap].command(server.url, what, 8), output.fileno())
    config = keep("loader", loader_config(database, f"alone_{name}", settings))
    with path.open("rb") as lines:
        loaded = run([PROGRAM, "--config", config], source=lines.fileno())
    return {"tap": wrote.wall, "loader": loaded.wall}


def arrived(database: Database, schema: str, what: str) -> int:
    """The rows of a schema."""
    counts = [
        database.query(f'select count(*) as n from "{schema}"."{table}"')[0]["n"]  # noqa: S608
        for table in LISTINGS[what]
    ]
    return sum(counts)


def case(what: str, database: Database, quick: bool, most: int) -> dict[str, Any]:
    """All of them through Meltano, in turns, and each half alone."""
    title, options, rows, turns = CASES[what]
    if quick:
        options = {name: number // 10 for name, number in options.items()}
        rows, most = rows // 10, 1

    def once(name: str) -> Took:
        tap, _, settings = name.partition("-")
        database.query(f'drop schema if exists "tap_{tap}" cascade')
        took = meltano(tap, settings)
        if (here := arrived(database, f"tap_{tap}", what)) != rows:
            raise Failed(f"{here} of {rows} rows of {name} arrived")
        return took

    with served(options) as server:
        project(server.url, what, database)
        found = in_turns(dict.fromkeys(NAMES, min(turns, most)), once)
        alone = {name: halves(server, what, name, database) for name in NAMES}
    medians = {name: asdict(median(each)) for name, each in found.items()}
    return {"title": title, "rows": rows, "medians": medians, "alone": alone}


def pipelines(quick: bool, most: int) -> dict[str, Any]:
    """All cases."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ["MELTANO_DATABASE_URI"] = f"sqlite:///{FOLDER / 'meltano.db'}"
    with Warehouse(FOLDER / "postgres") as warehouse:
        found = {}
        for what in CASES:
            print(f"(g) {CASES[what][0]}", flush=True)
            found[what] = case(what, warehouse.database(), quick, most)
        return found
