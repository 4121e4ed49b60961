"""Databases of both engines for the review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pytest

from access_review.settings import read_settings
from tests.review.reports import Report, make
from tests.review.small import SmallModel

if TYPE_CHECKING:
    from pathlib import Path

    from access_review.settings import Settings
    from sandbox.warehouse import Database

VARIABLES = ("DBT_TARGET", "DBT_SCHEMA", "DBT_PROFILES_DIR", "PGHOST", "PGUSER", "PGDATABASE")


def empty_duckdb(folder: Path) -> dict[str, str]:
    """The variables that name an empty DuckDB."""
    path = folder / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    return {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(path)}


def empty_postgres(database: Database) -> dict[str, str]:
    """The variables that name an empty PostgreSQL."""
    return {"TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url}


def use(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables, and no others that name a database."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["duckdb", "postgres"])
def environment(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables that name an empty database, set."""
    if request.param == "duckdb":
        variables = empty_duckdb(tmp_path)
    else:
        variables = empty_postgres(request.getfixturevalue("database"))
    use(variables, monkeypatch)
    return variables


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def shared_environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The variables that name an empty database for a module."""
    folder = tmp_path_factory.mktemp("shared")
    if request.param == "duckdb":
        return empty_duckdb(folder)
    return empty_postgres(request.getfixturevalue("warehouse").database(folder.name))


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


@dataclass(frozen=True)
class Reported:
    """A small access model, and the report of it."""

    model: SmallModel
    environment: dict[str, str]
    report: Report


def report_of(model: SmallModel, environment: dict[str, str], folder: Path) -> Reported:
    """A report of a model, written to an empty database."""
    model.write(read_settings(environment))
    with pytest.MonkeyPatch.context() as patch:
        use(environment, patch)
        return Reported(model, environment, make(folder / "out"))


@pytest.fixture(scope="module")
def reported(
    shared_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Reported:
    """A report for tests that only read it."""
    return report_of(SmallModel(), shared_environment, tmp_path_factory.mktemp("reported"))
