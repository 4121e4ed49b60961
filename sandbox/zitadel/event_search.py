"""How events are searched for and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zitadel.calls import Call, Endpoint, Single
from sandbox.zitadel.failures import invalid
from sandbox.zitadel.wire import Json, Present, moment, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.zitadel.events import EventStore, Happened
    from sandbox.zitadel.quirks import Quirks

_MOST = {"aggregateTypes": 10, "eventTypes": 30}
_SEARCHED = {
    "aggregateId": "aggregate_id", "resourceOwner": "owner", "editorUserId": "editor",
}  # fmt: skip


def endpoints(store: EventStore, quirks: Quirks) -> tuple[Endpoint, ...]:
    """What is served of it."""
    return (
        Single(
            rpc="admin.v1.ListEvents", rest="/admin/v1/events/_search",
            permission="events.read", show=lambda call: _search(call, store, quirks),
        ),
        Single(
            rpc="admin.v1.ListEventTypes", rest="/admin/v1/events/types/_search",
            permission="events.read", show=lambda call: _types(store),
        ),
        Single(
            rpc="admin.v1.ListAggregateTypes", rest="/admin/v1/aggregates/types/_search",
            permission="events.read", show=lambda call: _aggregates(store),
        ),
    )  # fmt: skip


def _search(call: Call, store: EventStore, quirks: Quirks) -> Json:
    """What is asked for, in the order of commits; of an aggregate, in that of sequences."""
    asked = call.body
    for name, most in _MOST.items():
        if len(asked.get(name) or []) > most:
            raise invalid(f"invalid field {name}: value must contain no more than {most} items")
    try:
        limit, asc = whole(asked.get("limit") or 0), bool(asked.get("asc"))
        after, before = _bounds(asked, asc)
        sequence = whole(asked.get("sequence") or 0)
    except ValueError as error:
        raise invalid(f"proto: {error}") from None
    if quirks.audit_log_retention:
        oldest = call.instance.now - quirks.audit_log_retention
        after = max(after, oldest) if after else oldest
    tests = _tests(asked) + _limits(after, before, sequence, asc=asc)
    found = [event for event in store if all(test(event) for test in tests)]
    if asked.get("aggregateId"):
        found.sort(key=lambda event: event.sequence)
    if not asc:
        found.reverse()
    most = quirks.event_limit
    names = {user.id: user.display_name for user in call.instance.users}
    shown = found[: limit if 0 < limit <= most else most]
    return {"events": [_show(event, names) for event in shown]}


def _bounds(asked: Json, asc: bool) -> tuple[datetime | None, datetime | None]:
    """After and before which it happened. A range goes before anything else."""
    window = asked.get("range")
    if window is not None:
        since, until = window.get("since"), window.get("until")
        return since and moment(since), until and moment(until)
    alone = asked.get("from") or asked.get("creationDate")
    if not alone:
        return None, None
    return (moment(alone), None) if asc else (None, moment(alone))


def _tests(asked: Json) -> list[Callable[[Happened], bool]]:
    tests: list[Callable[[Happened], bool]] = []
    if aggregates := set(asked.get("aggregateTypes") or []):
        tests.append(lambda event: event.aggregate in aggregates)
    if kinds := set(asked.get("eventTypes") or []):
        tests.append(lambda event: event.kind in kinds)
    for name, attribute in _SEARCHED.items():
        if wanted := asked.get(name):
            tests.append(_has(attribute, wanted))
    return tests


def _has(attribute: str, wanted: Any) -> Callable[[Happened], bool]:
    return lambda event: bool(getattr(event, attribute) == wanted)


def _limits(
    after: datetime | None, before: datetime | None, sequence: int, *, asc: bool
) -> list[Callable[[Happened], bool]]:
    """All of them are exclusive."""
    tests: list[Callable[[Happened], bool]] = []
    if after:
        tests.append(lambda event: event.at > after)
    if before:
        tests.append(lambda event: event.at < before)
    if sequence and asc:
        tests.append(lambda event: event.sequence > sequence)
    elif sequence:
        tests.append(lambda event: event.sequence < sequence)
    return tests


def _show(event: Happened, names: dict[str, str]) -> Json:
    editor = {
        "userId": event.editor, "displayName": names.get(event.editor), "service": "zitadel",
    }  # fmt: skip
    aggregate = {
        "id": event.aggregate_id, "type": _localized("AggregateTypes", event.aggregate),
        "resourceOwner": event.owner,
    }  # fmt: skip
    return {
        "editor": editor, "aggregate": aggregate, "sequence": str(event.sequence),
        "creationDate": event.at, "type": _localized("EventTypes", event.kind),
        "payload": Present(event.payload) if event.payload else None,
    }  # fmt: skip


def _localized(of: str, name: str) -> Json:
    text = name.replace(".", " ").replace("_", " ").capitalize()
    return {"type": name, "localized": {"key": f"{of}.{name}", "localizedMessage": text}}


def _types(store: EventStore) -> Json:
    kinds = sorted({event.kind for event in store})
    return {"eventTypes": [_localized("EventTypes", kind) for kind in kinds]}


def _aggregates(store: EventStore) -> Json:
    kinds = sorted({event.aggregate for event in store})
    return {"aggregateTypes": [_localized("AggregateTypes", kind) for kind in kinds]}
