"""What dbt would make as it is: seeds, and the staging views of raw tables that look as they did.

A staging view follows from the columns of its raw table in each source, and from whether there are
`sync_runs` beside it; rows do not matter. So that of the many builds of a test only the first makes
a hundred views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from scripts.staging import TRANSFORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEEDS = frozenset(path.stem for path in (TRANSFORM / "seeds").glob("*.csv"))
SOURCES = yaml.safe_load((TRANSFORM / "dbt_project.yml").read_text())["vars"]["identity_sources"]

COLUMNS = """
select table_schema, table_name, column_name, data_type from information_schema.columns
where table_schema not in ('identity', 'identity_staging', 'information_schema', 'pg_catalog')
order by table_schema, table_name, column_name
"""

Columns = dict[str, dict[str, list[tuple[str, str]]]]


def raw_columns(rows: Iterable[Mapping[str, str]]) -> Columns:
    """Columns and their types, by schema and table."""
    found: Columns = {}
    for row in rows:
        table = found.setdefault(row["table_schema"], {}).setdefault(row["table_name"], [])
        table.append((row["column_name"], row["data_type"]))
    return found


def basis(name: str, columns: Columns, variables: Mapping[str, Any]) -> list[Any]:
    """What a seed or staging view follows from besides its text: nothing, if nothing is loaded."""
    system, _, stream = name.removeprefix("stg_").partition("__")
    return [
        (source, tables[stream], "sync_runs" in tables)
        for source in variables.get("identity_sources", SOURCES)
        if system in ("identity", source["system"])
        if stream in (tables := columns.get(source["schema"], {}))
    ]
