"""Who has access to what in each system, computed from the made-up company alone.

It reads no API and no table, and shares nothing with the SQL that it is compared with. All
opt-in streams are taken to be loaded, ZITADEL to be of a version that has groups.

Facts are computed when they are asked for: to compare two moments, compute those of the first
before the company changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.transform import expected_kinde, expected_logto, expected_rudderstack, expected_zitadel
from tests.transform.access_facts import Effective, Fact, Grant, SourceAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.company import Company

SYSTEMS: dict[str, Callable[[Company, SourceAccess], None]] = {
    "kinde": expected_kinde.collect,
    "logto": expected_logto.collect,
    "rudderstack": expected_rudderstack.collect,
    "zitadel": expected_zitadel.collect,
}
"""What states the access in a source of each system."""


def access_in(company: Company, system: str, source_id: str | None = None) -> SourceAccess:
    """All access in a source; its id is the name of the system unless another is given."""
    found = SourceAccess(source_id or system)
    SYSTEMS[system](company, found)
    return found


def grants(company: Company, system: str, source_id: str | None = None) -> dict[Fact, Grant]:
    """What is granted directly, in force or not."""
    return access_in(company, system, source_id).grants


def effective(company: Company, system: str, source_id: str | None = None) -> dict[Fact, Effective]:
    """What is granted, and what follows from it."""
    return access_in(company, system, source_id).effective


def account_active(company: Company, system: str, source_id: str | None = None) -> dict[str, bool]:
    """Whether each account is active. One that is not keeps its access on paper."""
    return access_in(company, system, source_id).accounts


class Changes(NamedTuple):
    """What differs between two moments.

    Attributes:
        switched: Facts of both that are in force at one of them only.
    """

    granted: set[Fact]
    revoked: set[Fact]
    switched: set[Fact]


def changes(before: Mapping[Fact, Effective], after: Mapping[Fact, Effective]) -> Changes:
    """The facts of effective access that came, went, or were switched on or off."""
    both = before.keys() & after.keys()
    switched = {fact for fact in both if before[fact].is_active != after[fact].is_active}
    return Changes(after.keys() - before.keys(), before.keys() - after.keys(), switched)


def causes(
    fact: Fact, before: Mapping[Fact, Effective], after: Mapping[Fact, Effective]
) -> set[str]:
    """Why a fact was granted or revoked: a cause for each way that led to it."""
    there, other = (after, before) if fact in after else (before, after)
    if there[fact].is_direct:
        return {"itself"}
    givers = [fact._replace(entitlement=each) for each in there[fact].given_by]
    stayed = [giver in other and other[giver].is_direct for giver in givers]
    return {"what gives it has changed" if each else "with what gives it" for each in stayed}
