"""A recorded ZITADEL server, served over HTTP as it was recorded.

A request that was recorded is answered as it was. One for other pages, another order or some
rows of a listing, or for another window of the events, is answered out of what was recorded of it.
A look whether the account may read something is answered as the account that the recordings of a
lost role begin with. Anything else was never asked of the server: it is refused, and the test
fails.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from identity_sdk.records.values import moment
from tests.local_http import Reply, json_reply, plain, serve
from tests.zitadel.recordings import Asked, Exchange, Item, canonical, recorded, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

EVENTS = "/admin/v1/events/_search"
FILTERS = {"groupIds": "groupId", "idQuery": "id", "inUserIdsQuery": "userId"}
"""Filters of listings that were recorded without: which field of an item they hold against ids."""
LOOKS = ({"query": {"limit": 1}}, {"limit": 1}, None)
"""What is sent to see whether it is refused."""


class Answers:
    """What a server answers to an account with certain rights."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._exact: dict[str, list[Exchange]] = defaultdict(list)
        self._listings: dict[str, list[Exchange]] = defaultdict(list)
        self._shapes: dict[str, list[Exchange]] = defaultdict(list)
        for each in exchanges:
            self._exact[each.asked.exactly].append(each)
            self._listings[each.asked.listing].append(each)
            self._shapes[shape(each.asked.path)].append(each)

    def to(self, asked: Asked) -> Exchange | None:
        """The answer to a request; None if nothing tells what it would be."""
        if exact := self._exact.get(asked.exactly):
            return exact.pop(0) if len(exact) > 1 else exact[0]
        if asked.path == EVENTS:
            return self._window(asked)
        if pages := self._listings.get(asked.listing):
            return _page(asked, pages)
        return self._filtered(asked) or self._missing(asked)

    def _window(self, asked: Asked) -> Exchange | None:
        """The events of a window within those that were recorded."""
        searches = self._shapes[EVENTS]
        if searches and searches[-1].status != 200:
            return searches[-1]
        bounds = [each.asked.body["range"].get("since", "") for each in searches]
        since, until = (asked.body.get("range", {}).get(name, "") for name in ("since", "until"))
        if not until or not bounds or _date(since) < min(map(_date, bounds)):
            return None
        found = {canonical(event): event for each in searches for event in each.items}
        events = [
            event
            for event in found.values()
            if _date(since) < _date(event["creationDate"]) < _date(until)
        ]
        events.sort(key=lambda event: _date(event["creationDate"]), reverse=not asked.body["asc"])
        events = events[: min(asked.body["limit"], 1000)]
        return Exchange(asked, 200, {"events": events} if events else {})

    def _filtered(self, asked: Asked) -> Exchange | None:
        """A page of a listing that was recorded whole, now asked for with a filter."""
        whole = asked.without("filters", "queries")
        pages = self._listings.get(whole.listing)
        if pages is None and asked.path.startswith("/zitadel."):  # They do not heed the header.
            pages = self._listings.get(replace(whole, organization=None).listing)
        filters = asked.body.get("filters") or asked.body.get("queries") or [{}]
        name = next(iter(filters[0]), "")
        if pages is None or len(filters) != 1 or name not in FILTERS:
            return None
        named = next(iter(filters[0][name].values()))
        ids = named if isinstance(named, list) else [named]
        return _page(asked, pages, lambda item: item[FILTERS[name]] in ids)

    def _missing(self, asked: Asked) -> Exchange | None:
        """The refusal of a service that the server turned out not to have."""
        alike = self._shapes[shape(asked.path)]
        missing = {canonical([each.status, each.body]) for each in alike}
        return alike[0] if len(missing) == 1 and alike[0].status == 404 else None


