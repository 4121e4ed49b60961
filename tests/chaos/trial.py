"""A tap alone against a company, without a loader: what it says is compared with what there was."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tap_kinde.tap import TapKinde
from tap_logto.tap import TapLogto
from tap_rudderstack.tap import TapRudderStack
from tap_zitadel.tap import TapZitadel
from tests.chaos.injection import InjectionPoint
from tests.chaos.vendors import VENDORS
from tests.running import read_tap

if TYPE_CHECKING:
    from identity_sdk.singer.tap import IdentityTap
    from tests.chaos.faults import ChaosFault
    from tests.chaos.vendors import Key
    from tests.running import Run

Keys = dict[str, set["Key"]]
TAPS: dict[str, type[IdentityTap]] = {
    tap.name: tap for tap in (TapKinde, TapLogto, TapRudderStack, TapZitadel)
}


@dataclass
class Outcome:
    """What became of a run.

    Attributes:
        delivered: How often the fault happened.
        complete: Streams that are called complete.
        incomplete: Why each other stream is not.
        lost: Of the complete ones, rows that were there all the time and did not come.
        made_up: Of the complete ones, rows that came and never were there.
    """

    run: Run
    delivered: int = 0
    complete: set[str] = field(default_factory=set)
    incomplete: dict[str, str] = field(default_factory=dict)
    lost: Keys = field(default_factory=dict)
    made_up: Keys = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """What should not be so, for people."""
        found = [f"{table}: complete, but lacks {len(keys)}" for table, keys in self.lost.items()]
        found += [f"{table}: {len(keys)} never were" for table, keys in self.made_up.items()]
        activated = {message["stream"] for message in self.run.kinds("ACTIVATE_VERSION")}
        if wrong := activated & self.incomplete.keys():
            found.append(f"{sorted(wrong)}: not complete, but rows are taken for deleted")
        if bool(self.incomplete) != bool(self.run.code):
            found.append(f"exits {self.run.code} although {self.incomplete}")
        return found


class Trial:
    """A company and a tap.

    Attributes:
        chance: What decides what changes, and where faults strike.
        only_grows: Whether what the company has is taken down at the ends of a run only, for
            all that was there at its beginning stays.
    """

    only_grows = False

    def __init__(self, tap: str, company: Company | None = None, seed: int = 1) -> None:
        size = Size(organizations=6, memberships=60, sign_ins=20)
        self.company = company or Company.made_up(40, 5, 60, seed=seed, size=size)
        self.sandbox = Sandbox(self.company)
        self.vendor = VENDORS[tap](self.sandbox)
        self.chance = Random(f"{tap} {seed}")
        self._snapshots: list[Keys] = []
        self._requests = 0

    def __enter__(self) -> Trial:
        self.sandbox.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.__exit__(None, None, None)

    def run(self, fault: ChaosFault | None = None, **settings: Any) -> Outcome:
        """A run without state, disturbed or not."""
        config = {**self.vendor.settings, **settings}
        note = self._note if not self.only_grows else lambda: None
        point = InjectionPoint(self.vendor, config, self.chance, note, self._requests)
        self._snapshots = []
        self._note()
        delivered = fault.install(point) if fault else lambda: 0
        before = len(self.vendor.faulty.requests)
        run = self.read(config)
        self._requests = len(self.vendor.faulty.requests) - before
        outcome = Outcome(run, delivered())
        self.vendor.restore()
        self._note()
        self._compare(outcome)
        return outcome

    def read(self, config: dict[str, Any]) -> Run:
        """Run the tap in this process."""
        return read_tap(TAPS[self.vendor.tap], config)

    def _note(self) -> None:
        """Take down what the company has now."""
        tables = self.vendor.tables
        self._snapshots.append({table: set(self.vendor.rows(table)) for table in tables})

    def _compare(self, outcome: Outcome) -> None:
        rows = {row["stream"]: row for row in outcome.run.records("sync_runs")}
        for table, (_, keys) in self.vendor.tables.items():
            told = rows.get(table, {"status": "untold", "reason": ""})
            if told["status"] != "complete":
                outcome.incomplete[table] = f"{told['status']}: {told['reason']}"
                continue
            outcome.complete.add(table)
            came = {tuple(row[key] for key in keys) for row in outcome.run.records(table)}
            lasting = set.intersection(*(each[table] for each in self._snapshots))
            possible = set.union(*(each[table] for each in self._snapshots))
            outcome.lost |= {table: lasting - came} if lasting - came else {}
            outcome.made_up |= {table: came - possible} if came - possible else {}


def disturbed(tap: str, fault: ChaosFault, seed: int = 1, **settings: Any) -> Outcome:
    """What becomes of a run that is disturbed, after one that is not."""
    with Trial(tap, seed=seed) as trial:
        undisturbed = trial.run(**settings)
        assert (undisturbed.problems, undisturbed.incomplete) == ([], {})
        return trial.run(fault, **settings)


def assert_right(outcome: Outcome, *, passes: bool | None = None) -> None:
    """The fault was delivered, and what is called complete is.

    Args:
        passes: Whether the run must exit with 0; None if it may.
    """
    assert outcome.delivered
    wrong = passes is not None and passes != (outcome.run.code == 0)
    assert outcome.problems == []
    assert not wrong, outcome.incomplete
