"""Imports run one way: between rooms of identity_sdk, and from taps into its face only."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BELOW = {"errors", "exchange", "records"}
ALLOWED = {
    "listing": BELOW,
    "http": BELOW,
    "records": {"errors"},
    "report": {"errors", "records"},
    "singer": BELOW | {"listing", "http", "report"},
}
"""Of each room, what it may import at run time."""


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it is run."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
        elif isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_what_it_may(room: str) -> None:
    found = {name for path in files(f"identity_sdk/{room}") for name in imports(path)}
    rooms = {name.split(".")[1] for name in found if name.startswith("identity_sdk.")}
    assert rooms - {room} <= ALLOWED[room]
    others = {name.split(".")[0] for name in found}
    assert room == "singer" or "singer_sdk" not in others
    assert room == "http" or "requests" not in others


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): set(imports(path))
        for path in files("identity_sdk")
    }
    graph = {name: found & modules.keys() for name, found in modules.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


@pytest.mark.parametrize("tap", TAPS)
def test_a_tap_imports_from_the_face_only(tap: str) -> None:
    package = tap.replace("-", "_")
    found = {name for path in files(package) for name in imports(path)}
    assert {name for name in found if name.startswith("identity_sdk")} == {"identity_sdk"}
    others = {name for name in found if name.startswith(("tap_", "sandbox", "tests"))}
    assert all(name.split(".")[0] == package for name in others)


def test_the_review_imports_nothing_of_the_others() -> None:
    found = {name.split(".")[0] for path in files("access_review") for name in imports(path)}
    ours = ("identity_sdk", "sandbox", "scripts", "singer_sdk", "tap_", "tests")
    assert "access_review" in found
    assert not [name for name in found if name.startswith(ours)]


def test_private_modules_of_singer_sdk_are_imported_in_one_file() -> None:
    private = {
        path.name
        for folder in ("identity_sdk", *(tap.replace("-", "_") for tap in TAPS))
        for path in files(folder)
        if any(name.startswith("singer_sdk") and "._" in name for name in imports(path))
    }
    assert private == {"hooks.py"}
