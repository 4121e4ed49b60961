"""Networks as they are: a proxy, a private CA, and what must not be sent in clear text."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from identity_sdk.errors import ApiError
from sandbox.server import Sandbox
from tests.local_http import USERS, client_of, json_reply, script, serve, slammed_doors
from tests.running import Run, run_tap
from tests.sdk.proxies import HOST, Proxy, proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import trustme

    from sandbox.company import Company


def proxy_to(sandbox: Sandbox) -> AbstractContextManager[Proxy]:
    return proxy(int(sandbox.url.rsplit(":", 1)[1]))


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path, company: Company) -> Iterator[Sandbox]:
    """The sandbox over https, with a certificate of a private CA."""
    issued = authority.issue_cert(HOST, "127.0.0.1")
    certificate, key = str(tmp_path / "server.pem"), str(tmp_path / "server.key")
    issued.private_key_pem.write_to_path(key)
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(certificate, append=number > 0)
    with Sandbox(company, certificate=(certificate, key)) as sandbox:
        yield sandbox


def assert_whole(run: Run, company: Company) -> None:
    assert run.code == 0, run.log
    assert {record["id"] for record in run.records("users")} == set(company.people)


def test_a_private_ca_by_setting_or_by_environment(
    tmp_path: Path, company: Company, secure: Sandbox, ca_file: str
) -> None:
    run = run_tap(tmp_path, secure.rudderstack_config)
    assert run.code == 1
    assert run.output == ""
    assert "certificate is not trusted" in run.log
    assert "set `ca_bundle`" in run.log
    assert_whole(run_tap(tmp_path, {**secure.rudderstack_config, "ca_bundle": ca_file}), company)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        environment = {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "", name: ca_file}
        run = run_tap(tmp_path, secure.rudderstack_config, environment=environment)
        assert_whole(run, company)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_https_through_a_proxy(
    tmp_path: Path, company: Company, secure: Sandbox, ca_file: str, variable: str
) -> None:
    config = {
        **secure.rudderstack_config,
        "scim_base_url": f"https://{HOST}/scim/v2",
        "ca_bundle": ca_file,
    }
    with proxy_to(secure) as between:
        assert_whole(run_tap(tmp_path, config, environment={variable: between.url}), company)
    assert {line.rsplit(" ", 1)[0] for line in between.asked} == {f"CONNECT {HOST}:443"}


def test_http_through_a_proxy_only_by_choice(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    config = {**sandbox.rudderstack_config, "scim_base_url": f"http://{HOST}/scim/v2"}
    with proxy_to(sandbox) as between:
        environment = {"HTTP_PROXY": between.url}
        refused = run_tap(tmp_path, config, environment=environment)
        assert refused.code == 1
        assert between.asked == []
        assert "set `allow_http`" in refused.log
        run = run_tap(tmp_path, {**config, "allow_http": True}, environment=environment)
        assert_whole(run, company)
        assert between.asked[0].startswith(f"GET http://{HOST}/scim/v2/Users?")


def test_no_proxy_and_this_machine_are_reached_directly(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    """What is meant for loopback must not leave the machine by way of a proxy."""
    with proxy_to(sandbox) as between:
        environment = {"HTTP_PROXY": between.url, "http_proxy": between.url, "NO_PROXY": ""}
        run = run_tap(tmp_path, sandbox.rudderstack_config, environment=environment)
        assert_whole(run, company)
        assert between.asked == []


def test_a_proxy_that_is_down_is_told(tmp_path: Path) -> None:
    config = {
        "service_access_token": "made-up",
        "scim_base_url": f"https://{HOST}/scim/v2",
        "max_retries": 0,
    }
    run = run_tap(tmp_path, config, environment={"HTTPS_PROXY": "http://127.0.0.1:9"})
    assert run.code == 1
    assert run.output == ""
    assert "failed at the proxy http://127.0.0.1:9 (connection refused)" in run.log
    assert "Check HTTPS_PROXY" in run.log
    assert "`scim_base_url`" not in run.log
    assert "Traceback" not in run.log


def test_a_private_ca_must_be_named_to_the_client(
    authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that is not trusted is told at once, and nothing is sent."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with serve(script(json_reply([1])), tls) as server:
        with client_of(server.url) as client, pytest.raises(ApiError, match="set `ca_bundle`"):
            client.get(USERS)
        assert (client.requests.count, server.requests) == (1, [])
        with client_of(server.url, ca_bundle=ca_file) as client:
            assert client.get(USERS).body == [1]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        with client_of(server.url) as client:
            assert client.get(USERS).body == [1]


def test_a_hang_up_during_the_handshake_is_no_matter_of_certificates() -> None:
    with (
        slammed_doors() as (port, _),
        client_of(f"https://127.0.0.1:{port}") as client,
        pytest.raises(ApiError) as caught,
    ):
        client.get(USERS)
    assert "certificate" not in str(caught.value)
    assert client.requests.count == 3
