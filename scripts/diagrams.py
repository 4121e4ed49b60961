"""Entity diagrams of the taps and of the access model, as SVG inside the pages of the site.

What a column refers to is read from its description: "Id of the user; `users.id`". A diagram has a
panel for each subject; tables of other subjects that a panel refers to are shown by name only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from scripts.model import model_tables
from scripts.streams import properties
from scripts.subjects import ORDER, subject
from scripts.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.vendors import Vendor

ROW, CHARACTER, PADDING, GAP, AISLE, TITLE = 20, 7.3, 10, 14, 64, 34
"""Pixels: height of a row, width of a character, room in a box, between boxes, and above them."""


@dataclass(frozen=True)
class Table:
    """A table of a diagram.

    Attributes:
        subject: The panel that it is in.
        page: Where its name leads to.
        key: The columns of its key.
        refers: The tables that columns refer to, with the column of each.
    """

    name: str
    subject: str
    page: str
    key: Sequence[str]
    refers: Sequence[tuple[str, str]] = ()

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys([*self.key, *(column for column, _ in self.refers)]))


@dataclass
class Box:
    """A table at its place in a panel; `rows` is empty for a table of another subject."""

    table: Table
    rows: list[str]
    layer: int = 0
    x: float = 0
    y: float = 0
    width: float = 0
    targets: list[tuple[int, Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        longest = max(len(each) for each in [self.table.name, *(f"  {row}" for row in self.rows)])
        self.width = longest * CHARACTER + 2 * PADDING

    @property
    def height(self) -> float:
        return ROW * (len(self.rows) + 1) + 4

    def middle(self, row: int = -1) -> float:
        """The height of a row's middle; of the name's by default."""
        return self.y + ROW * (row + 1.5) + 1


def diagrams() -> dict[str, str]:
    """The diagram of each system, and of the model."""
    drawn = {vendor.system: diagram(vendor.label, tables_of(vendor), ORDER) for vendor in VENDORS}
    tables = [
        Table(each.name, each.subject, f"tables.html#{each.name}", each.key, each.refers)
        for each in model_tables()
    ]
    panels = list(dict.fromkeys(table.subject for table in tables))
    return drawn | {"model": diagram("the access model", tables, panels)}


def tables_of(vendor: Vendor) -> list[Table]:
    """The streams of a tap as tables."""
    names = {stream.name for stream in vendor.tap.stream_types}
    found = []
    for stream in vendor.tap.stream_types:
        columns = properties(vendor.package, stream.name)
        refers = [
            (column, target)
            for column, spec in columns.items()
            for target in dict.fromkeys(re.findall(r"`(\w+)\.\w+`", spec["description"]))
            if target in names - {stream.name}
        ]
        page = f"streams/{vendor.system}/{stream.name}.html"
        found.append(Table(stream.name, subject(stream.name), page, stream.primary_keys, refers))
    return found


def diagram(label: str, tables: Sequence[Table], panels: Iterable[str]) -> str:
    """An SVG with a panel for each subject."""
    shapes, top, width = [], 0.0, 0.0
    for name in panels:
        boxes = arranged(panel(name, tables), top + TITLE) if name in subjects(tables) else []
        if boxes:
            shapes += [f'<text class="title" x="0" y="{top + 22:.0f}">{escape(name)}</text>']
            shapes += [edge(box, row, to) for box in boxes for row, to in box.targets]
            shapes += [shape(box) for box in boxes]
            top = max(box.y + box.height for box in boxes) + GAP
            width = max(width, *(box.x + box.width for box in boxes))
    size = f'width="{width + 2:.0f}" height="{top:.0f}" viewBox="-1 0 {width + 2:.0f} {top:.0f}"'
    least = f"min-width:min(34rem,{width + 2:.0f}px)"
    return (
        f'<figure class="diagram"><svg {size} style="{least}" role="group" aria-label="Entity '
        f'diagram of {escape(label)}">{"".join(shapes)}</svg><figcaption>Keys are bold. A dashed '
        "table is one of another subject.</figcaption></figure>"
    )


def subjects(tables: Iterable[Table]) -> set[str]:
    return {table.subject for table in tables}


def panel(name: str, tables: Sequence[Table]) -> list[Box]:
    """The boxes of a subject, and those that they refer to."""
    by_name = {table.name: table for table in tables}
    boxes = {each.name: Box(each, each.columns) for each in tables if each.subject == name}
    for box in list(boxes.values()):
        for column, target in box.table.refers:
            to = boxes.setdefault(target, Box(by_name[target], []))
            box.targets.append((box.rows.index(column), to))
    return list(boxes.values())


def arranged(boxes: list[Box], top: float) -> list[Box]:
    """Boxes in layers from left to right, each near those that it refers to."""
    layers: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        box.layer = depth(box, ())
        layers[box.layer].append(box)
    first = {id(to): i for i, box in reversed(list(enumerate(boxes))) for _, to in box.targets}
    layers[0].sort(key=lambda box: first.get(id(box), len(boxes)))
    height = max(sum(box.height + GAP for box in layer) for layer in layers.values())
    x = 0.0
    for _, layer in sorted(layers.items()):
        layer.sort(key=wanted)
        stack(layer, x, top, height)
        x += layer[0].width + AISLE
    return boxes


def depth(box: Box, seen: tuple[int, ...]) -> int:
    """How many references lead from a box on; those that lead back do not count."""
    onward = [to for _, to in box.targets if id(to) not in seen]
    return max((depth(to, (*seen, id(box))) + 1 for to in onward), default=0)


def wanted(box: Box) -> float:
    """The mean height of the boxes to the left that a box refers to."""
    heights = [to.y for _, to in box.targets if to.layer < box.layer]
    return sum(heights) / len(heights) if heights else 0


def stack(layer: list[Box], x: float, top: float, height: float) -> None:
    """Place the boxes of a layer below one another, evenly in the height of the highest layer."""
    width = max(box.width for box in layer)
    spare = height - sum(box.height + GAP for box in layer)
    between = GAP + min(spare / len(layer), 2 * ROW)
    bottom = top + (spare - (between - GAP) * len(layer)) / 2
    for box in layer:
        box.x, box.y, box.width = x, bottom, width
        bottom += box.height + between


def edge(box: Box, row: int, to: Box) -> str:
    """The line from a column to the table that it refers to."""
    start, end = (box.x, box.middle(row)), (to.x + to.width, to.middle())
    bend = 45 if end[0] < start[0] else 90
    return (
        f'<path d="M{start[0]:.0f} {start[1]:.0f}C{start[0] - bend:.0f} {start[1]:.0f} '
        f'{end[0] + bend:.0f} {end[1]:.0f} {end[0]:.0f} {end[1]:.0f}"/>'
        f'<circle cx="{end[0]:.0f}" cy="{end[1]:.0f}" r="3"/>'
    )


def shape(box: Box) -> str:
    """A box with its name, which is a link, and its columns."""
    place = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}"'
    kind = "box" if box.rows else "box other"
    parts = [f'<rect class="{kind}" {place} height="{box.height:.0f}" rx="4"/>']
    if box.rows:
        parts.append(f'<rect class="head" {place} height="{ROW + 2}" rx="4"/>')
    left = box.x + PADDING
    parts.append(
        f'<a href="{escape(box.table.page)}"><text class="name" x="{left:.0f}" '
        f'y="{box.middle() + 4:.0f}">{escape(box.table.name)}</text></a>'
    )
    for i, row in enumerate(box.rows):
        css = ' class="key"' if row in box.table.key else ""
        y = box.middle(i) + 5
        parts.append(f'<text{css} x="{left + 14:.0f}" y="{y:.0f}">{escape(row)}</text>')
    return "".join(parts)
