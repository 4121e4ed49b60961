"""`make review`: the access review of the database of the last demo."""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

from access_review.cli import SINCE_DAYS
from access_review.errors import ReviewError
from access_review.query import open_query
from access_review.report import write_report
from access_review.settings import URL, read_settings
from access_review.warehouse import connect
from sandbox.warehouse import Warehouse
from scripts import DEMO


def write_review(database_url: str, folder: Path) -> Path:
    """Write a report of a PostgreSQL to a folder, in place of an earlier one; its HTML.

    Args:
        database_url: The URL of the database, as target-postgres takes it.
        folder: Where the report is kept.
    """
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    settings = read_settings({URL: database_url, "DBT_SCHEMA": os.environ.get("DBT_SCHEMA", "")})
    shutil.rmtree(folder, ignore_errors=True)
    with connect(settings) as warehouse:
        since = now.date() - timedelta(days=SINCE_DAYS)
        return write_report(open_query(warehouse, (), since, now.date()), folder, now)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=DEMO, help="where the demo is kept (default: .demo)"
    )
    folder = parser.parse_args().folder.resolve()
    if not (folder / "postgres").exists():
        raise SystemExit("There is no database yet: run `make demo` and `make transform` first.")
    with Warehouse(folder / "postgres", keep=True) as warehouse:
        try:
            print(write_review(warehouse.database().sqlalchemy_url, folder / "review"))
        except ReviewError as error:
            raise SystemExit(f"{error}\nRun `make transform` first.") from None


if __name__ == "__main__":
    main()
