"""What surrounds access, computed from the company alone: it shares nothing with the SQL.

What a vendor makes of the company is told by the modules that the vendor's own tests compare with.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids as kinde_ids
from sandbox.zitadel import ids as zitadel_ids
from tests.kinde.expected import user_identities
from tests.kinde.expected_opt_in import api_keys, organization_invites, user_identity_details
from tests.kinde.expected_shared import roles_known
from tests.logto.expected_organizations import millis
from tests.logto.expected_signed_in import audit_logs
from tests.transform.staged import plain
from tests.zitadel.expected_access import application_keys, machine_keys, personal_access_tokens
from tests.zitadel.expected_shared import server_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.company import Company
    from sandbox.model import Credential, Role

Row = tuple[Any, ...]
FOREVER, UNKNOWN = "never expires", "unknown"


def moment(value: Any) -> Any:
    """A time as text, whatever it was."""
    return plain(value, "timestamp")


def credentials(company: Company) -> Iterator[Row]:
    """`credential_id`, owner, creation, end, what is known of it, last use, state."""
    for row in api_keys(company):
        yield (
            f"kinde/api_key/{row['id']}", None, None, moment(row["created_on"]), None, UNKNOWN,
            None, moment(row["last_verified_on"]), row["status"] == "active",
        )  # fmt: skip
    yield from logto_credentials(company)
    yield from zitadel_credentials(company)


def logto_credentials(company: Company) -> Iterator[Row]:
    """Of applications only machines are accounts."""

    def row(kind: str, owner: str, account: str | None, app: str | None, each: Credential) -> Row:
        name = f"logto/{kind}/{owner}/{each.name}"
        return name, account, app, *lifetime(millis(each.created), millis(each.expires)), None, True

    for application in company.access.applications.values():
        app = f"logto/application/{application.id}"
        account = app if application.kind == "machine" else None
        for secret in application.secrets:
            yield row("client_secret", application.id, account, app, secret)
    for person in company.people.values():
        for token in person.tokens:
            account = f"logto/user/{person.id}"
            yield row("personal_access_token", person.id, account, None, token)


def zitadel_credentials(company: Company) -> Iterator[Row]:
    for kind, rows in (
        ("personal_access_token", personal_access_tokens(company)),
        ("private_key", machine_keys(company)),
        ("private_key", application_keys(company)),
    ):
        for row in rows:
            user, application = row.get("user_id"), row.get("application_id")
            ends = row["expiration_date"]
            yield (
                f"zitadel/{kind}/{row['id']}",
                f"zitadel/user/{user}" if user else None,
                f"zitadel/application/{application}" if application else None,
                *lifetime(row["creation_date"], None if ends.year == 9999 else ends),
                None,
                True,
            )
    for machine in zitadel_ids.machines(company.access.applications.values()):
        if machine.secrets:
            user = zitadel_ids.user_id(machine)
            secret = f"zitadel/client_secret/{user}"
            yield secret, f"zitadel/user/{user}", None, None, None, UNKNOWN, None, None, True


def lifetime(created: Any, ends: datetime | None) -> Row:
    """Creation, end, what is known of it, and whether it is over."""
    over = ends is not None and ends.replace(tzinfo=timezone.utc) <= datetime.now(timezone.utc)
    return moment(created), moment(ends), "expires" if ends else FOREVER, over


def sign_in_methods(company: Company) -> Iterator[Row]:
    """`account_id`, kind, connection, name there, last use and what is known of it."""
    used = {
        (row["user_id"], row["type"], row["name"]): row["last_login_on"]
        for row in user_identity_details(company)
    }
    for row in user_identities(company):
        kind = row["type"] if row["type"] in ("social", "enterprise") else "local"
        connection = None if row["connection_id"] == "none" else row["connection_id"]
        last = used[row["user_id"], row["type"], row["identity"]]
        known = "known" if last else "never"
        account = f"kinde/user/{row['user_id']}"
        yield account, kind, connection, row["identity"], moment(last), known
    for person in company.people.values():
        account = f"zitadel/user/{zitadel_ids.user_id(person)}"
        if person.has_password:
            yield f"logto/user/{person.id}", "password", None, person.email, None, UNKNOWN
            yield account, "password", None, None, None, UNKNOWN
        for each in person.identities:
            provider = each.provider
            if provider.kind == "social":
                owner = f"logto/user/{person.id}"
                yield owner, "social", provider.name, each.subject, None, UNKNOWN
            connection = zitadel_ids.provider_id(provider)
            yield account, provider.kind, connection, each.subject, None, UNKNOWN


def events(company: Company) -> Iterator[Row]:
    """`event_id`, time, class, activity, status, actor."""
    for row in audit_logs(company):
        person, application = row["user_id"], row["application_id"]
        actor = f"logto/user/{person}" if person else None
        if row["key"].startswith("ExchangeTokenBy"):
            actor = f"logto/application/{application}"
        status = "Success" if row["result"] == "Success" else "Failure"
        at = moment(row["created_at"])
        yield f"logto/event/{row['id']}", at, 3002, "Logon", status, actor
    activities = {"added_to_organization": "Create", "removed_from_organization": "Delete"}
    for event in company.events:
        activity = activities.get(event.action, "Update")
        at = event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)
        kind = 3007 if event.target_type == "user" else 3004
        actor = f"rudderstack/user/{event.actor}"
        yield f"rudderstack/event/{event.id}", moment(at), kind, activity, "Success", actor
    for told in server_of(company).store:
        number = f"{told.aggregate}/{told.aggregate_id}/{told.sequence}"
        status = "Failure" if told.kind.endswith(".failed") else "Success"
        actor = f"zitadel/user/{told.editor}" if told.editor else None
        known = ZITADEL.get(told.kind) or (class_of(told.kind, told.aggregate), "Other")
        yield f"zitadel/event/{number}", moment(told.at), *known, status, actor


def class_of(kind: str, aggregate: str) -> int:
    """The class of an event whose activity OCSF does not name."""
    if kind.startswith("project.role."):
        return 3008
    return {"user": 3007, "usergrant": 3007, "group": 3006}.get(aggregate, 3004)


ZITADEL = {
    "user.human.added": (3007, "Create"),
    "user.machine.added": (3007, "Create"),
    "user.removed": (3007, "Delete"),
    "user.deactivated": (3007, "Disable"),
    "user.reactivated": (3007, "Enable"),
    "user.human.password.check.succeeded": (3002, "Logon"),
    "user.human.password.check.failed": (3002, "Logon"),
    "user.machine.secret.check.succeeded": (3002, "Logon"),
    "user.token.added": (3002, "Logon"),
    "oidc_session.added": (3002, "Logon"),
    "user.grant.added": (3007, "Assign Roles"),
    "user.grant.removed": (3007, "Remove Roles"),
    "org.member.added": (3007, "Assign Roles"),
    "org.member.removed": (3007, "Remove Roles"),
    "project.member.added": (3007, "Assign Roles"),
    "project.member.removed": (3007, "Remove Roles"),
    "instance.member.added": (3007, "Assign Roles"),
    "instance.member.removed": (3007, "Remove Roles"),
}


def pending_access(company: Company) -> Iterator[Row]:
    """`invitation_id`, entitlement, scope, invitee, inviter, end."""
    for each, row in zip(
        company.access.invitations.values(), organization_invites(company), strict=True
    ):
        if each.status != "pending":
            continue
        code, address = row["org_code"], each.email.lower()
        invitation, place = f"kinde/invitation/{code}/{row['id']}", f"kinde/organization/{code}"
        for given in ("membership", *(f"role/{kinde_ids.role_id(role)}" for role in each.roles)):
            yield invitation, f"kinde/{given}", place, address, None, None
        if each.expires <= company.now:
            continue
        invitation = f"logto/invitation/{each.id}"
        place = f"logto/organization/{each.organization.id}"
        inviter = f"logto/user/{each.inviter.id}" if each.inviter else None
        for given in ("membership", *(f"organization_role/{role.id}" for role in each.roles)):
            ends = moment(millis(each.expires))
            yield invitation, f"logto/{given}", place, address, inviter, ends


def join_rules(company: Company) -> Iterator[Row]:
    """`scope_id`, rule, its value, entitlement."""
    default = [f"role/{kinde_ids.role_id(role)}" for role in company_roles(company)]
    for each in company.access.organizations.values():
        place = f"logto/organization/{each.id}"
        doors = [("email_domain", domain) for domain in each.domains]
        doors += [("sso_connector", provider.id) for provider in each.joining_through]
        got = ["membership", *(f"organization_role/{role.id}" for role in each.joining_roles)]
        yield from ((place, *door, f"logto/{given}") for door in doors for given in got)
        place = f"kinde/organization/{kinde_ids.organization_code(each)}"
        for domain in each.domains:
            for given in ("membership", *default):
                yield place, "email_domain", domain, f"kinde/{given}"


def company_roles(company: Company) -> list[Role]:
    """Those that Kinde gives to each new member."""
    return [role for role in roles_known(company) if role.is_default]


MARTS: dict[str, tuple[Callable[[Company], Iterable[Row]], tuple[str, ...]]] = {
    "identity_credentials": (
        credentials,
        (
            "credential_id", "account_id", "application_id", "created_at", "expires_at",
            "expiry_state", "is_expired", "last_used_at", "active",
        ),
    ),
    "identity_sign_in_methods": (
        sign_in_methods,
        (
            "account_id", "method_type", "connection_id", "subject", "last_used_at",
            "last_used_state",
        ),
    ),
    "identity_events": (
        events,
        ("event_id", "occurred_at", "class_uid", "activity_name", "status", "actor_account_id"),
    ),
    "identity_pending_access": (
        pending_access,
        (
            "invitation_id", "entitlement_id", "scope_id", "email_normalized",
            "invited_by_account_id", "expires_at",
        ),
    ),
    "identity_join_rules": (join_rules, ("scope_id", "rule_type", "rule_value", "entitlement_id")),
}  # fmt: skip
"""Of each mart, its rows, and which columns they are."""


def rows_of(mart: str, rows: Iterable[dict[str, Any]]) -> set[Row]:
    """The rows of a mart, with times as text."""
    _, columns = MARTS[mart]
    return {
        tuple(moment(row[name]) if name.endswith("_at") else row[name] for name in columns)
        for row in rows
    }
