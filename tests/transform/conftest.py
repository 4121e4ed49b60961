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
def duckdb(tmp_path: Path, dbt_server: DbtServer) -> DuckDB:
    """An empty DuckDB, for what does not depend on the engine."""
    return DuckDB(tmp_path, dbt_server, "text")


@pytest.fixture(scope="module", params=["postgres", "lists", "text", "append"])
def any_warehouse(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    dbt_server: DbtServer,
    warehouse: WatchedWarehouse,
) -> Warehouse:
    """An empty PostgreSQL, and a DuckDB for each shape that loaders make of arrays."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param != "postgres":
        return DuckDB(folder, dbt_server, request.param)
    return fresh_postgres(folder, dbt_server, warehouse)


@pytest.fixture
def postgres(tmp_path: Path, dbt_server: DbtServer, warehouse: WatchedWarehouse) -> Postgres:
    """An empty PostgreSQL."""
    return fresh_postgres(tmp_path, dbt_server, warehouse)


def fresh_postgres(folder: Path, server: DbtServer, warehouse: WatchedWarehouse) -> Postgres:
    """An empty database, always by the same name, so that dbt need not parse anew."""
    warehouse.database().query("drop database if exists transform with (force)")
    return Postgres(folder, server, warehouse.database("transform"))
