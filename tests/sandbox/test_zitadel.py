"""The emulator of ZITADEL's APIs, compared with what its vendor publishes.

v2 is driven by the vendor's own client, whose models read the answers. v1, the events, and
the older half of v2 are compared with the vendor's descriptions of its messages.
"""

from __future__ import annotations

import itertools
import json
import re
import warnings
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.model import Factor
from sandbox.zitadel import ZitadelServer, ids
from sandbox.zitadel.wire import stamp
from tests.zitadel.emulator import LISTS, Api, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zitadel.calls import Endpoint

PROTO = Path(__file__).parent / "zitadel_proto"
METHODS: dict[str, dict[str, str]] = json.loads((PROTO / "methods.json").read_text())
NOBODY_VOUCHES_FOR = {"group.v2.ListGroups", "group.v2.ListGroupUsers"}
"""Neither the client nor the published messages have groups, which no released server has."""

FOR_EACH_USER = {
    "user.v2.ListUserMetadata": "users.list_user_metadata",
    "user.v2.ListIDPLinks": "users.list_idp_links",
    "user.v2.ListPasskeys": "users.list_passkeys",
    "user.v2.ListAuthenticationFactors": "users.list_authentication_factors",
    "user.v2.ListAuthenticationMethodTypes": "users.list_authentication_method_types",
}
FOR_EACH_ORGANIZATION = {
    "org.v2.ListOrganizationDomains": "organizations.list_organization_domains",
    "org.v2.ListOrganizationMetadata": "organizations.list_organization_metadata",
}
FOR_EACH_PROJECT = {"project.v2.ListProjectRoles": "projects.list_project_roles"}
ONCE = {
    "user.v2.ListUsers": "users.list_users",
    "user.v2.ListKeys": "users.list_keys",
    "user.v2.ListPersonalAccessTokens": "users.list_personal_access_tokens",
    "org.v2.ListOrganizations": "organizations.list_organizations",
    "session.v2.ListSessions": "sessions.list_sessions",
    "project.v2.ListProjects": "projects.list_projects",
    "project.v2.ListProjectGrants": "projects.list_project_grants",
    "application.v2.ListApplications": "applications.list_applications",
    "application.v2.ListApplicationKeys": "applications.list_application_keys",
    "authorization.v2.ListAuthorizations": "authorizations.list_authorizations",
    "internal_permission.v2.ListAdministrators": "internal_permissions.list_administrators",
    "instance.v2.GetInstance": "instances.get_instance",
}
CLIENT = {**ONCE, **FOR_EACH_USER, **FOR_EACH_ORGANIZATION, **FOR_EACH_PROJECT}
"""Which of the client's methods asks for what."""


def made_up() -> Company:
    """With a security key, that of Ada."""
    company = Company.made_up(people=24)
    person = next(iter(company.people.values()))
    person.factors.append(company.new(Factor, kind="webauthn", name="Ada's key"))
    return company


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served(ZitadelServer(made_up(), version=(5, 0)), prefix="") as api:
        yield api


@pytest.fixture(scope="module")
def released() -> Iterator[Api]:
    """Version 4.13; the published messages are no younger."""
    with served(ZitadelServer(made_up())) as api:
        yield api


@pytest.fixture(scope="module")
def client(api: Api) -> Any:
    """The vendor's own."""
    with warnings.catch_warnings(record=True):  # It uses what its own dependency deprecates.
        zitadel = pytest.importorskip("zitadel_client").Zitadel
        return zitadel.with_access_token(api.url, api.server.pat)


def test_everything_but_groups_is_vouched_for(api: Api) -> None:
    served = {endpoint.rpc for endpoint in api.server.endpoints}
    assert served >= CLIENT.keys()
    assert served - CLIENT.keys() - METHODS.keys() == NOBODY_VOUCHES_FOR


# v2, by the vendor's client


