"""What staging must hold: what the taps sent, as values that do not depend on the warehouse."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from scripts.staging import RawTable, raw_tables
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.running import Run

TABLES = {tap: tuple(raw_tables(TAPS[tap])) for tap in TAPS}
Row = dict[str, Any]


def live(table: RawTable, runs: Sequence[Run]) -> dict[tuple[Any, ...], Row]:
    """The live rows of a stream after some complete runs, by key: the last run's, unless
    each run sees only what is new.
    """
    seen = runs if table.is_incremental else runs[-1:]
    records = [record for run in seen for record in run.records(table.stream)]
    return by_key(table, ({**each, "sync_id": each.get("_sync_id")} for each in records))


def by_key(table: RawTable, rows: Iterable[Mapping[str, Any]]) -> dict[tuple[Any, ...], Row]:
    """Rows by their key, with values that can be compared."""
    kinds = {name: spec["data_type"] for name, spec in table.columns.items() if name != "source_id"}
    return {
        tuple(row[each] for each in table.key): {
            name: plain(row.get(name), kind) for name, kind in kinds.items()
        }
        for row in rows
    }


def plain(value: Any, kind: str) -> Any:
    """A value as text of one form for times, and JSON without what is null."""
    if value is None:
        return None
    if kind == "timestamp":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).isoformat()
    if kind == "json":
        return without_nulls(json.loads(value) if isinstance(value, str) else value)
    return value


def without_nulls(value: Any) -> Any:
    """JSON without the fields that are null: a struct has all fields of its type."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def assert_live(staged: Mapping[str, Sequence[Row]], runs: Mapping[str, Sequence[Run]]) -> None:
    """Staging models hold the live rows, and nothing else."""
    for tap, tables in TABLES.items():
        for table in tables:
            rows = staged[table.model]
            found = by_key(table, rows)
            assert found == live(table, runs[tap]), table.model
            assert len(found) == len(rows), table.model
            assert {row["source_id"] for row in rows} <= {table.system}
