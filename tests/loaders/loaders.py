"""The loaders that are tried."""

from __future__ import annotations

from functools import partial

from tests.loaders.case import Case
from tests.loaders.destinations import DuckDb, Postgres
from tests.loaders.files import (
    FileFormat,
    Files,
    read_jsonl,
)

POSTGRES = {"sqlalchemy_url": "{url}", "default_target_schema": "{schema}"}
JSONL = partial(Files, FileFormat(r"(?P<table>\w+)\.jsonl", read_jsonl))

CASES = (
    Case("meltanolabs-target-postgres", "0.8.1", Postgres, POSTGRES),
    Case(
        "meltanolabs-target-postgres", "0.8.1", Postgres,
        {**POSTGRES, "use_copy": True, "validate_records": False}, label="fast",
    ),
    Case(
        "target-jsonl", "0.1.4", JSONL,
        {"destination_path": "{folder}/{schema}", "do_timestamp_file": False},
    ),
    Case(
        "target-duckdb", "0.8.0", DuckDb,
        {"path": "{folder}/warehouse.duckdb", "default_target_schema": "{schema}"},
    ),
)  # fmt: skip
