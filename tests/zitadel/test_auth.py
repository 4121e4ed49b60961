"""The three ways to prove who asks, and what is said where that fails."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from sandbox.zitadel import ids
from tap_zitadel import credentials
from tests.running import BIN
from tests.zitadel.runs import (
    ME,
    ON_4,
    expected,
    listen,
    read,
    records,
    refused,
    run_zitadel,
    serve,
    small,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox

TOKEN = "/oauth/v2/token"
TOKEN_ASKED = f"/zitadel{TOKEN}?"
AUDIENCE = "urn:zitadel:iam:org:project:id:zitadel:aud"
MINUTES = 60


@pytest.fixture(scope="module")
def company() -> Company:
    return small()


@pytest.fixture
def sandbox(running: Sandbox, company: Company) -> Sandbox:
    company.projections.clear()
    return serve(running, company)


def by_key(sandbox: Sandbox) -> dict[str, Any]:
    """Settings for a service account with a private key."""
    return {"pat": None, "private_key": json.dumps(sandbox.zitadel_server.service_account_key)}


def by_secret(sandbox: Sandbox) -> dict[str, Any]:
    """Settings for a service account with a client secret."""
    server = sandbox.zitadel_server
    return {"pat": None, "client_id": server.client_id, "client_secret": server.client_secret}


WAYS = pytest.mark.parametrize("way", [by_key, by_secret], ids=["private key", "client secret"])


def test_a_personal_access_token_is_sent_as_it_is(sandbox: Sandbox, company: Company) -> None:
    heard = listen(sandbox)
    run = read(sandbox, "users")
    assert records(run, "users") == expected(company, "users")
    sent = {each.headers["authorization"] for each in heard}
    assert sent == {f"Bearer {sandbox.zitadel_server.pat}"}
    assert sandbox.zitadel_server.tokens_issued == 0


@WAYS
def test_one_token_serves_the_whole_run(sandbox: Sandbox, company: Company, way: Any) -> None:
    run = read(sandbox, **way(sandbox))
    assert run.code == 0, run.log
    assert sandbox.zitadel_server.tokens_issued == 1
    assert sandbox.zitadel.requests[:2] == [TOKEN_ASKED, ME]
    assert sandbox.zitadel.requests.count(TOKEN_ASKED) == 1
    assert records(run, "users") == expected(company, "users")


@WAYS
def test_a_token_is_asked_for_with_the_audience_of_the_api(sandbox: Sandbox, way: Any) -> None:
    """Without it the API rejects the token."""
    heard = listen(sandbox)
    assert read(sandbox, "projects", **way(sandbox)).code == 0
    asked = next(each for each in heard if each.path == TOKEN)
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert AUDIENCE.replace(":", "%3A") in asked.body
    assert "openid" in asked.body


def assertion(sandbox: Sandbox, **settings: Any) -> str:
    """The assertion that the tap makes."""
    key = json.dumps(sandbox.zitadel_server.service_account_key)
    base = sandbox.zitadel_config["instance_url"]
    made = credentials._Assertion(key, settings.get("audience", base))()
    assert made.path == TOKEN
    assert made.form is not None
    assert made.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return made.form["assertion"]


def test_the_assertion_says_who_asks_whom(sandbox: Sandbox) -> None:
    key, made = sandbox.zitadel_server.service_account_key, assertion(sandbox)
    assert jwt.get_unverified_header(made) == {"alg": "RS256", "typ": "JWT", "kid": key["keyId"]}
    claims = jwt.decode(made, options={"verify_signature": False})
    assert claims["iss"] == claims["sub"] == key["userId"]
    assert claims["aud"] == sandbox.zitadel_config["instance_url"]
    now = time.time()
    assert now - 3600 < claims["iat"] < now < claims["exp"] <= now + 3600
    assert claims.keys() == {"iss", "sub", "aud", "iat", "exp"}


@pytest.mark.parametrize("minutes", [-20, -1, 1, 20])
def test_a_clock_that_is_wrong_by_minutes_does_no_harm(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    class Clock:
        @staticmethod
        def time() -> float:
            return time.time() + minutes * MINUTES

    monkeypatch.setattr(credentials, "time", Clock)
    run = read(sandbox, "projects", **by_key(sandbox))
    assert run.code == 0, run.log


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_wrong_by_hours_is_told(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    class Clock:
        @staticmethod
        def time() -> float:
            return time.time() + hours * 60 * MINUTES

    monkeypatch.setattr(credentials, "time", Clock)
    word = refused(read(sandbox, "projects", **by_key(sandbox)))
    assert "this machine's clock must be right" in word
    assert set(sandbox.zitadel.requests) == {TOKEN_ASKED}


# Settings


FORMS: dict[str, Callable[[dict[str, str]], Any]] = {
    "an object": dict,
    "ids as numbers": lambda key: {**key, "keyId": int(key["keyId"]), "userId": int(key["userId"])},
    "real line breaks": lambda key: json.dumps(key).replace("\\n", "\n"),
    "line breaks of Windows": lambda key: json.dumps(key).replace("\\n", "\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_private_key_is_taken_in_any_form(
    tmp_path: Path, sandbox: Sandbox, company: Company, form: str
) -> None:
    """As text it is what ZITADEL gave out; YAML and environments make other things of it."""
    given = FORMS[form](sandbox.zitadel_server.service_account_key)
    run = run_zitadel(tmp_path, sandbox, "projects", pat=None, private_key=given)
    assert run.code == 0, run.log
    assert records(run, "projects") == expected(company, "projects")


@pytest.mark.parametrize(
    "given", ["{", "[]", "{}", {"keyId": "1"}, "-----BEGIN", {"key": "S3CRET"}]
)
def test_what_is_no_private_key_is_told(sandbox: Sandbox, given: Any) -> None:
    word = refused(read(sandbox, pat=None, private_key=given))
    assert "`private_key` is not the JSON of a service account's key" in word
    assert "S3CRET" not in word


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "none is given"),
        (("pat", "private_key"), "pat and private_key are given"),
        (("pat", "client_id"), "pat and client_id are given"),
        (("private_key", "client_id"), "private_key and client_id are given"),
    ],
)
def test_exactly_one_credential_must_be_given(
    sandbox: Sandbox, names: tuple[str, ...], said: str
) -> None:
    every = {**by_key(sandbox), **by_secret(sandbox), "pat": "S3CRET-pat"}
    given = {name: every[name] if name in names else None for name in every}
    if "client_id" in names:
        given["client_secret"] = every["client_secret"]
    word = refused(read(sandbox, **given))
    assert said in word
    assert "`pat`, `private_key`, or `client_id` with `client_secret`" in word
    assert sandbox.zitadel.requests == []


def test_a_client_without_its_secret_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = {**by_secret(sandbox), "client_secret": None}
    assert "`client_secret` is missing" in refused(run_zitadel(tmp_path, sandbox, **settings))


BROKEN = {
    "no JSON": "S3CRET-no-json",
    "only the PEM": "{key}",
    "an empty object": "{}",
    "a list": '["S3CRET"]',
    "no PEM": '{"keyId": "1", "userId": "2", "key": "S3CRET-no-pem"}',
    "a PEM cut short": '{"keyId": "1", "userId": "2", "key": "-----BEGIN RSA PRIVATE KEY-----'
    '\\nS3CRET\\n-----END RSA PRIVATE KEY-----"}',
    "without keyId": '{"userId": "2", "key": "S3CRET"}',
    "numbers": '{"keyId": 1, "userId": 2, "key": 3}',
    "null": "null",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_private_key_is_told_without_its_content(sandbox: Sandbox, kind: str) -> None:
    value = BROKEN[kind].replace("{key}", sandbox.zitadel_server.service_account_key["key"])
    run = read(sandbox, pat=None, private_key=value)
    assert "`private_key` is not the JSON of a service account's key" in refused(run)
    assert "BEGIN" not in run.log
    assert sandbox.zitadel.requests == []


# What the server refuses


def test_a_pat_that_has_expired_is_told_and_not_repeated(tmp_path: Path, sandbox: Sandbox) -> None:
    word = refused(run_zitadel(tmp_path, sandbox, pat="S3CRET-but-expired"))
    assert "answered 401 (AUTH-7fs1e)" in word
    assert "Check `pat`" in word
    assert sandbox.zitadel.requests == [ME]


@pytest.mark.parametrize("change", [{"client_secret": "S3CRET-but-wrong"}, {"client_id": "nobody"}])
def test_a_client_that_is_refused_is_told_at_once(
    tmp_path: Path, sandbox: Sandbox, change: dict[str, str]
) -> None:
    word = refused(run_zitadel(tmp_path, sandbox, **{**by_secret(sandbox), **change}))
    assert "Check `pat`, `private_key`, or `client_id` and `client_secret`" in word
    assert "(`aud`)" not in word
    assert sandbox.zitadel.requests == [TOKEN_ASKED]


@WAYS
def test_a_token_that_expires_in_the_middle_is_replaced_once(
    sandbox: Sandbox, company: Company, way: Any
) -> None:
    server = sandbox.zitadel_server
    fault = sandbox.zitadel.fault("/domains/search", call=server.expire_tokens, skip=2, times=1)
    run = read(sandbox, **way(sandbox))
    assert run.code == 0, run.log
    assert fault.delivered == 1
    assert server.tokens_issued == 2
    assert {run.verdicts[table] for table in ON_4} == {"complete"}
    for stream in ("organization_domains", "authorizations"):
        assert records(run, stream) == expected(company, stream)


# An internal address


@pytest.mark.parametrize("way", [lambda sandbox: {}, by_key, by_secret])
def test_each_request_names_the_external_domain(sandbox: Sandbox, way: Any) -> None:
    """Also that for a token; an assertion is for that domain as well."""
    server = sandbox.zitadel_server
    server.external_domain, server.issuer = "id.acme.example", "https://id.acme.example"
    heard = listen(sandbox)
    run = read(sandbox, external_domain="id.acme.example", **way(sandbox))
    assert run.code == 0, run.log
    assert {each.headers["host"] for each in heard} == {"id.acme.example"}
    assert (TOKEN in {each.path for each in heard}) == (way in (by_key, by_secret))


def test_the_external_domain_is_one_however_it_is_spelled(sandbox: Sandbox) -> None:
    server = sandbox.zitadel_server
    server.external_domain, server.issuer = "id.acme.example", "https://id.acme.example"
    run = read(sandbox, "projects", external_domain="ID.Acme.Example.:443/", **by_key(sandbox))
    assert run.code == 0, run.log


def test_an_external_domain_that_is_none_is_told(sandbox: Sandbox) -> None:
    word = refused(read(sandbox, external_domain="https://id.acme.example"))
    assert "`external_domain` must be a domain such as id.example.com, without https://" in word
    assert sandbox.zitadel.requests == []


def test_a_host_that_is_no_instances_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.zitadel_server.external_domain = "id.acme.example"
    word = refused(run_zitadel(tmp_path, sandbox))
    assert "`instance_url`" in word or "`external_domain`" in word


# Secrets


def test_no_credential_is_in_the_output_or_the_log(tmp_path: Path, sandbox: Sandbox) -> None:
    server = sandbox.zitadel_server
    key = server.service_account_key["key"].splitlines()[3]
    for settings in ({}, by_key(sandbox), by_secret(sandbox)):
        heard = listen(sandbox)
        environment = {"TAP_ZITADEL_LOGLEVEL": "DEBUG"}
        run = run_zitadel(tmp_path, sandbox, "users", environment=environment, **settings)
        assert run.code == 0, run.log
        tokens = {each.headers.get("authorization", "Bearer ?")[7:] for each in heard} - {"?", ""}
        assert tokens
        for secret in (*tokens, server.client_secret, server.pat, key):
            assert secret not in run.output
            assert secret not in run.log


def test_settings_may_come_from_the_environment(tmp_path: Path, sandbox: Sandbox) -> None:
    """As Meltano gives them: the key's JSON is one string, line breaks and all."""
    environment = {
        "TAP_ZITADEL_INSTANCE_URL": sandbox.zitadel_config["instance_url"],
        "TAP_ZITADEL_PRIVATE_KEY": json.dumps(sandbox.zitadel_server.service_account_key, indent=1),
        "TAP_ZITADEL_ORGANIZATION_ID": ids.HOME,
    }
    done = subprocess.run(
        [BIN / "tap-zitadel", "--config=ENV"], capture_output=True, text=True, env=environment,
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"stream":"projects"' in done.stdout
