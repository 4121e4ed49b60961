"""Nights in which every vendor fails somewhere: nothing is closed that was not looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.faults import Fault
from sandbox.server import Sandbox
from scripts.demo import change
from tests.chaos.page_faults import Altered
from tests.closing import serving
from tests.running import ALL, Run, catalog_of, run_tap
from tests.transform import expected_access as truth
from tests.transform.companies import everything
from tests.transform.conftest import fresh_postgres
from tests.transform.test_evidence import GATE
from tests.transform.test_history import HISTORY, access_of, fact, moment, more_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sandbox.company import Company
    from tests.chaos.page_faults import Served
    from tests.transform.access_facts import Effective, Fact
    from tests.transform.warehouses import DbtServer, Postgres, Row
    from tests.watched import WatchedWarehouse

Stream = tuple[str, str]
GOOD = ("complete", "skipped", "unsupported")


# What goes wrong: with the vendor, or with what the tap has sent


def failing(path: str, status: int, skip: int = 0) -> Callable[[Any], object]:
    """All requests of a path are refused, but the first ones."""
    return lambda faulty: faulty.faults.append(Fault(path, status=status, skip=skip))


def truncated(path: str) -> Callable[[Any], object]:
    """Each page of a listing lacks its last row, which its total counts."""

    def cut(page: Served) -> bool:
        rows = page.body.get("Resources", []) if page.path.endswith(path) else []
        return bool(rows and rows.pop())

    def install(faulty: Any) -> None:
        faulty._app = Altered(faulty._app, cut)

    return install


def killed(run: Run) -> Run:
    """The tap ends in the middle of its output."""
    lines = run.output.splitlines(keepends=True)
    return Run(137, "".join(lines[: len(lines) * 2 // 3]), "")


def unreported(run: Run) -> Run:
    """The rows of `sync_runs` are lost."""
    lines = run.output.splitlines(keepends=True)
    return Run(0, "".join(each for each in lines if '"stream":"sync_runs"' not in each), "")


@dataclass(frozen=True)
class Night:
    """What happens to the company, and what goes wrong as it is read.

    Attributes:
        failures: Of a vendor, and the streams that cannot be complete.
        losses: What becomes of what a tap has sent.
    """

    happens: Callable[[Company], Any]
    failures: dict[str, tuple[Callable[[Any], object], set[str]]] = field(default_factory=dict)
    losses: dict[str, Callable[[Run], Run]] = field(default_factory=dict)


NIGHTS = {
    "clean": Night(lambda _: ()),
    "bad": Night(
        change,
        {
            "kinde": (failing("/permissions", 500), {"role_permissions"}),
            "logto": (failing("/organizations/", 403), {"organization_memberships"}),
            "rudderstack": (truncated("/Users"), {"users"}),
        },
        {"zitadel": killed},
    ),
    "worse": Night(
        more_changes,
        {
            "rudderstack": (failing("/Groups", 500), {"group_members"}),
            "zitadel": (failing("ListProjectRoles", 403, skip=1), {"project_roles"}),
        },
        {"kinde": unreported, "logto": killed},
    ),
    "good": Night(lambda _: ()),
}


# What is known after each night


@dataclass
class Morning:
    """A night, and what the warehouse says after it.

    Attributes:
        began, ended: When the company changed.
        verdicts: Of each stream, what `sync_runs` was told; nothing of a run that told nothing.
        looks: When each stream was read whole.
        strict: How each part of a build went for which a gap is an error.
        lenient: The same of the gate alone, for which it is a warning.
        said: What that build said.
    """

    began: datetime
    ended: datetime
    access: dict[Fact, Effective]
    verdicts: dict[Stream, str]
    looks: dict[Stream, datetime]
    strict: dict[str, str]
    lenient: dict[str, str]
    history: list[Row]
    changes: list[Row]
    states: dict[Stream, str]
    gaps: list[Row]
    said: str


def read(tap: str, config: Mapping[str, str], faulty: Any, folder: Path, plan: Night) -> Run:
    """What a night leaves of what a tap has sent."""
    app, system = faulty._app, tap.removeprefix("tap-")
    if system in plan.failures:
        plan.failures[system][0](faulty)
    settings = {**config, "max_retries": 0}
    run = run_tap(folder, settings, tap=tap, catalog=catalog_of(tap, ALL))
    faulty.faults.clear()
    faulty._app = app
    return plan.losses[system](run) if system in plan.losses else run


def night(company: Company, sandbox: Sandbox, warehouse: Postgres, plan: Night) -> Morning:
    """Let a night pass: changes, faults, loads, builds."""
    company.now = began = datetime.now(timezone.utc)
    list(plan.happens(company) or ())
    ended = company.now
    told: dict[Stream, Row] = {}
    for tap, config in sandbox.configs.items():
        system = tap.removeprefix("tap-")
        run = read(tap, config, getattr(sandbox, system), warehouse.folder, plan)
        warehouse.load(tap.replace("-", "_"), run)
        told |= {(system, row["stream"]): row for row in run.records("sync_runs")}
    log = warehouse.folder / "logs/dbt.log"
    log.unlink(missing_ok=True)
    made = [f"+{each}" for each in (*HISTORY, "identity_evidence_gaps")]
    build = warehouse.update("--select", *made, "--exclude", "test_type:generic", evidence="error")
    strict = build.statuses
    assert build.succeeded == (strict[GATE] == "pass"), build.log
    said = log.read_text()
    check = warehouse.dbt("test", "--select", GATE)
    assert check.succeeded, check.log
    history, changes, status, gaps = warehouse.tables(
        "identity", "identity_access_history", "identity_access_changes",
        "identity_stream_status", "identity_evidence_gaps",
    ).values()  # fmt: skip
    return Morning(
        began,
        ended,
        access_of(company),
        {stream: row["status"] for stream, row in told.items()},
        {
            stream: moment(row["ended_at"])
            for stream, row in told.items()
            if (row["status"], row["mode"]) == ("complete", "full")
        },
        strict,
        check.statuses,
        history,
        changes,
        {(row["source_id"], row["stream"]): row["state"] for row in status},
        gaps,
        said,
    )


@pytest.fixture(scope="module")
def mornings(
    tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer, warehouse: WatchedWarehouse
) -> Iterator[dict[str, Morning]]:
    postgres = fresh_postgres(tmp_path_factory.mktemp("faults"), dbt_server, warehouse)
    company = everything()
    company.pace = timedelta(microseconds=1001)
    with serving(Sandbox(company, zitadel_version=(5, 0))) as sandbox:
        yield {name: night(company, sandbox, postgres, plan) for name, plan in NIGHTS.items()}


BAD = pytest.mark.parametrize("name", ["bad", "worse"])


def before(mornings: dict[str, Morning], name: str) -> list[Morning]:
    """The mornings before one."""
    return list(mornings.values())[: list(mornings).index(name)]


@BAD
def test_each_vendor_has_failed(mornings: dict[str, Morning], name: str) -> None:
    plan, verdicts = NIGHTS[name], mornings[name].verdicts
    assert {*plan.failures, *plan.losses} == set(truth.SYSTEMS)
    for system, (_, streams) in plan.failures.items():
        for stream in streams:
            assert verdicts[system, stream] in ("failed", "incomplete")
        assert "complete" in {v for (where, _), v in verdicts.items() if where == system}
    assert not {system for system, _ in verdicts} & plan.losses.keys()


@BAD
def test_no_version_is_closed_that_was_not_looked_at(
    mornings: dict[str, Morning], name: str
) -> None:
    morning, last = mornings[name], before(mornings, name)[-1]
    closed = {row["history_id"] for row in last.history if row["valid_to"]}
    new = [row for row in morning.history if row["valid_to"] and row["history_id"] not in closed]
    for row in new:
        follows = row["ended_with"] == "what gives it has changed"
        stream = row["implied_stream"] if follows else row["given_stream"]
        assert morning.verdicts.get((row["source_id"], stream)) == "complete", row
    assert new
    is_open = {fact(row) for row in morning.history if row["valid_to"] is None}
    assert morning.access.keys() & {fact(row) for row in last.history if not row["valid_to"]} <= (
        is_open
    )


@BAD
def test_each_stream_has_the_state_that_its_runs_told(
    mornings: dict[str, Morning], name: str
) -> None:
    told: dict[Stream, list[str]] = {}
    for each in [*before(mornings, name), mornings[name]]:
        for stream, verdict in each.verdicts.items():
            told.setdefault(stream, []).append(verdict)
    wanted = {}
    for stream, verdicts in told.items():
        bad = "not current" if "complete" in verdicts else "never complete"
        wanted[stream] = verdicts[-1] if verdicts[-1] in GOOD else bad
    found = mornings[name].states
    assert {stream: found[stream] for stream in wanted} == wanted
    assert {state for stream, state in found.items() if stream not in wanted} <= {"not loaded"}
    assert {"complete", "not current"} <= set(wanted.values())


@BAD
def test_the_gate_is_as_set(mornings: dict[str, Morning], name: str) -> None:
    morning = mornings[name]
    failed = {each: how for each, how in morning.strict.items() if how not in ("success", "pass")}
    assert failed == {GATE: "fail"}
    assert morning.lenient[GATE] == "warn"
    bad = {stream for stream, state in morning.states.items() if state == "not current"}
    assert {(row["source_id"], row["stream"]) for row in morning.gaps} == bad
    for row in morning.gaps:
        line = f"{row['source_id']}.{row['stream']} is not current: {row['reason']}"
        assert line in morning.said


def test_without_a_gap_the_gate_lets_pass(mornings: dict[str, Morning]) -> None:
    for name in ("clean", "good"):
        assert (mornings[name].strict[GATE], mornings[name].gaps) == ("pass", [])
        assert "All streams are complete and current." in mornings[name].said


def test_a_good_night_tells_all_that_has_happened(mornings: dict[str, Morning]) -> None:
    first, *_, last = mornings.values()
    wanted = truth.changes(first.access, last.access)
    found = {
        kind: [fact(row) for row in last.changes if row["change"] == kind]
        for kind in ("granted", "revoked")
    }
    assert set(found["granted"]) == wanted.granted
    assert set(found["revoked"]) == wanted.revoked
    assert len(found["granted"]) == len(wanted.granted)
    assert len(found["revoked"]) == len(wanted.revoked)
    assert wanted.granted
    assert wanted.revoked


def test_each_change_is_between_the_looks_around_it(mornings: dict[str, Morning]) -> None:
    """It came after the last look at its stream before it, and no later than the next."""
    past = list(mornings.values())
    histories = {row["history_id"]: row for row in past[-1].history}
    for row in past[-1].changes:
        if row["change"] not in ("granted", "revoked"):
            continue
        happened = next(
            number
            for number in range(1, len(past))
            if (fact(row) in past[number].access) == (row["change"] == "granted")
        )
        version = histories[row["history_id"]]
        follows = row["cause"] == "what gives it has changed"
        stream = (row["source_id"], version["implied_stream" if follows else "given_stream"])
        looks = [each.looks[stream] for each in past[:happened] if stream in each.looks]
        later = [each.looks[stream] for each in past[happened:] if stream in each.looks]
        assert moment(row["after_at"]) == looks[-1] < past[happened].began, row
        assert past[happened].ended <= moment(row["noticed_at"]) <= later[0], row
