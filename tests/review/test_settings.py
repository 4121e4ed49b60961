"""What names the database, and what is said if it cannot be used."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest

from access_review.cli import main
from access_review.errors import ReviewError
from access_review.settings import Settings, read_settings
from access_review.warehouse import connect
from tests.review.reports import make
from tests.review.small import TRANSFORM, SmallModel

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.warehouse import Database

SECRET = "hunter2-never-shown"
URL = f"postgresql+psycopg://olga:{SECRET}@db.invalid:6543/access?sslmode=require"


def test_the_environment() -> None:
    settings = read_settings({"TARGET_POSTGRES_SQLALCHEMY_URL": URL, "PGUSER": "reader"})
    assert settings.parameters == {
        "host": "db.invalid", "port": "6543", "user": "reader", "dbname": "access",
        "password": SECRET, "sslmode": "require",
    }  # fmt: skip
    assert (settings.schema, settings.review_schema) == ("identity", "identity_review")
    assert SECRET not in repr(settings)
    assert read_settings({"PGHOST": "x", "DBT_SCHEMA": "one"}).schema == "one"
    assert read_settings({"DBT_DUCKDB_PATH": "w.duckdb"}).engine == "duckdb"


def test_a_dbt_profile() -> None:
    given = {"TARGET_POSTGRES_SQLALCHEMY_URL": URL, "DBT_PROFILES_DIR": str(TRANSFORM)}
    assert read_settings({**given, "PGUSER": "reader"}).parameters == {
        "host": "db.invalid", "port": "6543", "user": "reader", "dbname": "access",
        "password": SECRET, "sslmode": "require",
    }  # fmt: skip
    duckdb = {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": "w.duckdb", "DBT_SCHEMA": "one"}
    assert read_settings(duckdb, TRANSFORM) == Settings("duckdb", {"path": "w.duckdb"}, "one")


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text(
        "mine: {target: prod, outputs: {prod: {type: postgres, host: h, user: u, pass: "
        "\"{{ env_var('DB_PASSWORD') }}\", port: 5432, dbname: d, schema: s, threads: 4}}}"
    )
    settings = read_settings({"DB_PASSWORD": SECRET}, tmp_path, "mine")
    assert settings.parameters == {
        "host": "h", "port": "5432", "user": "u", "password": SECRET, "dbname": "d",
    }  # fmt: skip
    with pytest.raises(ReviewError, match="needs the variable DB_PASSWORD"):
        read_settings({}, tmp_path, "mine")


def test_nothing_names_a_database() -> None:
    with pytest.raises(ReviewError, match="No database is named"):
        read_settings({})


PROFILES = {
    "Cannot read the dbt profile": None,
    "is not YAML": "a: [",
    "has no profile 'identity_access'": "other: {}",
    "has no target 'default'": "identity_access: {outputs: {dev: {type: duckdb, path: x}}}",
    "is neither a PostgreSQL nor a DuckDB": "identity_access: {outputs: {default: {type: hive}}}",
    "cannot be read": "identity_access: {outputs: {default: {type: '{{ nothing }}'}}}",
}


@pytest.mark.parametrize("told", PROFILES)
def test_a_profile_that_cannot_be_used(told: str, tmp_path: Path) -> None:
    if (text := PROFILES[told]) is not None:
        (tmp_path / "profiles.yml").write_text(text)
    with pytest.raises(ReviewError, match=told):
        read_settings({}, tmp_path)


def failure(folder: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command says when it fails; it leaves nothing."""
    monkeypatch.setattr("os.environ", environment)
    with contextlib.redirect_stderr(io.StringIO()) as told:
        assert main(["--out", str(folder / "out")]) == 1
    assert not (folder / "out").exists()
    assert told.getvalue().count("\n") == 1
    assert "Traceback" not in told.getvalue()
    return told.getvalue()


def test_a_database_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://olga:{SECRET}@127.0.0.1:1/access"
    told = failure(tmp_path, {"TARGET_POSTGRES_SQLALCHEMY_URL": url}, monkeypatch)
    assert "Cannot connect to PostgreSQL: nothing answers there" in told
    assert not [each for each in (SECRET, "olga", "127.0.0.1") if each in told]


@pytest.mark.parametrize("url", [f"postgresql://olga:{SECRET}@[::1/x", f"mysql://u:{SECRET}@h/d"])
def test_a_url_that_is_none(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = failure(tmp_path, {"TARGET_POSTGRES_SQLALCHEMY_URL": url}, monkeypatch)
    assert "is no URL of PostgreSQL" in told
    assert SECRET not in told


def test_a_database_or_user_that_is_not_there(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"TARGET_POSTGRES_SQLALCHEMY_URL": database.sqlalchemy_url}
    told = failure(tmp_path, {**given, "PGDATABASE": "atlantis"}, monkeypatch)
    assert "it has no such database" in told
    assert "atlantis" not in told
    assert "no such user" in failure(tmp_path, {**given, "PGUSER": "olga"}, monkeypatch)


def test_a_duckdb_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    given = {"DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(path)}
    assert "There is no DuckDB database" in failure(tmp_path, given, monkeypatch)
    assert not path.exists()
    path.write_text("something else")
    assert "it is not a database of DuckDB" in failure(tmp_path, given, monkeypatch)


def test_no_model(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = failure(tmp_path, environment, monkeypatch)
    assert "The schema 'identity' lacks identity_access_changes" in told
    assert "dbt build" in told


def test_a_source_that_is_not_there(
    model: SmallModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(tmp_path / "out"), "--source", "okta"]) == 1
    told = capsys.readouterr().err
    assert "no source 'okta'; the access model has kinde, logto, zitadel" in told


def test_no_folder(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "--out DIR" in capsys.readouterr().err


def test_a_schema_of_another_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_SCHEMA", "access_eu")
    SmallModel().write(Settings(settings.engine, settings.parameters, "access_eu"))
    assert len(make(tmp_path / "out").table("findings")) == 6


def test_a_report_cannot_write(model: SmallModel, settings: Settings) -> None:
    with connect(settings) as warehouse, pytest.raises(Exception, match="read-only"):
        warehouse.execute("delete from identity_findings")
