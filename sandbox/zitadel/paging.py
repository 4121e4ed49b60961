"""Which part of a list is told, and what is told about the whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from sandbox.zitadel.failures import invalid, no_membership
from sandbox.zitadel.filters import kept
from sandbox.zitadel.wire import Json, count, told, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.zitadel.calls import Call, Listing
    from sandbox.zitadel.quirks import Quirks

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


def page(listing: Listing, call: Call, quirks: Quirks) -> Json:
    """The answer of a list."""
    asked = call.body.get("pagination" if listing.paging == "filter" else "query") or {}
    offset, limit, asc = _window(asked, listing)
    filters = call.body.get("filters" if listing.paging == "filter" else "queries")
    found = kept(call, list(listing.find(call)), filters, listing.filters)
    if quirks.lagging and listing.rpc.endswith(".ListUsers"):
        found = [each for each in found if each.id not in quirks.lagging]
    is_open, in_query = _is_open(listing, quirks), _in_query(listing, call, quirks)
    if in_query and not is_open:
        found = _seen(listing, call, found)
    least = listing.loose if quirks.loose is None else quirks.loose
    if limit and least is not None and len(found) >= least:
        found = _mixed(found, offset + limit)
    found = _ordered(listing, call, found, asc)
    shown = found[offset : offset + limit if limit else None]
    total = _total(listing, call, found) if shown else 0
    if not in_query and not is_open:
        seen = _seen(listing, call, shown, own=not listing.in_query)
        if listing.refuses and len(seen) < len(shown):
            raise no_membership()
        shown = seen
    if quirks.relational_tables and listing.service in ("org.v2", "session.v2"):
        total = len(shown)
    rows = [told(listing.show(call, record)) for record in shown]
    return {**_about(listing, call, total, limit), **({listing.key: rows} if rows else {})}


def _window(asked: Json, listing: Listing) -> tuple[int, int, bool]:
    """Offset, limit (0 is none) and direction."""
    try:
        offset, limit = whole(asked.get("offset") or 0), whole(asked.get("limit") or 0)
    except ValueError as error:
        raise invalid(f"proto: {error}") from None
    if offset < 0 or limit < 0:
        raise invalid("proto: invalid value for an unsigned integer")
    if listing.paging == "filter":
        if limit > MAX_LIMIT:
            raise invalid("Limit exceeded", "QUERY-4M0fs", "Errors.Query.LimitExceeded")
        limit = limit or DEFAULT_LIMIT
    return offset, limit, bool(asked.get("asc"))


def _mixed(found: list[Any], most: int) -> list[Any]:
    """In the order in which the database has those that are equal.

    To find the first so many among more than twice as many it keeps a heap of that size, which
    mixes them. Otherwise it sorts all of them, always in the same way.
    """
    if 2 * most >= len(found):
        return found
    return random.Random(most).sample(found, len(found))


def _ordered(listing: Listing, call: Call, found: list[Any], asc: bool) -> list[Any]:
    column = str(call.body.get("sortingColumn") or "")
    if column == "ORGANIZATION_FIELD_NAME_CREATION_DATE" and call.version < (4, 7):
        column = ""
    key = listing.sorts.get(column) or listing.order
    return sorted(found, key=key, reverse=not asc) if key else found


def _in_query(listing: Listing, call: Call, quirks: Quirks) -> bool:
    since = (listing.in_query, listing.by_feature if quirks.permission_check_v2 else None)
    return any(each is not None and call.version >= each for each in since)


def _is_open(listing: Listing, quirks: Quirks) -> bool:
    return not listing.reads or (listing.open_by_feature and quirks.permission_check_v2)


def _seen(listing: Listing, call: Call, records: Sequence[Any], *, own: bool = True) -> list[Any]:
    """What the account may see of it; with what is its `own`."""
    may, is_own = call.instance.account.may, listing.shows_own
    return [
        record
        for record in records
        if any(may(record.permission or listing.reads, org) for org in record.seen_in)
        or (own and is_own is not None and is_own(call, record))
    ]


def _total(listing: Listing, call: Call, found: list[Any]) -> int:
    """How many there are. Two versions count users once for each of their metadata."""
    if listing.rpc.endswith(".ListUsers") and (4, 2) <= call.version <= (4, 3):
        return sum(max(1, len(user.metadata)) for user in found)
    return len(found)


def _about(listing: Listing, call: Call, total: int, limit: int) -> Json:
    if listing.paging == "filter":
        return {"pagination": told({"totalResult": count(total), "appliedLimit": count(limit)})}
    stamp = "viewTimestamp" if listing.is_v1 else "timestamp"
    details = {
        "totalResult": count(total), "processedSequence": count(call.instance.revision),
        stamp: call.instance.now,
    }  # fmt: skip
    return {"details": told(details)}
