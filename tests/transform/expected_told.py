"""What vendors' logs say of changes of access: each log is replayed from its beginning.

It reads the sandbox's logs, no API and no table, and shares nothing with the SQL that it is
compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.transform.access_facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sandbox.model import Event
    from sandbox.zitadel.events import Happened


class Told(NamedTuple):
    """By a log, a fact of access began or ended at a moment, and an account made it so."""

    fact: Fact
    change: str
    at: datetime
    actor: str


def replayed(zitadel: Iterable[Happened], rudderstack: Iterable[Event]) -> list[Told]:
    """All that the logs tell, in their order."""
    return [*_of_zitadel(zitadel), *_of_rudderstack(rudderstack)]


def _of_zitadel(events: Iterable[Happened]) -> Iterator[Told]:
    """Each event leaves an authorization, or an administrator, with some roles."""
    held: dict[tuple[str, ...], set[Fact]] = {}
    authorizations: dict[str, dict[str, str]] = {}
    for event in events:
        payload, *kind, verb = event.payload, *event.kind.split(".")
        if kind[:2] == ["user", "grant"]:
            subject: tuple[str, ...] = (event.aggregate_id,)
            known = authorizations.setdefault(event.aggregate_id, dict(payload))
            user, scope = known["userId"], f"zitadel/organization/{event.owner}"
            prefix = f"zitadel/project_role/{known['projectId']}"
            roles = payload.get("roleKeys", [])
        elif kind[:2] == ["org", "member"]:
            user, scope = payload["userId"], f"zitadel/organization/{event.aggregate_id}"
            subject, prefix = (user, scope), "zitadel/admin_role"
            roles = payload.get("roles", [])
        else:
            continue
        before = held.get(subject, set())
        left = () if verb == "removed" else roles
        held[subject] = {Fact(f"zitadel/user/{user}", f"{prefix}/{role}", scope) for role in left}
        for fact in before ^ held[subject]:
            change = "granted" if fact in held[subject] else "revoked"
            yield Told(fact, change, event.at, f"zitadel/user/{event.editor}")


def _of_rudderstack(events: Iterable[Event]) -> Iterator[Told]:
    """The only permission of the sandbox's users is their membership."""
    changes = {
        "added_to_organization": ("granted",),
        "removed_from_organization": ("revoked",),
        "changed_permission": ("granted", "revoked"),
    }
    for event in events:
        for change in changes.get(event.action, ()):
            account = f"rudderstack/user/{event.target}"
            fact = Fact(account, "rudderstack/membership", "rudderstack/tenant")
            at = event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)
            yield Told(fact, change, at, f"rudderstack/user/{event.actor}")
