"""What the instance consists of, before it is told in the words of v1 or v2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.model import Application, Credential, Organization, Person, Provider, Session


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """Something that a list tells.

    Attributes:
        owner: Id of the organization that it belongs to; of the instance if to none.
        place: Where it is in its table: what was written last is last.
        seen_in: Whoever may read in any of these organizations sees it.
        permission: What is needed for that, if it is not the same for the whole list.
    """

    id: str
    owner: str
    created: datetime
    changed: datetime
    place: int
    sequence: int = 1
    seen_in: tuple[str, ...] = ()
    permission: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Domain:
    name: str
    verified: bool
    primary: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Org(Record):
    """`thing` is None for home."""

    name: str
    domain: str
    domains: tuple[Domain, ...]
    metadata: dict[str, str]
    thing: Organization | None


@dataclass(frozen=True, kw_only=True, eq=False)
class User(Record):
    """A person or a machine."""

    username: str
    display_name: str
    person: Person | None = None
    machine: Application | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> str:
        return self.person.given if self.person else ""

    @property
    def family(self) -> str:
        return self.person.family if self.person else ""

    @property
    def email(self) -> str:
        return self.person.email if self.person else ""

    @property
    def active(self) -> bool:
        return self.person.is_active_in("zitadel") if self.person else True


@dataclass(frozen=True, kw_only=True, eq=False)
class Project(Record):
    name: str
    number: int
    grant: Grant | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Role(Record):
    """Of a project."""

    key: str
    project: Project
    display_name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Grant(Record):
    """Of a project, to an organization."""

    project: Project
    to: Org
    keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Authorization(Record):
    project: Project
    grant: Grant | None
    org: Org
    user: User
    roles: tuple[Role, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Administrator(Record):
    """`of` is what is administrated; None is the instance."""

    user: User
    of: Org | Project | Grant | None
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class App(Record):
    thing: Application
    project: Project


@dataclass(frozen=True, kw_only=True, eq=False)
class Key(Record):
    """A key of an application or a machine user, or a personal access token."""

    user: User | None
    app: App | None
    expires: datetime
    credential: Credential

    @property
    def place_of(self) -> tuple[str, str]:
        """The ids of application and project; of a machine user's key, both are the user's."""
        if self.app is not None:
            return self.app.id, self.app.project.id
        assert self.user is not None  # noqa: S101
        return self.user.id, self.user.id


@dataclass(frozen=True, kw_only=True, eq=False)
class Metadata(Record):
    """`of` is the id of what it is about."""

    of: str
    key: str
    value: str


@dataclass(frozen=True, kw_only=True, eq=False)
class OrgDomain(Record):
    domain: Domain


@dataclass(frozen=True, kw_only=True, eq=False)
class Link(Record):
    """An account elsewhere."""

    user: User
    provider: Idp
    subject: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Idp(Record):
    thing: Provider


@dataclass(frozen=True, kw_only=True, eq=False)
class SignedIn(Record):
    """A session."""

    thing: Session
    user: User


@dataclass(frozen=True, kw_only=True, eq=False)
class Team(Record):
    """A group."""

    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Member(Record):
    """Of a group."""

    team: Team
    user: User
