"""Assertions that ZITADEL refuses: it does not say why, so the message says what to look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zitadel.runs import ME, read, refused, serve, small

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox

    pass

TOKEN_ASKED = "/zitadel/oauth/v2/token?"
CREDENTIALS = "Check `pat`, `private_key`, or `client_id` and `client_secret`"
CLOCK = "this machine's clock must be right"
VERSIONS = pytest.mark.parametrize(
    ("version", "answer", "tries"),
    [((2, 71), "500, 3 times in a row", 3), ((4, 13), "500, 3 times in a row", 3),
     ((5, 0), "400 (invalid_grant)", 1)],
    ids=str,
)  # fmt: skip
"""Up to 4.13 it is answered as if the server were at fault, as recordings show."""


@pytest.fixture(scope="module")
def company() -> Company:
    return small()


def key_of(sandbox: Sandbox, **changes: str) -> dict[str, Any]:
    key = {**sandbox.zitadel_server.service_account_key, **changes}
    return {"pat": None, "private_key": json.dumps(key)}


@VERSIONS
@pytest.mark.parametrize("organization", [{}, {"organization_id": "100"}], ids=["all", "one"])
def test_a_key_that_is_not_known_is_told_after_a_few_tries(
    running: Sandbox,
    company: Company,
    version: tuple[int, int],
    answer: str,
    tries: int,
    organization: dict[str, str],
) -> None:
    """And nobody is sent to deselect streams, or to grant a role."""
    sandbox = serve(running, company, version)
    settings = {**key_of(sandbox, keyId="1"), **organization}
    word = refused(read(sandbox, max_retries=9, **settings))
    assert f"POST /oauth/v2/token answered {answer}. {CREDENTIALS}" in word
    assert CLOCK in word
    assert "deselect" not in word
    assert "IAM_OWNER_VIEWER" not in word
    assert sandbox.zitadel.requests == [TOKEN_ASKED] * tries


@VERSIONS
def test_the_audience_is_said_for_an_instance_without_tls(
    running: Sandbox, company: Company, version: tuple[int, int], answer: str, tries: int
) -> None:
    """`external_domain` makes it https, and the instance takes its own URL only."""
    sandbox = serve(running, company, version)
    server = sandbox.zitadel_server
    server.external_domain, server.issuer = "id.acme.example", "http://id.acme.example"
    word = refused(read(sandbox, external_domain="id.acme.example", **key_of(sandbox)))
    assert "names https://id.acme.example as its audience (`aud`)" in word
    assert "Without TLS that is http://id.acme.example with its port" in word
    assert "leave `external_domain` empty" in word


def test_the_audience_is_said_where_the_instance_has_another_domain(
    running: Sandbox, company: Company
) -> None:
    sandbox = serve(running, company)
    sandbox.zitadel_server.issuer = "https://id.acme.example"
    word = refused(read(sandbox, **key_of(sandbox)))
    base = sandbox.zitadel_config["instance_url"]
    assert f"names {base} as its audience (`aud`)" in word
    assert "set `external_domain`" in word


@pytest.mark.parametrize("failing", [{"status": 503}, {"status": 500}, {"reset": True}])
def test_a_token_endpoint_that_fails_for_a_while_is_asked_again(
    running: Sandbox, company: Company, failing: dict[str, Any]
) -> None:
    sandbox = serve(running, company)
    fault = sandbox.zitadel.fault(TOKEN_ASKED, times=2, body=b"{}", **failing)
    run = read(sandbox, "projects", **key_of(sandbox))
    assert run.code == 0, run.log
    assert fault.delivered == 2


def test_an_expired_token_with_an_organization_is_not_a_matter_of_streams(
    running: Sandbox, company: Company
) -> None:
    sandbox = serve(running, company)
    word = refused(read(sandbox, pat="S3CRET-but-expired", organization_id="100"))
    assert "answered 401 (AUTH-7fs1e)" in word
    assert "deselect" not in word
    assert ME not in sandbox.zitadel.requests


def test_an_organization_that_is_none_is_not_a_matter_of_streams(
    running: Sandbox, company: Company
) -> None:
    sandbox = serve(running, company)
    word = refused(read(sandbox, organization_id="100"))
    assert "(AUTH-Bs7Ds). There is no such organization. Check `organization_id`." in word
    assert "deselect" not in word


@pytest.mark.parametrize("way", [key_of, lambda sandbox: {}], ids=["private key", "pat"])
def test_a_wrong_path_is_not_a_matter_of_the_credential(
    running: Sandbox, company: Company, way: Any
) -> None:
    sandbox = serve(running, company)
    url = f"{sandbox.zitadel_config['instance_url']}/other"
    word = refused(read(sandbox, instance_url=url, **way(sandbox)))
    assert "Check `instance_url`" in word
    assert "`pat`" not in word
    assert "deselect" not in word
