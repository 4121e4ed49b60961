"""Warehouses to transform."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.transform.warehouses import DuckDB, Postgres, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.warehouses import DbtServer
    from tests.watched import WatchedWarehouse


@pytest.fixture
def empty_duckdb(tmp_path: Path, dbt_server: DbtServer) -> DuckDB:
    """A DuckDB in which there is nothing."""
    return DuckDB(tmp_path, dbt_server, "text")


@pytest.fixture(scope="session")
def staged_duckdb(tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer) -> DuckDB:
    """A DuckDB in which nothing is loaded, with the seeds and the staging views of that."""
    warehouse = DuckDB(tmp_path_factory.mktemp("staged"), dbt_server, "text")
    warehouse.make("path:models/staging", "resource_type:seed")
    warehouse.execute("checkpoint")  # so that all of it is in one file
    return warehouse


@pytest.fixture
def duckdb(tmp_path: Path, staged_duckdb: DuckDB) -> DuckDB:
    """A copy of it, for what does not depend on the engine."""
    return copied(staged_duckdb, tmp_path)


def copied(warehouse: DuckDB, folder: Path) -> DuckDB:
    """A copy of a DuckDB in another folder."""
    shutil.copy(warehouse.path, folder)
    return replace(warehouse, folder=folder, standing={**warehouse.standing})


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
