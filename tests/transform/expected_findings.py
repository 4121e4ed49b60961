"""What a review of the company has to find, computed from the company alone.

It reads no API and no table, and shares nothing with the SQL that it is compared with. All opt-in
streams are taken to be loaded, no exception and no owner to be named, and no pair to be toxic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.zitadel import ids as zitadel
from tests.transform.expected_context import join_rules, pending_access
from tests.transform.review_facts import LONG, Review, account_ids, utc
from tests.zitadel.expected_access import projects
from tests.zitadel.expected_opt_in import policies
from tests.zitadel.expected_shared import user_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.transform.access_facts import Fact

HOME = f"zitadel/organization/{zitadel.HOME}"
DIRECT = ("permission", "scope", "organization_scope", "application_access")
"""What is usually given through a role."""


class Finding(NamedTuple):
    """What answers a question: its subject is the ids that make it."""

    control: str
    source: str
    subject: str


def findings(review: Review) -> set[Finding]:
    """All that a review finds. Each id begins with its source."""
    return {
        Finding(control, subject.partition("/")[0], subject)
        for control, find in CONTROLS.items()
        for subject in find(review)
    }


# What is privileged, and how well it is guarded


def privileged_access(review: Review) -> Iterator[str]:
    yield from map(" ".join, review.privileged)


def new_privileged(review: Review) -> Iterator[str]:
    """As the vendor says, or as an earlier look shows."""
    for fact, how in review.privileged.items():
        grants = review.sources[fact.account.partition("/")[0]].grants
        since = [grants[fact._replace(entitlement=each)].granted_at for each in how.given_by]
        is_told = any(each and utc(each) >= review.since for each in since)
        if is_told or (review.before is not None and fact not in review.before):
            yield " ".join(fact)


def privileged_without_mfa(review: Review) -> Iterator[str]:
    holders = {fact.account for fact in review.privileged}
    yield from (each for each in no_mfa(review) if each in holders)


def no_mfa(review: Review) -> Iterator[str]:
    yield from (each.account_id for each in review.active if each.mfa_status == "disabled")


def outside_sso(review: Review) -> Iterator[str]:
    """Whoever has an identity of an enterprise connection at Kinde has an address there as well.

    Logto tells no such identities in what is read, but the domains of its connections.
    """
    enterprises = [p for p in review.company.access.providers.values() if p.kind == "enterprise"]
    domains = {domain for each in enterprises for domain in each.domains}
    for person in review.company.people.values():
        kinds = {each.provider.kind for each in person.identities}
        has_other, accounts = person.has_password or "social" in kinds, account_ids(person)
        found = {
            "kinde": "enterprise" in kinds,
            "logto": person.email.partition("@")[2] in domains and has_other,
            "zitadel": "enterprise" in kinds and has_other,
        }
        yield from (
            accounts[system] for system in found if found[system] and person.is_active_in(system)
        )


# Who has left, or does not come any more


def leaver_with_access(review: Review) -> Iterator[str]:
    """One account of somebody is suspended, another is not. Vouched for, an address joins them."""
    theirs: dict[str, list[str]] = {}
    for each in review.accounts.values():
        if each.email and each.email_trust in ("verified", "asserted"):
            theirs.setdefault(each.email, []).append(each.account_id)
    for accounts in theirs.values():
        active = [each for each in accounts if review.is_active(each)]
        if len(active) < len(accounts):
            yield from active


def suspended_with_access(review: Review) -> Iterator[str]:
    holders = {fact.account for fact in review.granted}
    yield from (each for each in holders if not review.is_active(each))


def dormant(review: Review) -> Iterator[str]:
    for account, at in review.last_used.items():
        is_there = account in review.accounts and review.is_active(account)
        if is_there and at < review.now - LONG:
            yield account


def activity_unknown(review: Review) -> Iterator[str]:
    yield from (each.account_id for each in review.active if each.last_activity_state == "unknown")


def unmatched_account(review: Review) -> Iterator[str]:
    """Nobody vouches for the address."""
    for each in review.active_people:
        if each.email_trust not in ("verified", "asserted"):
            yield each.account_id


# What is granted in a way that it should not be


def direct_permission(review: Review) -> Iterator[str]:
    for fact in review.granted:
        if review.is_person(fact.account) and fact.entitlement.split("/")[1] in DIRECT:
            yield " ".join(fact)


def member_without_role(review: Review) -> Iterator[str]:
    """In Kinde and Logto; an account of ZITADEL has an organization without being a member."""
    held = {(fact.account, fact.scope) for fact in review.granted if _is_role(fact)}
    joined = {
        (fact.account, fact.scope)
        for system in ("kinde", "logto")
        for fact in review.sources[system].grants
        if fact.entitlement == f"{system}/membership"
    }
    yield from map(" ".join, joined - held)


def _is_role(fact: Fact) -> bool:
    return fact.entitlement.split("/")[1] in ("role", "organization_role")


def cross_organization(review: Review) -> Iterator[str]:
    """Of all systems, only ZITADEL says to which organization an account belongs."""
    owners = user_owner(review.company)
    homes = {
        account_ids(person)[
            "zitadel"
        ]: f"zitadel/organization/{owners.get(person.id, zitadel.HOME)}"
        for person in review.company.people.values()
    }
    found = set()
    for fact in review.sources["zitadel"].grants:
        place, home = _organization_of(fact.scope), homes.get(fact.account, HOME)
        if place not in (None, home) and review.is_active(fact.account):
            found.add(f"{fact.account} {place}")
    yield from found


def _organization_of(scope: str) -> str | None:
    """Home has all projects; a project grant ends with the organization that it is to."""
    kind = scope.split("/")[1]
    granted = f"zitadel/organization/{scope.split('/')[-1]}"
    return {"organization": scope, "project": HOME, "project_grant": granted}.get(kind)


def external_access(review: Review) -> Iterator[str]:
    for account in {fact.account for fact in review.in_force}:
        email = review.accounts[account].email
        if email and email.partition("@")[2] not in review.internal_domains:
            yield account


# What opens doors without a person


def credential_never_expires(review: Review) -> Iterator[str]:
    yield from (key.id for key in review.keys if key.is_active and key.never_expires)


def credential_expired(review: Review) -> Iterator[str]:
    yield from (key.id for key in review.keys if key.is_active and review.has_ended(key))


def credential_unused(review: Review) -> Iterator[str]:
    for key in review.keys:
        is_old = key.last_used and key.last_used < review.now - LONG
        if is_old and key.is_active and not review.has_ended(key):
            yield key.id


def credential_of_inactive(review: Review) -> Iterator[str]:
    switched_off = {
        f"zitadel/application/{zitadel.application_id(each)}"
        for each in review.company.access.applications.values()
        if not zitadel.is_application_active(each)
    }
    for key in review.keys:
        is_off = key.account and not review.is_active(key.account)
        if (is_off or key.application in switched_off) and not review.has_ended(key):
            yield key.id


def service_without_owner(review: Review) -> Iterator[str]:
    yield from (each.account_id for each in review.active if each.account_type != "human")


def open_door(review: Review) -> Iterator[str]:
    """Rules by which anybody joins; at ZITADEL, who may register, and projects that ask no role."""
    yield from {" ".join(row[:3]) for row in join_rules(review.company)}
    for project in projects(review.company):
        if not project["authorization_required"]:
            yield f"zitadel/project/{project['id']}"
    for row in policies(review.company):
        if row["policy"].get("allow_register"):
            yield f"zitadel/organization/{row['organization_id']} register"


def pending_invitation(review: Review) -> Iterator[str]:
    yield from {row[0] for row in pending_access(review.company)}


def nothing(review: Review) -> Iterator[str]:
    """Nothing in the company is so."""
    yield from ()


CONTROLS: dict[str, Callable[[Review], Iterator[str]]] = {
    "privileged-access": privileged_access,
    "new-privileged": new_privileged,
    "privileged-without-mfa": privileged_without_mfa,
    "no-mfa": no_mfa,
    "leaver-with-access": leaver_with_access,
    "suspended-with-access": suspended_with_access,
    "credential-of-inactive": credential_of_inactive,
    "dormant": dormant,
    "activity-unknown": activity_unknown,
    "direct-permission": direct_permission,
    "member-without-role": member_without_role,
    "grant-without-effect": nothing,
    "toxic-combination": nothing,
    "cross-organization": cross_organization,
    "external-access": external_access,
    "outside-sso": outside_sso,
    "credential-never-expires": credential_never_expires,
    "credential-expired": credential_expired,
    "credential-unused": credential_unused,
    "service-without-owner": service_without_owner,
    "unmatched-account": unmatched_account,
    "open-door": open_door,
    "pending-invitation": pending_invitation,
}
"""What each question finds."""
