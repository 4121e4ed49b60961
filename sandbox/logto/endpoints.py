"""What is served: for each path, where its rows are from, how they are ordered and paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.logto import finding as find
from sandbox.logto import logs, people, rows, search
from sandbox.logto.settings import SIGN_IN_EXPERIENCE
from sandbox.logto.tables import by_holder, by_id, by_name, heap, newest
from sandbox.model import Api, Organization, Person, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.logto.finding import Call
    from sandbox.logto.paging import Window
    from sandbox.logto.search import Fields

Version = tuple[int, int]

MANDATORY: Literal["mandatory"] = "mandatory"
"""Without parameters, the first twenty."""
OPTIONAL: Literal["optional"] = "optional"
"""Without parameters, all of it."""
NEVER: Literal["never"] = "never"


@dataclass(frozen=True)
class Listing:
    """A list.

    Attributes:
        path: Below `/api`.
        find: What is listed, in the order of its table.
        show: How each of them is shown.
        search: What the parameter `search` looks at.
        contains: What the parameter `q` looks at.
        since: The version that it came with.
        until: The version that it went with.
        may_cap: Whether `enableCap` stops the counting.
    """

    path: str
    paging: Literal["mandatory", "optional", "never"]
    order: Callable[[list[Any], Window | None], list[Any]]
    find: Callable[[Call], list[Any]]
    show: Callable[[Call, Any], Any]
    search: Callable[[Any], Fields] | None = None
    contains: Callable[[Any], Fields] | None = None
    since: Version = (0, 0)
    until: Version = (99, 0)
    may_cap: bool = False


@dataclass(frozen=True)
class Single:
    """A single thing: `show` makes the body of the answer."""

    path: str
    show: Callable[[Call], Any]
    since: Version = (0, 0)
    until: Version = (99, 0)


def _user(call: Call, person: Person) -> people.Row:
    return people.full_user(person, call.version, with_hash=call.asks("includePasswordHash"))


def _single_user(call: Call) -> people.Row:
    person = find.person(call)
    row = _user(call, person)
    if call.asks("includeSsoIdentities"):
        row["ssoIdentities"] = people.sso_identities(person)
    return row


def _member(call: Call, member: Any) -> people.Row:
    row = people.user(member.holder, call.version)
    return {**row, "organizationRoles": rows.held_roles(member)}


def _application(call: Call, application: Any) -> rows.Row:
    return rows.application(application, call.version)


def _member_application(call: Call, member: Any) -> rows.Row:
    return {**_application(call, member.holder), "organizationRoles": rows.held_roles(member)}


def _organization(call: Call, organization: Organization) -> rows.Row:
    row = rows.organization(organization)
    more = rows.featured(call.tables, organization) if call.asks("showFeatured") else {}
    return {**row, **more}


def _organization_of(call: Call, member: Any) -> rows.Row:
    row = rows.organization(member.organization)
    return {**row, "organizationRoles": rows.held_roles(member)}


def _hook(call: Call, hook: Webhook) -> rows.Row:
    row = rows.hook(hook)
    stats = {"executionStats": {"successCount": 0, "requestCount": 0}}
    return {**row, **stats} if call.asks("includeExecutionStats") else row


def _wrapped(name: str, found: Callable[[Call], list[Any]], show: Any) -> Callable[[Call], Any]:
    """A list inside an object."""
    return lambda call: {name: [show(*each) for each in found(call)]}


def _plain(show: Callable[[Any], rows.Row]) -> Callable[[Call, Any], rows.Row]:
    """A row that depends on nothing but the thing that it shows."""
    return lambda call, thing: show(thing)


def _pair(show: Callable[[Any, Any], rows.Row]) -> Callable[[Call, Any], rows.Row]:
    """A row that shows something that belongs to something."""
    return lambda call, pair: show(*pair)


def _email_domain(organization: str, domain: str) -> rows.Row:
    return {"tenantId": people.TENANT, "organizationId": organization, "emailDomain": domain}


ENDPOINTS: tuple[Listing | Single, ...] = (
    # People
    Listing("/users", MANDATORY, newest,
            lambda call: call.every(Person), _user, search=search.of_person),
    Single("/users/{id}", _single_user),
    Listing("/users/{id}/roles", MANDATORY, heap, find.roles_of_person, _plain(rows.role),
            search=search.of_named),
    Listing("/users/{id}/organizations", NEVER, heap,
            find.organizations_of_person, _organization_of),
    Single("/users/{id}/all-identities", lambda call: people.all_identities(find.person(call))),
    Listing("/users/{id}/mfa-verifications", NEVER, heap,
            find.factors, _plain(people.mfa_verification)),
    Listing("/users/{id}/personal-access-tokens", NEVER, heap,
            find.tokens, _pair(people.access_token)),
    Single("/users/{id}/sessions",
           _wrapped("sessions", find.sessions, people.session), since=(1, 37)),
    Single("/users/{id}/grants", _wrapped("grants", find.grants, people.grant), since=(1, 38)),
    # Roles of the tenant, and what they are about
    Listing("/roles", MANDATORY, heap, find.roles,
            lambda call, role: rows.counted_role(call.tables, role), search=search.of_named),
    Single("/roles/{id}", lambda call: rows.role(find.role(call))),
    Listing("/roles/{id}/users", MANDATORY, newest,
            find.people_of_role, _user, search=search.of_person),
    Listing("/roles/{id}/applications", MANDATORY, heap,
            find.applications_of_role, _application, search=search.of_named),
    Listing("/roles/{id}/scopes", OPTIONAL, heap, find.scopes_of_role, _plain(rows.role_scope),
            search=search.of_named),
    Listing("/resources", OPTIONAL, heap, lambda call: call.every(Api), find.resource),
    Listing("/resources/{id}/scopes", MANDATORY, heap,
            find.scopes_of_resource, _plain(rows.resource_scope), search=search.of_named),
    # Organizations
    Listing("/organizations", MANDATORY, heap,
            lambda call: call.every(Organization), _organization,
            contains=search.of_organization),
    Single("/organizations/{id}", lambda call: rows.organization(find.organization(call))),
    Listing("/organizations/{id}/users", MANDATORY, by_holder, find.members, _member,
            contains=search.of_member, since=(1, 40)),
    Listing("/organizations/{id}/users", MANDATORY, heap, find.members, _member,
            contains=search.of_member, until=(1, 40)),
    Listing("/organizations/{id}/users/{user}/roles", OPTIONAL, heap,
            find.roles_of_member, _plain(rows.organization_role)),
    Listing("/organizations/{id}/users/{user}/scopes", NEVER, heap,
            find.scopes_of_member, _plain(rows.organization_scope)),
    Listing("/organizations/{id}/applications", MANDATORY, heap,
            find.applications_of_organization, _member_application,
            contains=search.of_member),
    Listing("/organizations/{id}/jit/email-domains", OPTIONAL, heap,
            find.email_domains, _pair(_email_domain)),
    Listing("/organizations/{id}/jit/roles", OPTIONAL, heap,
            find.joining_roles, _plain(rows.organization_role)),
    Listing("/organizations/{id}/jit/sso-connectors", OPTIONAL, heap,
            find.joining_through, _plain(rows.brief_sso_connector)),
    Listing("/organization-roles", MANDATORY, by_name,
            find.organization_roles, _plain(rows.organization_role_with_scopes),
            contains=search.of_named),
    Listing("/organization-roles/{id}/scopes", OPTIONAL, heap,
            find.scopes_of_organization_role, _plain(rows.organization_scope)),
    Listing("/organization-roles/{id}/resource-scopes", OPTIONAL, heap,
            find.resource_scopes_of_organization_role, _plain(rows.resource_scope)),
    Listing("/organization-scopes", OPTIONAL, by_name,
            find.organization_scopes, _plain(rows.organization_scope), contains=search.of_named),
    Listing("/organization-invitations", NEVER, newest, find.invitations,
            lambda call, each: rows.invitation(each, call.tables.company.now)),
    # Applications
    Listing("/applications", OPTIONAL, newest,
            find.applications, _application, search=search.of_named),
    Single("/applications/{id}",
           lambda call: {**_application(call, find.application(call)), "isAdmin": False}),
    Listing("/applications/{id}/roles", MANDATORY, heap,
            find.roles_of_application, _plain(rows.role)),
    Listing("/applications/{id}/organizations", OPTIONAL, heap,
            find.organizations_of_application, _organization_of),
    Listing("/applications/{id}/secrets", NEVER, heap, find.secrets, _pair(rows.secret)),
    Single("/applications/{id}/user-consent-scopes",
           lambda call: rows.consent_scopes(find.application(call))),
    Single("/applications/{id}/access-control",
           lambda call: rows.access_control(find.application(call)), since=(1, 40)),
    # How people sign in, and who is told
    Listing("/connectors", NEVER, by_id, find.connectors, _plain(rows.connector)),
    Listing("/sso-connectors", OPTIONAL, heap, find.sso_connectors, _plain(rows.sso_connector)),
    Listing("/hooks", OPTIONAL, newest, lambda call: call.every(Webhook), _hook),
    Single("/domains", lambda call: []),
    Single("/custom-profile-fields", lambda call: []),
    Single("/sign-in-exp", lambda call: SIGN_IN_EXPERIENCE),
    # What happened
    Listing("/logs", MANDATORY, newest, find.events,
            lambda call, event: logs.log(event, call.version), may_cap=True),
    Single("/logs/{id}", lambda call: logs.log(find.event(call), call.version)),
    Single("/dashboard/users/active",
           lambda call: logs.active_users(
               call.events, call.query, call.tables.company.now.date())),
)  # fmt: skip
"""In the order of the contract. Of several that match a path, the first answers."""
