"""The command `access-review`."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from access_review.errors import ReviewError
from access_review.settings import read_settings
from access_review.warehouse import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from access_review.settings import Settings

SINCE_DAYS = 90
"""Days back from which on changes are shown, if nothing is said: a quarter."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(os.environ, options.profiles_dir, options.profile)
        if options.command == "decide":
            return _decide(settings, options)
        if options.out is None:
            raise ReviewError("Name a folder for the report: access-review --out DIR.")
        _report(settings, options)
    except ReviewError as error:
        print(f"access-review: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"access-review: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _report(settings: Settings, options: argparse.Namespace) -> None:
    from access_review.query import open_query
    from access_review.report import write_report

    now = datetime.now(timezone.utc).replace(tzinfo=None)
    since = options.since or now.date() - timedelta(days=SINCE_DAYS)
    with connect(settings) as warehouse:
        query = open_query(warehouse, options.source, since, now.date())
        path = write_report(query, options.out, now)
    print(path)


def _decide(settings: Settings, options: argparse.Namespace) -> int:
    from access_review.decide import decide

    now = datetime.now(timezone.utc).replace(tzinfo=None)
    with connect(settings, read_only=False) as warehouse:
        print(decide(warehouse, options.file, options.report or options.file.parent, now))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="access-review",
        description="Report who has access to what, what changed and what a reviewer has to look "
        "at; `access-review decide` reads the decisions back. The environment or a dbt profile "
        "names the database.",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder that the report makes")
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        metavar="DATE",
        help=f"show changes from this day on (default: {SINCE_DAYS} days ago)",
    )
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="ID",
        help="only this source; may be repeated (default: all)",
    )
    _add_profile(parser)
    commands = parser.add_subparsers(dest="command", metavar="decide")
    command = commands.add_parser("decide", help="record the decisions of a filled-in workbook")
    command.add_argument("file", type=Path, metavar="FILE.xlsx", help="the filled-in workbook")
    command.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder of its report (default: that of the file)",
    )
    _add_profile(command, default=argparse.SUPPRESS)
    return parser


def _add_profile(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--profiles-dir",
        type=Path,
        default=default,
        metavar="DIR",
        help="folder with dbt's profiles.yml (default: DBT_PROFILES_DIR, else the environment)",
    )
    parser.add_argument(
        "--profile", default=default, metavar="NAME", help="(default: identity_access)"
    )
