"""What the warehouse must hold, computed from the company alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.company import Company, Group, Person
from tests.warehouse import contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.warehouse import Database

Row = dict[str, Any]


def naive(moment: datetime | None) -> datetime | None:
    """A time as PostgreSQL's timestamp without time zone holds it, in UTC."""
    return moment.replace(tzinfo=None) if moment else None


def users(company: Company, base_url: str) -> Iterator[Row]:
    """The rows of `users`."""
    for person in company.people.values():
        emails = [{"value": person.email, "type": "work", "primary": True}]
        if person.private_email:
            emails.append({"value": person.private_email, "type": "home"})
        yield {
            "id": person.id,
            "external_id": f"idp-{person.number}",
            "user_name": person.email,
            "display_name": person.name,
            "nick_name": None,
            "profile_url": None,
            "title": person.title,
            "user_type": None,
            "preferred_language": None,
            "locale": "en-US",
            "timezone": "Europe/Helsinki",
            "active": person.is_active_in("rudderstack"),
            "formatted_name": person.name,
            "family_name": person.family,
            "given_name": person.given,
            "middle_name": None,
            "honorific_prefix": None,
            "honorific_suffix": None,
            "primary_email": person.email,
            "emails": emails,
            "phone_numbers": [{"value": person.phone, "type": "work"}] if person.phone else None,
            "ims": None,
            "photos": None,
            "addresses": None,
            "groups": None,
            "entitlements": None,
            "roles": None,
            "employee_number": str(person.number),
            "cost_center": None,
            "organization": "Example Org",
            "division": None,
            "department": person.department,
            "manager_id": person.manager.id if person.manager else None,
            "manager_display_name": person.manager.name if person.manager else None,
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            ],
            "extensions": None,
            **_meta(person, "User", f"{base_url}/Users/{person.id}"),
        }


def user_emails(company: Company, base_url: str) -> Iterator[Row]:
    """The rows of `user_emails`."""
    for person in company.people.values():
        yield {
            "user_id": person.id,
            "value": person.email,
            "types": ["work"],
            "is_primary": True,
            "display": None,
        }
        if person.private_email:
            yield {
                "user_id": person.id,
                "value": person.private_email,
                "types": ["home"],
                "is_primary": None,
                "display": None,
            }


def groups(company: Company, base_url: str) -> Iterator[Row]:
    """The rows of `groups`."""
    for group in company.groups.values():
        yield {
            "id": group.id,
            "external_id": f"idp-{group.number}",
            "display_name": group.name,
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "extensions": None,
            **_meta(group, "Group", f"{base_url}/Groups/{group.id}"),
        }


def group_members(company: Company, base_url: str) -> Iterator[Row]:
    """The rows of `group_members`."""
    for group, member in company.memberships():
        yield {
            "group_id": group.id,
            "member_type": "User" if isinstance(member, Person) else "Group",
            "member_id": member.id,
            "member_display": None,
            "member_ref": None,
        }


def _meta(thing: Person | Group, kind: str, location: str) -> Row:
    return {
        "meta_created": naive(thing.created),
        "meta_last_modified": naive(thing.changed),
        "meta_version": f'W/"{thing.revision}"',
        "meta_location": location,
        "meta_resource_type": kind,
    }


TABLES = {
    "users": (users, ("id",)),
    "user_emails": (user_emails, ("user_id", "value")),
    "groups": (groups, ("id",)),
    "group_members": (group_members, ("group_id", "member_type", "member_id")),
}
"""Of each table, its rows and its key."""


def assert_equals_company(
    database: Database, company: Company, base_url: str, schema: str = "tap_rudderstack"
) -> None:
    """Every column of every row is as the company says."""
    for table, (expected, keys) in TABLES.items():
        by_key = {tuple(row[key] for key in keys): row for row in contents(database, schema, table)}
        wanted = {tuple(row[key] for key in keys): row for row in expected(company, base_url)}
        assert by_key.keys() == wanted.keys(), table
        for key, row in wanted.items():
            assert by_key[key] == row, f"{table} {key}"


def edges(company: Company) -> set[tuple[str, str, str]]:
    return {
        (group.id, "User" if isinstance(member, Person) else "Group", member.id)
        for group, member in company.memberships()
    }
