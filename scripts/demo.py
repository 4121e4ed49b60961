"""`make demo`: a made-up company through Meltano into PostgreSQL, twice, and what changed."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from sandbox.model import Membership, Person
from sandbox.planted import grown, plant, plant_later
from sandbox.server import Sandbox
from sandbox.warehouse import Database, Warehouse
from scripts import DEMO, ROOT
from scripts.demo_progress import Progress
from scripts.demo_queries import (
    CHANGES,
    HOLDERS,
    MODEL,
    NOT_CURRENT,
    PRIVILEGED,
    PRIVILEGED_ACCOUNTS,
    SCHEMAS,
)
from scripts.demo_removals import removals
from scripts.review import write_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.company import Company

SEARCH_PATH = ["identity", "identity_staging", *SCHEMAS]
TAPS = [schema.replace("_", "-") for schema in SCHEMAS]

BEGINNING = """
A made-up company with four identity systems is loaded into a PostgreSQL on this machine, and made
into one access model. Then something happens in the company, and it is loaded and modelled again.
This takes about two minutes.
"""

STATES = {
    "stale": "its last complete run is too long ago",
    "not current": "its last run is not proven whole; older rows stay",
    "never complete": "no run has proven it whole",
    "skipped": "the credential lacks a permission",
    "unsupported": "the server does not have it, so no row is missing",
}

REVIEW = """
[bold]The access review[/], to look at in a browser; access-review.xlsx beside it is for decisions:
  [cyan]{page}[/]
"""

NEXT = """[bold]What now?[/]
Look around in this database: [cyan]make sql[/]

Read a tenant of your own. Logto is a good first one: anyone can have a tenant, on Logto Cloud or
on a server of their own. Use a Meltano project of your own, not this folder: `meltano config set`
rewrites its meltano.yml. README.md, "In a Meltano project of your own", shows each step up to:

  [cyan]export TAP_LOGTO_BASE_URL=https://TENANT-ID.logto.app[/]
  [cyan]export TAP_LOGTO_CLIENT_ID=… TAP_LOGTO_CLIENT_SECRET=…[/]
  [cyan]meltano config test tap-logto[/]
  [cyan]meltano run tap-logto target-postgres[/]
