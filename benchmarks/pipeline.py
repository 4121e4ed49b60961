"""Workload (g): through Meltano into PostgreSQL, our tap and the plain one."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import (
    CONTENDERS,
    LISTINGS,
    WORK,
    catalog,
    environment,
    ours_config,
    peer,
)
from benchmarks.measure import Server, Took, median, run, served
from sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from sandbox.warehouse import Database

FOLDER = WORK / "pipeline"
CASES = {
    "users": ("50,000 users", {"users": 50_000}, 50_000, 3),
    "organizations": (
        "200 organizations with 100 members each",
        {"organizations": 200},
        200 * 101,
        1,
    ),
}
"""Title, options of the server, rows and runs of each kind of work."""


def project(url: str, what: str, database: Database) -> None:
    """A Meltano project with both taps and the loader, each from its own environment."""
    streams = LISTINGS[what]
    taps = [
        extractor("ours", f'"{sys.executable}" -m tap_kinde', ours_config(url, 8), streams),
        extractor(
            "plain",
            f'"{environment("plain")}" "{peer("plain")}"',
            {"base_url": url, "streams": ",".join(streams)},
            streams,
        ),
    ]
    loader = {
        "name": "target-postgres",
        "namespace": "target_postgres",
        "executable": str(WORK / "target" / "bin" / "target-postgres"),
        "settings": [{"name": "sqlalchemy_url"}, {"name": "default_target_schema"}],
        "config": loader_config(database, "$MELTANO_EXTRACT__LOAD_SCHEMA"),
    }
    content = {
        "project_id": "bench",
        "send_anonymous_usage_stats": False,
        "default_environment": "bench",
        "environments": [{"name": "bench"}],
        "plugins": {"extractors": taps, "loaders": [loader]},
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
        "name": f"tap-{name}",
        "namespace": f"tap_{name}",
        "executable": str(path),
        "capabilities": ["catalog", "discover", "state"],
        "settings": [{"name": key} for key in config],
        "config": config,
        "select": [f"{stream}.*" for stream in streams],
    }


def loader_config(database: Database, schema: str) -> dict[str, str]:
    return {"sqlalchemy_url": database.sqlalchemy_url, "default_target_schema": schema}


def meltano(name: str) -> Took:
    """`meltano run` of a tap and the loader."""
    command = [str(Path(sys.executable).parent / "meltano"), "--cwd", str(FOLDER), "run"]
    return run([*command, "--full-refresh", "--force", f"tap-{name}", "target-postgres"])


def halves(server: Server, what: str, name: str, database: Database) -> tuple[Took, Took]:
    """The tap alone, and the loader alone on what the tap wrote."""
    command = CONTENDERS[name].command(server.url, what, 8)
    path = FOLDER / "output"
    with path.open("wb") as output:
        tap = run(command, output.fileno())
    config = FOLDER / "loader.json"
    config.write_text(json.dumps(loader_config(database, f"alone_{name}")))
    with path.open("rb") as lines:
        loader = run(
            [str(WORK / "target" / "bin" / "target-postgres"), "--config", str(config)],
            source=lines.fileno(),
        )
    return tap, loader


def arrived(database: Database, schema: str, what: str) -> int:
    """The rows of a schema."""
    counts = [
        database.query(f'select count(*) as n from "{schema}"."{table}"')[0]["n"]  # noqa: S608
        for table in LISTINGS[what]
    ]
    return sum(counts)


def case(what: str, database: Database, quick: bool) -> dict[str, Any]:
    """Both taps through Meltano, in turns, and each half alone."""
    title, options, rows, turns = CASES[what]
    if quick:
        options = {name: number // 10 for name, number in options.items()}
        rows, turns = rows // 10, 1
    found: dict[str, list[Took]] = {"plain": [], "ours": []}
    alone: dict[str, Any] = {}
    catalog("tap_kinde", LISTINGS[what])
    with served(options) as server:
        project(server.url, what, database)
        for turn in range(turns):
            for name in found if turn % 2 == 0 else reversed(found):
                database.query(f'drop schema if exists "tap_{name}" cascade')
                found[name].append(meltano(name))
                if (here := arrived(database, f"tap_{name}", what)) != rows:
                    raise SystemExit(f"{here} of {rows} rows of {name} arrived")
                print(f"    {name:8} {found[name][-1].wall:7.2f} s", flush=True)
        for name in found:
            tap, loader = halves(server, what, name, database)
            alone[name] = {"tap": tap.wall, "loader": loader.wall}
    medians = {name: asdict(median(each)) for name, each in found.items()}
    return {"title": title, "rows": rows, "medians": medians, "alone": alone}


def pipelines(quick: bool) -> dict[str, Any]:
    """All cases."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ["MELTANO_DATABASE_URI"] = f"sqlite:///{FOLDER / 'meltano.db'}"
    with Warehouse(FOLDER / "postgres") as warehouse:
        found = {}
        for what in CASES:
            print(f"(g) {CASES[what][0]}", flush=True)
            found[what] = case(what, warehouse.database(), quick)
        return found
