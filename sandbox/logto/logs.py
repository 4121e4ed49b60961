"""The audit logs: who signed in, or failed to; and how many people did each day.

A sign-in of a person is one row, `Interaction.SignIn.Submit`, or if it failed
`Interaction.SignIn.Verification.Password.Submit`. An application that proves itself is
`ExchangeTokenBy.ClientCredentials`. A real server writes more rows for each sign-in.
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.logto.answers import Failure, bad_query
from sandbox.logto.paging import js_number
from sandbox.logto.people import TENANT, milliseconds
from sandbox.logto.tables import RESOURCE

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from sandbox.model import SignIn

Row = dict[str, Any]


def in_logs(events: list[SignIn], query: QueryParams, version: tuple[int, int]) -> list[SignIn]:
    """The events that the parameters ask for. Before 1.40, times were not looked at."""
    start, end = _times(query) if version >= (1, 40) else (-math.inf, math.inf)
    wanted = {name: query.get(name) for name in ("userId", "applicationId", "logKey")}
    if start == -math.inf and end == math.inf and not any(wanted.values()):
        return events
    return [
        event for event in events if start <= milliseconds(event.at) <= end and _is(event, wanted)
    ]


def _times(query: QueryParams) -> tuple[float, float]:
    start = _time(query, "start_time", -math.inf)
    end = _time(query, "end_time", math.inf)
    if start > end:
        message = "The start time must not be later than the end time."
        raise Failure(400, "log.invalid_time_window", message)
    return start, end


def _time(query: QueryParams, name: str, default: float) -> float:
    if (text := query.get(name)) is None:
        return default
    number = js_number(text)
    if not math.isfinite(number):
        raise bad_query(name, {"code": "custom", "message": "Invalid input"})
    return number


def _is(event: SignIn, wanted: dict[str, str | None]) -> bool:
    user = event.person.id if event.person and event.succeeded else None
    is_so = {"userId": user, "applicationId": event.application.id, "logKey": _key(event)}
    return all(not value or value == is_so[name] for name, value in wanted.items())


def _key(event: SignIn) -> str:
    if event.person is None:
        return "ExchangeTokenBy.ClientCredentials"
    what = "Submit" if event.succeeded else "Verification.Password.Submit"
    return f"Interaction.SignIn.{what}"


def log(event: SignIn, version: tuple[int, int]) -> Row:
    return {
        "tenantId": TENANT,
        "id": event.id,
        "key": _key(event),
        "payload": _payload(event, version),
        "createdAt": milliseconds(event.at),
    }


def _payload(event: SignIn, version: tuple[int, int]) -> Row:
    payload: Row = {"key": _key(event), "result": "Success" if event.succeeded else "Error"}
    if not event.succeeded:
        payload["error"] = _error(event)
    payload |= {"ip": event.ip, "userAgent": event.user_agent}
    if version >= (1, 40):
        payload["userAgentParsed"] = _parsed(event.user_agent)
    if event.person is not None and event.succeeded:
        payload["userId"] = event.person.id
    payload["applicationId"] = event.application.id
    return {**payload, **(_interaction(event) if event.person else _exchange(event, version))}


def _error(event: SignIn) -> Any:
    """What went wrong: a text for an application, an object for a person."""
    if event.person is None:
        return '{"error":"invalid_client"}'
    message = "Incorrect account or password. Please check your input."
    return {"code": "session.invalid_credentials", "message": message}


def _exchange(event: SignIn, version: tuple[int, int]) -> Row:
    """What is known of an application that proved itself. Secrets are hidden here."""
    params = {"scope": "all", "resource": RESOURCE, "grant_type": "client_credentials"}
    if version >= (1, 40):
        params |= {"client_secret": "******"}
    if not event.succeeded:
        return {"params": params}
    proof = {"name": "first"}
    return {
        "params": params, "scope": "all", "tokenTypes": ["AccessToken"], "applicationSecret": proof,
    }  # fmt: skip


def _interaction(event: SignIn) -> Row:
    """What is known of a sign-in. Secrets are hidden here."""
    person = event.person
    identifier = {"type": "email", "value": person.email if person else None}
    record = {"id": f"password{event.id}", "type": "Password", "verified": True}
    interaction: Row = {
        "mfa": {},
        "captcha": {"skipped": False, "verified": False},
        "profile": {},
        "signInContext": {"ip": event.ip, "userAgent": event.user_agent},
        "interactionEvent": "SignIn",
        "verificationRecords": [{**record, "identifier": identifier}] if event.succeeded else [],
    }
    if event.succeeded and person:
        return {"interaction": {**interaction, "userId": person.id}}
    return {
        "payload": {"password": "******", "identifier": identifier}, "interaction": interaction,
    }  # fmt: skip


def _parsed(agent: str) -> Row:
    empty: dict[str, Row] = {"browser": {}, "device": {}, "engine": {}, "os": {}, "cpu": {}}
    if not (chrome := re.search(r"Chrome/((\d+)[\d.]*)", agent)):
        return {"ua": agent, **empty}
    full, major = chrome.groups()
    browser = {"name": "Chrome", "version": full, "major": major}
    engine = {"name": "Blink", "version": full}
    known = {"browser": browser, "engine": engine, "os": {"name": "Linux"}}
    return {"ua": agent, **empty, **known, "cpu": {"architecture": "amd64"}}


def active_users(events: list[SignIn], query: QueryParams, today: date) -> Row:
    """How many people signed in each day, up to a day, and in the week and month before."""
    last = _day(query.get("date"), today)
    people: dict[date, set[str]] = {}
    for event in events:
        if event.person is not None and event.succeeded:
            people.setdefault(event.at.date(), set()).add(event.person.id)

    def active(days: int, ago: int = 0) -> int:
        span = (last - timedelta(days=ago + day) for day in range(days))
        return len(set[str]().union(*(people.get(day, set()) for day in span)))

    def change(days: int) -> dict[str, int]:
        return {"count": active(days), "delta": active(days) - active(days, days)}

    curve = [(last - timedelta(days=ago), active(1, ago)) for ago in range(29, -1, -1)]
    return {
        "dauCurve": [{"date": day.isoformat(), "count": count} for day, count in curve],
        "dau": change(1),
        "wau": change(7),
        "mau": change(30),
    }


def _day(text: str | None, today: date) -> date:
    if text is None:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        issue = {"code": "invalid_string", "message": "Invalid", "validation": "regex"}
        raise bad_query("date", issue) from None
