"""Facts that two of Kinde's listings contain, for cross-checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity_sdk import IdentityStream, Item, Side, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tap_kinde.organizations import OrganizationUsers
    from tap_kinde.streams import Roles, RoleUsers, Users

Member = tuple[str, str]
"""Organization code, user id."""
RoleHolder = tuple[str, str, str]
"""Organization code, user id, role key."""


def of_users(users: Users) -> Side:
    """Memberships according to the organizations in users' records."""

    def facts_of(items: Iterable[Item]) -> Iterator[Member]:
        for user in items:
            for code in texts(user.get("organizations")):
                yield code, str(user.get("id"))

    def recheck(facts: Collection[Member]) -> Iterator[Member]:
        return facts_of(users.read_again({user for _, user in facts}))

    return Side(lambda: facts_of(_items(users)), recheck)


def of_members(members: OrganizationUsers) -> Side:
    """Memberships according to the users of organizations."""

    def facts_of(items: Iterable[Item]) -> Iterator[Member]:
        for member in items:
            yield member["org_code"], str(member.get("id"))

    def recheck(facts: Collection[Member]) -> Iterator[Member]:
        return facts_of(members.read_parents_again({(code,) for code, _ in facts}))

    return Side(lambda: facts_of(_items(members)), recheck)


def of_member_roles(members: OrganizationUsers) -> Side:
    """Role assignments according to the role keys of organizations' users."""

    def facts_of(items: Iterable[Item]) -> Iterator[RoleHolder]:
        for member in items:
            for key in texts(member.get("roles")):
                yield member["org_code"], str(member.get("id")), key

    def recheck(facts: Collection[RoleHolder]) -> Iterator[RoleHolder]:
        return facts_of(members.read_parents_again({(code,) for code, _, _ in facts}))

    return Side(lambda: facts_of(_items(members)), recheck)


def of_role_users(roles: Roles, role_users: RoleUsers) -> Side:
    """Role assignments according to the organization codes of roles' users."""

    def keys() -> dict[str, str]:
        return {str(role.get("id")): str(role.get("key")) for role in _items(roles)}

    def facts_of(items: Iterable[Item]) -> Iterator[RoleHolder]:
        key_of = keys()
        for user in items:
            for code in texts(user.get("org_codes")):
                yield code, str(user.get("id")), key_of.get(user["role_id"], "")

    def recheck(facts: Collection[RoleHolder]) -> Iterator[RoleHolder]:
        doubtful = {key for _, _, key in facts}
        ids = {(id_,) for id_, key in keys().items() if key in doubtful}
        return facts_of(role_users.read_parents_again(ids))

    return Side(lambda: facts_of(_items(role_users)), recheck)


def _items(stream: IdentityStream) -> Iterator[Item]:
    for page in stream.listing.pages():
        yield from page
