"""Each stream of the taps is read for the model, or listed as context with a reason."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.transform.staged import TABLES
from tests.transform.warehouses import TRANSFORM, DuckDB

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.warehouses import DbtServer

MAPPING = TRANSFORM / "seeds" / "identity_stream_mapping.csv"
CONTEXT = "context"


@pytest.fixture(scope="module")
def mapping() -> dict[str, dict[str, str]]:
    """What is said of each stream, by the name of its staging model."""
    with MAPPING.open() as file:
        rows = list(csv.DictReader(file))
    found = {f"stg_{row['system']}__{row['stream']}": row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer) -> dict[str, set[str]]:
    """By staging model: the tables of the model whose SQL reads it, as dbt understands it."""
    folder: Path = tmp_path_factory.mktemp("mapping")
    done = DuckDB(folder, dbt_server, "text").dbt(
        "ls", "--resource-type", "model", "--output", "json",
        "--output-keys", "unique_id", "name", "config", "depends_on",
    )  # fmt: skip
    assert done.succeeded, done.log
    lines = [json.loads(line) for line in done.log.splitlines() if line.startswith("{")]
    nodes = {line["unique_id"]: line for line in lines}
    found: dict[str, set[str]] = {}
    for node in nodes.values():
        if node["name"].startswith(("identity_", "review_")):
            for name in staging_of(node, nodes):
                found.setdefault(name, set()).add(node["name"])
    return found


def staging_of(node: dict[str, Any], nodes: dict[str, Any]) -> set[str]:
    """The staging models that a model reads, also through models that are parts of its SQL."""
    found = set()
    for parent in (nodes[key] for key in node["depends_on"]["nodes"] if key in nodes):
        if parent["name"].startswith("stg_"):
            found.add(parent["name"])
        elif parent["config"]["materialized"] == "ephemeral":
            found |= staging_of(parent, nodes)
    return found


def test_each_stream_is_mapped(mapping: dict[str, dict[str, str]]) -> None:
    streams = {
        table.model for tables in TABLES.values() for table in tables if table.stream != "sync_runs"
    }
    assert set(mapping) == streams


def test_context_has_a_reason(mapping: dict[str, dict[str, str]]) -> None:
    for model, row in mapping.items():
        assert bool(row["reason"]) == (row["used_by"] == CONTEXT), model
        assert row["used_by"], model


def test_a_stream_is_read_by_what_is_said(
    mapping: dict[str, dict[str, str]], readers: dict[str, set[str]]
) -> None:
    told = {
        model: set(row["used_by"].split())
        for model, row in mapping.items()
        if row["used_by"] != CONTEXT
    }
    readers.pop("stg_identity__sync_runs")
    assert told == readers
