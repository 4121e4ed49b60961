"""What the tables that are expected of a ZITADEL share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.model import Person
from sandbox.zitadel import ZitadelServer, ids

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import Api, Membership, Thing

Row = dict[str, Any]


def naive(moment: datetime | None) -> datetime | None:
    """A time as PostgreSQL has it, without its time zone, which is UTC."""
    return moment.replace(tzinfo=None) if moment else None


def dates(thing: Thing) -> Row:
    return {"creation_date": naive(thing.created), "change_date": naive(thing.changed)}


def server_of(company: Company) -> ZitadelServer:
    """The server that serves the company: only it knows its version and its events."""
    return next(each for each in reversed(company.projections) if isinstance(each, ZitadelServer))


def user_owner(company: Company) -> dict[str, str]:
    """By the id of a person: the organization that the user belongs to."""
    found = dict.fromkeys(company.people, ids.HOME)
    for person, member in ids.owning_memberships(company).items():
        found[person] = ids.organization_id(member.organization)
    return found


def memberships_of(company: Company) -> list[Membership]:
    """All memberships, of people and of applications."""
    return [
        member
        for memberships in company.access.memberships.values()
        for member in memberships.values()
    ]


def people_memberships(company: Company) -> list[Membership]:
    return [member for member in memberships_of(company) if isinstance(member.holder, Person)]


def chief(company: Company) -> Api:
    """The first project, which has the applications and is granted."""
    return ids.projects(company)[0]


def keys_at(company: Company, roles: list[Any], api: Api) -> list[str]:
    """The keys of the project's roles that these roles of the company come to, in order."""
    return sorted(ids.role_keys(company.access.permissions.values(), roles, api))
