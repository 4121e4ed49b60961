"""What must hold for a row of a filled-in workbook, and what is said where it does not."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter

from access_review.text import defused, visible
from access_review.workbook import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from access_review.warehouse import Row

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")

COMPARED = ("control_id", "source_id", "account_id", "subject")
"""Columns that say what a finding is, and that nobody may have edited."""


@dataclass(frozen=True)
class Line:
    """A row of the sheet in which a decision, or a part of one, is filled in."""

    number: int
    values: Mapping[str, Any]
    columns: Mapping[str, int]

    @property
    def finding_id(self) -> str:
        return str(self.values["finding_id"])

    def problem(self, column: str, text: str) -> str:
        """What is wrong with a cell, named as a spreadsheet shows it."""
        letter = get_column_letter(self.columns[column])
        return f"row {self.number}, column {letter} ({column}): {text}"


def problems(
    lines: Sequence[Line],
    reported: Mapping[str, Row],
    addresses: Mapping[str, set[str]],
    made_on: date,
    today: date,
) -> list[str]:
    """All that is wrong.

    Args:
        reported: The findings of the report, by id.
        addresses: Of each finding that is still there, the addresses of whoever has the access.
        made_on: When the report was made.
        today: The present date.
    """
    repeated = Counter(line.finding_id for line in lines)
    found: list[str] = []
    for line in lines:
        if repeated[line.finding_id] > 1:
            found.append(line.problem("finding_id", "is there in more than one row"))
        found += _of_finding(line, reported.get(line.finding_id), addresses)
        found += _of_decision(line, made_on, today)
        found += _of_reviewer(line, addresses.get(line.finding_id, set()))
    return found


def _of_finding(
    line: Line, finding: Row | None, addresses: Mapping[str, set[str]]
) -> Iterator[str]:
    if finding is None:
        yield line.problem("finding_id", "the report has no such finding")
        return
    for column in COMPARED:
        if defused(str(line.values[column] or "")) != finding[column]:
            yield line.problem(column, "is not what the report says of this finding")
    if line.finding_id not in addresses:
        yield line.problem(
            "finding_id",
            "the finding is gone from the access model: there is nothing to decide; clear the row",
        )


def _of_decision(line: Line, made_on: date, today: date) -> Iterator[str]:
    values = line.values
    decision = values["decision"]
    if decision not in DECISIONS:
        yield line.problem("decision", f"is none of: {', '.join(DECISIONS)}")
    if not values["why"]:
        yield line.problem("why", "is empty: say why")
    decided_on = as_date(values["decided_on"])
    if decided_on is None:
        yield line.problem("decided_on", "is not a date")
    elif not made_on <= decided_on <= today:
        yield line.problem(
            "decided_on", f"is not between {made_on}, the report, and {today}, today"
        )
    until = as_date(values["accept_until"])
    if decision == "accept until" and until is None:
        yield line.problem("accept_until", "is not a date")
    elif decision == "accept until" and until and until <= (decided_on or today):
        yield line.problem("accept_until", "is not after the day of the decision")
    elif decision != "accept until" and values["accept_until"] is not None:
        yield line.problem("accept_until", "is only for the decision «accept until»")


def _of_reviewer(line: Line, holders: set[str]) -> Iterator[str]:
    address = line.values["decided_by"]
    if (
        not isinstance(address, str)
        or not ADDRESS.fullmatch(address)
        or visible(address) != address
    ):
        yield line.problem("decided_by", "is not the e-mail address of a person")
    elif address.lower() in holders:
        yield line.problem("decided_by", "decides on access of their own")


def as_date(value: Any) -> date | None:
    """The date in a cell: a date, or text as 2026-11-28."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
