"""Staging views as one plain SQL script for each engine, for warehouses without dbt."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from scripts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.staging import RawTable

JSON = {"postgres": "to_jsonb({})", "duckdb": "cast({} as json)"}
"""How each engine makes JSON of what loaders make of arrays and objects."""

HEADER = """\
-- generated (make docs)
-- Staging views: the rows of each stream that are there now. They are those of the dbt project for
-- tables that a loader for Singer (such as target-postgres) keeps up to date by their keys.
--
-- Change what does not suit: tap_kinde, tap_logto, tap_rudderstack and tap_zitadel are the schemas
-- that the taps load into, identity_staging is where the views go. Each statement stands alone:
-- that of a stream that is not loaded fails, and the others do not need it.

create schema if not exists identity_staging;
"""

LIVE = """
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from {schema}.sync_runs
    where stream = '{stream}' and status = 'complete' and mode = 'full'
), '')"""


def staging_sql(engine: str, tables: Iterable[RawTable], sync_runs: RawTable) -> str:
    """The script of an engine."""
    views = functions(engine)
    systems: list[str] = []
    for table in tables:
        if table.system and table.system not in systems:
            systems.append(table.system)
            views.append(view(engine, replace(sync_runs, system=table.system)))
        views.append(view(engine, table))
    return "\n".join([HEADER, *views])


def functions(engine: str) -> list[str]:
    """What an engine needs for the questions of the docs, as the dbt project has it."""
    path = ROOT / "transform" / "macros" / "json_functions.sql"
    macro = path.read_text().partition(f"macro {engine}__json_functions")[2]
    created = re.findall(r"^create .*;$", macro, re.MULTILINE)
    text = "".join(f"{each}\n" for each in created)
    return [text.replace("{{ schema }}", "identity_staging")] if created else []


def view(engine: str, table: RawTable) -> str:
    """The view of a stream."""
    schema = f"tap_{table.system}"
    selected = {name: f'r."{name}"' for name in table.columns}
    selected["source_id"] = f"'{table.system}'"
    for name, spec in table.columns.items():
        if spec["data_type"] == "json":
            selected[name] = JSON[engine].format(f'r."{name}"')
    if "sync_id" not in table.own:
        selected["sync_id"] = 'r."_sync_id"'
    columns = ",\n".join(f'    {value} as "{name}"' for name, value in selected.items())
    return (
        f"create or replace view identity_staging.{table.model} as\nselect\n{columns}\n"
        f'from {schema}."{table.stream}" as r{live(schema, table)};\n'
    )


def live(schema: str, table: RawTable) -> str:
    """The condition that a row is there now, for streams of which runs see all rows."""
    if table.is_incremental:
        return ""
    return LIVE.format(schema=schema, stream=table.stream)
