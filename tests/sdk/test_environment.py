"""Settings as text, from the environment: the same with `--config ENV` and through Meltano."""

from __future__ import annotations

import json
import os
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import typing as th

from identity_sdk.singer.settings import SHARED_SETTINGS, faults, read
from tests.running import BIN, ROOT, Run, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.server import Sandbox

    Way = Callable[[Path, dict[str, str]], Run]

SCHEMA: dict[str, Any] = th.PropertiesList(
    *SHARED_SETTINGS,
    th.Property("maps", th.ObjectType()),
    th.Property("names", th.ArrayType(th.StringType)),
    th.Property("key", th.CustomType({"type": ["string", "object", "null"]})),
).to_dict()

TRUE = ("true", "True", "t", "1", "yes", "Y", "on", " true", "'true'", '"true"\n', "' true '")
FALSE = ("false", "FALSE", "f", "0", "no", "n", "Off", "'false' ")
NOT_FINITE = ("NaN", "inf", "-Infinity", "1e400", float("nan"), float("inf"), Decimal("1e400"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(("accept_shrink", text, True) for text in TRUE),
        *(("accept_shrink", text, False) for text in FALSE),
        ("page_size", " 7 ", 7),
        ("page_size", "'+07'", 7),
        ("page_size", 7.0, 7),
        ("max_shrink", "0.25", 0.25),
        ("max_shrink", '"1e-1"', 0.1),
        ("max_shrink", "1", 1.0),
        ("maps", '{"users": null}', {"users": None}),
        ("names", '["a"]', ["a"]),
        ("key", '{"a": 1}', '{"a": 1}'),
        ("key", {"a": 1}, {"a": 1}),
        ("user_agent", " it's me ", " it's me "),
        ("ca_bundle", "'", "'"),
    ],
)
def test_text_is_read_by_the_type_of_the_setting(name: str, text: Any, value: Any) -> None:
    config = read(SCHEMA, {name: text})
    assert config == {name: value}
    assert type(config[name]) is type(value)
    assert faults(SCHEMA, config) == []


@pytest.mark.parametrize("name", SCHEMA["properties"])
@pytest.mark.parametrize("empty", ["", " ", "\n", "''", '""', "' '", None])
def test_empty_means_the_default(name: str, empty: str | None) -> None:
    config = read(SCHEMA, {name: empty})
    assert config == {}
    assert faults(SCHEMA, config) == []
    assert config.get(name) == SCHEMA["properties"][name].get("default")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        *(("accept_shrink", text, "true or false") for text in ("s3cret", "2", "ja", "truefalse")),
        *(("page_size", text, "a whole number") for text in ("s3cret", "7.5", "1_0", "9" * 5000)),
        ("page_size", True, "a whole number"),
        *(("max_shrink", text, "a finite number") for text in ("s3cret", *NOT_FINITE)),
        *(("maps", text, "a JSON object") for text in ("{", "[]", "s3cret")),
        ("names", "a,b", "a JSON array"),
        ("key", 7, "text or a JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, text: Any, said: str) -> None:
    assert faults(SCHEMA, read(SCHEMA, {name: text})) == [f"`{name}` must be {said}"]


# The same, bare and through Meltano

ODD = {
    "EMIT_ACTIVATE_VERSION_MESSAGES": "",
    "ON_MISSING_SCOPE": "",
    "MAX_SHRINK": "",
    "MAX_RETRIES": " ",
    "MAX_CONCURRENCY": "''",
    "START_DATE": "",
    "CA_BUNDLE": "",
    "FLATTENING_ENABLED": "",
    "FLATTENING_MAX_DEPTH": "",
    "ACCEPT_SHRINK": "'true'",
    "PAGE_SIZE": " 7 ",
    "REQUESTS_PER_SECOND": "500.5",
}


def done(
    folder: Path, command: list[str], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a command does with settings in its environment."""
    environment = {**os.environ, **{f"TAP_RUDDERSTACK_{k}": v for k, v in variables.items()}}
    command = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def bare(folder: Path, variables: dict[str, str], *more: str) -> Run:
    ended = done(folder, ["tap-rudderstack", *more, "--config", "ENV"], variables)
    return Run(ended.returncode, ended.stdout, ended.stderr)


def through_meltano(folder: Path, variables: dict[str, str]) -> Run:
    """With the configuration that Meltano makes for it, as `meltano invoke` does."""
    (folder / "meltano.yml").write_text((ROOT / "meltano.yml").read_text())
    command = ["meltano", "config", "--unsafe", "print", "tap-rudderstack"]
    printed = done(folder, command, variables)
    assert printed.returncode == 0, printed.stderr
    return run_tap(folder, json.loads(printed.stdout))


WAYS = pytest.mark.parametrize("way", [bare, through_meltano])


@WAYS
def test_what_is_empty_or_odd_is_the_same_every_way(
    tmp_path: Path, sandbox: Sandbox, way: Way
) -> None:
    own = {name.upper(): value for name, value in sandbox.rudderstack_config.items()}
    run = way(tmp_path, {**own, **ODD})
    assert run.code == 0, run.log
    assert "users" in {message["stream"] for message in run.kinds("ACTIVATE_VERSION")}
    assert "`accept_shrink` is set, but nothing shrank" in run.log
    assert any("count=7" in path for path in sandbox.rudderstack.requests)


@WAYS
def test_what_cannot_be_read_is_told_the_same_every_way(
    tmp_path: Path, sandbox: Sandbox, way: Way
) -> None:
    wrong = {
        "SERVICE_ACCESS_TOKEN": "hidden",
        "EMIT_ACTIVATE_VERSION_MESSAGES": "perhaps",
        "PAGE_SIZE": "many",
        "MAX_SHRINK": "nan",
    }
    run = way(tmp_path, wrong)
    assert run.code == 1
    assert run.output == ""
    for said in (
        "`emit_activate_version_messages` must be true or false",
        "`page_size` must be a whole number",
        "`max_shrink` must be a finite number",
    ):
        assert said in run.log
    for secret in ("hidden", "perhaps", "many", "Traceback"):
        assert secret not in run.log
    assert sandbox.rudderstack.requests == []


def test_an_empty_variable_also_overrides_a_file(tmp_path: Path, sandbox: Sandbox) -> None:
    """As it does in Meltano, where a variable comes before `meltano.yml`."""
    (tmp_path / "config.json").write_text(
        json.dumps({**sandbox.rudderstack_config, "emit_activate_version_messages": False})
    )
    file = ("--config", "config.json")
    assert bare(tmp_path, {}, *file).kinds("ACTIVATE_VERSION") == []
    emptied = bare(tmp_path, {"EMIT_ACTIVATE_VERSION_MESSAGES": ""}, *file)
    assert emptied.kinds("ACTIVATE_VERSION") != []
