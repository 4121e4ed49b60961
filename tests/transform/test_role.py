"""The role that builds the model reads raw tables, and writes nothing but its own schemas."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.running import run_tap
from tests.transform.warehouses import TRANSFORM

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox
    from tests.transform.warehouses import Postgres

DOCUMENTED = re.search(
    r"```sql\n(create role identity_builder.*?)```",
    (TRANSFORM / "README.md").read_text(),
    re.DOTALL,
)


def test_a_role_that_only_reads_raw_tables(
    postgres: Postgres, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = sandbox.configs["tap-rudderstack"]
    run = run_tap(tmp_path, config, tap="tap-rudderstack")
    postgres.load("tap_rudderstack", run)
    assert DOCUMENTED
    script = DOCUMENTED[1].replace("tap_logto", "tap_rudderstack").replace("loader", "postgres")
    postgres.execute(f"drop role if exists identity_builder; {script}")
    builder = replace(postgres, role="identity_builder")
    builder.make()
    accounts = builder.mart("identity_accounts")
    assert len(accounts) == len(run.records("users"))
    raw = "tap_rudderstack.users"
    with psycopg.connect(f"{postgres.database.url}&user=identity_builder") as connection:
        for statement in (f"delete from {raw}", f"drop table {raw}", "create schema other"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()
