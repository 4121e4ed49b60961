"""The gate: whether every stream of every tenant is complete and current in its access model."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from access_review.errors import ReviewError
from access_review.settings import read_settings
from access_review.warehouse import connect
from orchestrate.errors import TenantsError
from orchestrate.tenants import read_tenants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from access_review.warehouse import Warehouse
    from orchestrate.tenants import Tenant, Tenants

GAPS = "select source_id, stream, state, reason from identity_evidence_gaps"
LAST_RUNS = """
select source_id, max(last_run_at) as last_run_at from identity_stream_status group by source_id
"""


def gaps(tenants: Tenants, since: datetime | None = None) -> list[str]:
    """What is missing for each stream to be complete and current, by tenant and stream.

    Args:
        since: When the night began (UTC); a tenant that no run tells of since then is a gap, too.
    """
    found: list[str] = []
    for model, members in tenants.models.items():
        settings = read_settings({**os.environ, "DBT_SCHEMA": model})
        with connect(settings) as warehouse:
            tables = warehouse.tables(model)
            if not {"identity_evidence_gaps", "identity_stream_status"} <= tables:
                names = ", ".join(each.id for each in members)
                found.append(f"{names}: model {model} was never built")
                continue
            found += _of_model(warehouse, model, members, since)
    return found


def _of_model(
    warehouse: Warehouse, model: str, members: Iterable[Tenant], since: datetime | None
) -> Iterator[str]:
    for row in warehouse.rows(f"{GAPS} order by source_id, stream"):
        stream = f", stream {row['stream']}" if row["stream"] else ""
        yield f"{row['source_id']}{stream}: {row['state']} ({row['reason']})"
    last = {row["source_id"]: row["last_run_at"] for row in warehouse.rows(LAST_RUNS)}
    for tenant in members:
        if tenant.id not in last:
            yield f"{tenant.id}: not in model {model}, which was built before it was added"
        elif since and last[tenant.id] and last[tenant.id] < since:
            yield (
                f"{tenant.id}: model {model} knows of no run since {since:%Y-%m-%d %H:%M} UTC: it "
                "was not loaded, or not modelled after that"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m orchestrate.gate`: fails with a line for each gap."""
    parser = argparse.ArgumentParser(prog="python -m orchestrate.gate", description=__doc__)
    parser.add_argument("--hours", type=float, help="every tenant must have been run since then")
    parser.add_argument("--tenants", type=Path, help="the file (default: IDENTITY_TENANTS)")
    options = parser.parse_args(arguments)
    since = None
    if options.hours is not None:
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        since = now - timedelta(hours=options.hours)
    try:
        found = gaps(read_tenants(options.tenants), since)
    except (TenantsError, ReviewError) as error:
        sys.exit(str(error))
    if found:
        sys.exit("\n".join([f"{len(found)} gaps in the evidence:", *found]))
    print("All streams of all tenants are complete and current.")


if __name__ == "__main__":
    main()