def asked(rpc: str, server: ZitadelServer) -> list[dict[str, Any]]:
    """All there is to ask."""
    instance = server.instance
    if rpc in FOR_EACH_USER:
        return [{"userId": user.id} for user in instance.users]
    if rpc in FOR_EACH_ORGANIZATION:
        return [{"organizationId": org.id} for org in instance.orgs]
    if rpc in FOR_EACH_PROJECT:
        return [{"projectId": project.id} for project in instance.projects]
    return [{}]


def plain(value: Any) -> Any:
    """What the client's models read, as it was sent."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each not in (None, [])}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return stamp(value) if isinstance(value, datetime) else getattr(value, "value", value)


UNREAD = {"metadata": {"creationDate", "changeDate"}, "administrators": {"projectGrant"}}
"""What the client's models do not know: of grants, they have those of requests instead."""


def known(body: dict[str, Any]) -> Any:
    """The rows without what the client does not read."""
    for key, names in UNREAD.items():
        rows = [{**row, **dict.fromkeys(names)} for row in body.get(key, ())]
        body = {**body, key: rows}
    return plain(body)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("rpc", CLIENT)
def test_the_vendors_client_reads_it_all(client: Any, api: Api, rpc: str) -> None:
    group, _, method = CLIENT[rpc].partition(".")
    path = next(each.connect for each in api.server.endpoints if each.rpc == rpc)
    read = 0
    for body in asked(rpc, api.server):
        answer = getattr(getattr(client, group), method)(body)
        sent = api.get(path, body)
        assert known(plain(answer.to_dict())) == known(sent)
        read += sum(len(each) for each in sent.values() if isinstance(each, list))
    assert read >= 3 or rpc in ("instance.v2.GetInstance", "user.v2.ListPasskeys")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_vendors_client_pages_sorts_and_filters(client: Any, api: Api) -> None:
    sort = "AUTHORIZATION_FIELD_NAME_ID"
    every = api.server.instance.authorizations
    found: list[str] = []
    while len(found) < len(every):
        pagination = {"offset": len(found), "limit": 7, "asc": True}
        body = {"pagination": pagination, "sortingColumn": sort}
        answer = client.authorizations.list_authorizations(body)
        assert answer.pagination.total_result == str(len(every))
        assert answer.pagination.applied_limit == "7"
        found += [each.id for each in answer.authorizations]
    assert found == sorted(each.id for each in every)
    wanted = api.server.instance.users[3].id
    answer = client.users.list_users({"queries": [{"inUserIdsQuery": {"userIds": [wanted]}}]})
    assert [user.user_id for user in answer.result] == [wanted]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_vendors_client_gets_tokens(client: Any, api: Api, tmp_path: Path) -> None:
    from zitadel_client.zitadel import Zitadel

    key = tmp_path / "key.json"
    key.write_text(json.dumps(api.server.service_account_key))
    issued = api.server.tokens_issued
    by_key = Zitadel.with_private_key(api.url, str(key))
    assert by_key.instances.get_instance({}).instance.id == ids.INSTANCE  # type: ignore[arg-type, union-attr]
    by_secret = Zitadel.with_client_credentials(
        api.url, api.server.client_id, api.server.client_secret
    )
    assert by_secret.instances.get_instance({}).instance.version == "v5.0.0"  # type: ignore[arg-type, union-attr]
    assert api.server.tokens_issued == issued + 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_vendors_client_reads_errors(client: Any) -> None:
    from zitadel_client.exceptions import ApiError

    with pytest.raises(ApiError) as caught:
        client.projects.list_projects({"pagination": {"limit": 1001}})
    assert caught.value.code == 400
    assert caught.value.response_body
    assert caught.value.response_body["code"] == "invalid_argument"


# v1 and the older half of v2, by the vendor's messages


