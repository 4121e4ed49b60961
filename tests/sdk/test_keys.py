"""Keys that a loader could not store: empty ones, and ones too long for its index."""

from __future__ import annotations

import pytest
from singer_sdk import typing as th

from identity_sdk.singer.tap import IdentityTap
from tests.sdk.tiny_tap import Listing, Teams, Tiny, TinyTap, columns, discovered, entry, run, team

LONG = columns(id=th.StringType, size=th.IntegerType, kind=th.StringType)


class Named(Teams):
    """Teams whose key has a kind as well, which a team need not have."""

    primary_keys = ("id", "kind")  # type: ignore[assignment]
    absent = {"kind": "none"}  # noqa: RUF012


class NamedTap(TinyTap):
    stream_types = (Named,)


@pytest.mark.parametrize("empty", ["", None])
def test_a_declared_word_stands_for_an_empty_part_of_a_key(empty: str | None) -> None:
    server = Tiny([[team("a", kind="x"), team("b", kind=empty), team("c")]])
    ran = run(server, tap_class=NamedTap)
    assert not ran.failed
    assert [row["kind"] for row in ran.rows("teams")] == ["x", "none", "none"]


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_key_without_a_word_is_an_error(empty: str | None) -> None:
    ran = run(Tiny([[team("a"), {"id": empty, "kind": "x"}]]))
    assert ran.failed
    assert empty not in ran.ids("teams")
    assert "teams" not in ran.activated()


def longest(length: int) -> dict[str, object]:
    """A catalog with a maximum length of the key, as Meltano's `schema` extra sets one."""
    catalog = discovered()
    entry(catalog, "teams")["schema"]["properties"]["id"]["maxLength"] = length
    return catalog


def test_a_key_that_is_too_long_is_an_error_before_it_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Tiny([[team("12345678", 0), team("123456789", 0)]])
    ran = run(server, longest(8))
    assert ran.failed
    assert "teams failed: a key is longer than its schema allows (id)" in caplog.text
    assert "123456789" not in ran.ids("teams")
    assert "teams" not in ran.activated()
    assert not run(server, longest(9)).failed


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ({"kind": 10}, "Made: only a key has `maxLength`, not ['kind']"),
        ({"id": 769}, "the key of Made may have 769 characters, over 768"),
    ],
)
def test_lengths_that_do_not_help_are_refused(lengths: dict[str, int], told: str) -> None:
    schema = {
        **LONG,
        "properties": {
            name: {**spec, "maxLength": lengths[name]} if name in lengths else spec
            for name, spec in LONG["properties"].items()
        },
    }
    declared = {"name": "made", "path": "/made", "primary_keys": ("id",), "schema": schema}
    made = type("Made", (Listing,), declared)
    with pytest.raises(TypeError) as refusal:
        type("MadeTap", (IdentityTap,), {"name": "tap-made", "stream_types": (made,)})
    assert str(refusal.value) == told
