"""A large access model, and `python -m tests.review.large`: what its report takes."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from access_review.cli import main
from access_review.settings import read_settings
from access_review.warehouse import connect
from tests.review.small import SmallModel, columns

if TYPE_CHECKING:
    from access_review.settings import Settings

SOURCE = "case when n % 2 = 0 then 'kinde' else 'logto' end"
ACCOUNT = f"{SOURCE} || '/user/many' || n"
PERSON = "'person/many' || (n >> 1) || '@example.com'"

ROWS = {
    "identity_people": {
        "person_id": PERSON, "email": "'many' || (n >> 1) || '@example.com'",
        "display_name": "'Person number ' || (n >> 1)",
    },
    "identity_accounts": {
        "account_id": ACCOUNT, "source_id": SOURCE, "native_id": "'many' || n",
        "account_type": "'human'", "display_name": "'Person number ' || (n >> 1)",
        "email": "'many' || (n >> 1) || '@example.com'", "active": "true", "status": "'active'",
        "last_activity_state": "'unknown'", "mfa_status": "'disabled'",
    },
    "identity_account_people": {
        "account_id": ACCOUNT, "source_id": SOURCE, "person_id": PERSON, "match_rule": "'email'",
    },
    "identity_findings": {
        "finding_id": "'many' || n", "control_id": "'no-mfa'", "severity": "'medium'",
        "source_id": SOURCE, "account_id": ACCOUNT, "person_id": PERSON, "subject": ACCOUNT,
        "detail": "'Person number ' || (n >> 1) || ' has no second factor.'", "status": "'open'",
    },
    "identity_entitlements": {
        "entitlement_id": "'kinde/permission/' || n", "source_id": "'kinde'",
        "entitlement_type": "'permission'", "display_name": "'Permission ' || n",
        "is_privileged": "n % 9 = 0",
    },
    "identity_effective_access": {
        "access_id": "'many' || n || '-' || m", "source_id": SOURCE, "account_id": ACCOUNT,
        "entitlement_id": "'kinde/permission/' || m", "scope_id": "'kinde/tenant'",
        "given_entitlement_id": "'kinde/permission/' || m", "is_active": "true",
        "is_direct": "true", "depth": "0", "ways": "1",
    },
}  # fmt: skip
"""Of each table, what stands in a column of the row of account `n`, and its right `m`."""


def enlarge(settings: Settings, accounts: int, rights: int) -> None:
    """Add accounts with so many rights and one finding each, two accounts to a person."""
    SmallModel().write(settings)
    with connect(settings, read_only=False) as warehouse:
        for table, values in ROWS.items():
            last = {"identity_people": accounts // 2, "identity_entitlements": rights}
            types = columns(table)
            told = ", ".join(f"cast({value} as {types[name]})" for name, value in values.items())
            if table == "identity_people":
                told = told.replace("(n >> 1)", "n")
            each = f"generate_series(1, {rights}) as b(m)"
            warehouse.execute(
                f"insert into {settings.schema}.{table} ({', '.join(values)}) select {told}"
                f" from generate_series(1, {last.get(table, accounts)}) as a(n)"
                + (f" cross join {each}" if table == "identity_effective_access" else "")
            )
        warehouse.commit()


def measure() -> None:
    """Make a report of a large model in the database that the environment names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--rights", type=int, default=10)
    parser.add_argument("--fill", action="store_true", help="only fill the database")
    options = parser.parse_args()
    if options.fill:
        import os

        enlarge(read_settings(os.environ), options.accounts, options.rights)
        return
    folder = Path(tempfile.mkdtemp()) / "report"
    began = time.monotonic()
    code = main(["--out", str(folder)])
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{time.monotonic() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU here")
    print(f"{used.ru_maxrss / 1024:.0f} MiB at most")
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size / 1e6:9.2f} MB  {path.name}")
    sys.exit(code)


if __name__ == "__main__":
    measure()
