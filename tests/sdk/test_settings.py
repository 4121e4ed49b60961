"""What people give a tap that is wrong: told at once, without a value, without a traceback."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.server import TOKEN, Sandbox
from tests.running import run_tap, select, spawn_tap

if TYPE_CHECKING:
    from pathlib import Path

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"scim_base_url": "api.example.com"}, "`scim_base_url` must be an absolute URL"),
    ({"scim_base_url": "http://api.example.com"}, "`scim_base_url` is plain http"),
    ({"scim_base_url": "https://me:hidden@api.example.com"}, "must not contain a user"),
    ({"api_base_url": "ftp://api.example.com"}, "`api_base_url` must be an absolute URL"),
    ({"page_size": -1}, "`page_size` must be at least 1"),
    ({"page_size": "many"}, "`page_size` must be a whole number"),
    ({"max_shrink": 2}, "`max_shrink` must be at most 1"),
    ({"requests_per_second": 0}, "`requests_per_second` must be greater than 0"),
    ({"on_missing_scope": "ignore"}, "`on_missing_scope` must be one of ['fail', 'skip']"),
    ({"service_access_token": 12345678}, "`service_access_token` must be text"),
    ({"service_access_token": ["hidden"]}, "`service_access_token` must be text"),
    ({"service_access_token": ""}, "`service_access_token` is missing"),
    ({"service_access_token": "hid\nden"}, "contains an invalid character"),
    ({"ca_bundle": "/nowhere/ca.pem"}, "`ca_bundle`"),
    ({"start_date": "yesterday"}, "`start_date`"),
    ({"max_shrink": math.nan}, "`max_shrink` must be a finite number"),
    ({"request_timeout": math.inf}, "`request_timeout` must be a finite number"),
    ({"accept_shrink": "perhaps"}, "`accept_shrink` must be true or false"),
    ({"user_agent": "коннектор"}, "`user_agent` is sent as an HTTP header"),
    ({"user_agent": "a\r\nX-Y: z"}, "`user_agent` is sent as an HTTP header"),
]


def assert_told(code: int, output: str, log: str, said: str) -> None:
    assert code == 1
    assert output == ""
    assert said in log, log
    assert "Traceback" not in log
    for secret in ("hidden", "12345678", "hid\\nden", TOKEN):
        assert secret not in log


@pytest.mark.parametrize(("settings", "said"), WRONG)
def test_wrong_settings(
    tmp_path: Path, running: Sandbox, settings: dict[str, Any], said: str
) -> None:
    run = run_tap(
        tmp_path,
        {**running.rudderstack_config, **settings},
        environment={"TAP_RUDDERSTACK_LOGLEVEL": "INFO"},
    )
    assert_told(run.code, run.output, run.log, said)
    assert running.rudderstack.requests == []


def test_missing_settings(tmp_path: Path) -> None:
    run = spawn_tap(tmp_path, {})
    assert_told(run.code, run.output, run.log, "`service_access_token` is missing")


def test_an_unknown_setting_is_a_warning_with_the_nearest_name(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "max_shrnk": 0.1})
    assert run.code == 0
    assert "there is no setting `max_shrnk`; did you mean `max_shrink`?" in run.log


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [
        ("--state", "{", "The state file is not JSON"),
        ("--state", "[]", "The state file must hold a JSON object"),
        ("--state", '{"bookmarks": []}', "no `bookmarks` as this tap writes them"),
        ("--state", '{"bookmarks": {"users": 1}}', "no `bookmarks` as this tap writes them"),
        ("--state", '{"bookmarks": {"users": {"last_complete": 1}}}', "no `bookmarks`"),
        ("--catalog", "nonsense", "The catalog file is not JSON"),
        ("--catalog", "{}", "The catalog has no `streams` list"),
        ("--catalog", '{"streams": [{}]}', "has no `tap_stream_id`"),
        ("--catalog", '{"streams": [{"tap_stream_id": "users"}]}', "has no `schema`"),
        *(
            ("--catalog", json.dumps({"streams": [entry]}), "`users` of the catalog has no `metad")
            for entry in (
                {"tap_stream_id": "users", "schema": {}},
                {"tap_stream_id": "users", "schema": {}, "metadata": []},
                {"tap_stream_id": "users", "schema": {}, "metadata": [{"breadcrumb": []}]},
                {
                    "tap_stream_id": "users",
                    "schema": {},
                    "metadata": [{"breadcrumb": ["properties", "id"], "metadata": {}}],
                },
            )
        ),
        ("--config", "{", "The config file"),
        ("--config", "[]", "The config file"),
    ],
)
def test_malformed_files(
    tmp_path: Path, running: Sandbox, option: str, content: str, said: str
) -> None:
    path = tmp_path / "given.json"
    path.write_text(content)
    run = run_tap(tmp_path, running.rudderstack_config, option, str(path))
    assert_told(run.code, run.output, run.log, said)


def test_a_bookmark_that_is_no_moment(tmp_path: Path, sandbox: Sandbox) -> None:
    bookmark = {"replication_key": "created_at", "replication_key_value": "soon"}
    run = run_tap(
        tmp_path, sandbox.rudderstack_config, state={"bookmarks": {"audit_logs": bookmark}}
    )
    assert_told(run.code, run.output, run.log, "The bookmark of `audit_logs` in the state")


def test_a_catalog_with_a_stream_that_does_not_exist(tmp_path: Path, sandbox: Sandbox) -> None:
    def rename(entry: dict[str, Any]) -> None:
        if entry["tap_stream_id"] == "groups":
            entry["tap_stream_id"] = entry["stream"] = "group"

    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=select(edit=rename))
    assert run.code == 0
    assert "a stream `group` that this tap does not have; did you mean `groups`?" in run.log


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_no_secret_in_any_output(tmp_path: Path, sandbox: Sandbox, level: str) -> None:
    """At any level, in a good run, a failing one and one that is refused."""
    log_level = {"TAP_RUDDERSTACK_LOGLEVEL": level, "LOGLEVEL": level}
    sandbox.rudderstack.fault("/Groups", status=500, body=json.dumps({"echo": TOKEN}).encode())
    config = {**sandbox.rudderstack_config, "max_retries": 0}
    run = spawn_tap(tmp_path, config, environment=log_level)
    assert run.code == 1
    assert TOKEN not in run.output + run.log
    tested = spawn_tap(tmp_path, config, "--test", environment=log_level)
    assert TOKEN not in tested.output + tested.log
    sandbox.scim.token = sandbox.audit.token = "another"
    refused = spawn_tap(tmp_path, config, environment=log_level)
    assert refused.code == 1
    assert TOKEN not in refused.output + refused.log
