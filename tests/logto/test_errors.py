"""What goes wrong with Logto: told once, in words that help, and nothing is taken for deleted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.server import Sandbox
from tap_logto.tap import OWN_SERVER
from tests.logto.emulator import small
from tests.logto.expected import TABLES
from tests.logto.runs import ALL, expected, ids, page, run_logto, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.company import Company
    from tests.running import Run

TOKEN = "/logto/oidc/token?"
PREFLIGHT = "/logto/api/logs?page_size=1&start_time=x"
"""The first request to the API itself."""
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Sandbox]:
    """One that tests may make fail, but not change."""
    with Sandbox(small()) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def at_rest(tenant: Sandbox) -> Iterator[None]:
    yield
    tenant.logto.faults.clear()
    tenant.logto.requests.clear()
    tenant.logto_server.role_granted, tenant.logto_server.token_quota = True, None
    tenant.logto_server.secret_expired = False


@pytest.fixture
def company() -> Company:
    return small()


def last_word(run: Run) -> str:
    """What a run that read nothing says of it: one message, and no secret."""
    assert run.code == 1
    assert run.output == ""
    assert "Traceback" not in run.log
    assert "S3CRET" not in run.log
    errors = [line for line in run.log.splitlines() if "| ERROR " in line]
    assert len(errors) == 1
    return errors[0]


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("client_id", "nobody", "Check `client_id` and `client_secret`"),
        ("client_secret", "S3CRET-but-wrong", "Check `client_id` and `client_secret`"),
        ("resource", "https://other.example/api", "Check `resource`"),
        ("base_url", "ftp://example.org", "`base_url`"),
        ("base_url", "http://example.org", "`base_url`"),
        ("token_url", "http://example.org/oidc/token", "`token_url`"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_written(
    tmp_path: Path, tenant: Sandbox, setting: str, value: str, said: str
) -> None:
    given: dict[str, Any] = {setting: value}
    assert said in last_word(run_logto(tmp_path, tenant, **given))
    assert tenant.logto.requests in ([], [TOKEN])


@pytest.mark.parametrize("end", ["/", "/api", "/api/"])
def test_an_address_may_end_as_people_write_it(tmp_path: Path, tenant: Sandbox, end: str) -> None:
    base = f"{tenant.logto_config['base_url']}{end}"
    run = run_logto(tmp_path, tenant, "hooks", base_url=base)
    assert run.code == 0, run.log
    assert tenant.logto.requests == [TOKEN, PREFLIGHT, "/logto/api/hooks?"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("token_url", f"{NOWHERE}/oidc/token"),
        ("token_url", "{base_url}/console"),
        ("token_url", "{base_url}/api/nothing"),
        ("base_url", NOWHERE),
        ("base_url", "{base_url}/other"),
        ("base_url", "{base_url}/api/users"),
    ],
)
def test_a_wrong_address_is_named_and_nothing_is_written(
    tmp_path: Path, tenant: Sandbox, setting: str, value: str
) -> None:
    given: dict[str, Any] = {setting: value.format(**tenant.logto_config)}
    word = last_word(run_logto(tmp_path, tenant, max_retries=0, **given))
    assert f"`{setting}`" in word
    assert "`client_secret`" not in word


@pytest.mark.parametrize(
    "path",
    [
        "/other",
        "/api/other",
    ],
)
def test_tokens_from_the_right_place_for_the_wrong_one_are_told_first(
    tmp_path: Path, tenant: Sandbox, path: str
) -> None:
    base = tenant.logto_config["base_url"]
    settings: dict[str, Any] = {"base_url": f"{base}{path}", "token_url": f"{base}/oidc/token"}
    run = run_logto(tmp_path, tenant, "users", "roles", max_retries=0, **settings)
    assert "`base_url`" in last_word(run)


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("body", [b"Not Found", b"<html>", b"[]", b'{"message": "no"}'])
def test_a_server_without_such_an_endpoint_is_not_the_one_that_was_meant(
    tmp_path: Path, tenant: Sandbox, status: int, body: bytes
) -> None:
    tenant.logto.fault(PREFLIGHT, status=status, body=body)
    word = last_word(run_logto(tmp_path, tenant, "users", "roles"))
    assert f"GET /logs answered {status}" in word
    assert "Check `base_url`" in word
    assert tenant.logto.requests == [TOKEN, PREFLIGHT]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_api_that_does_not_answer_is_told_before_anything_is_written(
    tmp_path: Path, tenant: Sandbox, status: int
) -> None:
    tenant.logto.fault(PREFLIGHT, status=status, body=b'{"code": "entity.unknown"}')
    word = last_word(run_logto(tmp_path, tenant, "users", max_retries=0))
    assert f"GET /logs answered {status}" in word
    assert "`base_url`" not in word


def test_an_expired_secret_is_told(tmp_path: Path, tenant: Sandbox) -> None:
    tenant.logto_server.secret_expired = True
    assert "the secret must not have expired" in last_word(run_logto(tmp_path, tenant))


def test_a_token_without_a_scope_says_which_role_to_grant(tmp_path: Path, tenant: Sandbox) -> None:
    tenant.logto_server.role_granted = False
    word = last_word(run_logto(tmp_path, tenant))
    assert "role with the permission `all` of the Logto Management API" in word
    assert "`Logto Management API access`" in word
    assert "check `resource`" in word
    assert tenant.logto.requests == [TOKEN]


def test_a_token_for_another_api_of_the_tenant_names_the_resource(
    tmp_path: Path, tenant: Sandbox
) -> None:
    another = next(iter(tenant.company.access.apis.values())).identifier
    assert "`resource`" in last_word(run_logto(tmp_path, tenant, resource=another))


def test_the_resource_is_one_however_it_is_spelled(tmp_path: Path, tenant: Sandbox) -> None:
    """With a slash at its end it is none that Logto knows."""
    spelled = OWN_SERVER.replace("https://default", "HTTPS://Default") + "/"
    run = run_logto(tmp_path, tenant, "roles", resource=spelled)
    assert run.code == 0, run.log


def test_tokens_that_are_used_up_are_not_asked_for_again(tmp_path: Path, tenant: Sandbox) -> None:
    tenant.logto_server.token_quota = 0
    word = last_word(run_logto(tmp_path, tenant, max_retries=5))
    assert "auth.exceed_token_limit" in word
    assert "waiting does not help" in word
    assert tenant.logto.requests == [TOKEN]


def test_a_token_that_expires_in_the_middle_is_replaced_once(
    tmp_path: Path, tenant: Sandbox
) -> None:
    server = tenant.logto_server
    before = server.tokens_issued
    fault = tenant.logto.fault("/api/organizations/", call=server.expire_tokens, skip=2, times=1)
    run = run_logto(tmp_path, tenant)
    assert run.code == 0, run.log
    assert fault.delivered == 1
    assert set(run.verdicts.values()) == {"complete"}
    assert server.tokens_issued == before + 2
    for stream in ("users", "organization_memberships", "organization_jit_roles", "hooks"):
        assert len(run.records(stream)) == len(expected(tenant.company, stream))


SUSPENDED = b'{"code": "subscription.tenant_suspended", "message": "S3CRET"}'


def test_a_suspended_tenant_is_told_and_nothing_is_written(tmp_path: Path, tenant: Sandbox) -> None:
    fault = tenant.logto.fault("/api/", status=403, body=SUSPENDED)
    word = last_word(run_logto(tmp_path, tenant, "users", "roles", "role_users"))
    assert "GET /logs answered 403 (subscription.tenant_suspended)" in word
    assert "The tenant is suspended." in word
    assert fault.delivered == 1


def test_a_tenant_that_is_suspended_in_the_middle_is_told_and_nothing_is_taken_for_removed(
    tmp_path: Path, tenant: Sandbox
) -> None:
    fault = tenant.logto.fault("/api/", status=403, body=SUSPENDED, skip=len([PREFLIGHT]))
    run = run_logto(tmp_path, tenant, "users", "roles", "role_users")
    assert run.code == 1
    assert run.records("users") == run.kinds("ACTIVATE_VERSION") == []
    assert "users failed: GET /users answered 403 (subscription.tenant_suspended)" in run.log
    assert "The tenant is suspended." in run.log
    assert "S3CRET" not in run.log
    assert fault.delivered == 2  # users and roles, neither of them a second time


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of all streams at a server of version 1.36."""
    with Sandbox(small(), logto_version=(1, 36)) as sandbox:
        return run_logto(tmp_path_factory.mktemp("old"), sandbox, ALL)


