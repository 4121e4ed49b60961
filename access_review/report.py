"""A report: its files are written to a folder of their own, which then moves into place."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from access_review import page, workbook
from access_review.content import Content
from access_review.errors import ReviewError
from access_review.exports import TABLES, sha256, write_csv
from access_review.text import in_utc, when

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from access_review.exports import Export
    from access_review.query import Query
    from access_review.warehouse import Row

MANIFEST = "manifest.json"


def write_report(query: Query, folder: Path, made_at: datetime) -> Path:
    """Write a report to a folder that is not there yet, or empty; the path of its HTML."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ReviewError(f"{folder} is not empty: a report needs a folder of its own.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Only its owner may read what is in there.
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_files(query, unfinished, made_at)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder / page.NAME


def _write_files(query: Query, folder: Path, made_at: datetime) -> None:
    report_id = secrets.token_hex(8)
    files = [write_csv(query, table, folder) for table in TABLES]
    about = workbook.About(report_id, made_at, _about(query, made_at))
    files.append(workbook.Workbook(folder / workbook.NAME, about).write(query, files))
    manifest = _manifest(query, report_id, made_at, files)
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    content = Content(query, files, report_id, made_at, sha256(path))
    (folder / page.NAME).write_text(page.render(content), encoding="utf-8")


def _manifest(
    query: Query, report_id: str, made_at: datetime, files: Sequence[Export]
) -> dict[str, Any]:
    evidence = query.rows("evidence")
    return {
        "report_id": report_id,
        "made_at": _iso(made_at),
        "made_by": f"identity-taps {_version()}",
        "changes_since": query.since.isoformat(),
        "sources": [_source(row, evidence) for row in query.sources],
        "files": [vars(file) for file in files],
    }


def _source(source: Row, evidence: Sequence[Row]) -> dict[str, Any]:
    streams = [row for row in evidence if row["source_id"] == source["source_id"]]
    return {
        "source_id": source["source_id"],
        "system": source["system"],
        "name": source["source_name"],
        "oldest_as_of": _iso(source["as_of"]),
        "newest_as_of": _iso(source["newest_as_of"]),
        "sync_ids": sorted({row["last_sync_id"] for row in streams if row["last_sync_id"]}),
        "streams": {row["stream"]: row["state"] for row in streams},
    }


def _iso(moment: datetime | None) -> str | None:
    return in_utc(moment).isoformat(timespec="seconds") + "Z" if moment else None


def _about(query: Query, made_at: datetime) -> list[tuple[str, str]]:
    names = (
        f"{row['source_name']} (as of {when(row['as_of']) or 'never'})" for row in query.sources
    )
    return [
        ("made_at", f"{when(made_at)} UTC"),
        ("systems", ", ".join(names)),
        ("changes since", query.since.isoformat()),
        (
            "how to decide",
            "In the sheet findings, fill in the five columns at the right end: keep, revoke, or "
            "accept until a date; the e-mail address of the person who decided; the date; and why. "
            "Leave the others as they are. Rows may be sorted, filtered and left open.",
        ),
        (
            "how to record",
            "access-review decide access-review.xlsx, in the folder of the report.",
        ),
        ("times", "UTC"),
    ]


def _version() -> str:
    try:
        return version("identity-taps")
    except PackageNotFoundError:
        return "(not installed)"
