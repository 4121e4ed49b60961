"""Who has access to what: organizations, roles, applications, credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.model import (
    LIFETIME,
    Api,
    Application,
    Assignment,
    Credential,
    Invitation,
    Membership,
    Organization,
    Permission,
    Person,
    Provider,
    Role,
    Session,
    SignIn,
    Thing,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36"


class Access:
    """Organizations, roles, applications, and all that can happen to them.

    Attributes:
        memberships: Of each organization, by the id of who holds it.
        assignments: Of each role of the tenant, by the id of who holds it.
        sign_ins: Oldest first.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.organizations: dict[str, Organization] = {}
        self.roles: dict[str, Role] = {}
        self.apis: dict[str, Api] = {}
        self.permissions: dict[str, Permission] = {}
        self.applications: dict[str, Application] = {}
        self.invitations: dict[str, Invitation] = {}
        self.providers: dict[str, Provider] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.memberships: dict[str, dict[str, Membership]] = {}
        self.assignments: dict[str, dict[str, Assignment]] = {}
        self.sign_ins: list[SignIn] = []

    def things(self) -> Iterator[Thing]:
        for kept in self._kept.values():
            yield from kept.values()
        for memberships in self.memberships.values():
            yield from memberships.values()
        for assignments in self.assignments.values():
            yield from assignments.values()

    @property
    def _kept(self) -> dict[type[Any], dict[str, Any]]:
        """Where things of each kind are, by their ids."""
        return {
            Organization: self.organizations, Role: self.roles, Api: self.apis,
            Permission: self.permissions, Application: self.applications,
            Invitation: self.invitations, Provider: self.providers, Webhook: self.webhooks,
        }  # fmt: skip

    # What can happen

    def add(self, kind: type[Any], /, **fields: Any) -> Any:
        """A new organization, role, API, permission, application, provider or webhook."""
        thing = self.company.new(kind, **fields)
        self._kept[kind][thing.id] = thing
        self.company.save(thing)
        return thing

    def organization(self, name: str, **fields: Any) -> Organization:
        organization: Organization = self.add(Organization, name=name, **fields)
        return organization

    def rename(self, thing: Organization | Role, name: str) -> None:
        thing.name = name
        self.company.save(thing)

    def dissolve(self, organization: Organization) -> None:
        """An organization ends, with its memberships and invitations."""
        for member in list(self.memberships.pop(organization.id, {}).values()):
            self.company.drop(member)
        for invitation in list(self.invitations.values()):
            if invitation.organization is organization:
                self.company.drop(self.invitations.pop(invitation.id))
        self.company.drop(self.organizations.pop(organization.id))

    def abolish(self, role: Role) -> None:
        """A role ends, and nobody holds it any more."""
        for assignment in list(self.assignments.pop(role.id, {}).values()):
            self.company.drop(assignment)
        for memberships in self.memberships.values():
            for member in memberships.values():
                if role in member.roles:
                    self.entitle(member, *(each for each in member.roles if each is not role))
        for organization in self.organizations.values():
            organization.joining_roles = [r for r in organization.joining_roles if r is not role]
        for invitation in self.invitations.values():
            invitation.roles = [each for each in invitation.roles if each is not role]
        self.company.drop(self.roles.pop(role.id))

    def add_member(
        self, organization: Organization, holder: Person | Application, *roles: Role
    ) -> Membership:
        member = self.company.new(
            Membership, organization=organization, holder=holder, roles=list(roles)
        )
        self.memberships.setdefault(organization.id, {})[holder.id] = member
        self.company.save(member)
        return member

    def remove_member(self, member: Membership) -> None:
        del self.memberships[member.organization.id][member.holder.id]
        self.company.drop(member)

    def entitle(self, member: Membership, *roles: Role) -> None:
        """Give the holder of a membership these roles instead of those held so far."""
        member.roles = list(roles)
        self.company.save(member)

    def assign(self, role: Role, holder: Person | Application) -> Assignment:
        assignment = self.company.new(Assignment, role=role, holder=holder)
        self.assignments.setdefault(role.id, {})[holder.id] = assignment
        self.company.save(assignment)
        return assignment

    def revoke(self, assignment: Assignment) -> None:
        del self.assignments[assignment.role.id][assignment.holder.id]
        self.company.drop(assignment)

    def invite(self, organization: Organization, email: str, *roles: Role) -> Invitation:
        inviter = next(iter(self.company.people.values()), None)
        expires = self.company.now + LIFETIME
        invitation = self.company.new(
            Invitation, email=email, organization=organization, inviter=inviter,
            expires=expires, roles=list(roles),
        )  # fmt: skip
        self.invitations[invitation.id] = invitation
        self.company.save(invitation)
        return invitation

    def sign_in(
        self, application: Application, person: Person | None = None, *, succeeded: bool = True
    ) -> SignIn:
        """Someone signs in to an application; without a person, it proves itself."""
        company, ip = self.company, "192.0.2.7"
        company.now += company.pace
        session = None
        if person is not None and succeeded:
            person.signed_in = company.now
            session = company.new(
                Session, application=application, ip=ip, user_agent=AGENT,
                expires=company.now + LIFETIME,
            )  # fmt: skip
            person.sessions.append(session)
            company.save(person)
            session.created = session.changed = company.now
        number = len(self.sign_ins) + 1
        event = SignIn(
            company.new_id(), number, company.now, application, person, session, ip, AGENT,
            succeeded,
        )  # fmt: skip
        self.sign_ins.append(event)
        return event

    def credential(self, holder: Person | Application, name: str, *, ends: bool) -> Credential:
        """A new secret of a person or an application."""
        company = self.company
        made: Credential = company.new(Credential, name=name, value="")
        made.value = f"S3CRET-{made.id}"
        made.created = made.changed = company.now
        made.expires = company.now + 6 * LIFETIME if ends else None
        (holder.tokens if isinstance(holder, Person) else holder.secrets).append(made)
        return made

    def forget(self, person: Person) -> None:
        """Take away all that a person has."""
        for memberships in self.memberships.values():
            if person.id in memberships:
                self.remove_member(memberships[person.id])
        for assignments in self.assignments.values():
            if person.id in assignments:
                self.revoke(assignments[person.id])
        for invitation in self.invitations.values():
            if invitation.inviter is person:
                invitation.inviter = None
            if invitation.accepted is person:
                invitation.accepted = None
        for application in self.applications.values():
            if application.allowed and person in application.allowed:
                application.allowed.remove(person)

    # What is so

    def people_of(self, organization: Organization) -> list[Membership]:
        memberships = self.memberships.get(organization.id, {}).values()
        return [member for member in memberships if isinstance(member.holder, Person)]

    def applications_of(self, organization: Organization) -> list[Membership]:
        memberships = self.memberships.get(organization.id, {}).values()
        return [member for member in memberships if isinstance(member.holder, Application)]

    def holders_of(self, role: Role) -> list[Assignment]:
        return list(self.assignments.get(role.id, {}).values())

    def permissions_of(self, api: Api | None) -> list[Permission]:
        return [each for each in self.permissions.values() if each.api is api]

    def roles_of(self, level: str, holder: str | None = None) -> list[Role]:
        roles = [role for role in self.roles.values() if role.level == level]
        return [role for role in roles if holder in (None, role.holder)]

    def effective(self, member: Membership) -> list[Permission]:
        """What a member may do in the organization, through any of the roles held there."""
        held = {p.id: p for role in member.roles for p in role.permissions if p.api is None}
        return list(held.values())
