"""A stream that was not read whole makes no finding that a stream which was would not make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.closing import serving
from tests.transform.companies import everything
from tests.transform.staged import TABLES
from tests.transform.warehouses import DuckDB, read_all

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

    Of any two streams there is one in which the first is whole and the second is not.

    Attributes:
        bit: Of which streams: those in whose place in the list of streams this bit is
        value: this.
    """

    tap: str
    fault: str
    bit: int
    value: int

    @property
    def id(self) -> str:
        return f"{self.tap.removeprefix('tap-')}-{self.fault}-{self.bit}-{self.value}"

    @property
    def broken(self) -> set[str]:
        """The streams of which it has half."""
        streams = [table.stream for table in TABLES[self.tap] if table.stream != "sync_runs"]
        return {name for n, name in enumerate(streams) if (n >> self.bit) & 1 == self.value}

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


SOURCES = [
    Source(tap, fault, bit, value)
    for tap, tables in TABLES.items()
    for fault in FAULTS
    for bit in range((len(tables) - 2).bit_length())
    for value in (0, 1)
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
