"""What dbt compiles for PostgreSQL is in the style of `transform/.sqlfluff`.

`make check` sees that of what it compiles for DuckDB.
"""

from __future__ import annotations

import json
import subprocess
from configparser import ConfigParser
from shutil import rmtree
from typing import TYPE_CHECKING

from tests.running import ROOT
from tests.transform.warehouses import TRANSFORM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transform.warehouses import Postgres

SQLFLUFF = ROOT / ".lint/bin/sqlfluff"
CONFIG = TRANSFORM / ".sqlfluff"


def problems(folder: Path) -> list[str]:
    """What sqlfluff finds, but for what dbt writes: layout, types (CP05) and quotes (RF06)."""
    config = ConfigParser()
    config.read(CONFIG)
    excluded = f"{config['sqlfluff']['exclude_rules']},layout,CP05,RF06"
    done = subprocess.run(
        [SQLFLUFF, "lint", "--config", CONFIG, "--templater", "raw", "--dialect", "postgres",
         "--exclude-rules", excluded, "--format", "json", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    files = json.loads(done.stdout)
    assert files, "there is nothing to read"
    return [
        f"{file['filepath']}:{each['start_line_no']} {each['code']} {each['description']}"
        for file in files
        for each in file["violations"]
    ]


def test_what_is_compiled_for_postgres_is_in_style(postgres: Postgres) -> None:
    done = postgres.dbt("compile", "--select", "resource_type:model")
    assert done.succeeded, done.log
    models = done.target / "compiled/identity_access/models"
    rmtree(models / "staging")  # generated
    assert problems(models) == []


def test_a_problem_is_found(tmp_path: Path) -> None:
    (tmp_path / "model.sql").write_text("select a.x\nfrom a\nleft join b on a.x = b.x\n")
    assert [each.split()[1] for each in problems(tmp_path)] == ["ST11"]
