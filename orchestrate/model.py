"""The access models: dbt over the tenants of each, in a schema and folders of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from access_review.errors import ReviewError
from access_review.settings import read_settings
from access_review.warehouse import connect, quoted
from orchestrate import ROOT
from orchestrate.errors import TenantsError
from orchestrate.run_tenant import run, shared_environment
from orchestrate.tenants import read_tenants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orchestrate.tenants import Tenant, Tenants

TRANSFORM = ROOT / "transform"
DBT = ".meltano/utilities/dbt/venv/bin/dbt"
OTHERS = """
select table_schema from information_schema.tables
where table_name = 'identity_looks' and table_schema like 'identity%' and table_schema <> $model
"""


def variables(tenants: Tenants, model: str, outer: Mapping[str, str]) -> dict[str, Any]:
    """dbt's variables for a model: those of `DBT_VARS`, and its sources."""
    members = tenants.models[model]
    return {
        **(yaml.safe_load(outer.get("DBT_VARS") or "{}") or {}),
        "identity_sources": [
            {"id": each.id, "system": each.system, "schema": each.schema, "name": each.id}
            for each in members
        ],
        "streams_left_out": [f"{each.id}.{name}" for each in members for name in each.leave_out],
    }


def environment(tenants: Tenants, model: str, outer: Mapping[str, str]) -> dict[str, str]:
    """dbt's environment for a model: a schema, and folders that no other dbt writes to."""
    folder = tenants.folder(f"_{model}")
    return {
        **shared_environment(tenants, outer),
        "DBT_SCHEMA": model,
        "DBT_PROJECT_DIR": str(TRANSFORM),
        "DBT_PROFILES_DIR": outer.get("DBT_PROFILES_DIR") or str(TRANSFORM),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def check_history(model: str, members: Sequence[Tenant]) -> None:
    """See that no tenant has its history in the schema of another model.

    Raises:
        TenantsError: `models` was changed, or a customer: history would begin anew.
    """
    names = {each.id for each in members}
    settings = read_settings({**os.environ, "DBT_SCHEMA": model})
    with connect(settings) as warehouse:
        for row in warehouse.rows(OTHERS, model=model):
            schema = row["table_schema"]
            looks = f"select distinct source_id from {quoted(schema)}.identity_looks"  # noqa: S608
            if moved := names & {each["source_id"] for each in warehouse.rows(looks)}:
                raise TenantsError(
                    f"{', '.join(sorted(moved))}: history is in {schema}, and would begin anew in "
                    f"{model}. Set `models` and `customer` back to what they were, or drop or "
                    f"rename {schema} if its history may go."
                )


def build(tenants: Tenants, model: str) -> int:
    """Build a model and test it; dbt's exit code."""
    if model not in tenants.models:
        raise TenantsError(f"No tenant of {tenants.path} is in a model {model!r}.")
    check_history(model, tenants.models[model])
    dbt = tenants.project / DBT
    if not dbt.exists():
        raise TenantsError(f"{dbt} is not there: run `meltano install` first.")
    given = json.dumps(variables(tenants, model, os.environ))
    line = [str(dbt), "--no-use-colors", "build", "--vars", given]
    return run(line, TRANSFORM, environment(tenants, model, os.environ))


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m orchestrate.model [MODEL …]`: all of them, if none is named."""
    parser = argparse.ArgumentParser(prog="python -m orchestrate.model", description=__doc__)
    parser.add_argument("models", nargs="*", help="schemas, such as identity_003 (default: all)")
    parser.add_argument("--tenants", type=Path, help="the file (default: IDENTITY_TENANTS)")
    options = parser.parse_args(arguments)
    try:
        tenants = read_tenants(options.tenants)
        codes = {each: build(tenants, each) for each in options.models or tenants.models}
    except (TenantsError, ReviewError) as error:
        sys.exit(str(error))
    failed = [model for model, code in codes.items() if code]
    if failed:
        sys.exit(f"Not built: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
