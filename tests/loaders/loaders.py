"""The loaders that are tried, with the settings that a user would find."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from tests.loaders.case import Case
from tests.loaders.destinations import (
    DuckDb,
    FakeSnowflake,
    MariaDb,
    Nowhere,
    Postgres,
    Sqlite,
    Translated,
)
from tests.loaders.files import (
    S3,
    FileFormat,
    Files,
    S3Parquet,
    read_csv,
    read_jsonl,
    read_messages,
)

HERE = Path(__file__).parent
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
NO_ACTIVATE_VERSION = {"emit_activate_version_messages": False}
SETUPTOOLS = ("setuptools<81",)
"""The last that have pkg_resources, which older loaders import."""

ONE_JSONL = FileFormat(r"(?P<table>\w+)\.jsonl", read_jsonl)
ONE_CSV = FileFormat(r"(?P<table>\w+)\.csv", read_csv, empty_is_null=True)
CSV_EACH_RUN = FileFormat(r"(?P<table>\w+)-.+\.csv", read_csv, empty_is_null=True, pause=1.1)
JSON_EACH_RUN = FileFormat(r"(?P<table>\w+)-.+\.json", read_jsonl, pause=1.1)
JSONL_FOLDERS = FileFormat(r"(?P<table>\w+)/.*\.jsonl", read_jsonl)
SINGER_EACH_RUN = FileFormat(r"(?P<table>\w+)/.*\.singer\.gz", read_messages, pause=1.1)

POSTGRES = {"sqlalchemy_url": "{url}", "default_target_schema": "{schema}"}
FAST = {**POSTGRES, "use_copy": True, "validate_records": False}
PIPELINEWISE = {
    "host": "{host}", "port": "{port}", "user": "{user}", "password": "{password}",
    "dbname": "{database}", "default_target_schema": "{schema}",
}  # fmt: skip
DUCKDB = {"path": "{folder}/warehouse.duckdb", "default_target_schema": "{schema}"}
MYSQL = {"sqlalchemy_url": "mysql://{user}@{host}:{port}/{schema}"}
SNOWFLAKE = {
    "account": "{account}", "user": "{user}", "password": "{password}", "database": "{database}",
    "default_target_schema": "{schema}",
}  # fmt: skip
FAKESNOW = ("fakesnow", "-d", "{folder}", "-m", "target_snowflake.target")
TRANSLATE = ("python", str(HERE / "translate_bigquery.py"))
BUCKET = {"s3_bucket": "{bucket}", "aws_endpoint_url": "{endpoint}"}
FOLDER = "{folder}/{schema}"
TIMESTAMPED = "{{stream_name}}-{{timestamp}}.csv"
TRANSLATED = {"path": "{folder}/{schema}.columns.json"}
PATH_TEMPLATE = "{schema}/{{stream}}-{{date_time:%Y%m%dT%H%M%S}}.json"


OVERWRITES = "Loader: begins each table anew in each run."
PYTHON_TEXT = "Loader: lists and objects become Python's text instead of JSON."
SHIFTS = "Loader: a free-form object moves values into other columns, and rows out of sight."
PSYCOPG = "Loader: pins a psycopg2 that has no wheel for this Python and cannot be built."
EMPTY = "Loader: its distribution has no module that could be imported, and no command."


def plinxore(form: str) -> dict[str, Any]:
    """Settings of plinxore-target-s3 for a format."""
    place = {
        "aws_region": "us-east-1", "aws_bucket": "{bucket}", "aws_endpoint_override": "{endpoint}",
    }  # fmt: skip
    return {
        "format": {"format_type": form},
        "cloud_provider": {"cloud_provider_type": "aws", "aws": place},
        "prefix": "{schema}",
        "compression": "none",
    }


POSTGRES_CASES = (
    Case("meltanolabs-target-postgres", "0.8.1", Postgres, POSTGRES, sound=True),
    Case("meltanolabs-target-postgres", "0.8.1", Postgres, FAST, label="fast", sound=True),
    Case(
        "meltanolabs-target-postgres", "0.8.1", Postgres, {**POSTGRES, "hard_delete": True},
        label="hard_delete", sound=True,
        remark="Deleted rows are gone, so that SQL cannot tell them.",
    ),
    Case(
        "meltanolabs-target-postgres", "0.8.1", Postgres,
        {**POSTGRES, "load_method": "overwrite"}, label="overwrite", sound=True,
        remark="This loader ignores `load_method`, and upserts. Others of the SDK begin each "
        "table anew.",
    ),
    Case(
        "pipelinewise-target-postgres", "2.1.2", Postgres, PIPELINEWISE,
        remark="Loader: a line break in text becomes the two characters `\\n`, empty text becomes "
        "NULL, and ACTIVATE_VERSION is ignored.",
    ),
    Case("target-postgres", "1.1.3", Nowhere, {}, remark=PSYCOPG),
    Case("singer-target-postgres", "0.2.4", Nowhere, {}, remark=PSYCOPG),
)  # fmt: skip

FILE_CASES = (
    Case(
        "target-jsonl", "0.1.4", partial(Files, ONE_JSONL),
        {"destination_path": FOLDER, "do_timestamp_file": False}, sound=True,
    ),
    Case(
        "target-singer-jsonl", "0.1.0", partial(Files, SINGER_EACH_RUN),
        {"destination": "local", "local": {"folder": FOLDER}},
        remark="Loader: fails on ACTIVATE_VERSION.",
    ),
    Case(
        "target-singer-jsonl", "0.1.0", partial(Files, SINGER_EACH_RUN),
        {"destination": "local", "local": {"folder": FOLDER}},
        tap=NO_ACTIVATE_VERSION, label="without_activate_version", sound=True,
    ),
    Case(
        "meltanolabs-target-csv", "0.5.0", partial(Files, ONE_CSV), {"output_path": FOLDER},
        remark=f"{OVERWRITES} {PYTHON_TEXT}",
    ),
    Case(
        "meltanolabs-target-csv", "0.5.0", partial(Files, ONE_CSV), label="append",
        settings={"output_path": FOLDER, "overwrite_behavior": "append_records"},
        remark="Loader: declares this setting, and does not use it.",
    ),
    Case(
        "meltanolabs-target-csv", "0.5.0", partial(Files, CSV_EACH_RUN), label="each_run",
        settings={"output_path": FOLDER, "file_naming_scheme": TIMESTAMPED}, tap=FLAT,
        sound=True,
    ),
    Case(
        "target-csv", "0.3.0", partial(Files, CSV_EACH_RUN),
        {"destination_path": FOLDER, "disable_collection": True},
        companions=SETUPTOOLS, python="3.9",
        remark=f"{SHIFTS} {PYTHON_TEXT}",
    ),
    Case(
        "target-csv", "0.3.0", partial(Files, CSV_EACH_RUN), label="flattened",
        settings={"destination_path": FOLDER, "disable_collection": True},
        companions=SETUPTOOLS, python="3.9", tap=FLAT, sound=True,
    ),
    Case(
        "target-universal-file", "0.0.1", partial(Files, ONE_JSONL), companions=SETUPTOOLS,
        settings={"protocol": "local", "file_type": "jsonl", "path": FOLDER},
        remark="Loader: cannot write the timestamps that its own SDK parses.",
    ),
    Case(
        "target-universal-file", "0.0.1", partial(Files, ONE_JSONL), label="parquet",
        settings={"protocol": "local", "file_type": "parquet", "path": FOLDER},
        companions=SETUPTOOLS, remark="Loader: knows no column that can be null.",
    ),
    Case(
        "target-parquet", "0.0.1", Nowhere, {},
        remark="Loader: pins pandas 0.24.2, which today's installers cannot read.",
    ),
)  # fmt: skip

S3_CASES = (
    Case(
        "target-s3-jsonl", "2.0.1", partial(S3, JSON_EACH_RUN),
        {**BUCKET, "path_template": PATH_TEMPLATE}, sound=True,
    ),
    Case(
        "plinxore-target-s3", "0.1.7", partial(S3, JSONL_FOLDERS), plinxore("jsonl"),
        label="jsonl", sound=True,
    ),
    Case(
        "plinxore-target-s3", "0.1.7", S3Parquet, plinxore("parquet"), label="parquet",
        remark="Nobody's: Parquet has no struct without fields, and free-form objects "
        "declare none.",
    ),
    Case(
        "plinxore-target-s3", "0.1.7", S3Parquet, plinxore("parquet"), label="flattened", tap=FLAT,
        remark="Loader: timestamps lose what is less than a second.",
    ),
    Case(
        "pipelinewise-target-s3-csv", "2.0.0", partial(S3, CSV_EACH_RUN),
        {**BUCKET, "s3_key_prefix": "{schema}/"}, remark=SHIFTS,
    ),
    Case(
        "pipelinewise-target-s3-csv", "2.0.0", partial(S3, CSV_EACH_RUN),
        {**BUCKET, "s3_key_prefix": "{schema}/"}, label="flattened", tap=FLAT, sound=True,
    ),
)  # fmt: skip

OTHER_CASES = (
    Case(
        "target-duckdb", "0.8.0", DuckDb, DUCKDB,
        remark="Loader: takes the first row of a batch for a header and loses it (mended in its "
        "repository, not released); empty text becomes NULL.",
    ),
    Case(
        "target-sqlite", "0.2.0", Sqlite, {"database": FOLDER}, python="3.9",
        remark=f"Loader: makes no column of a free-form object. {PYTHON_TEXT}",
    ),
    Case(
        "target-sqlite", "0.2.0", Sqlite, {"database": FOLDER}, python="3.9",
        label="flattened", tap=FLAT, sound=True,
    ),
    Case(
        "thk-target-mysql", "0.1.3", MariaDb, MYSQL, companions=SETUPTOOLS,
        remark="Loader: makes each key column a VARCHAR(1000), which is longer than an index may "
        "be; also renames `_sync_id` to `sync_id_`. Needs libmariadb-dev to be installed.",
    ),
    Case("target-mysql", "0.8.0", Nowhere, {}, remark=EMPTY),
    Case("singer-target-mysql", "0.0.2", Nowhere, {}, remark=EMPTY),
    Case(
        "meltanolabs-target-snowflake", "0.20.4", FakeSnowflake, SNOWFLAKE, command=FAKESNOW,
        companions=("fakesnow==0.12.1",), schemas_only=True, sound=True,
        remark="Makes its tables in fakesnow, which has no user stage to load rows through.",
    ),
    Case(
        "z3-target-bigquery", "0.7.2", Translated, TRANSLATED, companions=SETUPTOOLS,
        command=TRANSLATE, schemas_only=True, sound=True,
        remark="Its translation of schemas only (`denormalized: true`), without BigQuery.",
    ),
    Case(
        "pipelinewise-target-bigquery", "1.5.0", Nowhere, {},
        remark="Loader: pins orjson 3.6.1, which has no wheel for this Python and cannot be built.",
    ),
    Case("target-redshift", "0.2.4", Nowhere, {}, remark=PSYCOPG),
    Case("pipelinewise-target-redshift", "1.6.0", Nowhere, {}, remark=PSYCOPG),
)  # fmt: skip

CASES = (*POSTGRES_CASES, *FILE_CASES, *S3_CASES, *OTHER_CASES)
