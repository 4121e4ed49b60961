"""The parts of `transform/` that follow from the taps: staging models, and the list of streams."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from scripts import ROOT
from scripts.staging_sql import JSON, staging_sql
from scripts.streams import is_incremental, kind, properties, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from identity_sdk.singer.tap import IdentityTap

TRANSFORM = ROOT / "transform"
STAGING = TRANSFORM / "models" / "staging"
TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "array": "json",
    "object": "json",
}
ADDED = {
    "source_id": {
        "data_type": "text",
        "description": "The source that the row is from, as `identity_sources` names it.",
    },
    "sync_id": {
        "data_type": "text",
        "description": "Id of the run that returned the row last; sorts by time.",
    },
}


@dataclass(frozen=True)
class RawTable:
    """A raw table, as a loader makes it from a stream.

    Attributes:
        system: The vendor; None for a table that every tap has.
        is_incremental: Whether it is only ever read from a bookmark on.
        own: Columns that staging would add, and that the stream has itself.
    """

    system: str | None
    stream: str
    package: str
    key: tuple[str, ...]
    description: str
    is_incremental: bool = False
    is_opt_in: bool = False
    own: frozenset[str] = frozenset()

    @property
    def model(self) -> str:
        return f"stg_{self.system or 'identity'}__{self.stream}"

    @property
    def key_of_model(self) -> list[str]:
        return ["source_id", *self.key]

    @cached_property
    def columns(self) -> dict[str, dict[str, str]]:
        """Type and description of each column of the model.

        Raises:
            ValueError: The stream has a column that staging adds.
        """
        found = {
            name: {"data_type": TYPES[kind(spec)], "description": spec["description"]}
            for name, spec in properties(self.package, self.stream).items()
        }
        added = {name: ADDED[name] for name in ADDED if name not in self.own}
        if both := found.keys() & added.keys():
            raise ValueError(f"{self.model}: staging adds columns that the stream has: {both}")
        return {"source_id": added.pop("source_id"), **found, **added}


SYNC_RUNS = RawTable(
    None,
    "sync_runs",
    "identity_sdk/singer",
    ("sync_id", "stream"),
    "One row is what one run read of one stream, and how completely.",
    is_incremental=True,
    own=frozenset({"sync_id"}),
)


def raw_tables(tap: type[IdentityTap]) -> Iterator[RawTable]:
    """The tables that a tap's streams become, without `sync_runs`."""
    package = tap.name.replace("-", "_")
    for stream in tap.stream_types:
        incremental = is_incremental(stream)
        rows = "" if incremental else " Only rows that are there now."
        yield RawTable(
            package.removeprefix("tap_"),
            stream.name,
            package,
            tuple(stream.primary_keys),
            f"One row is {sentence(stream)}.{rows}",
            is_incremental=incremental,
            is_opt_in=stream.opt_in,
        )


def files(taps: Iterable[type[IdentityTap]]) -> dict[Path, str]:
    """Every generated file of `transform/`, as it should be."""
    tables = [table for tap in taps for table in raw_tables(tap)]
    folders: dict[str, list[RawTable]] = {"identity": [SYNC_RUNS]}
    for table in tables:
        folders.setdefault(table.system or "", []).append(table)
    found = {TRANSFORM / "seeds" / "identity_streams.csv": list_of_streams(tables)}
    for engine in JSON:
        path = TRANSFORM / "sql" / f"staging_{engine}.sql"
        found[path] = staging_sql(engine, tables, SYNC_RUNS)
    for folder, members in folders.items():
        found[STAGING / folder / f"_stg_{folder}.yml"] = model_properties(members)
        for table in members:
            found[STAGING / folder / f"{table.model}.sql"] = model_sql(table)
    return found


def leftovers(wanted: Iterable[Path]) -> set[Path]:
    """Files of streams that are no more."""
    return {path for path in STAGING.rglob("*.*") if path.is_file()} - set(wanted)


def model_sql(table: RawTable) -> str:
    """A staging model: its columns are those of its properties."""
    arguments = [repr(table.system) if table.system else "none", repr(table.stream)]
    arguments.append(f"key={list(table.key)}")
    arguments += ["is_incremental=true"] if table.is_incremental else []
    return f"{{{{ identity_access.staging({', '.join(arguments)}) }}}}\n"


def model_properties(tables: Iterable[RawTable]) -> str:
    """Descriptions, types and the test of the key of staging models."""
    models = [
        {
            "name": table.model,
            "description": table.description,
            "data_tests": [{"one_row_per": {"arguments": {"columns": table.key_of_model}}}],
            "columns": [{"name": name, **spec} for name, spec in table.columns.items()],
        }
        for table in tables
    ]
    text: str = yaml.safe_dump(
        {"version": 2, "models": models}, sort_keys=False, allow_unicode=True, width=100
    )
    return f"# generated (make docs)\n{text}"


def list_of_streams(tables: Iterable[RawTable]) -> str:
    """The streams that each system has, as a seed."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["system", "stream", "is_opt_in", "is_incremental"])
    for table in tables:
        flags: list[Any] = [str(flag).lower() for flag in (table.is_opt_in, table.is_incremental)]
        writer.writerow([table.system, table.stream, *flags])
    return output.getvalue()
