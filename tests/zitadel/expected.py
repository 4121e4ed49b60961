"""What a warehouse must hold of a ZITADEL that serves a company, computed from the company alone.

Ids, and what becomes of what, are those of `sandbox.zitadel.ids`. What only the emulated
server makes up, such as constant fields, is stated here once more, and in the modules that
this one imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from tests.zitadel import expected_access as expected_zitadel_access
from tests.zitadel import expected_opt_in as expected_zitadel_opt_in
from tests.zitadel.expected_shared import Row, dates, naive, server_of, user_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.company import Company
    from sandbox.model import Person

LACKING_IN_V1 = {
    "users": {"password_change_required", "mfa_init_skipped"},
    "authorizations": {"user_organization_id", "project_organization_id"},
}
"""Columns that are empty where v1 answers: its messages have no such fields."""
SINCE_5 = ("groups", "group_users")
"""What no earlier version has."""
OF_A_VERSION = {"instance": {"server_version"}}
"""Columns that tell the version itself."""

PERSONAL = (
    "given_name", "family_name", "nick_name", "display_name", "preferred_language", "gender",
    "avatar_url", "email", "is_email_verified", "phone", "is_phone_verified",
    "password_changed", "password_change_required", "mfa_init_skipped",
)  # fmt: skip
MECHANICAL = (
    "machine_name", "machine_description", "machine_has_secret", "machine_access_token_type",
)  # fmt: skip


def instance(company: Company) -> Iterator[Row]:
    major, minor = server_of(company).version
    yield {
        "id": ids.INSTANCE,
        "name": "ZITADEL",
        "server_version": f"v{major}.{minor}.0",
        "state": "STATE_RUNNING",
        "domains": [ids.DOMAIN],
        "creation_date": naive(company.founded),
        "change_date": naive(company.founded),
    }


def organizations(company: Company) -> Iterator[Row]:
    founded = naive(company.founded)
    known = [(ids.HOME, ids.HOME_NAME, {"creation_date": founded, "change_date": founded})]
    for each in company.access.organizations.values():
        known.append((ids.organization_id(each), each.name, dates(each)))
    for identifier, name, times in known:
        yield {
            "id": identifier,
            "name": name,
            "primary_domain": ids.primary_domain(name),
            "state": "ORGANIZATION_STATE_ACTIVE",
            **times,
        }


def organization_domains(company: Company) -> Iterator[Row]:
    """The primary one was generated; the others are proven by DNS, every other one is so far."""
    for row in organizations(company):
        yield _domain(row["id"], row["primary_domain"], primary=True, verified=True)
    for each in company.access.organizations.values():
        for number, name in enumerate(each.domains):
            verified = number % 2 == 0
            yield _domain(ids.organization_id(each), name, primary=False, verified=verified)


def _domain(organization: str, name: str, *, primary: bool, verified: bool) -> Row:
    kind = "UNSPECIFIED" if primary else "DNS"
    return {
        "organization_id": organization,
        "domain": name,
        "is_verified": verified,
        "is_primary": primary,
        "validation_type": f"DOMAIN_VALIDATION_TYPE_{kind}",
    }


def users(company: Company) -> Iterator[Row]:
    owners = user_owner(company)
    for person in company.people.values():
        state = "ACTIVE" if person.is_active_in("zitadel") else "INACTIVE"
        yield {
            "id": ids.user_id(person),
            "organization_id": owners[person.id],
            "type": "human",
            "state": f"USER_STATE_{state}",
            **_names(person.email),
            **_human(person),
            **dict.fromkeys(MECHANICAL),
            **dates(person),
        }
    for machine in ids.machines(company.access.applications.values()):
        kind = "JWT" if machine.number % 2 else "BEARER"
        yield {
            "id": ids.user_id(machine),
            "organization_id": ids.HOME,
            "type": "machine",
            "state": "USER_STATE_ACTIVE",
            **_names(ids.machine_name(machine)),
            **dict.fromkeys(PERSONAL),
            "machine_name": machine.name,
            "machine_description": machine.description or "",
            "machine_has_secret": bool(machine.secrets),
            "machine_access_token_type": f"ACCESS_TOKEN_TYPE_{kind}",
            **dates(machine),
        }


def _names(username: str) -> Row:
    return {"username": username, "login_names": [username], "preferred_login_name": username}


def _human(person: Person) -> Row:
    return {
        "given_name": person.given,
        "family_name": person.family,
        "nick_name": "",
        "display_name": f"{person.given} {person.family}",
        "preferred_language": "en",
        "gender": "GENDER_UNSPECIFIED",
        "avatar_url": ids.picture(person),
        "email": person.email,
        "is_email_verified": ids.is_email_verified(person),
        "phone": person.phone or "",
        "is_phone_verified": ids.is_phone_verified(person),
        "password_changed": naive(person.created) if person.has_password else None,
        "password_change_required": ids.must_change_password(person),
        "mfa_init_skipped": None,
    }


def groups(company: Company) -> Iterator[Row]:
    for group in company.groups.values():
        yield {
            "id": ids.group_id(group),
            "organization_id": ids.HOME,
            "name": group.name,
            "description": "",
            **dates(group),
        }


def group_users(company: Company) -> Iterator[Row]:
    """Groups within groups are none of ZITADEL's."""
    people = company.people
    for group in company.groups.values():
        for member in group.members:
            if member.id in people:
                yield {
                    "group_id": ids.group_id(group),
                    "user_id": ids.user_id(people[member.id]),
                    "organization_id": ids.HOME,
                    "creation_date": naive(group.created),
                }


def events(company: Company) -> Iterator[Row]:
    """What was committed, without what it holds."""
    names = {ids.user_id(person): person.name for person in company.people.values()}
    machines = ids.machines(company.access.applications.values())
    names |= {ids.user_id(machine): machine.name for machine in machines}
    for event in server_of(company).store:
        yield {
            "aggregate_type": event.aggregate,
            "aggregate_id": event.aggregate_id,
            "sequence": event.sequence,
            "creation_date": naive(event.at),
            "event_type": event.kind,
            "organization_id": event.owner,
            "editor_user_id": event.editor,
            "editor_display_name": names.get(event.editor, ""),
            "editor_service": "zitadel",
            "payload": None,
        }


TABLES: dict[str, tuple[Callable[[Company], Iterable[Row]], tuple[str, ...]]] = {
    "instance": (instance, ("id",)),
    "organizations": (organizations, ("id",)),
    "organization_domains": (organization_domains, ("organization_id", "domain")),
    "users": (users, ("id",)),
    **expected_zitadel_access.TABLES,
    "groups": (groups, ("id",)),
    "group_users": (group_users, ("group_id", "user_id")),
    "events": (events, ("aggregate_type", "aggregate_id", "sequence")),
    **expected_zitadel_opt_in.TABLES,
}
"""Of each table, its rows and its key, in the order in which the tap reads them."""
OPT_IN = tuple(expected_zitadel_opt_in.TABLES)
DEFAULT = tuple(table for table in TABLES if table not in OPT_IN)
