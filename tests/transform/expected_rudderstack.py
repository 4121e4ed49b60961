"""Who has access to what in a RudderStack organization, as its SCIM API tells it.

The company's SCIM server shows no roles. Whoever is in a group is in all groups around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.model import Group
    from tests.transform.access_facts import SourceAccess


def collect(company: Company, found: SourceAccess) -> None:
    """State all access. SCIM says of none since when."""
    for person in company.people.values():
        account = found.id("user", person.id)
        found.accounts[account] = person.is_active_in("rudderstack")
        if found.accounts[account]:
            found.grant(account, found.id("membership"), found.id("tenant"))
    for group, member in company.memberships():
        if isinstance(member, Person):
            account = found.id("user", member.id)
            held = found.grant(account, found.id("group", group.id), found.id("tenant"))
            for outer, depth in _around(company, group).items():
                found.imply(held, found.id("group", outer.id), depth)


def _around(company: Company, group: Group) -> dict[Group, int]:
    """All groups that a group is in, and how far out they are; itself among them in a circle."""
    found: dict[Group, int] = {}
    ring, depth = [group], 0
    while ring:
        depth += 1
        outer = {each for inner in ring for each in company.groups_of(inner)}
        ring = [each for each in outer if each not in found]
        found |= dict.fromkeys(ring, depth)
    return found
