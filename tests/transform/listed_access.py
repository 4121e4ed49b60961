"""Access as the taps' raw records tell it: a cross-check of what the company says, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.transform.access_facts import Fact, Grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Message, Run


@dataclass
class Listed:
    """What records of a system come to.

    Attributes:
        rows: A grant for each record that states one; several may state the same.
        implications: What gives what, and the only scope in which it does, if there is one.
            Access to applications is given to people only.
    """

    run: Run
    rows: list[tuple[Fact, Grant]] = field(default_factory=list)
    implications: set[tuple[str, str, str | None]] = field(default_factory=set)

    def grant(self, account: str, entitlement: str, scope: str, **known: Any) -> None:
        self.rows.append((Fact(account, entitlement, scope), Grant(**known)))

    def imply(self, entitlement: str, implied: str, only_in: str | None = None) -> None:
        self.implications.add((entitlement, implied, only_in))

    @property
    def grants(self) -> dict[Fact, Grant]:
        """Each fact once, as the earliest record has it."""
        newest_first = sorted(
            self.rows, key=lambda row: row[1].granted_at or datetime.min, reverse=True
        )
        return dict(newest_first)

    @property
    def depths(self) -> dict[Fact, int]:
        """What follows from the grants, and in how many steps at least."""
        found: dict[Fact, int] = {}
        ring, depth = set(self.grants), 0
        while ring:
            found |= dict.fromkeys(ring, depth)
            ring = {
                fact._replace(entitlement=implied)
                for fact in ring
                for entitlement, implied, only_in in self.implications
                if fact.entitlement == entitlement and only_in in (None, fact.scope)
                if "/application_access/" not in implied or "/user/" in fact.account
            } - found.keys()
            depth += 1
        return found


def listed_accounts(system: str, run: Run) -> dict[str, bool]:
    """Each account that the records have, and whether it is active."""
    users = {f"{system}/user/{row['id']}": _is_active(row) for row in run.records("users")}
    machines = [
        f"{system}/application/{row['id']}"
        for row in run.records("applications")
        if system != "zitadel" and row["type"] in ("m2m", "MachineToMachine")
    ]
    return users | dict.fromkeys(machines, True)


def _is_active(user: Message) -> bool:
    """In the words of SCIM, of ZITADEL, or of the others."""
    if "state" in user:
        return bool(user["state"] == "USER_STATE_ACTIVE")
    return bool(user["active"] if "active" in user else not user["is_suspended"])


def listed(system: str, run: Run) -> Listed:
    """What the records of a run of a system's tap come to."""
    found = Listed(run)
    _READERS[system](found)
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _kinde(found: Listed) -> None:
    def user_in(row: Message, user: str = "user_id") -> tuple[str, str]:
        return f"kinde/user/{row[user]}", f"kinde/organization/{row['org_code']}"

    records = found.run.records
    for row in records("organization_users"):
        user, place = user_in(row, "id")
        found.grant(user, "kinde/membership", place, granted_at=_moment(row["joined_on"]))
    for row in records("role_users"):
        user, place = user_in(row)
        found.grant(user, f"kinde/role/{row['role_id']}", place)
    for row in records("user_api_scopes"):
        user, place = user_in(row)
        found.grant(user, f"kinde/scope/{row['api_id']}/{row['scope']}", place)
    for row in records("api_applications"):
        account, api = f"kinde/application/{row['id']}", f"kinde/api_access/{row['api_id']}"
        found.grant(account, api, "kinde/tenant", inactive=not row["is_active"])
    for stream, kind in (
        ("role_permissions", "permission"),
        ("role_system_permissions", "system_permission"),
    ):
        for row in records(stream):
            found.imply(f"kinde/role/{row['role_id']}", f"kinde/{kind}/{row['id']}")
    for row in records("role_scopes"):
        scope = f"kinde/scope/{row['api_id']}/{row['key']}"
        found.imply(f"kinde/role/{row['role_id']}", scope)
    for row in records("application_access_roles"):
        application = f"kinde/application_access/{row['application_id']}"
        found.imply(f"kinde/role/{row['id']}", application)


