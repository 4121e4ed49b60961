"""The things that a company consists of. Each is itself, whatever its fields: no two are equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal


@dataclass(eq=False, kw_only=True)
class Thing:
    """Something that is created, changes, and may go.

    Attributes:
        id: Twelve characters of 0-9 and a-z, unlike that of any other thing.
        number: A small number, unlike that of any other thing.
        revision: Moves on with each change of any thing.
    """

    id: str
    number: int
    created: datetime = datetime.min
    changed: datetime = datetime.min
    revision: int = 0


@dataclass(eq=False, kw_only=True)
class Person(Thing):
    """Someone who works for the company.

    Attributes:
        left_active_in: The systems whose account is active although the person is not.
    """

    given: str
    family: str
    email: str
    title: str
    department: str
    private_email: str | None = None
    phone: str | None = None
    manager: Person | None = None
    active: bool = True
    has_password: bool = True
    signed_in: datetime | None = None
    identities: list[Identity] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)
    tokens: list[Credential] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    left_active_in: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    def is_active_in(self, system: str) -> bool:
        """Whether the account in a system is active."""
        return self.active or system in self.left_active_in


@dataclass(eq=False, kw_only=True)
class Group(Thing):
    """People, and other groups, who share what the group may do."""

    name: str
    members: list[Person | Group] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Identity(Thing):
    """An account elsewhere that a person may sign in with."""

    provider: Provider
    subject: str


@dataclass(eq=False, kw_only=True)
class Factor(Thing):
    """A second factor of a person."""

    kind: Literal["totp", "webauthn", "backup_code"]
    name: str | None = None
    used: datetime | None = None


@dataclass(eq=False, kw_only=True)
class Credential(Thing):
    """A secret that a person or an application proves itself with.

    Attributes:
        value: The secret. It must be found in no warehouse, log or message.
    """

    name: str
    value: str
    expires: datetime | None = None


@dataclass(eq=False, kw_only=True)
class Session(Thing):
    """A person signed in at an application, and what the application was granted."""

    application: Application
    ip: str
    user_agent: str
    expires: datetime


@dataclass(eq=False, kw_only=True)
class Provider(Thing):
    """Where people's accounts elsewhere are, or how messages reach them.

    Attributes:
        value: The secret that it is configured with.
        domains: E-mail domains whose people are sent there.
    """

    name: str
    kind: Literal["social", "enterprise", "email"]
    protocol: Literal["oauth", "oidc", "saml", "smtp"]
    value: str
    domains: list[str] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Api(Thing):
    """Something that applications call, with the permissions that it knows."""

    name: str
    identifier: str
    is_default: bool = False


@dataclass(eq=False, kw_only=True)
class Permission(Thing):
    """What may be done, at an API, or (`api` is None) in an organization."""

    name: str
    description: str | None = None
    api: Api | None = None


@dataclass(eq=False, kw_only=True)
class Role(Thing):
    """Permissions with a name.

    Attributes:
        level: Where it is held: all over the tenant, or in one organization.
        holder: Who may hold it.
    """

    name: str
    description: str
    level: Literal["tenant", "organization"]
    holder: Literal["person", "application"] = "person"
    is_default: bool = False
    permissions: list[Permission] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Application(Thing):
    """Something that people sign in to, or that calls APIs by itself.

    Attributes:
        consents: What a third party's application may ask people to consent to.
        allowed: Who may use it, those who hold a role in an organization among them; None if
            everybody may.
    """

    name: str
    kind: Literal["machine", "web", "spa", "native", "saml"]
    description: str | None = None
    third_party: bool = False
    secrets: list[Credential] = field(default_factory=list)
    consents: list[Permission] = field(default_factory=list)
    allowed: list[Person | Role | Organization | tuple[Organization, Role]] | None = None


@dataclass(eq=False, kw_only=True)
class Organization(Thing):
    """A customer, or a part of the company, with members of its own.

    Attributes:
        domains: Whoever has an address there may join,
        joining_roles: and gets these roles,
        joining_through: as does whoever signs in through these.
    """

    name: str
    description: str | None = None
    needs_mfa: bool = False
    domains: list[str] = field(default_factory=list)
    joining_roles: list[Role] = field(default_factory=list)
    joining_through: list[Provider] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Membership(Thing):
    """A membership of an organization, with the roles that are held there."""

    organization: Organization
    holder: Person | Application
    roles: list[Role] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Assignment(Thing):
    """A tenant-wide role of a person or an application."""

    role: Role
    holder: Person | Application


@dataclass(eq=False, kw_only=True)
class Invitation(Thing):
    """Someone asked to join an organization."""

    email: str
    organization: Organization
    inviter: Person | None
    expires: datetime
    status: Literal["pending", "accepted", "revoked"] = "pending"
    accepted: Person | None = None
    roles: list[Role] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Webhook(Thing):
    """Who is told of what happens.

    Attributes:
        value: The secret that messages are signed with.
    """

    name: str
    url: str
    events: list[str]
    value: str
    enabled: bool = True


@dataclass(frozen=True)
class Event:
    """Something that somebody did.

    Attributes:
        actor: Id of the person who did it.
        target: Id of what it was done to.
    """

    id: str
    number: int
    at: datetime
    actor: str
    action: str
    target_type: str
    target: str


@dataclass(frozen=True)
class SignIn:
    """Someone, or an application by itself, proved who they are, or failed to."""

    id: str
    number: int
    at: datetime
    application: Application
    person: Person | None
    session: Session | None
    ip: str
    user_agent: str
    succeeded: bool = True


LIFETIME = timedelta(days=14)
"""Of sessions and invitations."""