def test_what_an_old_server_lacks_is_unsupported_and_the_rest_is_complete(old: Run) -> None:
    assert old.code == 0, old.log
    lacking = {
        "user_sessions": "1.37",
        "user_grants": "1.38",
        "application_access_control": "1.40",
    }
    for stream, version in lacking.items():
        row = verdict(old, stream)
        assert (row["status"], row["row_count"]) == ("unsupported", 0)
        assert f"requires {version} or newer" in row["reason"]
        assert f"requires {version} or newer" in old.log
    verdicts = {stream: status for stream, status in old.verdicts.items() if stream not in lacking}
    assert verdicts.keys() == TABLES.keys() - lacking.keys()
    assert set(verdicts.values()) == {"complete"}
    activated = {message["stream"] for message in old.kinds("ACTIVATE_VERSION")}
    assert not activated & lacking.keys()
    assert "S3CRET" not in old.output + old.log


def counted(sandbox: Sandbox, path: str, count: str, times: int | None = None) -> tuple[int, int]:
    """Let the first of a list say one more than it has; (what it has, what it says)."""
    rows = json.loads(page(sandbox, path))
    true: int = rows[0][count]
    rows[0][count] = true + 1
    headers = {"Total-Number": str(len(rows))}
    listing = f"/api{path.partition('?')[0]}?"
    body = json.dumps(rows).encode()
    sandbox.logto.fault(listing, status=200, body=body, headers=headers, times=times)
    return true, true + 1