"""


class Demo:
    """The demo's course, told on the terminal as it goes.

    Attributes:
        folder: Where the database and Meltano's state are kept, for `--sql`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console = Console()

    def run(self) -> None:
        """Two runs of the pipeline, with changes in between."""
        self.console.print(BEGINNING, soft_wrap=True)
        self.clean()
        company = grown()
        planted = plant(company)
        with contextlib.ExitStack() as stack:
            with self.step("Start PostgreSQL"):
                server = stack.enter_context(Warehouse(self.folder / "postgres", keep=True))
                warehouse = server.database()
            with self.step("Start the APIs of a made-up company"):
                sandbox = stack.enter_context(Sandbox(company))
            self.pipeline(sandbox, warehouse)
            self.show("The access model after the first run", warehouse.query(MODEL))
            self.show("Who holds what, across the four systems", warehouse.query(HOLDERS))
            self.tell("What a review is to find:", (each.story for each in planted))
            company.now = datetime.now(timezone.utc)
            self.tell("Then this happened in the company:", change(company))
            self.pipeline(sandbox, warehouse)
            self.show_removals(warehouse)
            self.show("What was granted and revoked", warehouse.query(CHANGES))
            [count] = warehouse.query(PRIVILEGED_ACCOUNTS)
            title = f"{count['privileged']} accounts are privileged. Some, and through what"
            self.show(title, warehouse.query(PRIVILEGED))
            with self.step("Write the access review"):
                page = write_review(warehouse.sqlalchemy_url, self.folder / "review")
        self.console.print(REVIEW.format(page=page), soft_wrap=True)
        self.console.print(NEXT, soft_wrap=True)

    def clean(self) -> None:
        """Start from nothing. A server that a killed demo left behind ends with its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A step that says what it is doing until it is done."""
        began = time.monotonic()
        with self.console.status(f"{title} …") as status:
            yield lambda detail: status.update(f"{title} … [dim]{escape(detail)}[/]")
        seconds = time.monotonic() - began
        self.console.print(f"[green]✓[/] {title} [dim]({seconds:.1f} s)[/]", highlight=False)

    def pipeline(self, sandbox: Sandbox, warehouse: Database) -> None:
        """`meltano run`, with streams, rows and models as progress."""
        blocks = [*(word for tap in TAPS for word in (tap, "target-postgres")), "dbt:build"]
        self.console.print(f"[cyan]meltano run {' '.join(blocks)}[/]", soft_wrap=True)
        with (
            self.step("Read, loaded and modelled") as detail,
            subprocess.Popen(  # noqa: S603
                [Path(sys.executable).parent / "meltano", "run", *blocks],
                cwd=ROOT,
                env=self.environment(sandbox, warehouse),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            progress = Progress(process.stderr or ())
            for part, ended in progress:
                detail(part.current)
                if ended:
                    self.console.print(f"  {part.summary}", highlight=False)
            if process.wait() != 0:
                self.console.print("\n".join(progress.lines[-40:]), markup=False, highlight=False)
                raise SystemExit("The pipeline failed; its last words are above.")
        not_current = warehouse.query(NOT_CURRENT)
        self.console.print(f"  Not current: {len(not_current)} streams", highlight=False)
        for row in not_current:
            self.console.print(
                f"    {row['system']} {row['stream']} is {row['state']}: {STATES[row['state']]} "
                f"({row['reason']})",
                highlight=False,
                soft_wrap=True,
            )
        self.console.print()

    def environment(self, sandbox: Sandbox, warehouse: Database) -> dict[str, str]:
        """What Meltano is told: the sandbox's credentials, and where to load and to keep state."""
        settings = {
            f"{tap.replace('-', '_')}_{name}".upper(): value
            for tap in TAPS
            for name, value in sandbox.configs[tap].items()
        }
        return {
            **os.environ,
            **settings,
            **{f"{tap.replace('-', '_')}_OPT_IN_STREAMS".upper(): "all" for tap in TAPS},
            "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url,
            "DBT_VARS": json.dumps({"internal_domains": ["example.com"]}),
            "MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}",
            "MELTANO_CLI_LOG_FORMAT": "json",
        }

    def tell(self, what: str, stories: Iterable[str]) -> None:
        """Something that is so, or that happened, point by point."""
        self.console.print(what)
        for story in stories:
            self.console.print(f"  [yellow]•[/] {story}")
        self.console.print()

    def show_removals(self, warehouse: Database) -> None:
        """Every row that is marked as deleted, of all systems and streams."""
        found = {schema: removals(warehouse, schema) for schema in SCHEMAS}
        total = sum(each.count for tables in found.values() for each in tables)
        self.console.print(f"[bold]What is gone: {total} rows are marked as deleted[/]\n")
        for schema, tables in found.items():
            self.console.print(f"  {schema}: {sum(each.count for each in tables)}")
            grid = Table.grid(Column(width=2), Column(justify="right"), padding=(0, 2))
            for each in tables:
                grid.add_row("", str(each.count), each.table, "\n".join(each.which))
            self.console.print(grid, "")

    def show(self, title: str, rows: list[dict[str, Any]]) -> None:
        """A query's rows as a table."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        for name, value in rows[0].items() if rows else ():
            table.add_column(
                name,
                justify="right" if isinstance(value, int) else "left",
                no_wrap=name in ("change", "who", "system"),
                overflow="fold",
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
    yield from (each.story for each in plant_later(company))


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


def open_database(folder: Path) -> None:
    """An SQL prompt on the demo's database."""
    if not (folder / "postgres").exists():
        raise SystemExit("There is no database yet: run `make demo` first.")
    with Warehouse(folder / "postgres", keep=True) as warehouse:
        environment = {**os.environ, "PGOPTIONS": "--search_path=" + ",".join(SEARCH_PATH)}
        subprocess.run([warehouse.psql, warehouse.database().url], env=environment, check=False)  # noqa: S603


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sql", action="store_true", help="open the database of the last demo")
    parser.add_argument(
        "--folder", type=Path, default=DEMO, help="where the database is kept (default: .demo)"
    )
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.sql:
        open_database(folder)
    else:
        Demo(folder).run()


if __name__ == "__main__":
    main()
