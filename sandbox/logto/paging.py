"""Pages: which part of a list is asked for, and the headers that go with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from sandbox.logto.answers import Failure

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_DEFAULT, _MAXIMUM = 20, 100
_CAP = 10_000
_BIGINT = 2**63
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """A part of a list.

    Attributes:
        bound: How many rows the database must sort to find it.
    """

    offset: int
    limit: int

    @property
    def bound(self) -> int:
        return self.offset + self.limit


def asks_for_pages(query: QueryParams) -> bool:
    """Whether a list whose paging is optional is to be paged."""
    return bool(query.get("page") or query.get("page_size"))


def window_of(query: QueryParams) -> Window:
    """What the parameters `page` and `page_size` ask for.

    Fractions are fine as long as they lead to whole rows.
    """
    page, size = _positive(query, "page", 1), _positive(query, "page_size", _DEFAULT)
    if size > _MAXIMUM:
        raise _INVALID
    offset = (page - 1) * size
    if not (_is_whole(offset) and _is_whole(size)):
        raise Failure(422, "entity.invalid_input", "Invalid input. Value list must not be empty.")
    return Window(int(offset), int(size))


_INVALID = Failure(400, "guard.invalid_pagination", "The request pagination value is invalid.")


def _positive(query: QueryParams, name: str, default: float) -> float:
    texts = query.getlist(name)
    if not texts or texts == [""]:
        return default
    number = js_number(texts[0]) if len(texts) == 1 else math.nan
    if not number > 0:
        raise _INVALID
    return number


def js_number(text: str) -> float:
    """A text as JavaScript reads a number: nothing is 0, what is no number is NaN."""
    text = text.strip()
    if text in ("Infinity", "+Infinity", "-Infinity"):
        return float(text)
    if not text:
        return 0
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def _is_whole(number: float) -> bool:
    return math.isfinite(number) and number == math.floor(number) and number < _BIGINT


def paging_headers(
    url: str, query: QueryParams, window: Window, total: int, *, may_cap: bool = False
) -> dict[str, str]:
    """`Total-Number` and `Link`. The links lack `/api`, as those of the real server do."""
    capped = may_cap and total > _CAP
    last = max(1, math.ceil(total / window.limit))
    page = window.offset // window.limit + 1
    pages = {"first": 1, "prev": page - 1, "last": last, "next": page + 1}
    left_out = {
        *(["prev"] if page == 1 else []),
        *(["next"] if page >= last else []),
        *(["last", "next"] if capped else []),
    }
    links = (
        f'<{url}?{_encoded(query, number)}>; rel="{name}"'
        for name, number in pages.items()
        if name not in left_out
    )
    headers = {"Total-Number": str(_CAP + 1 if capped else total)}
    if capped:
        headers["Total-Number-Is-Capped"] = "true"
    return {**headers, "Link": ", ".join(links)}


def _encoded(query: QueryParams, page: int) -> str:
    """The parameters of a request for another page. Repeated ones are joined by commas."""
    joined: dict[str, list[str]] = {}
    for name, value in query.multi_items():
        joined.setdefault(name, []).append(value)
    texts = {name: ",".join(values) for name, values in joined.items()} | {"page": str(page)}
    return "&".join(f"{_quoted(name)}={_quoted(text)}" for name, text in texts.items())


def _quoted(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")
