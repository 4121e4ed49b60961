"""What of the server's behaviour can be set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.zitadel.account import Account

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(eq=False)
class Quirks:
    """Settings, and ways to fail.

    Attributes:
        account: Who asks, and what it may see.
        external_domain: The only Host that is known; None knows all.
        issuer: What an assertion must be for; None is the request's own base URL.
        max_message: Bytes of the largest answer that the gateway passes on; None is what the
            version has.
        loose: In place of what each list has (see `Listing.loose`).
        event_limit: The most events that are told at once, whatever is asked for.
        audit_log_retention: Older events are not told.
        permission_check_v2: A feature: some more lists check rights before the limit.
        lagging: Ids of users that lists of users lack, as where a projection lags behind.
        relational_tables: A feature of version 5: the totals of organizations and sessions
            are those of the page.
    """

    account: Account = field(default_factory=Account)
    external_domain: str | None = None
    issuer: str | None = None
    max_message: int | None = None
    loose: int | None = None
    event_limit: int = 1000
    audit_log_retention: timedelta | None = None
    permission_check_v2: bool = False
    lagging: set[str] = field(default_factory=set)
    relational_tables: bool = False

    @property
    def role(self) -> str:
        """The role of who asks."""
        return self.account.role

    @role.setter
    def role(self, role: str) -> None:
        self.account.role = role

    @property
    def member_of(self) -> set[str]:
        """The organizations in which it is held, if it is one of organizations."""
        return self.account.member_of

    @member_of.setter
    def member_of(self, organizations: set[str]) -> None:
        self.account.member_of = set(organizations)
