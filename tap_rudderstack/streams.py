"""The streams of tap-rudderstack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from identity_sdk import ApiError, ColumnMap, Item, PartOf, flatten, snake_case
from tap_rudderstack.client import (
    AUDIT_PATH,
    ENTERPRISE,
    RESOURCE,
    AuditStream,
    ScimStream,
    multi_valued,
    resource_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


_MULTI_VALUED = {
    "emails": "emails",
    "phonenumbers": "phone_numbers",
    "ims": "ims",
    "photos": "photos",
    "addresses": "addresses",
    "groups": "groups",
    "entitlements": "entitlements",
    "roles": "roles",
}
_USER: ColumnMap = {
    **RESOURCE,
    **_MULTI_VALUED,
    "username": "user_name",
    "nickname": "nick_name",
    "profileurl": "profile_url",
    "title": "title",
    "usertype": "user_type",
    "preferredlanguage": "preferred_language",
    "locale": "locale",
    "timezone": "timezone",
    "active": "active",
    "name": {
        "formatted": "formatted_name",
        "familyname": "family_name",
        "givenname": "given_name",
        "middlename": "middle_name",
        "honorificprefix": "honorific_prefix",
        "honorificsuffix": "honorific_suffix",
    },
    ENTERPRISE: {
        "employeenumber": "employee_number",
        "costcenter": "cost_center",
        "organization": "organization",
        "division": "division",
        "department": "department",
        "manager": {
            "": "manager_id",  # as sent by Entra ID
            "value": "manager_id",
            "displayname": "manager_display_name",
            "$ref": None,
        },
    },
}
# For what user_emails and group_members do not know; the rest is read in `rows`.
_EMAIL: ColumnMap = dict.fromkeys(("value", "display", "type", "primary", "ref"))
_MEMBER: ColumnMap = dict.fromkeys(("value", "display", "type", "ref"))


class Users(ScimStream):
    """A user provisioned by the organization's identity provider."""

    name = "users"
    path = "/Users"
    primary_keys = ("id",)
    ignored_fields = frozenset({"password", "x509certificates"})

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        row = resource_row(item, _USER)
        for column in _MULTI_VALUED.values():
            row[column] = multi_valued(row.get(column))
        row["primary_email"] = primary_email(row["emails"] or [])
        yield row


class UserEmails(PartOf, ScimStream):
    """An e-mail address of a user."""

    name = "user_emails"
    parent, bind = Users, {"user_id": "id"}
    read_from = ("emails",)
    primary_keys = ("user_id", "value")

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        merged: dict[str, Item] = {}
        for email in multi_valued(item.get("emails")) or ():
            if not (value := email.get("value")):
                continue
            row = merged.setdefault(
                str(value), {"value": value, "types": [], "is_primary": None, "display": None}
            )
            if (kind := email.get("type")) and kind not in row["types"]:
                row["types"].append(kind)
            if row["is_primary"] is not True:
                row["is_primary"] = email.get("primary")
            row["display"] = row["display"] or email.get("display")
            row.update(flatten(email, _EMAIL, path="$.emails"))
        return merged.values()


class Groups(ScimStream):
    """A group of users."""

    name = "groups"
    path = "/Groups"
    primary_keys = ("id",)
    ignored_fields = frozenset({"members"})

    _light = False

    @property
    @override
    def params(self) -> dict[str, str]:
        # Inline members save a request per group.
        wanted = self.tap.streams["group_members"].selected
        return {} if wanted and not self._light else {"excludedAttributes": "members"}

    @override
    def reduce_payload(self) -> bool:
        """Omit members: servers fail or time out over groups with many."""
        before, self._light = self._light, True
        return not before

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield resource_row(item, RESOURCE)

    @override
    def unsupported(self, error: ApiError) -> str | None:
        # Some servers return a 500 instead: «resource type Groups is not valid».
        invalid = error.status == 500 and "resource type" in str(error.body).lower()
        missing = error.status in (404, 501) or invalid
        return f"this server has no groups ({error})" if missing else None


class AuditLogs(AuditStream):
    """An audit log event, such as an added user or a changed permission."""

    name = "audit_logs"
    path = AUDIT_PATH
    primary_keys = ("id",)
    replication_key = "created_at"

    @override
    def unsupported(self, error: ApiError) -> str | None:
        if error.status != 404:
            return None
        return "this server has no audit logs; RudderStack has them on the Enterprise plan"


def primary_email(emails: list[Item]) -> Any:
    """The address marked as primary, else the first."""
    marked = [e for e in emails if str(e.get("primary")).lower() == "true"]
    return next((e["value"] for e in (*marked, *emails) if e.get("value")), None)


def members(group: Item) -> list[Item]:
    """The members of a group, as rows."""
    return [
        {
            "member_type": member_type(member),
            "member_id": _identifier(member.get("value")),
            "member_display": member.get("display"),
            "member_ref": member.get("ref"),
            **flatten(member, _MEMBER, path="$.members"),
        }
        for member in multi_valued(group.get("members")) or ()
    ]


def _identifier(value: Any) -> str | None:
    """An id as a string; None if it is not one."""
    return str(value) if isinstance(value, str | int) and value not in ("", True, False) else None


def named(user: Item, *types: str) -> list[str]:
    """The ids of the groups in a user's own record, without indirect ones."""
    return [
        str(group["value"])
        for group in multi_valued(user.get("groups")) or ()
        if group.get("value")
        and (kind := str(group.get("type", "")).lower()) != "indirect"
        and (not types or kind in types)
    ]


def member_type(member: Item) -> str:
    """`User` or `Group`: by the last word of the type, else by the reference, else `User`.

    Some servers send types such as `direct`, or a URN, and relative references.
    """
    word = snake_case(str(member.get("type") or "")).rpartition("_")[2]
    if word not in ("user", "group"):
        kinds = re.findall(r"(?:^|/)(user|group)s(?=/)", str(member.get("ref")).lower())
        word = kinds[-1] if kinds else "user"
    return word.capitalize()


def member_key(row: Item) -> tuple[str, str] | None:
    """The key of a member within its group; None if it has none."""
    return (row["member_type"], row["member_id"]) if row["member_id"] else None
