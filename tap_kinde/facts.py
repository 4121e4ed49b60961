"""What Kinde's listings tell of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity_sdk.walk import Walk
from tap_kinde.client import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.exchange import Item
    from identity_sdk.stream import IdentityStream

Member = tuple[str, str]
"""Code of an organization, id of a user."""
RoleHolder = tuple[str, str, str]
"""Code of an organization, id of a user, key of a role."""


class Facts:
    """Memberships and roles, each out of two listings.

    Each method reads a listing as this run has read it, or (`again`) once more.
    """

    def __init__(
        self,
        users: IdentityStream,
        members: IdentityStream,
        roles: IdentityStream,
        role_users: IdentityStream,
    ) -> None:
        self._users, self._members = users, members
        self._roles, self._role_users = roles, role_users

    def organizations(self, again: bool) -> Iterator[Member]:
        """Memberships, as users are listed with their organizations."""
        for user in _items(self._users, again):
            for code in texts(user.get("organizations")):
                yield code, str(user.get("id"))

    def members(self, again: bool) -> Iterator[Member]:
        """Memberships, as organizations list their users."""
        for member in _items(self._members, again):
            yield member["org_code"], str(member.get("id"))

    def member_roles(self, again: bool) -> Iterator[RoleHolder]:
        """Roles, as organizations list their users with the keys of their roles."""
        for member in _items(self._members, again):
            for key in texts(member.get("roles")):
                yield member["org_code"], str(member.get("id")), key

    def role_users(self, again: bool) -> Iterator[RoleHolder]:
        """Roles, as roles list their users with the codes of their organizations."""
        keys = {role.get("id"): str(role.get("key")) for role in _items(self._roles, again)}
        for user in _items(self._role_users, again):
            for code in texts(user.get("org_codes")):
                yield code, str(user.get("id")), keys.get(user["role_id"], "")


def _items(stream: IdentityStream, again: bool) -> Iterator[Item]:
    walk = Walk(stream.read, shared=False) if again else stream.walk
    for page in walk.pages():
        yield from page
