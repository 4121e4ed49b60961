"""The workbook: findings with columns for decisions, and the other tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

from access_review.exports import TABLES, Export, Table
from access_review.text import LONGEST_CELL, in_utc, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from access_review.query import Query

NAME = "access-review.xlsx"

LONGEST_SHEET = 100_000
"""Rows that a sheet holds. Of a longer table the CSV file has all, and the sheet says so."""

DECISIONS = ("keep", "revoke", "accept until")

DECISION_COLUMNS = {
    "decision": 14,
    "accept_until": 13,
    "decided_by": 28,
    "decided_on": 13,
    "why": 44,
}
"""Columns that a reviewer fills in, and their widths."""

WIDTHS = {"detail": 70, "title": 32, "finding_id": 18, "person_email": 28, "severity": 10}

SHEETS = ("findings", "access", "changes", "credentials", "accounts", "evidence")


@dataclass(frozen=True)
class About:
    """What the first sheet says of the report."""

    report_id: str
    made_at: datetime
    lines: Sequence[tuple[str, str]]


class Workbook:
    """A workbook that is written from top to bottom, with few rows in memory."""

    def __init__(self, path: Path, about: About) -> None:
        self._path = path
        self._about = about
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "tmpdir": str(path.parent),
            },
        )
        add = self._book.add_format
        # A quote prefix: what is text stays text also when somebody edits the cell.
        self._text = add({"quote_prefix": True, "valign": "top"})
        self._wrapped = add({"quote_prefix": True, "valign": "top", "text_wrap": True})
        self._time = add({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self._date = add({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._other = add({"valign": "top"})
        self._head = add({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF"})
        self._to_fill = add({"bold": True, "bg_color": "#B45309", "font_color": "#FFFFFF"})
        self._input = add({"bg_color": "#FFF7E6", "valign": "top", "text_wrap": True})
        self._input_date = add({"bg_color": "#FFF7E6", "valign": "top", "num_format": "yyyy-mm-dd"})

    def write(self, query: Query, exports: Sequence[Export]) -> Export:
        """Write all sheets."""
        written = {each.name.removesuffix(".csv"): each.rows for each in exports}
        with self._book:
            self._write_about()
            for table in TABLES:
                if table.section in SHEETS:
                    self._write_table(query, table, written[table.section])
        return Export.of(self._path, written["findings"])

    def _write_about(self) -> None:
        sheet = self._book.add_worksheet("about")
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 110)
        lines = [("report_id", self._about.report_id), *self._about.lines]
        for place, (name, value) in enumerate(lines):
            sheet.write_string(place, 0, name, self._head)
            sheet.write_string(place, 1, shortened(value, LONGEST_CELL), self._wrapped)

    def _write_table(self, query: Query, table: Table, rows: int) -> None:
        sheet = self._book.add_worksheet(table.section)
        names = [name for name, _ in query.warehouse.columns(
            query.statement(table.section), **query.values
        )]  # fmt: skip
        to_fill = list(DECISION_COLUMNS) if table.section == "findings" else []
        self._write_head(sheet, names, to_fill)
        if rows > LONGEST_SHEET:
            told = f"{rows:,} rows are too many for a sheet: all are in {table.section}.csv"
            sheet.write_string(1, 0, told, self._text)
            return
        place = 0
        for batch in query.warehouse.batches(table.ordered(query), **query.values):
            for row in batch:
                place += 1
                self._write_row(sheet, place, row)
        if to_fill and place:
            self._add_choices(sheet, len(names), place)
        sheet.autofilter(0, 0, max(place, 1), len(names) + len(to_fill) - 1)

    def _write_head(self, sheet: Worksheet, names: Sequence[str], to_fill: Sequence[str]) -> None:
        sheet.freeze_panes(1, 1)
        for column, name in enumerate([*names, *to_fill]):
            width = DECISION_COLUMNS[name] if name in to_fill else WIDTHS.get(name, 20)
            shape = self._input_date if name in ("accept_until", "decided_on") else self._input
            sheet.set_column(column, column, width, shape if name in to_fill else None)
            sheet.write_string(0, column, name, self._to_fill if name in to_fill else self._head)

    def _write_row(self, sheet: Worksheet, place: int, row: Sequence[Any]) -> None:
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(place, column, shortened(value, LONGEST_CELL), self._text)
            elif isinstance(value, (datetime, date)):
                self._write_time(sheet, place, column, value)
            elif value is not None:
                sheet.write(place, column, value, self._other)

    def _write_time(self, sheet: Worksheet, place: int, column: int, value: date) -> None:
        shape: Format = self._time if isinstance(value, datetime) else self._date
        if value.year < 1900:  # Excel knows no such dates.
            sheet.write_string(place, column, value.isoformat(), self._text)
        else:
            moment = in_utc(value) if isinstance(value, datetime) else value
            sheet.write_datetime(place, column, moment, shape)

    def _add_choices(self, sheet: Worksheet, first: int, rows: int) -> None:
        """Drop-downs and checks of dates in the columns for decisions."""
        made = self._about.made_at.date()
        place = {name: first + number for number, name in enumerate(DECISION_COLUMNS)}
        column = place["decision"]
        choices = {
            "validate": "list",
            "source": list(DECISIONS),
            "error_title": "Not a decision",
            "error_message": f"Choose one of: {', '.join(DECISIONS)}.",
        }
        sheet.data_validation(1, column, rows, column, choices)
        for name in ("accept_until", "decided_on"):
            rule = {
                "validate": "date",
                "criteria": ">=",
                "value": made,
                "error_title": "Not a date",
                "error_message": f"A date on or after that of the report, {made}.",
            }
            sheet.data_validation(1, place[name], rows, place[name], rule)
