"""Text that vendors and their users wrote, made harmless for those who read it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timezone
from typing import Any

from markupsafe import Markup

LONGEST = 400
"""Characters of a text that the HTML shows."""

LONGEST_CELL = 32_000
"""Characters of a text that a cell of a workbook holds; Excel's own limit is 32,767."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""What spreadsheets take for the beginning of a formula, if it is the first character of a text."""

_SPACES = re.compile(r"\s+")


def visible(text: str) -> str:
    """Text on one line, without characters that are not seen: control characters and those that
    turn the direction of writing or join nothing are shown as `�`.
    """
    spaced = _SPACES.sub(" ", text)
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join("�" if unicodedata.category(each) in HIDDEN else each for each in spaced)


HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of Unicode that are replaced."""


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def shortened(text: str, longest: int) -> str:
    """Text of no more than some characters; `…` says that there are more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def shown(value: Any) -> Any:
    """A value as the HTML shows it, before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shortened(visible(value), LONGEST)
    return "" if value is None else value


def when(value: datetime | date | None) -> str:
    """A time in UTC to the minute, or a date."""
    if isinstance(value, datetime):
        return in_utc(value).strftime("%Y-%m-%d %H:%M")
    return "" if value is None else value.isoformat()


def until(start: datetime | None, end: datetime) -> str:
    """Two times, the second without its date if that is the same."""
    first, last = when(start), when(end)
    if not first:
        return f"until {last}"
    return f"{first} – {last[11:] if last[:10] == first[:10] else last}"  # noqa: RUF001


def day(value: datetime | date | None) -> str:
    """The date of a time in UTC."""
    return when(value)[:10]


def number(value: int) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """A number and what it counts."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def in_utc(value: datetime) -> datetime:
    """A time in UTC without a zone, as the access model has them."""
    return value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value
