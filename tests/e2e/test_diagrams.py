"""Diagrams show each table once, with every reference, and no box on top of another."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from scripts.diagrams import Table, arranged, diagrams, panel, tables_of
from scripts.model import model_tables
from scripts.streams import properties
from scripts.vendors import VENDORS

if TYPE_CHECKING:
    from scripts.diagrams import Box
    from scripts.vendors import Vendor

MODEL = [
    Table(each.name, each.subject, each.name, each.key, each.refers) for each in model_tables()
]
DRAWN = {vendor.system: tables_of(vendor) for vendor in VENDORS} | {"model": MODEL}


def overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.y + one.height <= other.y or other.y + other.height <= one.y)


@pytest.mark.parametrize("name", DRAWN)
def test_each_table_is_drawn_once_with_its_references(name: str) -> None:
    tables = DRAWN[name]
    drawn = []
    for subject in {table.subject for table in tables}:
        boxes = arranged(panel(subject, tables), 0)
        assert not any(overlap(*pair) for pair in combinations(boxes, 2))
        assert all(to.x + to.width < box.x for box in boxes for _, to in box.targets if to != box)
        for box in (each for each in boxes if each.rows):
            drawn.append(box.table.name)
            pairs = [(box.rows[row], to.table.name) for row, to in box.targets]
            assert pairs == list(box.table.refers)
            assert box.rows[: len(box.table.key)] == list(box.table.key)
    assert sorted(drawn) == sorted(table.name for table in tables)


def test_the_diagrams_have_references_to_draw() -> None:
    lines = {name: svg.count("<path") for name, svg in diagrams().items()}
    assert lines.keys() == DRAWN.keys()
    assert all(number >= 4 for number in lines.values()), lines


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.system)
def test_a_column_that_a_description_refers_to_exists(vendor: Vendor) -> None:
    columns = {
        stream.name: properties(vendor.package, stream.name) for stream in vendor.tap.stream_types
    }
    told = [
        (table, column)
        for own in columns.values()
        for spec in own.values()
        for table, column in re.findall(r"`(\w+)\.(\w+)`", spec["description"])
        if table in columns
    ]
    assert told
    assert [(table, column) for table, column in told if column not in columns[table]] == []
