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

from sandbox.company import Company, Person
from sandbox.server import Sandbox
from sandbox.warehouse import Database, Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".demo"

OVERVIEW = " union all ".join(
    f"""select '{table}' as "table", count(*) filter (where _sdc_deleted_at is null) as live,
    count(_sdc_deleted_at) as removed from tap_rudderstack.{table}"""  # noqa: S608
    for table in ("users", "user_emails", "groups", "group_members", "audit_logs")
)

ACCESS = """
select g.display_name as "group", count(*) filter (where m.member_type = 'User') as users,
       count(*) filter (where m.member_type = 'Group') as groups,
       count(*) filter (where not u.active) as suspended,
       min(u.display_name) as "for example"
from tap_rudderstack.groups g
join tap_rudderstack.group_members m on m.group_id = g.id and m._sdc_deleted_at is null
left join tap_rudderstack.users u on u.id = m.member_id and m.member_type = 'User'
where g._sdc_deleted_at is null
group by g.display_name order by g.display_name
"""

CHANGES = """
select 'user removed' as change, u.display_name as who, u.department as what,
       to_char(u._sdc_deleted_at, 'YYYY-MM-DD HH24:MI:SS') as "when (UTC)"
from tap_rudderstack.users u where u._sdc_deleted_at is not null
union all
select 'membership removed', coalesce(u.display_name, m.member_id), g.display_name,
       to_char(m._sdc_deleted_at, 'YYYY-MM-DD HH24:MI:SS')
from tap_rudderstack.group_members m
join tap_rudderstack.groups g on g.id = m.group_id
left join tap_rudderstack.users u on u.id = m.member_id
where m._sdc_deleted_at is not null
union all
select 'user suspended', u.display_name, u.department,
       to_char(u.meta_last_modified, 'YYYY-MM-DD HH24:MI:SS')
from tap_rudderstack.users u where not u.active and u._sdc_deleted_at is null
order by 1, 2, 3
"""

EVENTS = """
select to_char(created_at, 'YYYY-MM-DD HH24:MI:SS') as "when (UTC)", action, target_type,
       coalesce(u.display_name, g.display_name, target_id) as target
from tap_rudderstack.audit_logs a
left join tap_rudderstack.users u on u.id = target_id
left join tap_rudderstack.groups g on g.id = target_id
order by created_at desc limit 7
"""

RUNS = """
select dense_rank() over (order by sync_id) as run, stream, mode, status, rows, server_total,
       requests
from tap_rudderstack.sync_runs order by sync_id, started_at
"""

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
            with self.step("Start the SCIM server of a made-up company"):
                sandbox = stack.enter_context(Sandbox(company))
            self.pipeline(sandbox, warehouse)
            self.show("In the warehouse after the first run", warehouse.query(OVERVIEW))
            self.show("Who is in which group", warehouse.query(ACCESS))
            self.console.print("Then this happened in the company:")
            for event in change(company):
                self.console.print(f"  [yellow]•[/] {event}")
            self.console.print()
            self.pipeline(sandbox, warehouse)
            self.show("In the warehouse after the second run", warehouse.query(OVERVIEW))
            self.show("What the warehouse says has changed", warehouse.query(CHANGES))
            self.show("What was done, by the audit log", warehouse.query(EVENTS))
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
            f"TAP_RUDDERSTACK_{name.upper()}": value
            for name, value in sandbox.rudderstack_config.items()
        }
        command = ["meltano", "run", "tap-rudderstack", "target-postgres"]
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
        verdicts = [line for line in lines if re.search(r": (complete|incomplete|failed),", line)]
        for verdict in verdicts:
            words = re.sub(r"^.*?(?=\b\w+: \w+, \d+ rows)", "", verdict.strip())
            self.console.print(f"    [dim]{escape(words)}[/]", highlight=False)

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


def clean() -> None:
    """Start from nothing. A server that a killed demo left behind ends with its folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()


def open_database() -> None:
    """An SQL prompt on the demo's database."""
    if not (FOLDER / "postgres").exists():
        raise SystemExit("There is no database yet: run `make demo` first.")
    with Warehouse(FOLDER / "postgres", keep=True) as warehouse:
        environment = {**os.environ, "PGOPTIONS": "--search_path=tap_rudderstack"}
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
