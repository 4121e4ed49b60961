"""What the credential may not read, and what goes wrong on the way."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.kinde import ids
from tests.kinde.expected import DEFAULT
from tests.kinde.runs import (
    TAP,
    TOKEN,
    activated,
    assert_keys,
    assert_whole,
    expected,
    paths,
    read,
    run_kinde,
    verdict,
)
from tests.running import run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox


LEAST = {"read:users", "read:organizations", "read:organization_users"}
FIRST_FIVE = (
    "users", "user_identities", "user_organizations", "organizations", "organization_users",
)  # fmt: skip


# Scopes


def test_each_missing_scope_is_named_with_its_streams(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.kinde_server.scopes = set(LEAST)
    run = run_kinde(tmp_path, sandbox)
    assert run.code == 1
    assert run.output == ""
    for streams, scope in (
        ("roles, role_users, role_permissions", "read:roles"),
        ("role_users", "read:organization_user_roles"),
        ("role_permissions", "read:role_permissions"),
        ("permissions", "read:permissions"),
        ("applications", "read:applications"),
        ("apis", "read:apis"),
        ("connections", "read:connections"),
    ):
        assert f" {streams} need {scope}: grant the application the scope `{scope}`." in run.log
    assert "Or deselect these streams, or set `on_missing_scope` to `skip`." in run.log
    assert not any(f" {scope}:" in run.log or f"`{scope}`" in run.log for scope in LEAST)
    assert "Traceback" not in run.log
    assert paths(sandbox) == [TOKEN]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_path_is_not_a_matter_of_the_credential(
    tmp_path: Path, sandbox: Sandbox, status: int
) -> None:
    """Below it another API answers, which wants a token itself."""
    sandbox.kinde.fault("/oauth2/token", status=status, body=b'{"errors": [{"code": "X"}]}')
    run = run_kinde(tmp_path, sandbox)
    assert (run.code, run.output) == (1, "")
    assert f"POST /oauth2/token answered {status} (X)." in run.log
    assert "heck `base_url`" in run.log
    assert "`client_secret`" not in run.log


def test_three_scopes_suffice_for_five_streams(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.scopes = set(LEAST)
    assert_whole(read(sandbox, *FIRST_FIVE), company, *FIRST_FIVE)


def test_what_may_be_read_is_read_and_the_rest_skipped(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.scopes = set(LEAST)
    run = read(sandbox, on_missing_scope="skip")
    assert run.code == 0, run.log
    assert run.verdicts == {
        **dict.fromkeys(DEFAULT, "skipped"),
        **dict.fromkeys(FIRST_FIVE, "complete"),
    }
    assert activated(run) == set(FIRST_FIVE)
    assert_keys(run, company, *FIRST_FIVE)
    reason = "grant the application the scope `read:roles`."
    assert verdict(run, "roles")["reason"] == reason


def test_what_is_skipped_is_not_asked_for(sandbox: Sandbox) -> None:
    sandbox.kinde_server.scopes = set(LEAST)
    run = read(sandbox, on_missing_scope="skip")
    assert run.code == 0, run.log
    assert set(paths(sandbox)) == {TOKEN, "/users", "/organizations", "/organizations/{org}/users"}


def test_every_scope_of_a_stream_is_needed_and_no_other(sandbox: Sandbox) -> None:
    """Also the scope of what a stream is read for."""
    sandbox.kinde_server.scopes = {"read:organization_user_mfa", "read:organization_users"}
    run = read(sandbox, "organization_user_mfa")
    assert (run.code, run.output) == (1, "")
    assert "organization_user_mfa need read:organizations:" in run.log
    assert run.log.count(" need ") == 1
    sandbox.kinde_server.scopes |= {"read:organizations"}
    assert read(sandbox, "organization_user_mfa").code == 0


def test_without_any_scope_nothing_is_skipped(sandbox: Sandbox) -> None:
    sandbox.kinde_server.scopes = {"read:subscribers"}
    run = read(sandbox, on_missing_scope="skip")
    assert (run.code, run.output) == (1, "")
    assert "connections need read:connections" in run.log


def test_test_reads_a_page_of_each_stream_and_writes_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    run = run_tap(tmp_path, sandbox.kinde_config, "--test", tap=TAP)
    assert (run.code, run.output) == (0, ""), run.log
    for stream in DEFAULT:
        assert f"{stream}: readable" in run.log
    assert len(sandbox.kinde.requests) < 3 * len(DEFAULT)


# A token of one organization


def test_a_token_of_one_organization_says_so_and_removes_nothing(
    company: Company, sandbox: Sandbox
) -> None:
    first = read(sandbox)
    base = sandbox.kinde_config["base_url"]
    assert verdict(first, "users")["coverage"] == [base]
    code = ids.organization_code(list(company.access.organizations.values())[1])
    sandbox.kinde_server.org_code = code
    run = read(sandbox, state=first.state)
    assert run.code == 1
    assert {tuple(row["coverage"]) for row in run.records("sync_runs")} == {
        (f"{base} organization {code}",)
    }
    assert set(run.verdicts.values()) == {"incomplete"}
    assert activated(run) == set()
    told = f"the last complete run covered {base}, this one does not"
    assert told in verdict(run, "users")["reason"]
    members = {key for key in expected(company, "organization_users") if key[0] == code}
    assert {(row["org_code"], row["id"]) for row in run.records("organization_users")} == members
    assert 0 < len(run.records("users")) < len(company.people)

    sandbox.kinde_server.org_code = None
    assert_whole(read(sandbox, state=run.state), company, *DEFAULT)


def test_a_token_of_one_organization_alone_is_complete(company: Company, sandbox: Sandbox) -> None:
    code = ids.organization_code(list(company.access.organizations.values())[1])
    sandbox.kinde_server.org_code = code
    first = read(sandbox)
    assert first.code == 0, first.log
    assert [row["code"] for row in first.records("organizations")] == [code]
    again = read(sandbox, state=first.state)
    assert set(again.verdicts.values()) == {"complete"}


# Wrong settings


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"client_id": "another"}, ("(invalid_client)", "Check `client_id` and `client_secret`")),
        ({"client_secret": "wr0ng-S3CRET"}, ("(invalid_client)", "Check `client_id` and")),
        ({"audience": "https://acme.example"}, ("(unauthorized_client)", "Check `audience`")),
        ({"audience": "https://acme.kinde.com/api"}, ("(unauthorized_client)", "`audience`")),
    ],
    ids=["client_id", "client_secret", "no audience", "audience"],
)
def test_a_wrong_setting_is_one_clear_message(
    tmp_path: Path, sandbox: Sandbox, settings: dict[str, Any], told: tuple[str, ...]
) -> None:
    sandbox.kinde_server.audience = f"{sandbox.kinde_config['base_url']}/api"
    run = run_kinde(tmp_path, sandbox, **settings)
    assert (run.code, run.output) == (1, "")
    errors = [line for line in run.log.splitlines() if "ERROR" in line]
    assert len(errors) == 1
    assert all(each in errors[0] for each in told), errors
    assert "Traceback" not in run.log
    assert "S3CRET" not in run.log
    assert paths(sandbox) == [TOKEN]


@pytest.mark.parametrize("wrong", ["/nowhere", "/api/v2", "/oauth2/token"])
def test_a_wrong_base_url_is_one_clear_message(
    tmp_path: Path, sandbox: Sandbox, wrong: str
) -> None:
    url = f"{sandbox.kinde_config['base_url']}{wrong}"
    run = run_kinde(tmp_path, sandbox, base_url=url)
    assert (run.code, run.output) == (1, "")
    errors = [line for line in run.log.splitlines() if "ERROR" in line]
    assert len(errors) == 1
    assert "POST /oauth2/token answered 404" in errors[0]
    assert "Traceback" not in run.log
    assert "S3CRET" not in run.log


@pytest.mark.parametrize("extra", ["/", "/api", "/api/", "/api/v1", "/api/v1/"])
def test_a_base_url_may_be_that_of_the_api(company: Company, sandbox: Sandbox, extra: str) -> None:
    url = sandbox.kinde_config["base_url"]
    sandbox.kinde_server.audience = f"{url}/api"
    run = read(sandbox, "roles", base_url=f"{url}{extra}")
    assert_whole(run, company, "roles")
    assert verdict(run, "roles")["coverage"] == [url]


def test_an_environment_with_a_domain_of_its_own_has_another_audience(
    company: Company, sandbox: Sandbox
) -> None:
    sandbox.kinde_server.audience = "https://acme.kinde.com/api"
    assert read(sandbox, "roles").code == 1
    spelled = " https://ACME.kinde.com:443/api/ "
    assert_whole(read(sandbox, "roles", audience=spelled), company, "roles")


# On the way


def test_a_token_that_ends_in_the_middle_is_replaced_once(
    company: Company, sandbox: Sandbox
) -> None:
    ended = sandbox.kinde.fault(
        "/users?page_size", call=sandbox.kinde_server.expire_tokens, times=1
    )
    assert_whole(read(sandbox), company, *DEFAULT)
    assert ended.delivered == 1
    assert sandbox.kinde_server.tokens_issued == paths(sandbox).count(TOKEN) == 2


def test_tokens_of_a_short_life_are_renewed_in_time(company: Company, sandbox: Sandbox) -> None:
    """At nine tenths of it, before the server refuses one."""
    sandbox.kinde_server.token_lifetime = 1
    sandbox.kinde.fault("/roles?", delay=1.0, times=1)
    assert_whole(read(sandbox, max_concurrency=1), company, *DEFAULT)
    assert sandbox.kinde_server.tokens_issued >= 2


def test_a_refusal_is_heeded_for_as_long_as_the_server_says(
    company: Company, sandbox: Sandbox
) -> None:
    refused = sandbox.kinde.fault(
        "/api/v1/users", status=429, headers={"RateLimit-Reset": "2"}, body=b"", times=1
    )
    began = time.monotonic()
    assert_whole(read(sandbox, "users"), company, "users")
    assert refused.delivered == 1
    assert time.monotonic() - began >= 2.0
    assert paths(sandbox) == [TOKEN, "/users", "/users"]


LISTED = {"errors": [{"code": "TOO_MANY_PARAMETERS", "message": "S3CRET of the server"}]}
SINGLE = {"errors": {"code": "ROUTE_NOT_FOUND", "message": "S3CRET of the server"}}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, LISTED, "GET /roles answered 400 (TOO_MANY_PARAMETERS)"),
        (404, SINGLE, "GET /roles answered 404 (ROUTE_NOT_FOUND)"),
        (403, {"errors": []}, "lacks a scope of the Kinde Management API"),
        (403, None, "lacks a scope of the Kinde Management API"),
        (400, "S3CRET", "GET /roles answered 400"),
    ],
)
def test_errors_are_told_by_their_code_alone(
    sandbox: Sandbox, status: int, body: Any, told: str
) -> None:
    """A message may hold anything."""
    sandbox.kinde.fault("/api/v1/roles", status=status, body=json.dumps(body).encode())
    run = read(sandbox)
    assert run.code == 1
    assert told in verdict(run, "roles")["reason"]
    failed = {each for each, status in run.verdicts.items() if status == "failed"}
    assert failed == {"roles", "role_users", "role_permissions"}
    assert activated(run) == set(DEFAULT) - failed
    assert "S3CRET" not in run.log + run.output


def test_a_scope_that_is_lost_in_the_middle_is_named(sandbox: Sandbox) -> None:
    message = "The token lacks the required scope read:role_permissions"
    body = {"errors": [{"code": "INSUFFICIENT_SCOPE", "message": message}]}
    sandbox.kinde.fault("/permissions?", status=403, body=json.dumps(body).encode(), skip=1)
    run = read(sandbox, max_concurrency=1)
    reason = verdict(run, "role_permissions")["reason"]
    assert "Grant the application the scope `read:role_permissions`." in reason
    assert "role_permissions" not in activated(run)


def test_a_user_who_vanishes_while_sessions_are_read_is_a_remark(
    company: Company, sandbox: Sandbox
) -> None:
    leaver = max(company.people.values(), key=ids.user_id)
    gone = sandbox.kinde.fault("/sessions", call=lambda: company.remove(leaver), times=1)
    run = read(sandbox, "user_sessions", max_concurrency=1)
    assert gone.delivered == 1
    assert run.code == 0, run.log
    row = verdict(run, "user_sessions")
    assert row["status"] == "complete"
    assert row["reason"] == "1 of `users` were deleted during the sync"
    assert_keys(run, company, "user_sessions")
    assert paths(sandbox).count("/users") == 2


def test_a_user_who_is_not_found_but_listed_is_incomplete(
    company: Company, sandbox: Sandbox
) -> None:
    one = ids.user_id(next(iter(company.people.values())))
    sandbox.kinde.fault(f"/users/{one}/sessions", status=404, body=json.dumps(SINGLE).encode())
    run = read(sandbox, "user_sessions")
    row = verdict(run, "user_sessions")
    assert (run.code, row["status"]) == (1, "incomplete")
    assert row["reason"] == "1 of `users` returned 404 although they are listed"
    assert activated(run) == set()