def _page(
    asked: Asked, pages: list[Exchange], wanted: Callable[[Item], bool] | None = None
) -> Exchange | None:
    """A page of a listing of which other pages were recorded, or all of it in another order."""
    if pages[-1].status != 200:
        return pages[-1]
    items = _in_order(asked, pages)
    if items is None or asked.method != "POST":
        return None
    items = [each for each in items if wanted is None or wanted(each)]
    counts = [(each.total or 0, len(each.items)) for each in pages]
    limit = int(asked.paging.get("limit", 0)) or len(items)
    page = items[asked.offset : asked.offset + limit]
    total = max(said for said, _ in counts) if wanted is None else len(items)
    if len(set(counts)) > 1 and all(said == there for said, there in counts):
        total = len(page)  # This is how this server counts.
    model = next((each for each in pages if each.listed), pages[-1])
    body = {name: value for name, value in model.body.items() if name != model.listed}
    place = "pagination" if "pagination" in body else "details"
    about = {name: value for name, value in body[place].items() if name != "totalResult"}
    if "appliedLimit" in about:
        about["appliedLimit"] = str(limit)
    body[place] = {**about, "totalResult": str(total)} if total else about
    return Exchange(asked, 200, {**body, str(model.listed): page} if page else body)


def _in_order(asked: Asked, pages: list[Exchange]) -> list[Item] | None:
    """All recorded items of a listing, in the order that is asked for; None if it is unknown."""
    alike = [each for each in pages if each.asked.order == asked.order]
    source = sorted(alike or pages, key=lambda each: each.asked.offset)
    found = {canonical(item): item for page in source for item in page.items}
    items = list(found.values())
    if alike:
        return items
    column, rising = asked.order
    words = re.split("FIELD_NAME_|SORT_BY_", column)[-1].lower().split("_")
    values = [_value(each, words) for each in items]
    if None in values:
        return None
    ranks = sorted(range(len(items)), key=lambda i: str(values[i]), reverse=not rising)
    return [items[i] for i in ranks]


def _value(item: Item, words: list[str]) -> Any:
    """What an item is sorted by: a field of its own, of its details, or of an object in it."""
    name = words[0] + "".join(map(str.capitalize, words[1:]))
    within = item.get(words[0]) if len(words) > 1 else None
    inner = within.get("".join(words[1:])) if isinstance(within, dict) else None
    return item.get(name) or (item.get("details") or {}).get(name) or inner


def _date(text: str) -> datetime:
    return moment(text or "0001-01-01T00:00:00Z")


class Replay:
    """A recorded run.

    Attributes:
        unknown: Requests that nothing was recorded for.
    """

    def __init__(self, name: str) -> None:
        self.unknown: list[str] = []
        self.answers = Answers(map(Exchange.of, recorded(name)))
        self._lock = Lock()

    def to(self, asked: Asked) -> Exchange | None:
        """The answer to a request; None if nothing tells what it would be."""
        return self.answers.to(asked) or self.allowed(asked)

    @cached_property
    def models(self) -> dict[tuple[str, str, str, bool], Exchange]:
        """By what is left of the role, method, path and feature: what each listing answers."""
        return {
            (
                line["left"],
                line["method"],
                shape(line["path"]),
                line["permission_check_v2"],
            ): Exchange.of(line)
            for line in reversed(recorded("4.13.1/role_lost"))
        }

    def allowed(self, asked: Asked) -> Exchange | None:
        """The answer to a look, as far as it says that the account has its role."""
        model = self.models.get(("all", asked.method, shape(asked.path), False))
        if model is None or asked.json not in LOOKS:
            return None
        return Exchange(asked, 200, {k: v for k, v in model.body.items() if k != model.listed})

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert headers["authorization"] == "Bearer made-up"
        place, _, query = path.partition("?")
        sent = json.loads(body) if body else None
        asked = Asked(method, place, query, headers.get("x-zitadel-orgid"), sent)
        with self._lock:
            found = self.to(asked)
        if found is None:
            self.unknown.append(asked.exactly)
            return json_reply({"code": 3, "message": "the recorded tap did not ask this"}, 400)
        if isinstance(found.body, str):
            return plain(found.body.encode(), found.status, **found.headers)
        return json_reply(found.body, found.status)

    @contextmanager
    def served(self) -> Iterator[dict[str, Any]]:
        """The settings with which a tap reads the server, while it is served.

        Raises:
            AssertionError: Something was asked that nothing was recorded for.
        """
        with serve(self.answer) as server:
            yield {"instance_url": server.url, "pat": "made-up"}
        assert not self.unknown, self.unknown
