"""No control is passed unless all that it needs was read, completely and lately."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.transform.conftest import copied
from tests.transform.warehouses import TRANSFORM, DuckDB, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Statuses = dict[tuple[str, str], Row]

NOW = "2026-01-10 12:00:00"
FRESH, OLD = "2026-01-10 11:00", "2026-01-08 11:00"
FAULTS = {
    "missing": (),
    "skipped": ((FRESH, "skipped"),),
    "unsupported": ((FRESH, "unsupported"),),
    "stale": ((OLD, "complete"),),
    "failed": ((OLD, "complete"), (FRESH, "failed")),
    "never complete": ((FRESH, "failed"),),
}
"""What the runs of a stream say, by what is wrong with it."""
ANSWERS = {
    "missing": ("not read", "unknown"),
    "skipped": ("not read", "unknown"),
    "unsupported": ("cannot tell", "cannot tell"),
    "stale": ("stale", "not current"),
    "failed": ("not current", "not current"),
    "never complete": ("not read", "unknown"),
}
"""What a control says then, of evidence and status."""
LEAVERS = "leaver-with-access"


def seed(name: str) -> list[dict[str, str]]:
    with (TRANSFORM / "seeds" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


NEEDS = seed("identity_control_evidence")
CONTROLS = [row["control_id"] for row in seed("identity_controls")]
SYSTEMS = sorted({row["system"] for row in NEEDS})
STREAMS = sorted((row["system"], row["stream"]) for row in seed("identity_streams"))
NEEDED = [each for each in STREAMS if any((n["system"], n["stream"]) == each for n in NEEDS)]


@dataclass(frozen=True)
class Source:
    """A source of which all streams are read, but perhaps one."""

    system: str
    stream: str = ""
    fault: str = ""

    @property
    def id(self) -> str:
        return "-".join((self.system, self.stream, self.fault)).replace(" ", "_").strip("-")

    @property
    def runs(self) -> Iterator[str]:
        """The rows of `sync_runs`."""
        for system, stream in STREAMS:
            if system == self.system:
                faulty = stream == self.stream
                told = FAULTS[self.fault] if faulty else ((FRESH, "complete"),)
                for ended_at, status in told:
                    yield f"('{ended_at}', '{stream}', '{ended_at}', 'full', '{status}')"

    @property
    def script(self) -> str:
        """The SQL that makes it."""
        table = f'"{self.id}".sync_runs'
        columns = (
            "sync_id varchar, stream varchar, ended_at timestamp, mode varchar, status varchar"
        )
        return (
            f'create schema "{self.id}"; create table {table} ({columns});'
            f"insert into {table} values {', '.join(self.runs)};"
        )

    @property
    def entry(self) -> dict[str, str]:
        """What `identity_sources` says of it."""
        return {"id": self.id, "system": self.system, "schema": self.id}


def statuses(warehouse: DuckDB, sources: Iterable[Source]) -> Statuses:
    """Of each control and source, what is said."""
    sources = list(sources)
    warehouse.execute("".join(source.script for source in sources))
    warehouse.make(
        "identity_control_status",
        identity_sources=[source.entry for source in sources],
        identity_now=NOW,
        internal_domains=["example.com"],
    )
    rows = warehouse.mart("identity_control_status")
    found = {(row["control_id"], row["source_id"]): row for row in rows}
    assert len(found) == len(rows) == len(CONTROLS) * len(sources)
    return found


HEALTHY = [Source(system) for system in SYSTEMS]
FAULTY = [Source(system, stream, fault) for system, stream in NEEDED for fault in FAULTS]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, staged_duckdb: DuckDB) -> Statuses:
    """Each needed stream in each fault, in a source of its own."""
    warehouse = copied(staged_duckdb, tmp_path_factory.mktemp("faulty"))
    return statuses(warehouse, [*HEALTHY, *FAULTY])


def needs(control: str, system: str) -> list[dict[str, str]]:
    return [row for row in NEEDS if row["control_id"] == control and row["system"] == system]


def untold(control: str, system: str) -> tuple[str, str] | None:
    """Evidence and reason, of a question that no stream of a system answers."""
    if control == "toxic-combination":
        return "not applicable", "identity_toxic_pairs"
    row = needs(control, system)[0]
    if row["stream"]:
        return None
    if row["cannot_tell_reason"]:
        return "cannot tell", row["cannot_tell_reason"]
    return "not applicable", row["not_applicable_reason"]


def expected(control: str, source: Source) -> tuple[str, str]:
    """Evidence and status where nothing was found."""
    if told := untold(control, source.system):
        return told[0], told[0]
    row = next((r for r in needs(control, source.system) if r["stream"] == source.stream), None)
    is_none = source.fault == "unsupported" and row and row["none_if_unsupported"] == "true"
    return ("complete", "passed") if not row or is_none else ANSWERS[source.fault]


@pytest.mark.parametrize("control", [each for each in CONTROLS if each != LEAVERS])
def test_a_stream_that_is_needed_decides(faulty: Statuses, control: str) -> None:
    for source in (*HEALTHY, *FAULTY):
        row = faulty[control, source.id]
        assert (row["evidence"], row["status"]) == expected(control, source), source
        assert bool(row["reason"]) == (row["evidence"] != "complete"), source
        if told := untold(control, source.system):
            assert told[1] in row["reason"]
        elif row["evidence"] != "complete":
            assert row["reason"].startswith(f"{source.stream}: ")
        assert row["findings"] == row["undecided"] == 0


def test_as_of_is_that_of_the_oldest_stream(faulty: Statuses) -> None:
    times = {
        fault: faulty["no-mfa", Source("logto", "users", fault).id]["as_of"] for fault in FAULTS
    }
    assert {fault for fault, as_of in times.items() if as_of is None} == {
        "missing", "skipped", "unsupported", "never complete",
    }  # fmt: skip
    assert {as_of for as_of in times.values() if as_of} == {f"{OLD}:00"}
    assert faulty["no-mfa", "logto"]["as_of"] == f"{FRESH}:00"


def test_leavers_are_known_only_if_all_sources_are(faulty: Statuses, duckdb: DuckDB) -> None:
    assert {faulty[LEAVERS, each.id]["status"] for each in (*HEALTHY, *FAULTY)} <= {
        "unknown", "cannot tell",
    }  # fmt: skip
    others = [Source("zitadel"), Source("logto")]
    found = statuses(duckdb, [*others, Source("kinde", "users", "stale")])
    assert found[LEAVERS, "zitadel"]["status"] == "not current"
    assert found[LEAVERS, "zitadel"]["reason"].startswith("kinde-users-stale.users: last read ")


def test_leavers_are_known(duckdb: DuckDB) -> None:
    found = statuses(duckdb, HEALTHY)
    assert {found[LEAVERS, each.id]["status"] for each in HEALTHY} == {"passed"}


def test_one_source_alone_knows_no_leavers(duckdb: DuckDB) -> None:
    row = statuses(duckdb, [Source("logto")])[LEAVERS, "logto"]
    assert row["status"] == "cannot tell"
    assert "employees_relation" in row["reason"]


def test_each_control_says_what_it_needs_of_each_system() -> None:
    assert {(row["control_id"], row["system"]) for row in NEEDS} == {
        (control, system) for control in CONTROLS for system in SYSTEMS
    }
    for row in NEEDS:
        told = [row["stream"], row["cannot_tell_reason"], row["not_applicable_reason"]]
        assert sum(map(bool, told)) == 1, row
        assert not row["stream"] or (row["system"], row["stream"]) in STREAMS, row
        assert not row["compared_with"] or (row["system"], row["compared_with"]) in STREAMS, row
