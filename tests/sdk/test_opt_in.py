"""Streams that cost many requests: in the catalog only if `opt_in_streams` names them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.server import Sandbox
from tap_logto.tap import TapLogto
from tests.logto.emulator import small
from tests.running import run_tap, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TAP = "tap-logto"
OPT_IN = [each.name for each in TapLogto.stream_types if each.opt_in]
DEFAULT = [each.name for each in TapLogto.stream_types if not each.opt_in]
SETTINGS = {"base_url": "https://example.org", "client_id": "-", "client_secret": "-"}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(small()) as sandbox:
        yield sandbox


def listed(**settings: Any) -> list[str]:
    """The streams of the catalog, without `sync_runs`."""
    return [*TapLogto(config={**SETTINGS, **settings}).catalog][:-1]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", []),
        ("  ", []),
        ("''", []),
        (",", []),
        ([], []),
        ("[]", []),
        (None, []),
        ("user_grants", ["user_grants"]),
        (" user_grants ,user_sessions,", ["user_sessions", "user_grants"]),
        ('"user_grants"', ["user_grants"]),
        (["user_grants", "user_grants"], ["user_grants"]),
        ('["user_grants", "user_sessions"]', ["user_sessions", "user_grants"]),
        ("all", OPT_IN),
        ("user_grants, all", OPT_IN),
        (["all"], OPT_IN),
    ],
)
def test_it_is_a_list_or_a_text_in_any_form(given: Any, named: list[str]) -> None:
    streams = [each.name for each in TapLogto.stream_types]
    assert listed(opt_in_streams=given) == [s for s in streams if s in {*DEFAULT, *named}]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("user_sesions", "names a stream that does not exist or is not opt-in; did you mean"),
        ("users", "names a stream that does not exist or is not opt-in"),
        ('{"user_sessions": true}', "names a stream that does not exist or is not opt-in"),
        ("user_sessions user_grants", "names a stream that does not exist or is not opt-in"),
        ([1], "`opt_in_streams.0` must be text"),
        (5, "`opt_in_streams` must be text or a JSON array"),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["--test"]])
def test_what_is_no_opt_in_stream_is_an_error(
    tmp_path: Path, given: Any, told: str, arguments: list[str]
) -> None:
    run = run_tap(tmp_path, {**SETTINGS, "opt_in_streams": given}, *arguments, tap=TAP)
    assert (run.code, run.output) == (1, "")
    assert told in run.log
    assert "Traceback" not in run.log


def test_discovery_too_says_so(tmp_path: Path) -> None:
    run = run_tap(tmp_path, {"opt_in_streams": "user_sesions"}, "--discover", tap=TAP)
    assert (run.code, run.output) == (1, "")
    assert "did you mean `user_sessions`?" in run.log


def test_named_streams_are_read_besides_the_others(tmp_path: Path, served: Sandbox) -> None:
    run = run_tap(tmp_path, {**served.logto_config, "opt_in_streams": "user_grants"}, tap=TAP)
    assert run.code == 0, run.log
    assert run.verdicts.keys() == {*DEFAULT, "user_grants"}
    assert run.records("user_grants")


def test_the_connection_test_reads_them_too(tmp_path: Path, served: Sandbox) -> None:
    config = {**served.logto_config, "opt_in_streams": "user_grants"}
    run = run_tap(tmp_path, config, "--test", tap=TAP)
    assert run.code == 0, run.log
    assert "user_grants: readable" in run.log
    assert "user_sessions" not in run.log


def test_a_catalog_cannot_select_what_is_not_named(tmp_path: Path, served: Sandbox) -> None:
    """Such as one that Meltano cached before the setting existed."""
    served.logto.requests.clear()
    config = {**served.logto_config, "opt_in_streams": "user_grants"}
    catalog = select("users", "user_grants", "user_sessions", tap=TAP)
    run = run_tap(tmp_path, config, tap=TAP, catalog=catalog)
    assert (run.code, run.output) == (1, "")
    assert "streams that `opt_in_streams` does not name: user_sessions." in run.log
    assert served.logto.requests == []


def test_a_catalog_may_have_what_is_not_named(tmp_path: Path, served: Sandbox) -> None:
    run = run_tap(
        tmp_path, dict(served.logto_config), tap=TAP, catalog=select("users", "roles", tap=TAP)
    )
    assert run.code == 0, run.log
    assert run.verdicts == {"users": "complete", "roles": "complete"}


def test_a_stream_may_need_the_listing_of_one_that_is_not_named(
    tmp_path: Path, served: Sandbox
) -> None:
    """`user_api_scopes` shares the listing of `user_properties`."""
    config = {**served.kinde_config, "opt_in_streams": json.dumps(["user_api_scopes"])}
    run = run_tap(tmp_path, config, tap="tap-kinde")
    assert run.code == 0, run.log
    assert run.verdicts["user_api_scopes"] == "complete"
    assert "user_properties" not in run.verdicts
    both = {**config, "opt_in_streams": "user_api_scopes,user_properties"}
    again = run_tap(tmp_path, both, tap="tap-kinde")

    def rows(which: Any) -> list[Any]:
        found = which.records("user_api_scopes")
        return [{k: v for k, v in row.items() if k != "_sync_id"} for row in found]

    assert rows(run) == rows(again) != []
