"""`make demo`: a made-up company through Meltano into PostgreSQL, twice, and what changed."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox.company import Company
from sandbox.model import Membership, Person
from sandbox.server import Sandbox
from sandbox.warehouse import Database, Warehouse
from scripts.demo_queries import CHANGES, EVENTS, GROUPS, OVERVIEW, PERMISSIONS, RUNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".demo"

TAPS = [schema.replace("_", "-") for schema in TABLES]

NEXT = """[bold]What now?[/]
Open this database:            [cyan]make sql[/]
The same with your own tenant: [cyan]export TAP_RUDDERSTACK_SERVICE_ACCESS_TOKEN=…[/]
                               [cyan]export TARGET_POSTGRES_SQLALCHEMY_URL=postgresql+psycopg://…[/]
                               [cyan].venv/bin/meltano run tap-rudderstack target-postgres[/]
"""


class Demo:
    """The demo's course, told on the terminal as it goes."""

    def __init__(self) -> None:
        self.console = Console()

    def run(self) -> None:
        """Two runs of the pipeline, with changes in between."""
        clean()
        company = Company.made_up()
        with contextlib.ExitStack() as stack:
            with self.step("Start PostgreSQL"):
                server = stack.enter_context(Warehouse(FOLDER / "postgres", keep=True))
                warehouse = server.database()
            with self.step("Start the APIs of a made-up company"):
                sandbox = stack.enter_context(Sandbox(company))
            self.pipeline(sandbox, warehouse)
            self.show("In the warehouse after the first run", warehouse.query(OVERVIEW))
            self.show("RudderStack: who is in which group", warehouse.query(GROUPS))
            self.show("Logto: who may do what in which organization", warehouse.query(PERMISSIONS))
            self.console.print("Then this happened in the company:")
            for event in change(company):
                self.console.print(f"  [yellow]•[/] {event}")
            self.console.print()
            self.pipeline(sandbox, warehouse)
            self.show("In the warehouse after the second run", warehouse.query(OVERVIEW))
            self.show("What the warehouse says has changed", warehouse.query(CHANGES))
            self.show("Logto: the latest events of the audit log", warehouse.query(EVENTS))
            self.show("What each run proved (sync_runs)", warehouse.query(RUNS))
        self.console.print(NEXT, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A step that says what it is doing until it is done."""
        began = time.monotonic()
        with self.console.status(f"{title} …") as status:
            yield lambda detail: status.update(f"{title} … [dim]{escape(detail)}[/]")
        seconds = time.monotonic() - began
        self.console.print(f"[green]✓[/] {title} [dim]({seconds:.1f} s)[/]", highlight=False)

    def pipeline(self, sandbox: Sandbox, warehouse: Database) -> None:
        """`meltano run`, with the tap's own words as progress."""
        settings = {
            f"{tap.replace('-', '_')}_{name}".upper(): value
            for tap in TAPS
            for name, value in sandbox.configs[tap].items()
        }
        pairs = [word for tap in TAPS for word in (tap, "target-postgres")]
        command = ["meltano", "run", *pairs]
        with self.step(" ".join(command)) as detail:
            process = subprocess.Popen(  # noqa: S603
                [Path(sys.executable).parent / command[0], *command[1:]],
                cwd=ROOT,
                env={
                    **os.environ,
                    **settings,
                    "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url,
                    "MELTANO_DATABASE_URI": f"sqlite:///{FOLDER / 'meltano.db'}",
                    "MELTANO_CLI_LOG_FORMAT": "plain",
                },
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            lines = []
            for line in process.stderr or ():
                lines.append(line)
                detail(line.strip()[:100])
            if process.wait() != 0:
                self.console.print("".join(lines[-40:]), markup=False, highlight=False)
                raise SystemExit("The pipeline failed; its last words are above.")
        self.verdict("".join(lines))

    def verdict(self, log: str) -> None:
        """What the taps said of their streams, in one line."""
        said = re.findall(r"\b\w+: (\w+), (\d+) rows, (\d+) requests", log)
        complete = sum(status == "complete" for status, _, _ in said)
        rows, requests = (sum(int(each[place]) for each in said) for place in (1, 2))
        words = f"{complete} of {len(said)} streams complete, {rows} rows, {requests} requests"
        self.console.print(f"    [dim]{words}[/]", highlight=False)

    def show(self, title: str, rows: list[dict[str, Any]]) -> None:
        """A query's rows as a table."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
        for name, value in rows[0].items() if rows else ():
            table.add_column(
                name, justify="right" if isinstance(value, int) else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        self.console.print(f"\n[bold]{title}[/]")
        self.console.print(table)
        self.console.print()


def change(company: Company) -> Iterator[str]:
    """What happens to the company between the runs."""
    leaver, suspended, *_ = (p for p in company.people.values() if len(company.groups_of(p)) > 1)
    group, member = next(
        (group, member)
        for group, member in company.memberships()
        if isinstance(member, Person) and member not in (leaver, suspended)
    )
    company.leave(group, member)
    yield f"{member.name} was taken out of {group.name}"
    company.suspend(suspended)
    yield f"{suspended.name} was suspended"
    teams = ", ".join(group.name for group in company.groups_of(leaver))
    company.remove(leaver)
    yield f"{leaver.name} left the company, and with it {teams}"
    yield from change_access(company)


def change_access(company: Company) -> Iterator[str]:
    """What happens to memberships of organizations between the runs."""
    access = company.access
    memberships = [
        member for each in access.organizations.values() for member in access.people_of(each)
    ]
    demoted = next(member for member in memberships if len(member.roles) > 1)
    *kept, lost = demoted.roles
    access.entitle(demoted, *kept)
    yield f"{name(demoted)} is no longer {lost.name} of {demoted.organization.name}"
    expelled = next(member for member in reversed(memberships) if member is not demoted)
    access.remove_member(expelled)
    yield f"{name(expelled)} is no longer a member of {expelled.organization.name}"


def name(member: Membership) -> str:
    return member.holder.name


def clean() -> None:
    """Start from nothing. A server that a killed demo left behind ends with its folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()


def open_database() -> None:
    """An SQL prompt on the demo's database."""
    if not (FOLDER / "postgres").exists():
        raise SystemExit("There is no database yet: run `make demo` first.")
    with Warehouse(FOLDER / "postgres", keep=True) as warehouse:
        environment = {**os.environ, "PGOPTIONS": "--search_path=" + ",".join(TABLES)}
        subprocess.run([warehouse.psql, warehouse.database().url], env=environment, check=False)  # noqa: S603


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sql", action="store_true", help="open the database of the last demo")
    if parser.parse_args().sql:
        open_database()
    else:
        Demo().run()


if __name__ == "__main__":
    main()