@pytest.mark.parametrize(
    ("stream", "path", "count"),
    [
        ("role_users", "/roles?page_size=100", "usersCount"),
        (
            "organization_memberships",
            "/organizations?page_size=100&showFeatured=true",
            "usersCount",
        ),
    ],
)
def test_more_that_are_said_than_listed_are_incomplete_unless_it_was_so_for_a_moment_only(
    tmp_path: Path, tenant: Sandbox, stream: str, path: str, count: str
) -> None:
    found, said = counted(tenant, path, count)
    run = run_logto(tmp_path, tenant, stream)
    assert run.code == 1
    row = verdict(run, stream)
    assert row["status"] == "incomplete"
    assert f"state more than was returned: {found} of {said} were found" in row["reason"]
    assert run.kinds("ACTIVATE_VERSION") == []
    tenant.logto.faults.clear()
    counted(tenant, path, count, times=1)
    again = run_logto(tmp_path, tenant, stream)
    assert again.code == 0, again.log
    assert verdict(again, stream)["status"] == "complete"


def test_a_user_who_leaves_while_each_is_asked_about_is_noted(
    tmp_path: Path, company: Company
) -> None:
    leaver = list(company.people.values())[12]
    factors = expected(company, "user_mfa_verifications")
    with Sandbox(company) as sandbox:
        fault = sandbox.logto.fault(
            f"/users/{leaver.id}/mfa", call=lambda: company.remove(leaver), times=1
        )
        run = run_logto(tmp_path, sandbox, "user_mfa_verifications", "users")
    assert run.code == 0, run.log
    assert fault.delivered == 1
    row = verdict(run, "user_mfa_verifications")
    assert row["status"] == "complete"
    assert row["reason"] == "1 of `users` were deleted during the sync"
    found = {(r["user_id"], r["id"]) for r in run.records("user_mfa_verifications")}
    assert found == {key for key in factors if key[0] != leaver.id}


def test_users_who_are_listed_but_not_found_are_no_removal(tmp_path: Path, tenant: Sandbox) -> None:
    body = b'{"code": "entity.not_found", "message": "no"}'
    person = next(iter(tenant.company.people.values()))
    tenant.logto.fault(f"/users/{person.id}/mfa", status=404, body=body)
    run = run_logto(tmp_path, tenant, "user_mfa_verifications")
    row = verdict(run, "user_mfa_verifications")
    assert (run.code, row["status"]) == (1, "incomplete")
    assert row["reason"] == "1 of `users` returned 404 although they are listed"


def in_entry(entry: dict[str, Any]) -> None:
    if entry["tap_stream_id"] == "users":
        entry.update(replication_method="INCREMENTAL", replication_key="updated_at")


def in_metadata(entry: dict[str, Any]) -> None:
    """As Meltano does it; and here without a column that is not automatic."""
    if entry["tap_stream_id"] == "users":
        for each in entry["metadata"]:
            if each["breadcrumb"]:
                each["metadata"]["selected"] = False
            else:
                how = {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}
                each["metadata"].update(how)


@pytest.mark.parametrize("incremental", [in_entry, in_metadata])
def test_users_are_incremental_if_the_catalog_says_so_and_nothing_else_is(
    tmp_path: Path, company: Company, incremental: Callable[..., None]
) -> None:
    streams = ("users", "user_identities", "role_users", "user_mfa_verifications")
    people = list(company.people.values())
    company.now += timedelta(hours=1)
    company.rename(people[3], "Neu")
    since = company.now - timedelta(seconds=60)
    with Sandbox(company) as sandbox:
        first = run_logto(tmp_path, sandbox, *streams, edit=incremental)
        assert sorted(ids(first, "users")) == sorted(company.people)
        company.now += timedelta(hours=1)
        company.rename(people[4], "Neu")
        company.hire()
        run = run_logto(tmp_path, sandbox, *streams, edit=incremental, state=first.state)
        assert run.code == 0, run.log
        back = run_logto(tmp_path, sandbox, *streams, state=run.state)
    changed = {p.id for p in company.people.values() if p.changed >= since}
    assert set(ids(run, "users")) == changed
    assert len(changed) == 3  # one of them was already there, within the overlap
    assert {s: verdict(run, s)["mode"] for s in streams} == {
        s: "incremental" if s == "users" else "full" for s in streams
    }
    for stream in streams[1:]:
        assert len(run.records(stream)) == len(expected(company, stream))
    activated = {message["stream"] for message in run.kinds("ACTIVATE_VERSION")}
    assert activated == set(streams) - {"users"}
    newest = max(row["updated_at"] for row in run.records("users"))
    assert run.state["bookmarks"]["users"]["replication_key_value"] == newest
    assert sorted(ids(back, "users")) == sorted(company.people)
    assert "users" in {message["stream"] for message in back.kinds("ACTIVATE_VERSION")}
