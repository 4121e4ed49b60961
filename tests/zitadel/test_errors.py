"""What goes wrong with ZITADEL: told once, in words that help, and nothing is taken for deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zitadel.runs import (
    ALL,
    ME,
    activated,
    expected,
    listen,
    paths,
    read,
    records,
    refused,
    run_zitadel,
    serve,
    verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.running import Message

ADMINISTRATORS = "/zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators"


def gateway(code: int, identifier: str, text: str = "S3CRET") -> bytes:
    """An error as the gateway tells it."""
    kind = "type.googleapis.com/zitadel.v1.ErrorDetail"
    detail = {"@type": kind, "id": identifier, "message": text}
    told = {"code": code, "message": f"{text} ({identifier})", "details": [detail]}
    return json.dumps(told).encode()


def connect(code: str, identifier: str) -> bytes:
    """An error as Connect tells it: the id is in the text, and encoded."""
    detail = {"type": "zitadel.v1.ErrorDetail", "value": "CgtRVU9UQS12akF5OA"}
    told = {"code": code, "message": f"S3CRET ({identifier})", "details": [detail]}
    return json.dumps(told).encode()


# Addresses


@pytest.mark.parametrize("url", ["ftp://example.org", "http://example.org", "example.org", "", "/"])
def test_an_address_that_is_none_is_named(tmp_path: Path, sandbox: Sandbox, url: str) -> None:
    assert "`instance_url`" in refused(run_zitadel(tmp_path, sandbox, instance_url=url))
    assert sandbox.zitadel.requests == []


def test_an_address_may_end_with_a_slash(sandbox: Sandbox) -> None:
    base = sandbox.zitadel_config["instance_url"]
    run = read(sandbox, "instance", instance_url=f"{base}/")
    assert run.code == 0, run.log
    assert verdict(run, "instance")["coverage"] == [base]
    assert sandbox.zitadel.requests == [ME]


@pytest.mark.parametrize("place", ["{url}/other", "{url}/zitadel/ui/console"])
def test_a_wrong_address_is_named_and_nothing_is_written(
    tmp_path: Path, sandbox: Sandbox, place: str
) -> None:
    url = place.format(url=sandbox.url)
    word = refused(run_zitadel(tmp_path, sandbox, instance_url=url, max_retries=0))
    assert "`instance_url`" in word


def test_an_address_where_nothing_listens_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    url = "http://127.0.0.1:9"
    word = refused(run_zitadel(tmp_path, sandbox, instance_url=url, max_retries=0))
    assert f"failed at {url} (connection refused)" in word


# Refusals that waiting does not cure


@pytest.mark.parametrize(
    ("identifier", "said"),
    [("QUOTA-vjAy8", "waiting does not help"), ("LIMITS-molsj", "The instance is blocked.")],
)
def test_what_waiting_does_not_cure_is_told_at_once(
    tmp_path: Path, sandbox: Sandbox, identifier: str, said: str
) -> None:
    sandbox.zitadel.fault(status=429, body=gateway(8, identifier))
    word = refused(run_zitadel(tmp_path, sandbox))
    assert said in word
    assert identifier in word
    assert sandbox.zitadel.requests == [ME]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/users?", gateway(8, "QUOTA-vjAy8")),
        ("ListAuthorizations", connect("resource_exhausted", "QUOTA-vjAy8")),
    ],
)
def test_a_quota_that_ends_in_the_middle_fails_the_rest_and_removes_nothing_of_it(
    sandbox: Sandbox, path: str, body: bytes
) -> None:
    first = read(sandbox)
    sandbox.zitadel.requests.clear()
    fault = sandbox.zitadel.fault(path, status=429, body=body)
    run = read(sandbox, state=first.state)
    assert run.code == 1
    assert fault.delivered == 1
    failed = {stream for stream, status in run.verdicts.items() if status == "failed"}
    parts = {"authorizations", "authorization_roles"}
    assert failed == (parts if path == "ListAuthorizations" else {"users"})
    assert not activated(run) & failed
    assert "QUOTA-vjAy8" in verdict(run, min(failed))["reason"]
    assert "S3CRET" not in run.output


def test_a_refusal_that_passes_is_waited_for(sandbox: Sandbox) -> None:
    headers = {"Retry-After": "0"}
    fault = sandbox.zitadel.fault("/v2/users", status=429, body=b"{}", headers=headers, times=1)
    run = read(sandbox, "users")
    assert run.verdicts == {"users": "complete"}
    assert fault.delivered == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_now_and_then_is_asked_again(
    sandbox: Sandbox, company: Company, status: int
) -> None:
    """Also where another service is found out to be there or not."""
    for path in ("/v2/users", "ListAuthorizations", "/domains/search", "instances/me"):
        sandbox.zitadel.fault(path, status=status, body=b"{}", times=1)
    run = read(sandbox)
    assert run.code == 0, run.log
    for stream in ("users", "authorizations", "organization_domains"):
        assert records(run, stream) == expected(company, stream)


@pytest.mark.parametrize("status", [400, 500])
def test_a_service_that_fails_is_not_one_that_is_missing(sandbox: Sandbox, status: int) -> None:
    """It is not read with v1 instead, where a failure could hide rows."""
    sandbox.zitadel.fault("ListAuthorizations", status=status, body=b'{"message": "S3CRET"}')
    run = read(sandbox, "authorizations", max_retries=0)
    assert run.code == 1
    assert "/management/v1/users/grants/_search" not in paths(sandbox)
    assert "S3CRET" not in run.log


# 404 as missing permission, or as a service that is not there


def test_a_missing_membership_is_a_missing_permission(sandbox: Sandbox) -> None:
    sandbox.zitadel.fault("ListProjects", status=404, body=gateway(5, "AUTHZ-cdgFk"))
    run = read(sandbox, "projects", "users")
    assert run.code == 1
    assert run.output == ""
    assert "projects need project.read: " in run.log
    assert "AUTHZ-cdgFk" in run.log
    assert "IAM_OWNER_VIEWER" in run.log
    assert "/management/v1/projects/_search" not in paths(sandbox)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_service_that_is_missing_is_read_with_v1(
    sandbox: Sandbox, company: Company, status: int
) -> None:
    body = b'{"code": 5, "message": "Not Found"}'
    fault = sandbox.zitadel.fault("ListProjectGrants", status=status, body=body)
    run = read(sandbox, "project_grants")
    assert records(run, "project_grants") == expected(company, "project_grants")
    assert fault.delivered == 1


@pytest.mark.parametrize("version", [(2, 71), (4, 13)], ids=str)
def test_an_organization_that_ends_meanwhile_is_not_a_wrong_setting(
    running: Sandbox, company: Company, version: tuple[int, int]
) -> None:
    """v1 is asked in each organization, on new servers too: for identity providers."""
    sandbox = serve(running, company, version)
    last = list(company.access.organizations.values())[-1]
    fault = sandbox.zitadel.fault(
        "/management/v1/idps/", call=lambda: company.access.dissolve(last), times=1
    )
    run = read(sandbox, "identity_providers", max_concurrency=1)
    assert fault.delivered == 1
    assert "`organization_id`" not in run.log
    assert verdict(run, "identity_providers")["status"] in ("complete", "incomplete")


# Versions that were asked for


def test_v2_where_the_server_lacks_it_is_unsupported_and_names_the_service(
    running: Sandbox, company: Company
) -> None:
    sandbox = serve(running, company, (2, 71))
    run = read(sandbox, ALL, api_version="v2")
    assert run.code == 0, run.log
    named = {
        "projects": "projects", "project_grants": "project grants",
        "authorizations": "authorizations", "administrators": "administrators",
        "applications": "applications", "personal_access_tokens": "personal access tokens",
        "machine_keys": "machine keys", "application_keys": "application keys",
        "groups": "groups", "organization_domains": "domains", "user_metadata": "user metadata",
    }  # fmt: skip
    for stream, service in named.items():
        row = verdict(run, stream)
        assert (row["status"], row["row_count"]) == ("unsupported", 0)
        assert f"this server's v2 services do not include {service}" in row["reason"]
    assert {s for s, status in run.verdicts.items() if status == "complete"} == {
        "instance", "organizations", "users", "identity_providers", "events", "sessions",
        "user_auth_methods", "user_idp_links", "policies",
    }  # fmt: skip
    assert not activated(run) & named.keys()


def test_v2_is_not_for_organizations(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.zitadel_server.role = "ORG_OWNER_VIEWER"
    sandbox.zitadel_server.member_of = set()
    word = refused(run_zitadel(tmp_path, sandbox, "users", api_version="v2"))
    assert "`api_version`" in word


def test_v1_asks_nothing_of_v2_but_what_only_that_has(sandbox: Sandbox) -> None:
    run = read(sandbox, api_version="v1")
    assert run.code == 0, run.log
    assert all(path.startswith(("/management/v1/", "/admin/v1/")) for path in paths(sandbox))


def test_what_v1_lacks_is_not_said_to_be_missing_in_the_server(sandbox: Sandbox) -> None:
    run = read(sandbox, "users", "sessions", api_version="v1")
    assert "`api_version`" in verdict(run, "sessions")["reason"]


# Administrators by the date of their change


def incremental(entry: Message) -> None:
    if entry["tap_stream_id"] == "administrators":
        entry["replication_key"], entry["replication_method"] = "change_date", "INCREMENTAL"


@pytest.mark.parametrize("version", [(2, 71), (4, 13)], ids=str)
def test_administrators_may_be_incremental_by_catalog(
    running: Sandbox, company: Company, version: tuple[int, int]
) -> None:
    """The server filters, where it can."""
    sandbox = serve(running, company, version)
    first = read(sandbox, "administrators", edit=incremental)
    assert verdict(first, "administrators")["mode"] == "incremental"
    assert records(first, "administrators") == expected(company, "administrators")
    before, heard = dict(expected(company, "administrators")), listen(sandbox)
    company.pace *= 600
    member = max(
        (
            each
            for memberships in company.access.memberships.values()
            for each in memberships.values()
            if each.roles
        ),
        key=lambda each: each.number,
    )
    company.access.entitle(member, *company.access.roles_of("organization", "person"))
    second = read(sandbox, "administrators", state=first.state, edit=incremental)
    assert second.code == 0, second.log
    assert second.kinds("ACTIVATE_VERSION") == []
    after = expected(company, "administrators")
    changed = {key for key, row in after.items() if before.get(key) != row}
    found = records(second, "administrators")
    assert changed <= found.keys() < after.keys()
    assert all(after[key] == row for key, row in found.items())
    asked = [each.body.get("filters") for each in heard if each.path == ADMINISTRATORS]
    if version == (4, 13):
        ((told,),) = asked
        assert told["changeDate"]["method"] == "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS"
    third = read(sandbox, "administrators", state=second.state)
    assert records(third, "administrators") == after
    assert activated(third) == {"administrators"}


def test_only_the_change_date_is_offered(sandbox: Sandbox) -> None:
    def edit(entry: Any) -> None:
        if entry["tap_stream_id"] in ("administrators", "users"):
            entry["replication_key"] = "creation_date"
            entry["replication_method"] = "INCREMENTAL"

    run = read(sandbox, "administrators", "users", edit=edit)
    assert run.code == 0, run.log
    assert {verdict(run, stream)["mode"] for stream in ("administrators", "users")} == {"full"}