class Messages:
    """The vendor's messages."""

    def __init__(self) -> None:
        protobuf = pytest.importorskip("google.protobuf")
        from google.protobuf import (
            descriptor_pb2,
            descriptor_pool,
            duration_pb2,
            json_format,
            message_factory,
            struct_pb2,
            timestamp_pb2,
        )

        assert protobuf
        self._json, self._factory = json_format, message_factory
        self._pool = descriptor_pool.DescriptorPool()
        for module in (timestamp_pb2, duration_pb2, struct_pb2):
            self._pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        files = descriptor_pb2.FileDescriptorSet.FromString(
            (PROTO / "descriptors.binpb").read_bytes()
        )
        for each in files.file:
            self._pool.AddSerializedFile(each.SerializeToString())

    def reread(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Read strictly, and told again as the standard says."""
        kind = self._factory.GetMessageClass(self._pool.FindMessageTypeByName(name))
        message = self._json.ParseDict(body, kind(), ignore_unknown_fields=False)
        return self._json.MessageToDict(message)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return Messages()


def paths(endpoint: Endpoint, server: ZitadelServer) -> Iterator[tuple[str, str]]:
    """Each path that it has, and in the context of which organization to ask for it."""
    instance = server.instance
    values = {
        "id": instance.users, "user_id": instance.users, "project_id": instance.projects,
        "grant_id": instance.grants, "app_id": instance.apps, "organization_id": instance.orgs,
    }  # fmt: skip
    names = re.findall(r"\{(\w+)\}", endpoint.rest)
    orgs = instance.orgs if endpoint.rest.startswith("/management/") else instance.orgs[:1]
    if len(names) == 2:
        orgs = [instance.org_by_id[ids.HOME], instance.grants[0].to]
    for found in itertools.product(*(values[name] for name in names)):  # type: ignore[call-overload]
        told = dict(zip(names, (each.id for each in found), strict=True))
        for org in orgs:
            yield endpoint.rest.format(**told), org.id


@pytest.mark.parametrize("rpc", METHODS)
def test_the_vendors_messages_have_all_that_is_told(
    messages: Messages, released: Api, rpc: str
) -> None:
    """Exactly that: defaults are left out, and everything else is told as it is there."""
    endpoint = next(each for each in released.server.endpoints if each.rpc == rpc)
    rows = 0
    for path, org in paths(endpoint, released.server):
        body = released.get(path, method=endpoint.method, org=org)
        assert messages.reread(METHODS[rpc]["response"], body) == body, path
        rows += sum(len(body.get(name, ())) for name in LISTS)
    assert rows >= 3 or rpc not in ENOUGH


ENOUGH = {
    "management.v1.ListUsers", "management.v1.ListUserGrants", "management.v1.ListProjects",
    "management.v1.ListGrantedProjects", "management.v1.ListProjectRoles",
    "management.v1.ListGrantedProjectRoles", "management.v1.ListAllProjectGrants",
    "management.v1.ListApps", "management.v1.ListAppKeys", "management.v1.ListMachineKeys",
    "management.v1.ListPersonalAccessTokens", "management.v1.ListUserMetadata",
    "management.v1.ListOrgMetadata", "management.v1.ListOrgDomains",
    "management.v1.ListOrgMembers", "management.v1.ListHumanLinkedIDPs",
    "management.v1.ListProviders", "admin.v1.ListOrgs", "admin.v1.ListProviders",
    "admin.v1.ListEvents", "user.v2.ListUsers", "session.v2.ListSessions",
}  # fmt: skip
"""Of these there must be some."""


def test_paths_and_verbs_are_the_vendors(api: Api) -> None:
    def bare(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    served = {each.rpc: f"{each.method} {each.rest}" for each in api.server.endpoints}
    for rpc, told in METHODS.items():
        assert not told["http"] or bare(told["http"]) == bare(served[rpc])


def test_messages_refuse_what_they_do_not_have(messages: Messages, api: Api) -> None:
    """Or else they would vouch for nothing."""
    name = METHODS["management.v1.ListUsers"]["response"]
    body = api.get("/management/v1/users/_search", {"query": {"limit": 1}})
    for wrong in ({"givenName": "Ada"}, {"state": "USER_STATE_HAPPY"}, {"loginNames": "ada"}):
        with pytest.raises(Exception, match="result"):
            messages.reread(name, {**body, "result": [{**body["result"][0], **wrong}]})
