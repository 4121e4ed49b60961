"""RudderStack's SCIM API, served by scim2-server: a real SCIM 2.0 server, not ours."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, cast

from scim2_models import (
    NotFoundException,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    UnauthorizedException,
)
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from sandbox.model import Group, Person

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest

    from sandbox.company import Company
    from sandbox.model import Thing

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class ScimServer(ASGIApplication):
    """The company's people and groups in a SCIM server.

    Ids, times and versions are the company's, so that a test knows them.

    Attributes:
        hidden: Ids of people and groups that the token may no longer see; totals are to match.
    """

    def __init__(self, company: Company, token: str, *, max_results: int = 100) -> None:
        self.token = token
        config: ServiceProviderConfig = load_default_service_provider_config()
        config.authentication_schemes = [BEARER_TOKEN_SCHEME]
        if config.filter is not None:
            config.filter.max_results = max_results
        provider = ScimProvider.from_discovery(
            load_default_schemas().values(), load_default_resource_types().values(), config=config
        )
        self._storage = _Storage()
        self.hidden = self._storage.hidden
        super().__init__(
            AsyncInMemoryStorage(self._storage), provider, ScimService(provider, secret=token)
        )
        self._types = {str(kind.name): kind for kind in provider.resource_types}
        company.serve(self)

    def check_auth(self, request: ScimRequest) -> None:
        if request.header("Authorization") != f"Bearer {self.token}":
            raise UnauthorizedException

    def saved(self, thing: Thing) -> None:
        if not isinstance(thing, (Person, Group)):
            return
        kind = self._types["User" if isinstance(thing, Person) else "Group"]
        body = _user(thing) if isinstance(thing, Person) else _group(thing)
        resource = self.service.get_model(kind).model_validate(body)
        self._storage.put(kind, resource, thing)

    def dropped(self, thing: Thing) -> None:
        if not isinstance(thing, (Person, Group)):
            return
        kind = self._types["User" if isinstance(thing, Person) else "Group"]
        self._storage.delete(kind, thing.id)


class _Storage(InMemoryStorage):
    """A storage that takes id, time and version from the company."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self._thing.changed)
        self.versions = count()  # not used
        self.hidden: set[str] = set()
        self._thing: Person | Group

    def _candidates(self, *asked: Any) -> list[Any]:
        return [each for each in super()._candidates(*asked) if each.id not in self.hidden]

    def get(self, resource_type: ResourceType, resource_id: str, **how: Any) -> Any:
        if resource_id in self.hidden:
            raise NotFoundException
        return super().get(resource_type, resource_id, **how)

    def put(self, kind: ResourceType, resource: Any, thing: Person | Group) -> None:
        with self.lock:
            self._thing = thing
            if thing.id in self._resources.get(kind.name, {}):
                resource.id = thing.id
                self.update(kind, resource)
            else:
                created = self.create(kind, resource)
                stored = self._resources[kind.name][cast("str", created.id)]
                if stored.meta is not None:
                    stored.meta.created = thing.created

    def generate_id(self, resource_type: ResourceType, resource: Any) -> str:
        return self._thing.id

    def next_version(self) -> str:
        return f'W/"{self._thing.revision}"'


def _user(person: Person) -> dict[str, Any]:
    emails = [{"value": person.email, "type": "work", "primary": True}]
    if person.private_email:
        emails.append({"value": person.private_email, "type": "home"})
    enterprise: dict[str, Any] = {
        "employeeNumber": str(person.number),
        "organization": "Example Org",
        "department": person.department,
    }
    if person.manager:
        enterprise["manager"] = {"value": person.manager.id, "displayName": person.manager.name}
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", _ENTERPRISE],
        "externalId": f"idp-{person.number}",
        "userName": person.email,
        "name": {
            "formatted": person.name,
            "givenName": person.given,
            "familyName": person.family,
        },
        "displayName": person.name,
        "title": person.title,
        "locale": "en-US",
        "timezone": "Europe/Helsinki",
        "active": person.is_active_in("rudderstack"),
        "emails": emails,
        _ENTERPRISE: enterprise,
    }
    if person.phone:
        body["phoneNumbers"] = [{"value": person.phone, "type": "work"}]
    return body


def _group(group: Group) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": f"idp-{group.number}",
        "displayName": group.name,
        "members": [
            {"value": member.id, "type": "User" if isinstance(member, Person) else "Group"}
            for member in group.members
        ],
    }
