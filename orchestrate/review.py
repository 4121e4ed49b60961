"""An access review of each customer: the report of the tenants that are theirs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrate import ROOT
from orchestrate.checks import nearest
from orchestrate.errors import TenantsError
from orchestrate.run_tenant import run, shared_environment
from orchestrate.tenants import read_tenants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrate.tenants import Tenant, Tenants


def customers(tenants: Tenants) -> dict[str, list[Tenant]]:
    """The tenants of each customer."""
    found: dict[str, list[Tenant]] = {}
    for tenant in tenants:
        found.setdefault(tenant.customer, []).append(tenant)
    return found


def review(
    tenants: Tenants, members: Sequence[Tenant], folder: Path, options: Sequence[str]
) -> int:
    """`access-review` of the tenants of one customer; its exit code."""
    sources = [word for each in members for word in ("--source", each.id)]
    line = [sys.executable, "-m", "access_review", "--out", str(folder), *sources, *options]
    variables = {
        **shared_environment(tenants, os.environ),
        "DBT_SCHEMA": tenants.model_of(members[0]),
        "PYTHONPATH": str(ROOT),
    }
    return run(line, folder.parent, variables)


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m orchestrate.review --out DIR [CUSTOMER …]`: all of them, if none is named."""
    parser = argparse.ArgumentParser(prog="python -m orchestrate.review", description=__doc__)
    parser.add_argument("customers", nargs="*", help="customers of tenants.yml (default: all)")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the reports")
    parser.add_argument("--since", help="from when on changes are shown")
    parser.add_argument("--tenants", type=Path, help="the file (default: IDENTITY_TENANTS)")
    options = parser.parse_args(arguments)
    try:
        tenants = read_tenants(options.tenants)
        everyone = customers(tenants)
        chosen = {name: everyone[name] for name in options.customers or everyone}
    except TenantsError as error:
        sys.exit(str(error))
    except KeyError as error:
        sys.exit(f"{tenants.path} has no customer {error}{nearest(error.args[0], everyone)}.")
    options.out.mkdir(parents=True, exist_ok=True, mode=0o700)
    since = ["--since", options.since] if options.since else []
    folder = options.out.resolve()
    codes = {name: review(tenants, of, folder / name, since) for name, of in chosen.items()}
    if failed := [name for name, code in codes.items() if code]:
        sys.exit(f"No report of {', '.join(failed)}.")


if __name__ == "__main__":
    main()
