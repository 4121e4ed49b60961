"""What schemas and keys must be for the loaders of the field (docs/loaders.md)."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.singer.declaration import LONGEST_KEY
from sandbox.server import Sandbox
from scripts.questions import all_questions
from tests.api_facts import facts
from tests.running import ROOT, discovered, read_tap, select
from tests.standard import standard_of
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.running import Message, Run

QUOTED = {
    "groups": "SCIM's and ZITADEL's name for them, and the name of a stream",
    "identity": "Kinde's name for an address or account",
    "organization": "SCIM's name for the organization of an enterprise user (RFC 7643 §4.3)",
    "key": "the vendors' name for what code knows a role, permission or entry by",
    "permissions": "Kinde's name for them, and the name of a stream",
    "schemas": "SCIM's name for the types of a resource (RFC 7643 §3)",
    "usage": "Logto's name for what a connector has sent",
}
"""Names that an engine reserves and that stay, with the reason; SQL has to quote them there."""

every_tap = pytest.mark.parametrize("tap", TAPS)


def streams(tap: str) -> dict[str, Any]:
    """The catalog's entries by the names of their streams, opt-in ones included."""
    return {entry["tap_stream_id"]: entry for entry in discovered(tap)["streams"]}


@cache
def everything(tap: str) -> Run:
    """What a tap emits of a company that has all there is."""
    standard = standard_of(tap)
    with Sandbox(standard.company(), **standard.served) as sandbox:
        run = read_tap(TAPS[tap], sandbox.configs[tap], catalog=select(tap=tap))
    assert run.code == 0, run.log
    return run


@every_tap
def test_no_key_is_empty(tap: str) -> None:
    """Loaders that go through CSV read an empty text as NULL, which a key cannot be."""
    run = everything(tap)
    for stream, entry in streams(tap).items():
        records = run.records(stream)
        assert records, stream
        for key in entry["key_properties"]:
            assert all(record[key] not in (None, "") for record in records), f"{stream}.{key}"


@every_tap
def test_keys_have_the_length_that_the_vendor_documents(tap: str) -> None:
    """Only they have one: target-postgres fails on a load with one longer value."""
    run = everything(tap)
    for stream, entry in streams(tap).items():
        columns = entry["schema"]["properties"]
        limited = {name: spec["maxLength"] for name, spec in columns.items() if "maxLength" in spec}
        assert limited.keys() <= set(entry["key_properties"]), stream
        assert sum(limited.values()) <= LONGEST_KEY, stream
        for record in run.records(stream):
            assert all(len(record[name]) <= most for name, most in limited.items()), stream


@every_tap
def test_each_object_has_properties(tap: str) -> None:
    """target-snowflake fails with a KeyError where an object, or an item of a list, has none."""
    for stream, entry in streams(tap).items():
        found = list(objects(entry["schema"], stream))
        assert found[0][0] == stream
        assert [place for place, spec in found if "properties" not in spec] == []


def objects(spec: Message, place: str) -> Iterator[tuple[str, Message]]:
    """The objects in a schema, each with its place."""
    if "object" in spec["type"]:
        yield place, spec
    for name, each in spec.get("properties", {}).items():
        yield from objects(each, f"{place}.{name}")
    if "items" in spec:
        yield from objects(spec["items"], f"{place}[]")


def reserved() -> dict[str, frozenset[str]]:
    """The words that each engine reserves."""
    return {
        name: frozenset(each["words"].split()) for name, each in facts("reserved_words").items()
    }


@every_tap
def test_names_that_an_engine_reserves_are_known(tap: str) -> None:
    for stream, entry in streams(tap).items():
        for name in (stream, *entry["schema"]["properties"]):
            engines = [engine for engine, words in reserved().items() if name in words]
            assert not engines or name in QUOTED, f"{stream}: {name} is reserved by {engines}"


def test_no_engine_stopped_reserving_the_known_ones() -> None:
    words = frozenset[str]().union(*reserved().values())
    assert QUOTED.keys() <= words
    assert {"rows", "group", "primary"} <= words
    used = {name for tap in TAPS for entry in streams(tap).values() for name in names(entry)}
    assert QUOTED.keys() <= used


def names(entry: Message) -> tuple[str, ...]:
    return (entry["tap_stream_id"], *entry["schema"]["properties"])


@pytest.mark.parametrize("depth", [1, 3])
def test_flattening_makes_json_text_of_free_form_objects(depth: int) -> None:
    """singer_sdk alone would flatten an object without known fields to nothing."""
    standard = standard_of("tap-logto")
    settings = {"flattening_enabled": True, "flattening_max_depth": depth}
    with Sandbox(standard.company(), **standard.served) as sandbox:
        plain = read_tap(TAPS["tap-logto"], sandbox.logto_config)
        flat = read_tap(TAPS["tap-logto"], {**sandbox.logto_config, **settings})
    schema = next(m["schema"] for m in flat.kinds("SCHEMA") if m["stream"] == "users")
    assert schema["properties"]["custom_data"]["type"] == ["string", "null"]
    wanted = [record["custom_data"] for record in plain.records("users")]
    assert any(wanted)
    found = [record["custom_data"] for record in flat.records("users")]
    assert [json.loads(each) if each else each for each in found] == wanted
    told = [json.loads(row["coverage"]) for row in flat.records("sync_runs")]
    assert told == [row["coverage"] for row in plain.records("sync_runs")]


def test_sql_of_the_docs_quotes_the_names_that_an_engine_reserves() -> None:
    """Columns and tables; a name that a query gives itself needs no quotes after `as`."""
    names = "|".join(QUOTED)
    given = re.compile(rf"\bas ({names})\b|^order by .*", re.MULTILINE)
    apart = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*")
    found = 0
    for question in all_questions():
        found += len(re.findall(rf'"({names})"', question.sql))
        bare = apart.sub("", given.sub("", question.sql))
        assert re.findall(rf"\b({names})\b(?!\()", bare) == [], question
    assert found > 50


def test_the_docs_list_the_names_to_quote_and_who_reserves_them() -> None:
    spelled = {"bigquery": "BigQuery", "mysql": "MySQL", "redshift": "Redshift"}
    spelled |= {"snowflake": "Snowflake", "duckdb": "DuckDB", "postgresql": "PostgreSQL"}
    page = (ROOT / "docs/loaders.md").read_text().partition("## Names to quote")[2]
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE))
    assert {name: set(engines.split(", ")) for name, engines in told.items()} == {
        name: {spelled[engine] for engine, words in reserved().items() if name in words}
        for name in QUOTED
    }
