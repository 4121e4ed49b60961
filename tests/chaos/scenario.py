"""Scenarios: a complete run, changes, a disturbed run, a good one.

What must hold of each is checked after every run, and told in numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tests.chaos.changes import overnight
from tests.chaos.injection import InjectionPoint
from tests.chaos.pipe import ChaosPipe
from tests.chaos.vendors import VENDORS
from tests.running import select

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.warehouse import Database
    from tests.chaos.faults import ChaosFault
    from tests.chaos.vendors import Key, Row

Keys = dict[str, set["Key"]]
STOPPED = (130, 143)
"""Exit codes after SIGINT and SIGTERM."""
GOOD = ("complete", "skipped", "unsupported")


@dataclass
class ScenarioReport:
    """What became of a run.

    Attributes:
        code: Its exit code.
        delivered: How often the fault happened.
        complete: Streams that `sync_runs` says were read completely.
        lost: Rows that the company has and the warehouse has not.
        false_removals: Rows that this run made look removed though they were there all the
            time: marked as such, or derived to be.
        problems: What should not be so, for people.
    """

    code: int = 0
    delivered: int = 0
    complete: set[str] = field(default_factory=set)
    lost: int = 0
    false_removals: int = 0
    problems: list[str] = field(default_factory=list)

    def check(self, right: bool, problem: str) -> None:
        """Note a problem unless all is right."""
        if not right:
            self.problems.append(problem)


class Scenario:
    """A company, a tap, a loader and a warehouse, disturbed again and again.

    Attributes:
        chance: What decides what changes, and where faults strike.
    """

    def __init__(self, folder: Path, database: Database, tap: str, seed: int = 1) -> None:
        size = Size(organizations=6, memberships=60, sign_ins=20)
        self.company = Company.made_up(people=40, groups=5, memberships=60, seed=seed, size=size)
        self.sandbox = Sandbox(self.company)
        self.sandbox.__enter__()
        self.vendor = VENDORS[tap](self.sandbox)
        folder.mkdir(parents=True, exist_ok=True)
        self.pipe = ChaosPipe(folder, database, self.sandbox, tap)
        self.pipe.config = self.vendor.settings
        self.pipe.catalog = select(*self.vendor.tables, tap=tap)
        self.chance = Random(f"{tap} {seed}")
        self._known: set[str] = set()
        self._snapshots: list[Keys] = []
        self._gone: Keys = {}
        self._whole: Keys = {}
        self._requests = self._size = 0

    def close(self) -> None:
        self.sandbox.__exit__(None, None, None)

    # Runs

    def undisturbed(self) -> ScenarioReport:
        """A run without faults: it passes, and the warehouse equals the company.

        Where half of a table has gone since the last complete run, it passes as soon as
        someone who knows that this is right says so.
        """
        self.vendor.restore()
        self.pipe.restore()
        before = len(self.vendor.faulty.requests)
        self.pipe.config = {**self.vendor.settings, "accept_shrink": self._halved}
        report = self._run()
        self.pipe.config = self.vendor.settings
        self._requests = len(self.vendor.faulty.requests) - before
        self._size = len(self.pipe.passed)
        report.check(report.code == 0, f"the undisturbed run exits {report.code}: {self._said}")
        self._compare(report)
        return report

    def disturbed(self, fault: ChaosFault) -> ScenarioReport:
        """What has changed since is read while something goes wrong."""
        overnight(self.company, self.chance)
        self.pipe.config = self.vendor.settings
        at = (self.chance, self._note, self._requests, self._size)
        point = InjectionPoint(self.vendor, self.pipe.config, *at, self.pipe)
        delivered = fault.install(point)
        report = self._run()
        report.delivered = delivered()
        if report.delivered:
            passed = report.code == 0
            right = fault.then == "either" or passed == (fault.then == "passes")
            right |= not passed and self._halved
            report.check(right, f"exits {report.code}, but it {fault.then}: {self._said}")
        silent = fault.silent and not self.pipe.told
        report.check(not (silent and report.complete), "a killed run has rows in sync_runs")
        stopped = report.code in STOPPED and self.pipe.read_anything
        report.check(not stopped or self.pipe.told, f"a stopped run leaves none: {self._said}")
        self.vendor.restore()
        self.pipe.restore()
        self.pipe.config = self.vendor.settings
        return report

    def _run(self) -> ScenarioReport:
        self._snapshots = []
        self._note()
        report = ScenarioReport(self.pipe.run())
        self._note()
        self._check(report)
        return report

    def _note(self) -> None:
        """Take down what the company has now."""
        tables = self.vendor.tables
        self._snapshots.append({table: set(self.vendor.rows(table)) for table in tables})

    # What must hold

    def _check(self, report: ScenarioReport) -> None:
        runs = self._new_runs(report)
        statuses = {row["stream"]: row["status"] for row in runs}
        report.complete = {name for name, status in statuses.items() if status == "complete"}
        untold = self.vendor.tables.keys() - statuses.keys()
        bad = {name: status for name, status in statuses.items() if status not in GOOD}
        if report.code == 0:
            report.check(not untold, f"exits 0, but nothing is said of {sorted(untold)}")
            report.check(not bad, f"exits 0 although {bad}")
        self._whole |= {table: self._snapshots[-1].get(table, set()) for table in report.complete}
        held = self._held()
        for row in runs:
            if row["stream"] in self.vendor.tables and row["status"] == "complete":
                self._check_claim(report, row, held[row["stream"]])
        self._check_removals(report, held)

    def _check_claim(self, report: ScenarioReport, run: Row, held: dict[Key, Row]) -> None:
        """What is said to be complete is."""
        table = run["stream"]
        lasting, possible = self._lasting(table), self._possible(table)
        seen = {k for k, row in held.items() if row["_sync_id"] == run["sync_id"]}
        if run["mode"] != "full":
            seen = set(held)
        problem = (
            f"{table} is called complete, but lacks {len(lasting - seen)} of {len(lasting)} rows "
            f"and has {len(seen - possible)} that are not there"
        )
        report.check(lasting <= seen <= possible, problem)

    def _check_removals(self, report: ScenarioReport, held: dict[str, dict[Key, Row]]) -> None:
        """No row that was there all the time comes to be taken for deleted."""
        if not self._known:
            return
        latest = self.pipe.database.query(
            f"select stream, max(sync_id) as latest from {self.pipe.schema}.sync_runs "
            "where status = 'complete' and mode = 'full' group by stream"
        )
        for row in latest:
            table = row["stream"]
            gone = {
                key
                for key, each in held.get(table, {}).items()
                if each["_sdc_deleted_at"] or each["_sync_id"] < row["latest"]
            }
            # What left and came back is still marked until it is read again.
            false = (gone - self._gone.get(table, set())) & self._lasting(table)
            self._gone[table] = gone
            report.false_removals += len(false)
            report.check(not false, f"{len(false)} rows of {table} are falsely taken for deleted")

    def _compare(self, report: ScenarioReport) -> None:
        """The warehouse equals the company, in every column of what is not a log."""
        held = self._held()
        for table in self.vendor.tables:
            wanted = self.vendor.rows(table)
            live = {k: row for k, row in held[table].items() if not row["_sdc_deleted_at"]}
            lost, extra = wanted.keys() - live.keys(), live.keys() - wanted.keys()
            report.lost += len(lost)
            report.check(not lost, f"{len(lost)} rows of {table} are lost")
            report.check(not extra, f"{len(extra)} rows of {table} are gone, and live on")
            if table not in self.vendor.logs and not lost:
                same = all(row.items() <= live[key].items() for key, row in wanted.items())
                report.check(same, f"columns of {table} differ")

    # What is there

    @property
    def _halved(self) -> bool:
        """Whether half of what a table had in the last complete run of it is gone."""
        return any(
            len(keys - self.vendor.rows(table).keys()) >= len(keys) / 2
            for table, keys in self._whole.items()
            if keys
        )

    def _new_runs(self, report: ScenarioReport) -> list[Row]:
        if not self._table_exists("sync_runs"):
            return []
        everything = self.pipe.database.query(f"select * from {self.pipe.schema}.sync_runs")
        new = [row for row in everything if row["sync_id"] not in self._known]
        ids = {row["sync_id"] for row in new}
        report.check(len(ids) < 2, f"one run says {len(ids)} runs were made")
        late = all(sync_id > known for sync_id in ids for known in self._known)
        report.check(late, "a run sorts before an earlier one")
        self._known |= ids
        return new

    def _held(self) -> dict[str, dict[Key, Row]]:
        """All rows in the warehouse, removed ones included."""
        found = {}
        for table, (_, keys) in self.vendor.tables.items():
            rows = self.pipe.rows(table) if self._table_exists(table) else []
            found[table] = {tuple(row[key] for key in keys): row for row in rows}
        return found

    def _table_exists(self, table: str) -> bool:
        name = f"{self.pipe.schema}.{table}"
        return bool(self.pipe.database.query("select to_regclass(%(n)s) as o", n=name)[0]["o"])

    def _lasting(self, table: str) -> set[Key]:
        return set.intersection(*(each[table] for each in self._snapshots))

    def _possible(self, table: str) -> set[Key]:
        return set.union(*(each[table] for each in self._snapshots))

    @property
    def _said(self) -> Any:
        """The last line of the tap's log."""
        return (self.pipe.log.splitlines() or ["nothing"])[-1][-300:]
