"""Facts of access: who holds what, where, directly or through something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Fact(NamedTuple):
    """An account holds an entitlement in a scope; each is a readable id."""

    account: str
    entitlement: str
    scope: str


@dataclass(frozen=True)
class Grant:
    """What is known of a fact that the vendor states itself.

    Attributes:
        inactive: It stands on paper only: something that it depends on is switched off.
        granted_at: Since when, if the vendor says, in UTC without time zone; the earliest, if
            it is stated several times.
    """

    inactive: bool = False
    granted_at: datetime | None = None


@dataclass(frozen=True)
class Effective:
    """What is known of a fact of effective access, in all the ways that lead to it.

    Attributes:
        depth: Of the shortest way: 0 for a grant, 1 for what a granted role gives, and so on.
        is_active: Whether any way is in force; whether the account is active is another matter.
        given_by: The granted entitlements that lead to it, itself among them if it is granted.
    """

    depth: int
    is_active: bool
    given_by: frozenset[str]

    @property
    def is_direct(self) -> bool:
        return self.depth == 0


class SourceAccess:
    """All access in one source, stated fact by fact.

    Attributes:
        accounts: Whether each account is active, also of those without any access.
        grants: Direct facts.
        effective: Direct facts, and those that follow from them.
    """

    def __init__(self, source_id: str) -> None:
        self.source_id = source_id
        self.accounts: dict[str, bool] = {}
        self.grants: dict[Fact, Grant] = {}
        self.effective: dict[Fact, Effective] = {}

    def id(self, kind: str, *native_ids: str) -> str:
        """The readable id of an account, an entitlement or a scope."""
        return "/".join((self.source_id, kind, *native_ids))

    def grant(
        self,
        account: str,
        entitlement: str,
        scope: str,
        *,
        inactive: bool = False,
        granted_at: datetime | None = None,
    ) -> Fact:
        """State a direct fact. One that is stated several times is in force if any of them is."""
        fact = Fact(account, entitlement, scope)
        known = self.grants.get(fact)
        times = [each for each in (granted_at, known and known.granted_at) if each]
        still_inactive = inactive and (known is None or known.inactive)
        self.grants[fact] = Grant(still_inactive, min(times, default=None))
        self._hold(fact, Effective(0, not inactive, frozenset({entitlement})))
        return fact

    def imply(self, given: Fact, entitlement: str, depth: int = 1) -> None:
        """State what follows from a direct fact, in the same scope."""
        way = Effective(depth, not self.grants[given].inactive, frozenset({given.entitlement}))
        self._hold(given._replace(entitlement=entitlement), way)

    def _hold(self, fact: Fact, way: Effective) -> None:
        known = self.effective.get(fact, way)
        self.effective[fact] = Effective(
            min(known.depth, way.depth),
            known.is_active or way.is_active,
            known.given_by | way.given_by,
        )
