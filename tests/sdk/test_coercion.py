"""Rows in the form of their schema."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.records.codec import decode, encode, objects_decoder
from identity_sdk.records.coercion import SYNC_ID, SYNC_ID_SCHEMA, Coercer
from identity_sdk.records.flatten import ColumnMap, flatten
from identity_sdk.report.run_report import StreamResult
from identity_sdk.singer.schemas import Schemas

if TYPE_CHECKING:
    from pathlib import Path

MIDNIGHT = "1970-01-01T00:00:00.000000Z"
PROPERTIES: dict[str, Any] = {
    "text": {"type": ["string", "null"]},
    "when": {"type": ["string", "null"], "format": "date-time"},
    "flag": {"type": ["boolean", "null"]},
    "count": {"type": ["null", "integer"]},
    "ratio": {"type": "number"},
    "thing": {"type": ["object", "null"]},
    "list": {"type": ["array", "null"], "items": {"type": "string"}},
    "untyped": {},
}


def result() -> StreamResult:
    return StreamResult("users", "full", ())


def read(name: str, value: Any) -> tuple[Any, set[str]]:
    """A value under a name, and the names that were unreadable."""
    noted = result()
    shaped = Coercer(PROPERTIES).coerce({name: value}, noted)
    assert shaped.keys() == PROPERTIES.keys()
    assert not noted.unknown
    return shaped[name], noted.unreadable


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", "ü", "ü"),
        ("text", "", ""),
        ("text", 12, "12"),
        ("text", 10**30, str(10**30)),
        ("text", Decimal("1.10"), "1.10"),
        ("text", True, "true"),
        ("text", False, "false"),
        ("untyped", 12, "12"),
        ("when", "2024-05-06T07:08:09+11", "2024-05-05T20:08:09.000000Z"),
        ("when", 1714979289123, "2024-05-06T07:08:09.123000Z"),
        ("flag", "True", True),
        ("flag", 0, False),
        ("count", 7, 7),
        ("count", "7", 7),
        ("count", Decimal("7.0"), 7),
        ("count", Decimal("1E+3"), 1000),
        ("count", 10**30, 10**30),
        ("count", Decimal(f"{10**30}.000"), 10**30),
        ("count", -(2**63) - 1, -(2**63) - 1),
        ("ratio", 7, Decimal(7)),
        ("ratio", "1.10", Decimal("1.10")),
        ("ratio", Decimal("0.1234567890123456789012345678901"), None),
        ("thing", {}, {}),
        ("thing", {"a": [{"b": 1, "Password": 2}]}, {"a": [{"b": 1}]}),
        ("list", [], []),
        ("list", ["a", {"token": 1, "c": 2}, [3]], ["a", {"c": 2}, [3]]),
    ],
)
def test_a_value_is_read_as_its_type(name: str, value: Any, expected: Any) -> None:
    expected = value if expected is None else expected
    found, unreadable = read(name, value)
    assert (found, type(found)) == (expected, type(expected))
    assert str(found) == str(expected)
    assert not unreadable


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", {}),
        ("text", ["a"]),
        pytest.param("text", 10**5000, id="text of too many digits"),
        ("when", "soon"),
        ("when", True),
        ("when", {}),
        ("when", Decimal("1E+30")),
        ("flag", "maybe"),
        ("flag", 2),
        ("flag", []),
        ("count", "seven"),
        ("count", Decimal("7.5")),
        ("count", True),
        ("count", ""),
        ("count", "NaN"),
        ("count", [1]),
        ("ratio", "Infinity"),
        ("ratio", "sNaN"),
        ("ratio", "1,5"),
        ("ratio", False),
        ("ratio", {}),
        ("thing", "text"),
        ("thing", []),
        ("list", {}),
        ("list", "a"),
    ],
)
def test_what_does_not_fit_is_left_empty_and_noted(name: str, value: Any) -> None:
    assert read(name, value) == (None, {name})


def test_every_field_is_in_every_row_in_the_order_of_the_schema() -> None:
    coercer, noted = Coercer(PROPERTIES), result()
    first = coercer.coerce({"list": [1], "text": "a"}, noted)
    second = coercer.coerce({}, noted)
    assert list(first) == list(second) == list(PROPERTIES)
    assert first["text"] == "a"
    assert set(second.values()) == {None}
    assert not noted.unknown | noted.unreadable


def test_null_is_no_value() -> None:
    noted = result()
    shaped = Coercer(PROPERTIES).coerce(dict.fromkeys(PROPERTIES), noted)
    assert set(shaped.values()) == {None}
    assert not noted.unknown | noted.unreadable


def test_an_unknown_field_is_noted_and_left_out() -> None:
    noted = result()
    shaped = Coercer(PROPERTIES, ["dropped", "text"]).coerce(
        {"new": 1, "new_null": None, "dropped": 1, "text": "kept", "Text": "other"}, noted
    )
    assert noted.unknown == {"new", "new_null", "Text"}
    assert shaped == {**dict.fromkeys(PROPERTIES), "text": "kept"}
    assert not noted.unreadable


def test_a_field_left_out_on_purpose_is_silent() -> None:
    noted = result()
    Coercer(PROPERTIES, {"dropped", "gone"}).coerce({"dropped": {"a": 1}, "gone": None}, noted)
    assert not noted.unknown | noted.unreadable


def test_the_source_row_stays_as_it_was() -> None:
    row = {"thing": {"secret": 1, "list": [{"token": 2}]}, "text": "a"}
    before = json.dumps(row)
    Coercer(PROPERTIES).coerce(row, result())
    assert json.dumps(row) == before


@pytest.mark.parametrize("name", ["thing", "list"])
def test_a_value_nested_as_deeply_as_the_decoder_allows_is_no_crash(name: str) -> None:
    start, end = (b'{"a":', b"}") if name == "thing" else (b"[", b"]")
    depth, value = 100, None
    while depth < 10_000:
        try:
            value = decode(start * depth + b"1" + end * depth)
        except ValueError:
            break
        depth += 100
    found, unreadable = read(name, value)
    assert found is not None or unreadable == {name}


@pytest.mark.parametrize("name", ["count", "when"])
def test_a_number_of_absurd_size_is_unreadable(name: str) -> None:
    """As an integer it took gigabytes, and the encoder refuses one of so many digits."""
    began = time.process_time()
    _, unreadable = read(name, Decimal("1E+200000"))
    assert unreadable == {name}
    assert time.process_time() - began < 0.4


def test_an_integer_that_cannot_be_written_is_unreadable() -> None:
    found, unreadable = read("count", Decimal("1E+5000"))
    assert unreadable == {"count"} or encode(found)


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(min_value=-(10**40), max_value=10**40)
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.from_regex(r"[-+0-9T:.eEZ _]{1,30}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*PROPERTIES, "other"]), _ANYTHING))
def test_whatever_comes_a_row_of_the_schema_goes_out(row: dict[str, Any]) -> None:
    kinds: dict[str, Any] = {
        **{"text": str, "when": str, "untyped": str, "flag": bool},
        **{"count": int, "ratio": Decimal, "thing": dict, "list": list},
    }
    noted = result()
    shaped = Coercer(PROPERTIES).coerce(row, noted)
    assert shaped.keys() == kinds.keys()
    for name, value in shaped.items():
        absent = row.get(name) is None or name in noted.unreadable
        assert value is None if absent else type(value) is kinds[name]
    assert noted.unknown == {"other"} & row.keys()
    encode(shaped)


_USUAL = {
    "text": st.text(st.characters(codec="utf-8"), max_size=5),
    "when": st.datetimes().map(lambda each: f"{each.isoformat()}Z") | st.integers(0, 10**12),
    "flag": st.booleans(),
    "count": st.integers(),
    "ratio": st.integers() | st.decimals(-(10**9), 10**9),
    "thing": st.dictionaries(st.sampled_from(["a", "token"]), st.integers()),
    "list": st.lists(st.integers()),
    "untyped": st.text(st.characters(codec="utf-8"), max_size=5),
    "gone": st.integers(),
}
_ROW = st.fixed_dictionaries({}, optional={name: st.none() | _USUAL[name] for name in _USUAL})
_ODD_ROW = st.dictionaries(st.sampled_from([*_USUAL, "other", "$.list", "_sync_id"]), _ANYTHING)


@settings(deadline=None)
@given(st.lists(st.lists(_ROW | _ROW | _ODD_ROW, max_size=4), max_size=6))
def test_a_page_is_coerced_as_its_rows_are(pages: list[list[dict[str, Any]]]) -> None:
    """Also its fields are in the same order, and what does not fit is noted alike."""
    at_once, one_by_one = result(), result()
    arguments: Any = {"ignored_fields": {"gone"}, "given": {SYNC_ID: "run"}}
    coercer, careful = Coercer(PROPERTIES, **arguments), Coercer(PROPERTIES, **arguments)
    for page in pages:
        before = repr(page)
        coerced = coercer.page(page, at_once)
        wanted = [careful.coerce(row, one_by_one) for row in page]
        assert [[*row.items()] for row in coerced] == [[*row.items()] for row in wanted]
        assert list(map(repr, coerced)) == list(map(repr, wanted))
        assert repr(page) == before
    assert at_once.unknown == one_by_one.unknown
    assert at_once.unreadable == one_by_one.unreadable


def test_a_page_of_usual_rows_is_coerced_at_once() -> None:
    """Otherwise the test above would compare the careful way with itself."""
    coercer, noted = Coercer(PROPERTIES, {"gone"}), result()
    usual = {"text": "a", "when": 0, "thing": {"token": 1}, "gone": 1}
    coercer.page([usual], noted)

    def careless(*_: Any) -> Any:
        raise AssertionError("row by row")

    coercer.coerce = careless  # type: ignore[assignment, method-assign]
    assert coercer.page([usual, {}, {"when": None}], noted) == [
        {**dict.fromkeys(PROPERTIES), "text": "a", "when": MIDNIGHT, "thing": {}},
        dict.fromkeys(PROPERTIES),
        dict.fromkeys(PROPERTIES),
    ]
    unusual: dict[str, Any]
    for unusual in ({"text": 1}, {"new": 1}, {"count": True}, {"when": "soon"}, {"list": {}}):
        with pytest.raises(AssertionError, match="row by row"):
            coercer.page([usual, unusual], noted)


@pytest.mark.parametrize(
    "name", ["class", "from", "None", "async", "dropped0_", "two words", 'a"b']
)
def test_a_column_may_have_any_name(name: str) -> None:
    coercer = Coercer({name: {"type": "string"}, "id": {"type": "string"}}, {"gone"})
    for _ in range(2):
        rows = coercer.page([{name: "a", "id": "b", "gone": 1}], result())
        assert rows == [{name: "a", "id": "b"}]


def test_of_two_fields_of_one_column_the_last_counts() -> None:
    coercer = Coercer({"id": {"type": "string"}}, column=str.lower)
    for _ in range(2):
        assert coercer.page([{"id": "a", "ID": "b"}], result()) == [{"id": "b"}]
        assert coercer.page([{"ID": "b", "id": "a"}], result()) == [{"id": "a"}]


# Nested objects

MAP: ColumnMap = {
    "id": "text",
    "times": {"Made": "when", "none": None},
    "Deep": {"er": {"Most": "count", "": "ratio"}},
    "Secret": None,
}


@pytest.mark.parametrize(
    ("value", "row", "unknown"),
    [
        ({}, {}, set()),
        ({"id": "a", "Secret": {"x": 1}}, {"text": "a"}, set()),
        ({"times": {"Made": 0, "none": 7}}, {"when": "1970-01-01T00:00:00.000000Z"}, set()),
        ({"Deep": {"er": {"Most": 7}}}, {"count": 7}, set()),
        ({"Deep": {"er": 7}}, {"ratio": Decimal(7)}, set()),
        ({"other": None, "made": 1}, {}, {"other", "made"}),
        ({"times": {"made": 1, "other": {}}}, {}, {"times.made", "times.other"}),
        ({"Deep": {"er": {"x": 1}, "": 2}}, {}, {"Deep.er.x", "Deep"}),
        ({"times": "soon", "Deep": [{"er": 7}]}, {}, {"times", "Deep"}),
        ({"times": 0, "Deep": False}, {}, {"times", "Deep"}),
        ({"times": None, "Deep": {}, "id": None}, {}, set()),
        ({"times": "", "Deep": []}, {}, set()),
        # The name of a column is no field of the vendor's.
        ({"text": "a", "when": 1, "ratio": 1}, {}, {"text", "when", "ratio"}),
    ],
)
def test_a_nested_object_becomes_a_row_that_names_what_it_leaves_out(
    value: dict[str, Any], row: dict[str, Any], unknown: set[str]
) -> None:
    noted = result()
    assert Coercer(PROPERTIES).coerce(flatten(value, MAP), noted) == {
        **dict.fromkeys(PROPERTIES),
        **row,
    }
    assert (noted.unknown, noted.unreadable) == (unknown, set())


def test_a_path_left_out_on_purpose_is_silent_and_is_never_a_column() -> None:
    noted = result()
    row = flatten({"list": [1], "thing": {}, "times": {"x": 1, "y": 2}}, MAP)
    coercer = Coercer(PROPERTIES, {"thing", "times.x"}, column=lambda name: name.replace("$.", ""))
    assert set(coercer.coerce(row, noted).values()) == {None}
    assert noted.unknown == {"list", "times.y"}


def test_objects_within_are_brought_into_the_spelling_of_the_map() -> None:
    def lower(value: dict[str, Any]) -> dict[str, Any]:
        return {name.lower(): each for name, each in value.items()}

    found = flatten({"a": {"B": {"C": 1, "D": {"E": 2}}}}, {"a": {"b": {"c": "x"}}}, lower)
    assert found == {"x": 1, "$.a.b.d": None}
    assert flatten({"C": 1, "d": 2}, {"d": "x"}, path="$.list") == {"$.list.C": None, "x": 2}


# Schemas


def _schemas(directory: Path, *names: str) -> Schemas:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    (directory / "users.json").write_text(json.dumps(schema))
    return Schemas(directory)


def test_a_schema_gets_the_id_of_the_run(tmp_path: Path) -> None:
    schema = _schemas(tmp_path, "id", "name").fetch_schema("users")
    assert list(schema["properties"]) == ["id", "name", SYNC_ID]
    assert schema["properties"][SYNC_ID] == SYNC_ID_SCHEMA
    assert SYNC_ID == "_sync_id"


@pytest.mark.parametrize("name", ["password", "client_secret", "accessToken"])
def test_a_schema_that_names_a_secret_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=rf"users\.{name} would load a secret"):
        _schemas(tmp_path, "id", name).fetch_schema("users")


def test_a_replayed_page_has_the_wanted_fields_as_they_were() -> None:
    page: list[dict[str, Any]] = [
        {"id": 2**70, "parts": [{"share": Decimal("0.10"), "name": "ü\n"}], "more": {"x": 1}},
        {"id": None, "more": []},
        {},
    ]
    read = objects_decoder({"id", "parts", "class"})
    wanted = [{k: v for k, v in item.items() if k != "more"} for item in page]
    assert read(encode(page)) == wanted
    assert str(read(encode(page))[0]["parts"][0]["share"]) == "0.10"