def _logto(found: Listed) -> None:
    records = found.run.records
    for kind, of_tenant, of_organization in (
        ("user", "role_users", ("organization_memberships", "organization_member_roles")),
        (
            "application",
            "role_applications",
            ("organization_applications", "organization_application_roles"),
        ),
    ):
        for row in records(of_tenant):
            account = f"logto/{kind}/{row[f'{kind}_id']}"
            found.grant(account, f"logto/role/{row['role_id']}", "logto/tenant")
        for row in (*records(of_organization[0]), *records(of_organization[1])):
            role = row.get("organization_role_id")
            found.grant(
                f"logto/{kind}/{row[f'{kind}_id']}",
                f"logto/organization_role/{role}" if role else "logto/membership",
                f"logto/organization/{row['organization_id']}",
            )
    for stream, giver, given in (
        ("role_scopes", "role", "scope"),
        ("organization_role_scopes", "organization_role", "organization_scope"),
        ("organization_role_resource_scopes", "organization_role", "scope"),
    ):
        for row in records(stream):
            found.imply(f"logto/{giver}/{row[f'{giver}_id']}", f"logto/{given}/{row['scope_id']}")
    for row in records("application_access_control"):
        _opened(found, row)


def _opened(found: Listed, row: Message) -> None:
    application = f"logto/application_access/{row['application_id']}"
    for user in row["user_ids"]:
        found.grant(f"logto/user/{user}", application, "logto/tenant")
    for role in row["user_role_ids"]:
        found.imply(f"logto/role/{role}", application)
    for organization in row["organization_ids"]:
        found.imply("logto/membership", application, f"logto/organization/{organization}")
    for rule in row["organization_role_rules"]:
        place = f"logto/organization/{rule['organization_id']}"
        for role in rule["organization_role_ids"]:
            found.imply(f"logto/organization_role/{role}", application, place)


def _zitadel(found: Listed) -> None:
    records = found.run.records
    created = {row["id"]: row["creation_date"] for row in records("authorizations")}
    for row in records("authorization_roles"):
        found.grant(
            f"zitadel/user/{row['user_id']}",
            f"zitadel/project_role/{row['project_id']}/{row['role_key']}",
            f"zitadel/organization/{row['organization_id']}",
            granted_at=_moment(created[row["authorization_id"]]),
        )
    for row in records("administrators"):
        kind, at = row["resource_type"], _moment(row["creation_date"])
        scope = "tenant" if kind == "instance" else f"{kind}/{row['resource_id']}"
        for role in row["roles"]:
            entitlement = f"zitadel/admin_role/{role}"
            user = f"zitadel/user/{row['user_id']}"
            found.grant(user, entitlement, f"zitadel/{scope}", granted_at=at)
    for row in records("group_users"):
        found.grant(
            f"zitadel/user/{row['user_id']}",
            f"zitadel/group/{row['group_id']}",
            f"zitadel/organization/{row['organization_id']}",
            granted_at=_moment(row["creation_date"]),
        )


def _rudderstack(found: Listed) -> None:
    records = found.run.records
    for row in records("users"):
        if row["active"]:
            account = f"rudderstack/user/{row['id']}"
            found.grant(account, "rudderstack/membership", "rudderstack/tenant")
    for row in records("group_members"):
        group = f"rudderstack/group/{row['group_id']}"
        if row["member_type"] == "User":
            account = f"rudderstack/user/{row['member_id']}"
            found.grant(account, group, "rudderstack/tenant")
        else:
            found.imply(f"rudderstack/group/{row['member_id']}", group)


_READERS: dict[str, Callable[[Listed], None]] = {
    "kinde": _kinde,
    "logto": _logto,
    "rudderstack": _rudderstack,
    "zitadel": _zitadel,
}
