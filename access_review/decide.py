"""Decisions: read from a filled-in workbook, checked, and added to the table of decisions.

It is all or nothing: if a row does not fit, each problem is named by row and column, and nothing
is written.
"""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from access_review import decisions
from access_review.checks import COMPARED, Line, as_date, problems
from access_review.errors import ReviewError
from access_review.exports import sha256
from access_review.query import holder_addresses
from access_review.report import MANIFEST
from access_review.text import counted
from access_review.workbook import DECISION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from access_review.warehouse import Row, Warehouse

TOLD = 40
"""Problems that are named; beyond that, they are only counted."""


def decide(warehouse: Warehouse, file: Path, folder: Path, now: datetime) -> str:
    """Record the decisions of a workbook that came with the report in a folder; what was done."""
    manifest = _read_manifest(folder)
    reported = _read_findings(folder, manifest)
    lines = list(_read_lines(file, manifest["report_id"]))
    if not lines:
        return "No decision is filled in; nothing was recorded."
    addresses = holder_addresses(warehouse, [line.finding_id for line in lines])
    made_on = date.fromisoformat(manifest["made_at"][:10])
    if found := problems(lines, reported, addresses, made_on, now.date()):
        raise ReviewError(_told(found))
    made = [
        _decision(line, reported[line.finding_id], manifest["report_id"], now) for line in lines
    ]
    new = decisions.record(warehouse, made)
    before = len(made) - new
    told = f"; {counted(before, 'was', 'were')} recorded before" if before else ""
    return f"{counted(new, 'decision')} recorded{told}."


def _told(found: list[str]) -> str:
    more = [f"and {len(found) - TOLD} more"] if len(found) > TOLD else []
    lines = "".join(f"\n  {problem}" for problem in [*found[:TOLD], *more])
    return f"Nothing was recorded, because of {counted(len(found), 'problem')}:{lines}"


def _decision(line: Line, finding: Row, report_id: str, now: datetime) -> Row:
    until = as_date(line.values["accept_until"])
    told = {
        "finding_id": line.finding_id,
        "decision": line.values["decision"],
        "accept_until": until.isoformat() if until else None,
        "decided_by": line.values["decided_by"].lower(),
        "decided_on": str(as_date(line.values["decided_on"])),
        "why": str(line.values["why"]),
    }
    named = ("control_id", "source_id", "subject", "account_id", "entitlement_id", "scope_id")
    return {
        **told,
        **{column: finding[column] or None for column in (*named, "detail")},
        # The same decision, read twice, is recorded once.
        "decision_id": hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32],
        "report_id": report_id,
        "recorded_at": now.isoformat(),
    }


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReviewError(
            f"There is no {path}: leave the workbook in the folder of its report, or name that "
            "folder with --report."
        ) from None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not {"report_id", "made_at", "files"} <= set(manifest):
        raise ReviewError(f"{path} is no manifest of a report.")
    return manifest


def _read_findings(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Row]:
    """The findings of the report by id, if their file is the one of the manifest."""
    path = folder / "findings.csv"
    told = {file["name"]: file["sha256"] for file in manifest["files"]}
    if not path.is_file() or sha256(path) != told.get(path.name):
        raise ReviewError(f"{path} is not the file of which the manifest has the SHA-256.")
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as file:
        return {row["finding_id"]: row for row in csv.DictReader(file)}


def _read_lines(file: Path, report_id: str) -> Iterator[Line]:
    """The rows in which something is filled in."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except FileNotFoundError:
        raise ReviewError(f"There is no file {file}.") from None
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise ReviewError(f"{file} is not a workbook in the format XLSX.") from None
    with closing(book):
        yield from _lines_of(book, file, report_id)


def _lines_of(book: Workbook, file: Path, report_id: str) -> Iterator[Line]:
    if not {"about", "findings"} <= set(book.sheetnames):
        raise ReviewError(f"{file} is not the workbook of a report: it lacks the report's sheets.")
    if book["about"]["B1"].value != report_id:
        raise ReviewError(f"{file} does not belong to the report in this folder.")
    rows = book["findings"].iter_rows(values_only=True)
    columns = {str(name): place for place, name in enumerate(next(rows, ()), start=1)}
    needed = ["finding_id", *COMPARED, *DECISION_COLUMNS]
    if missing := [name for name in needed if name not in columns]:
        raise ReviewError(f"The sheet findings of {file} lacks {', '.join(missing)}.")
    for number, row in enumerate(rows, start=2):
        values = {name: _value(row, columns[name]) for name in needed}
        if any(values[name] is not None for name in DECISION_COLUMNS):
            yield Line(number, values, columns)


def _value(row: tuple[Any, ...], column: int) -> Any:
    value = row[column - 1] if column <= len(row) else None
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" else value
