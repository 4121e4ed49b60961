"""What is asked, by whom, and what may be shown to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sandbox.kinde import ids, times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.kinde.known import Known
    from sandbox.model import Api, Application, Membership, Organization, Person, Role

_T = TypeVar("_T")


class Refused(Exception):
    """The answer is an error; `missing` ones are told as an object, others as a list."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        errors = {"code": code, "message": message}
        self.body = {"errors": errors if status == 404 else [errors]}


@dataclass(eq=False)
class Quirks:
    """What the API may do that its documentation does not say. By default it does none of it.

    Attributes:
        empty_pages: So many empty pages, each with a fresh token, before each further page.
        empty_tail: After the last page come empty pages with fresh tokens, for ever.
        stuck_token: Whatever says where to go on gets no further than it got before.
        null_lists: An empty list is told as null.
        end_token: What `next_token` is on the last page.
        page_limit: A larger `page_size` is refused, with this limit.
        search_limit: A page of `/search/users` has no more rows, whatever is asked for.
        nested_connections: A connection is told inside an envelope, as the vendor's document
            and client have it; otherwise flat, as clients in the field read it.
        duplicate_ids: The last row of a page is the first of the next.
        undeclared: What lists without declared paging do: tell the `whole`, be `paged` as
            their envelope lets one think, or page but be `deaf` to what says where to go on.
        missing_mfa: Without a second factor the answer is 404, rather than null.
        shows_less: A list whose scope the token lacks shows two rows of three, rather than 403.
    """

    empty_pages: int = 0
    empty_tail: bool = False
    stuck_token: bool = False
    null_lists: bool = False
    end_token: str | None = None
    page_limit: int | None = None
    search_limit: int | None = None
    nested_connections: bool = True
    duplicate_ids: bool = False
    undeclared: str = "whole"
    missing_mfa: bool = False
    shows_less: bool = False


@dataclass
class Ask:
    """A request for things of the company.

    Attributes:
        bound: The organization that the token is bound to, if any.
        organization, person, ...: What the path names.
    """

    known: Known
    query: Mapping[str, str]
    quirks: Quirks
    bound: Organization | None = None
    organization: Organization = field(init=False)
    person: Person = field(init=False)
    member: Membership = field(init=False)
    role: Role = field(init=False)
    application: Application = field(init=False)
    api: Api = field(init=False)
    key: str = field(init=False)

    def name(self, path: Mapping[str, str]) -> None:
        """Look up what the path names."""
        for parameter, value in path.items():
            getattr(self, f"_{parameter}")(value)

    def _org_code(self, code: str) -> None:
        if self.bound and code != ids.organization_code(self.bound):
            raise Refused(403, "ORGANIZATION_MISMATCH", f"The token is not for {code}")
        self.organization = _find(self.known.organizations, code, "ORGANIZATION")

    _organization_code = _org_code

    def _user_id(self, user_id: str) -> None:
        self.person = _find(self.people(), user_id, "USER")
        if hasattr(self, "organization"):
            memberships = self.known.access.memberships.get(self.organization.id, {})
            self.member = _find(memberships, self.person.id, "USER")

    def _role_id(self, role_id: str) -> None:
        self.role = _find(self.known.roles, role_id, "ROLE")

    def _application_id(self, application_id: str) -> None:
        self.application = _find(self.known.applications, application_id, "APPLICATION")

    def _api_id(self, api_id: str) -> None:
        self.api = _find(self.known.apis, api_id, "API")

    def _key_id(self, key_id: str) -> None:
        self.key = key_id

    # What may be shown

    def organizations(self) -> dict[str, Organization]:
        everything = self.known.organizations
        return {code: each for code, each in everything.items() if self.bound in (None, each)}

    def people(self) -> dict[str, Person]:
        if self.bound is None:
            return self.known.people
        return {i: each for i, each in self.known.people.items() if self.memberships_of(each)}

    def memberships_of(self, person: Person) -> list[Membership]:
        memberships = self.known.memberships.get(person.id, [])
        return [member for member in memberships if self.bound in (None, member.organization)]

    # What is asked for

    def wants(self, expansion: str) -> bool:
        return expansion in self.several("expand")

    def several(self, parameter: str) -> list[str]:
        """The values of a parameter, which commas separate."""
        return [each.strip() for each in self.query.get(parameter, "").split(",") if each.strip()]

    def flag(self, parameter: str) -> bool | None:
        value = self.query.get(parameter)
        return value.lower() == "true" if value else None

    def moment(self, parameter: str) -> datetime | None:
        text = self.query.get(parameter)
        try:
            return times.read(text) if text else None
        except ValueError:
            raise Refused(400, "INVALID_DATE", f"{parameter} is no ISO 8601 date") from None


def _find(things: Mapping[str, _T], identifier: str, kind: str) -> _T:
    if (thing := things.get(identifier)) is None:
        raise Refused(404, f"{kind}_NOT_FOUND", f"There is no such {kind.lower()}")
    return thing
