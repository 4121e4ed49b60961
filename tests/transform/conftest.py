"""Warehouses to transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.transform.warehouses import DuckDB, Postgres, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.warehouses import DbtServer
    from tests.watched import WatchedWarehouse


@pytest.fixture
def postgres(tmp_path: Path, dbt_server: DbtServer, warehouse: WatchedWarehouse) -> Postgres:
    """An empty PostgreSQL, always by the same name, so that dbt need not parse anew."""
    warehouse.database().query("drop database if exists transform with (force)")
    return Postgres(tmp_path, dbt_server, warehouse.database("transform"))


@pytest.fixture
def duckdb(tmp_path: Path, dbt_server: DbtServer) -> DuckDB:
    """An empty DuckDB, for what does not depend on the engine."""
    return DuckDB(tmp_path, dbt_server, "text")


@pytest.fixture(params=["postgres", "duckdb lists", "duckdb text", "duckdb append"])
def any_warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """An empty warehouse of each engine, and of each shape that loaders make of arrays."""
    engine, _, shape = request.param.partition(" ")
    found: Warehouse = request.getfixturevalue(engine)
    return DuckDB(found.folder, found.server, shape) if shape else found
