"""What is asked for, and what kinds of endpoint there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.zitadel.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.zitadel.instance import Instance
    from sandbox.zitadel.wire import Json

Version = tuple[int, int]
AUTHENTICATED = "authenticated"
"""Whoever has a token may ask; what may not be seen is left out in silence."""


@dataclass(frozen=True)
class Call:
    """A request.

    Attributes:
        body: What was sent.
        path: What is in the path.
        org: Id of the organization in whose context it is made.
    """

    instance: Instance
    version: Version
    body: Json
    path: Mapping[str, str]
    org: str

    def name(self, parameter: str) -> str:
        """An id that the path or the body names. It is needed."""
        value = self.path.get(parameter) or self.body.get(parameter)
        if not value:
            text = f"invalid field {parameter}: value length must be at least 1"
            raise invalid(text)
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Something that is served.

    Attributes:
        rpc: Service and method, as in `admin.v1.ListOrgs`.
        rest: Path below the root; empty if there is none.
        permission: What is needed to ask.
        since, until: Versions that have it.
    """

    rpc: str
    rest: str = ""
    method: Literal["GET", "POST"] = "POST"
    permission: str = AUTHENTICATED
    since: Version = (2, 71)
    until: Version = (99, 0)

    @property
    def service(self) -> str:
        return self.rpc.rpartition(".")[0]

    @property
    def is_v1(self) -> bool:
        return self.service.endswith(".v1")

    @property
    def connect(self) -> str:
        """Its path for Connect."""
        package, _, method = self.rpc.rpartition(".")
        return f"/zitadel.{package}.{SERVICES.get(package, '')}/{method}"


SERVICES = {
    "user.v2": "UserService", "org.v2": "OrganizationService", "session.v2": "SessionService",
    "project.v2": "ProjectService", "application.v2": "ApplicationService",
    "authorization.v2": "AuthorizationService", "group.v2": "GroupService",
    "internal_permission.v2": "InternalPermissionService", "instance.v2": "InstanceService",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Listing(Endpoint):
    """A list.

    Attributes:
        find: The records.
        show: How each of them is told.
        key: Under which name.
        paging: `object` has neither a default nor a maximum; `filter` has both.
        reads: What is needed to see a record; empty if who may ask sees all. It is checked in
            memory, after the limit, unless it is checked in the query:
        in_query: from this version on,
        by_feature: and from this one on with the feature `permission_check_v2`.
        open_by_feature: Whether that feature shows everything to everybody, which is a fault.
        shows_own: Whether the account sees what is its own without any right; of users, only
            where it is checked in the query.
        refuses: Whether a page with a record that may not be seen is refused in memory.
        order: Its natural order; without one, that of the table.
        sorts: By what it may be sorted; other names are ignored.
        loose: From how many rows on those that are equal in that come in another order for
            another window; None is never.
        filters: What each filter keeps; others are refused.
    """

    find: Callable[[Call], Sequence[Any]]
    show: Callable[[Call, Any], Json]
    key: str = "result"
    paging: Literal["object", "filter"] = "object"
    reads: str = ""
    in_query: Version | None = None
    by_feature: Version | None = None
    open_by_feature: bool = False
    shows_own: Callable[[Call, Any], bool] | None = None
    refuses: bool = False
    order: Callable[[Any], Any] | None = None
    sorts: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    loose: int | None = None
    filters: Mapping[str, Callable[[Call, Any, Any], bool]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Single(Endpoint):
    """Anything else: `show` makes the answer."""

    show: Callable[[Call], Json]
