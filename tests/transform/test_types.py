"""Staging has the types of the streams' schemas, whatever types the loader chose."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB, Postgres, Warehouse

IDENTITIES = {"github": {"userId": "7"}}
NOON = datetime(2026, 1, 5, 12)


def staged(warehouse: Warehouse, script: str) -> dict[str, Any]:
    """The one user that a script loads, as staging has it."""
    warehouse.execute(f"create schema tap_logto; {script}")
    warehouse.make("stg_logto__users")
    [row] = warehouse.staged("stg_logto__users")["stg_logto__users"]
    return row


def test_postgres(postgres: Postgres) -> None:
    name = postgres.database.query("select current_database() as name")[0]["name"]
    postgres.execute(f"alter database {name} set timezone to 'America/New_York'")
    row = staged(
        postgres,
        """
        create table tap_logto.users (
            id varchar(21), identities text, custom_data json, profile jsonb,
            created_at timestamptz, updated_at text, last_sign_in_at timestamp,
            is_suspended text, _sync_id text
        );
        insert into tap_logto.users values (
            'u', '{"github": {"userId": "7"}}', '{"a": [1]}', '{"b": null}',
            '2026-01-05 14:00:00+02', '2026-01-05T12:00:00.000000Z', '2026-01-05 12:00:00',
            'false', 's'
        );
        """,
    )
    assert row["identities"] == IDENTITIES
    assert (row["custom_data"], row["profile"]) == ({"a": [1]}, {"b": None})
    assert row["created_at"] == row["updated_at"] == row["last_sign_in_at"] == NOON
    assert row["is_suspended"] is False
    assert row["sync_id"] == "s"


def test_duckdb(duckdb: DuckDB) -> None:
    row = staged(
        duckdb,
        """
        set timezone = 'America/New_York';
        create table tap_logto.users as select
            'u' as id,
            {'github': {'userId': '7'}} as identities,
            json('{"a": [1]}') as custom_data,
            map {'b': 1} as profile,
            cast('2026-01-05 14:00:00+02' as timestamptz) as created_at,
            '2026-01-05T14:00:00.000000+02:00' as updated_at,
            timestamp '2026-01-05 12:00:00' as last_sign_in_at,
            'false' as is_suspended,
            's' as _sync_id;
        """,
    )
    assert json.loads(row["identities"]) == IDENTITIES
    assert json.loads(row["custom_data"]) == {"a": [1]}
    assert json.loads(row["profile"]) == {"b": 1}
    assert row["created_at"] == row["updated_at"] == row["last_sign_in_at"] == str(NOON)
    assert row["is_suspended"] is False
    assert row["sync_id"] == "s"


def test_json_arrays_have_the_functions_of_postgresql(duckdb: DuckDB) -> None:
    """The questions of the documentation use them; dbt makes what the engine lacks."""
    duckdb.build("--select", "stg_identity__sync_runs")
    array = """cast('["b", "a"]' as json)"""
    (rows,) = duckdb.queries(
        f"select identity_staging.jsonb_array_length({array}) as length, "
        f"identity_staging.jsonb_array_elements_text({array}) as element"
    )
    assert rows == [{"length": 2, "element": "b"}, {"length": 2, "element": "a"}]
