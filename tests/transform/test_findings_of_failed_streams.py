"""A stream that was not read whole makes no finding that a stream which was would not make."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.closing import serving
from tests.transform.companies import everything
from tests.transform.staged import TABLES
from tests.transform.warehouses import TRANSFORM, DuckDB, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transform.warehouses import DbtServer

NOW = "2026-06-01 00:00:00"
FAULTS = {
    # The first run of the stream failed half-way.
    "failed": "'failed' as status, sync_id",
    # Other streams were read again since, and half of what is there now was not there then.
    "older": "status, '0' as sync_id",
}
Findings = set[tuple[str, str]]


@dataclass(frozen=True)
class Source:
    """A source with the rows of another, but of some streams only half of them.

    Attributes:
        broken: Of which streams.
    """

    tap: str
    fault: str
    number: int
    broken: frozenset[str]

    @property
    def id(self) -> str:
        return f"{self.tap.removeprefix('tap-')}-{self.fault}-{self.number}"

    def script(self, loaded: set[str]) -> Iterator[str]:
        """The SQL that makes it, from the tables of the other."""
        raw = self.tap.replace("-", "_")
        yield f'create schema "{self.id}";'
        for name in loaded - {"sync_runs"}:
            half = "where rowid % 2 = 0" if name in self.broken else ""
            yield f'create view "{self.id}"."{name}" as select * from {raw}."{name}" {half};'
        names = ", ".join(f"'{name}'" for name in sorted(self.broken))
        rest = f"* exclude (status, sync_id) from {raw}.sync_runs where stream"
        yield (
            f'create view "{self.id}".sync_runs as'
            f" select status, sync_id, {rest} not in ({names})"
            f" union all select {FAULTS[self.fault]}, {rest} in ({names});"
        )


def halves(streams: list[str]) -> Iterator[frozenset[str]]:
    """Sets of streams: of any two streams, one of them has the first and not the second."""
    for bit in range((len(streams) - 1).bit_length()):
        for value in (0, 1):
            yield frozenset(s for n, s in enumerate(streams) if (n >> bit) & 1 == value)


def compared(system: str) -> Iterator[frozenset[str]]:
    """Each stream of a system that another one is compared with."""
    with (TRANSFORM / "seeds" / "identity_control_evidence.csv").open() as file:
        needs = [row for row in csv.DictReader(file) if row["system"] == system]
    factors = {"user_mfa", "user_mfa_verifications", "user_auth_methods"}
    names = {row["stream"] for row in needs if row["compared_with"] or row["stream"] in factors}
    yield from (frozenset({name}) for name in sorted(names))


SOURCES = [
    Source(tap, fault, number, broken)
    for tap, tables in TABLES.items()
    for fault, sets in {
        "failed": halves([table.stream for table in tables if table.stream != "sync_runs"]),
        "older": compared(tap.removeprefix("tap-")),
    }.items()
    for number, broken in enumerate(sets)
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer) -> dict[str, Findings]:
    """What is found in each source, and in those with all rows."""
    from sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("failed")
    warehouse = DuckDB(folder, dbt_server, "text")
    with serving(Sandbox(everything(), zitadel_version=(5, 0))) as sandbox:
        warehouse.load_all(read_all(folder, sandbox))
    tables = warehouse.query("select table_schema, table_name from information_schema.tables")
    entries = [
        {
            "id": tap.removeprefix("tap-"),
            "system": tap.removeprefix("tap-"),
            "schema": tap.replace("-", "_"),
        }
        for tap in TABLES
    ]
    for source in SOURCES:
        raw = source.tap.replace("-", "_")
        loaded = {row["table_name"] for row in tables if row["table_schema"] == raw}
        warehouse.execute("".join(source.script(loaded)))
        system = source.tap.removeprefix("tap-")
        entries.append({"id": source.id, "system": system, "schema": source.id})
    warehouse.make("identity_findings", identity_sources=entries, identity_now=NOW)
    findings: dict[str, Findings] = {entry["id"]: set() for entry in entries}
    for row in warehouse.mart("identity_findings"):
        subject = row["subject"].replace(f"{row['source_id']}/", "")
        findings[row["source_id"]].add((row["control_id"], subject))
    return findings


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_found_that_is_not_so(found: dict[str, Findings], fault: str) -> None:
    invented = {
        source.id: more
        for source in SOURCES
        if source.fault == fault
        and (more := found[source.id] - found[source.tap.removeprefix("tap-")])
    }
    assert not invented
    assert all(found[each.id] for each in SOURCES if each.tap != "tap-rudderstack")
