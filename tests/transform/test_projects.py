"""The project as people run it: through Meltano, and as a package of a project of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.running import ROOT
from tests.transform.warehouses import TRANSFORM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Project
    from tests.transform.warehouses import DuckDB


def test_meltano_builds_what_it_has_loaded(project: Project, tmp_path: Path) -> None:
    done = project.meltano(
        "run", "tap-rudderstack", "target-postgres", "dbt:build",
        DBT_PROJECT_DIR=str(TRANSFORM), DBT_PROFILES_DIR=str(TRANSFORM),
        DBT_TARGET_PATH=str(tmp_path / "target"), DBT_LOG_PATH=str(tmp_path / "logs"),
        DBT_EXCLUDE_RESOURCE_TYPES="test",  # which the demo runs in this way
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    states = project.database.query(
        "select state, count(*) from identity.identity_stream_status where system = 'rudderstack'"
        " group by state"
    )
    assert states == [{"state": "complete", "count": 5}]
    utility = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["utilities"][0]
    values = {each["name"]: each.get("value") for each in utility["settings"]}
    assert values["project_dir"] == values["profiles_dir"] == "$MELTANO_PROJECT_ROOT/transform"


FOLDER = {"local": str(TRANSFORM)}
REPOSITORY = {
    "git": ROOT.as_uri(),
    "subdirectory": "transform",
    "revision": "HEAD",
    "warn-unpinned": False,
}


@pytest.mark.parametrize(
    "package",
    [
        FOLDER,
        pytest.param(
            REPOSITORY,
            marks=pytest.mark.skipif(
                not (ROOT / ".git").exists(), reason="this is no clone of the repository"
            ),
        ),
    ],
    ids=["folder", "git"],
)
def test_it_is_a_package_of_a_project(
    empty_duckdb: DuckDB, tmp_path: Path, package: dict[str, object]
) -> None:
    project = tmp_path / "theirs"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(
        json.dumps(
            {
                "name": "theirs",
                "profile": "identity_access",
                "models": {"identity_access": {"staging": {"+schema": "raw_views"}}},
                "seeds": {"identity_access": {"identity_privileged": {"+enabled": False}}},
                "vars": {
                    "identity_sources": [{"id": "eu", "system": "logto", "schema": "logto_eu"}]
                },
            }
        )
    )
    (project / "packages.yml").write_text(json.dumps({"packages": [package]}))
    (project / "models" / "theirs.sql").write_text(
        "select source_id, name from {{ ref('stg_logto__roles') }}"
    )
    (project / "seeds").mkdir()
    (project / "seeds" / "identity_privileged.csv").write_text(
        "system,entitlement_type,pattern,reason\n,role,adm%,is said to be theirs\n"
    )
    empty_duckdb.execute("""
        create schema logto_eu;
        create table logto_eu.roles (id varchar, name varchar);
        insert into logto_eu.roles values ('r1', 'admin');
    """)
    looked_at = [
        "--exclude-resource-type", "test", "--select", "+theirs", "+identity_entitlements",
    ]  # fmt: skip
    # As a folder it is built as a whole, with its tests.
    for command in (["deps"], ["build", *(looked_at if package is REPOSITORY else [])]):
        done = empty_duckdb.dbt(*command, project=project)
        assert done.succeeded, done.log
    assert empty_duckdb.mart("theirs") == [{"source_id": "eu", "name": "admin"}]
    entitlements = empty_duckdb.mart("identity_entitlements")
    reasons = {row["entitlement_key"]: row["privileged_reason"] for row in entitlements}
    assert reasons == {"admin": "is said to be theirs", "member": None}
    views = empty_duckdb.query("select count(*) as n from identity_raw_views.stg_logto__roles")
    assert views == [{"n": 1}]


URL = "postgresql+psycopg://"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            f"{URL}ada:p%40s%C3%A9@db.example:5433/wh?sslmode=require",
            {"host": "db.example", "port": 5433, "user": "ada", "password": "p@sé", "dbname": "wh",
             "sslmode": "require"},
        ),
        (
            f"{URL}ada@db.example/wh",
            {"host": "db.example", "port": 5432, "user": "ada", "password": "", "dbname": "wh"},
        ),
        (
            f"{URL}postgres:@/postgres?host=/tmp/a%20b",
            {"host": "/tmp/a b", "port": 5432, "user": "postgres", "dbname": "postgres"},
        ),
        ("", {"host": "localhost", "port": 5432, "user": "postgres", "dbname": "postgres"}),
    ],
)  # fmt: skip
def test_dbt_connects_to_what_target_postgres_loads_into(
    empty_duckdb: DuckDB, url: str, wanted: dict[str, object]
) -> None:
    environment = {"TARGET_POSTGRES_SQLALCHEMY_URL": url}
    profile = empty_duckdb.server.call(
        "profile", folder=str(TRANSFORM), target="postgres", environment=environment
    )
    assert {name: profile[name] for name in wanted} == wanted


def test_variables_of_libpq_take_precedence(empty_duckdb: DuckDB) -> None:
    environment = {
        "TARGET_POSTGRES_SQLALCHEMY_URL": f"{URL}ada:secret@db.example/wh",
        "PGHOST": "other.example", "PGPORT": "6000", "PGUSER": "bob", "PGPASSWORD": "hidden",
        "PGDATABASE": "marts", "PGSSLMODE": "verify-full",
    }  # fmt: skip
    profile = empty_duckdb.server.call(
        "profile", folder=str(TRANSFORM), target="postgres", environment=environment
    )
    assert profile["host"] == "other.example"
    assert profile["port"] == 6000
    assert [profile[each] for each in ("user", "password", "dbname", "sslmode")] == [
        "bob", "hidden", "marts", "verify-full",
    ]  # fmt: skip
