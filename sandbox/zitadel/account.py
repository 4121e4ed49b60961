"""The account that asks, and what it may see."""

from __future__ import annotations

from dataclasses import dataclass, field

IAM_OWNER_VIEWER = "IAM_OWNER_VIEWER"
ORG_OWNER_VIEWER = "ORG_OWNER_VIEWER"
NONE = "NONE"

_OF_AN_ORGANIZATION = frozenset({
    "org.read", "org.member.read", "org.idp.read", "user.read", "user.grant.read",
    "user.membership.read", "project.read", "project.role.read", "project.member.read",
    "project.app.read", "project.grant.read", "project.grant.member.read", "policy.read",
    "group.read", "group.user.read",
})  # fmt: skip
"""What ORG_OWNER_VIEWER may do: nothing with sessions, events or the instance."""


@dataclass
class Account:
    """Who asks: the machine user of the company's first machine.

    Attributes:
        role: IAM_OWNER_VIEWER, ORG_OWNER_VIEWER or NONE.
        member_of: Ids of the organizations in which ORG_OWNER_VIEWER is held.
        denied: Permissions that the role lacks, as if it had been changed.
    """

    role: str = IAM_OWNER_VIEWER
    member_of: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    def may(self, permission: str, organization: str | None = None) -> bool:
        """Whether it has a permission in an organization, or (None) in the whole instance."""
        if permission in self.denied or self.role == NONE:
            return False
        if self.role == IAM_OWNER_VIEWER:
            return True
        return permission in _OF_AN_ORGANIZATION and organization in self.member_of

    def belongs_to(self, organization: str) -> bool:
        """Whether it has any role there."""
        if self.role == IAM_OWNER_VIEWER:
            return True
        return self.role == ORG_OWNER_VIEWER and organization in self.member_of
