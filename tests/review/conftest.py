"""Databases of both engines for the review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from access_review.settings import read_settings
from tests.review.small import SmallModel

if TYPE_CHECKING:
    from pathlib import Path

    from access_review.settings import Settings

VARIABLES = ("DBT_TARGET", "DBT_SCHEMA", "DBT_PROFILES_DIR", "PGHOST", "PGUSER", "PGDATABASE")


@pytest.fixture(params=["duckdb", "postgres"])
def environment(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables that name an empty database, set."""
    if request.param == "duckdb":
        path = tmp_path / "warehouse.duckdb"
        duckdb.connect(str(path)).close()
        variables = {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(path)}
    else:
        database = request.getfixturevalue("database")
        variables = {"TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url}
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The empty database."""
    return read_settings(environment)


@pytest.fixture
def model(settings: Settings) -> SmallModel:
    """A small access model, written."""
    model = SmallModel()
    model.write(settings)
    return model
