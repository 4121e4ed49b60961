"""Applications, APIs and connections, and how they are related."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from identity_sdk import EachOf, Item, objects
from tap_kinde.client import KindeStream


class Applications(KindeStream):
    """An application: one that users sign in to, or a machine-to-machine application."""

    name = "applications"
    path = "/applications"
    records_key = "applications"
    primary_keys = ("id",)
    permission = "read:applications"


class Apis(KindeStream):
    """An API that access tokens are issued for."""

    name = "apis"
    path = "/apis"
    records_key = "apis"
    params: ClassVar = {"expand": "scopes"}
    primary_keys = ("id",)
    permission = "read:apis"


class AnyConnections(KindeStream):
    """A listing of connections; nested according to the specification, but not on real servers."""

    records_key = "connections"

    @override
    def items(self, body: Item) -> list[Item]:
        items = super().items(body)
        return [nested if isinstance(nested := i.get("connection"), dict) else i for i in items]


class Connections(AnyConnections):
    """A sign-in connection: social, enterprise or passwordless."""

    name = "connections"
    path = "/connections"
    primary_keys = ("id",)
    permission = "read:connections"
    ignored_fields = frozenset({"options"})


class ApplicationAccessRoles(EachOf, KindeStream):
    """A role whose holders may sign in to an application with restricted access."""

    name = "application_access_roles"
    path = "/applications/{application_id}/access_roles"
    records_key = "roles"
    max_page_size = 100
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "id")
    permission = "read:applications"
    opt_in = True


class ApplicationConnections(EachOf, AnyConnections):
    """A sign-in connection that is enabled for an application."""

    name = "application_connections"
    path = "/applications/{application_id}/connections"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "id")
    permission = "read:application_connections"
    ignored_fields = frozenset({"options"})
    opt_in = True


class ApiApplications(EachOf, KindeStream):
    """An application that is listed for an API, and whether it may call it."""

    name = "api_applications"
    path = "/apis/{api_id}"
    records_key = "api"
    max_page_size = None
    parent, bind = Apis, {"api_id": "id"}
    primary_keys = ("api_id", "id")
    permission = "read:apis"
    opt_in = True

    @override
    def items(self, body: Item) -> list[Item]:
        return [each for api in super().items(body) for each in objects(api.get("applications"))]


class ApiScopes(EachOf, KindeStream):
    """A scope of an API."""

    name = "api_scopes"
    path = "/apis/{api_id}/scopes"
    records_key = "scopes"
    max_page_size = None
    parent, bind = Apis, {"api_id": "id"}
    primary_keys = ("api_id", "id")
    permission = "read:api_scopes"
    opt_in = True
