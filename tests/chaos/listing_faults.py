"""Listings that are not the same at each look: counted before a row is added, or lacking rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sandbox.model import SignIn
from tests.chaos.page_faults import add_to_total, ask, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company import Company
    from sandbox.faults import App, Receive, Scope, Send
    from tests.chaos.page_faults import Served


@dataclass
class CountedFirst:
    """An application that works a page out in two statements: it counts, then it selects.

    Between the two, rows are added. Measured on Logto, whose total then fits, though a row is
    on no page.

    Attributes:
        add: Adds rows; it is given the page as it was when it was counted.
        when: Which pages that happens to.
        times: How often it happens at most.
        delivered: How often it changed what is on the page.
    """

    app: App
    add: Callable[[Served], object]
    when: Callable[[Served], bool]
    times: int = 1
    delivered: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await whole(receive)
        told = await ask(self.app, scope, asked)
        counted = told.answer(scope, asked)
        if counted and counted.total and self.delivered < self.times and self.when(counted):
            self.add(counted)
            told = await ask(self.app, scope, asked)
            selected = told.answer(scope, asked)
            if selected and selected.total:
                self.delivered += selected.rows != counted.rows
                add_to_total(selected, counted.total - selected.total)
                told.body = json.dumps(selected.body).encode()
        await told.send(send)


@dataclass
class Recovering:
    """An application that lacks rows when a listing is read first, and shows them from then on.

    Attributes:
        path: What the path of the listing ends with.
        hide: Takes rows away; returns how many.
        delivered: How many rows were lacking.
        looked_again: Whether it was asked for again.
    """

    app: App
    path: str
    hide: Callable[[Served], int]
    delivered: int = 0
    looked_again: bool = False
    _seen: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await whole(receive)
        told = await ask(self.app, scope, asked)
        answer = told.answer(scope, asked) if scope["path"].endswith(self.path) else None
        if answer:
            if not answer.place and answer.about in self._seen:
                self.looked_again = True
            elif not self.looked_again:
                self._seen.add(answer.about)
                self.delivered += self.hide(answer)
                told.body = json.dumps(answer.body).encode()
        await told.send(send)


def drop_rows(answer: Served, hidden: Callable[[Any], bool]) -> int:
    """Take rows out of an answer, and out of its total."""
    lists = answer.body.values() if isinstance(answer.body, dict) else [answer.body]
    dropped = 0
    for rows in lists:
        if isinstance(rows, list):
            kept = [row for row in rows if not (isinstance(row, dict) and hidden(row))]
            dropped += len(rows) - len(kept)
            rows[:] = kept
    add_to_total(answer, -dropped)
    return dropped


def late_event(company: Company, page: Served) -> None:
    """A sign-in that is told late: later ones are on the page already."""
    events = company.access.sign_ins
    like, at = events[-1], datetime.fromtimestamp(page.rows[0]["createdAt"] / 1000, timezone.utc)
    number, identifier = len(events) + 1, company.new_id()
    events.append(
        SignIn(identifier, number, at, like.application, None, None, like.ip, like.user_agent)
    )
