"""Workload (e): from the API into a table of PostgreSQL, with nothing in between."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import WORK, Command, environment, keep, ours, peer, plain
from benchmarks.loader import PROGRAM, loader_config
from benchmarks.measure import Failed, Server, Took, in_turns, median, run, served
from benchmarks.server import kinde_user, listing
from sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.warehouse import Database

FOLDER = WORK / "end-to-end"
USERS = 100_000
PAGE = 500
COLUMNS = tuple(name for name, value in kinde_user(0).items() if not isinstance(value, list))
TIMES = ("last_signed_in", "created_on")
RUNS = {
    "ours-recommended": 5,
    "ours-default": 3,
    "plain-recommended": 3,
    "plain-default": 3,
    "dlt": 5,
}
"""How often each runs; a tap, and the settings of its loader, or dlt."""


def piped(tap: Command, settings: str, database: Database, schema: str) -> Command:
    """A tap and target-postgres as one command, whose CPU time is that of both."""
    config = keep("loader", loader_config(database, schema, settings))
    both = f"{shlex.join(tap)} | {shlex.join([PROGRAM, '--config', config])}"
    return ["bash", "-o", "pipefail", "-c", both]


def command(name: str, url: str, database: Database) -> Command:
    """The command of a contender, which loads into the schema of its name."""
    tap, _, settings = name.partition("-")
    if tap == "dlt":
        # It insists on a host; the one at the end, a socket, is taken.
        return [environment("dlt"), peer("dlt_load"), url, with_host(database), name]
    make = ours if tap == "ours" else plain
    return piped(make(url, "users", 8, COLUMNS), settings, database, name)


def with_host(database: Database) -> str:
    return database.url.replace("@/", "@localhost/")


def expected(users: int) -> Iterator[dict[str, Any]]:
    """What the API holds, by id."""
    for number in range(-(-users // PAGE)):
        for row in json.loads(listing(kinde_user, number, min(PAGE, users - number * PAGE))):
            moments = {name: datetime.fromisoformat(row[name].rstrip("Z")) for name in TIMES}
            yield {name: {**row, **moments}[name] for name in COLUMNS}


def plainly(value: Any) -> tuple[type, Any]:
    """A value of a table with its type, for True is 1 too; moments in UTC without saying so."""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return type(value), value


def compare(database: Database, schema: str, users: int) -> None:
    """See that a table holds each row of the API once, in all columns and types.

    Raises:
        Failed: It does not.
    """
    columns = ", ".join(COLUMNS)
    query = f'select {columns} from "{schema}".users order by id collate "C"'  # noqa: S608
    found = database.query(query)
    if len(found) != users:
        raise Failed(f"{schema} holds {len(found)} of {users} rows")
    for row, wanted in zip(found, expected(users), strict=True):
        for name in COLUMNS:
            if plainly(row[name]) != plainly(wanted[name]):
                raise Failed(f"{schema} has {row[name]!r} for {wanted[name]!r}, column {name}")


def once(name: str, server: Server, database: Database, users: int) -> Took:
    """One run of a contender into an empty schema, and what arrived."""
    database.query(f'drop schema if exists "{name}" cascade')
    took = run(command(name, server.url, database))
    compare(database, name, users)
    return took


def end_to_end(quick: bool, most: int) -> dict[str, Any]:
    """The medians of all contenders."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    users = USERS // 10 if quick else USERS
    runs = {name: 1 if quick else min(number, most) for name, number in RUNS.items()}
    print(f"(e) {users:,} users into PostgreSQL", flush=True)
    with Warehouse(FOLDER) as warehouse, served({"users": users}) as server:
        database = warehouse.database("end_to_end")
        found = in_turns(runs, lambda name: once(name, server, database, users))
    medians = {name: {**asdict(median(each)), "runs": len(each)} for name, each in found.items()}
    return {"rows": users, "columns": len(COLUMNS), "medians": medians}
