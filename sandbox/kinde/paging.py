"""The ways in which Kinde tells a list in pages."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from sandbox.kinde.ask import Refused

if TYPE_CHECKING:
    from sandbox.kinde.ask import Ask
    from sandbox.kinde.endpoints import Endpoint

Items = list[tuple[str, Any]]
"""What a list consists of, with the ids by which `starting_after` names it."""


def page_of(endpoint: Endpoint, items: Items, ask: Ask) -> tuple[Items, dict[str, Any]]:
    """The page that is asked for, and what the answer says of further ones."""
    if endpoint.style == "whole":
        return items, {}
    if endpoint.declared or ask.quirks.undeclared != "whole":
        size = _size(endpoint, ask)
        return (_by_token if endpoint.style == "next_token" else _by_id)(endpoint, items, ask, size)
    if endpoint.style == "next_token":
        return items, {"next_token": ask.quirks.end_token}
    return items, {"has_more": False}


def _size(endpoint: Endpoint, ask: Ask) -> int:
    most = min(endpoint.most, ask.quirks.page_limit or endpoint.most)
    text = ask.query.get("page_size") or str(min(endpoint.page_size, most))
    if not text.isdecimal() or int(text) < 1:
        raise Refused(400, "INVALID_PAGE_SIZE", "Page size must be a positive number")
    if int(text) > most:
        raise Refused(400, "PAGE_SIZE_LIMIT_EXCEEDED", f"Page size cannot be greater than {most}")
    if endpoint.style == "search":
        return min(int(text), ask.quirks.search_limit or most)
    return int(text)


def _by_token(
    endpoint: Endpoint, items: Items, ask: Ask, size: int
) -> tuple[Items, dict[str, Any]]:
    """Offset paging: what comes or goes meanwhile moves the rest, so that rows repeat or lack."""
    quirks, sort = ask.quirks, ask.query.get("sort", "")
    token = "" if _is_deaf(endpoint, ask) else ask.query.get("next_token", "")
    number, empty = _read(token) if token else (0, 0)
    step = size - 1 if quirks.duplicate_ids and size > 1 else size
    page = [] if empty else items[number * step : number * step + size]
    more = number * step + size < len(items)
    if token and quirks.stuck_token:
        return page, {"next_token": token}
    if empty:
        return page, {"next_token": _token(number, size, sort, empty - 1)}
    if more or quirks.empty_tail:
        return page, {"next_token": _token(number + 1, size, sort, quirks.empty_pages)}
    return page, {"next_token": quirks.end_token}


def _token(number: int, size: int, sort: str, empty: int) -> str:
    """Like the vendor's examples, which are `page:size:sort` behind base64."""
    return b64encode(f"{number}:{size}:{sort or 'id_asc'}:{empty or ''}".encode()).decode()


def _read(token: str) -> tuple[int, int]:
    try:
        number, _size, _sort, empty = b64decode(token, validate=True).decode().split(":")
        return int(number), int(empty or 0)
    except ValueError:
        raise Refused(400, "INVALID_NEXT_TOKEN", "The next_token is not valid") from None


def _by_id(endpoint: Endpoint, items: Items, ask: Ask, size: int) -> tuple[Items, dict[str, Any]]:
    """What follows an id, also one that is gone; a search does not say whether there is more."""
    after, before = ask.query.get("starting_after"), ask.query.get("ending_before")
    if after and before:
        message = "Only one of starting_after or ending_before may be specified"
        raise Refused(400, "TOO_MANY_PARAMETERS", message)
    if after and not (ask.quirks.stuck_token or _is_deaf(endpoint, ask)):
        again = ask.quirks.duplicate_ids and size > 1
        items = [each for each in items if each[0] > after or (again and each[0] == after)]
    if before:
        items = [each for each in items if each[0] < before][-size:]
    page = items[:size]
    if endpoint.style == "search":
        return page, {}
    return page, {"has_more": len(items) > size}


def _is_deaf(endpoint: Endpoint, ask: Ask) -> bool:
    return not endpoint.declared and ask.quirks.undeclared == "deaf"
