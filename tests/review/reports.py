"""Reports as the tests make and read them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import openpyxl

from access_review.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Report:
    """A report that was written."""

    folder: Path

    @cached_property
    def html(self) -> str:
        return (self.folder / "access-review.html").read_text(encoding="utf-8")

    @cached_property
    def page(self) -> Page:
        return Page.of(self.html)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return told

    @property
    def workbook(self) -> Path:
        return self.folder / "access-review.xlsx"

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file."""
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            csv.field_size_limit(1 << 30)
            return list(csv.DictReader(file))

    def sheet(self, name: str) -> list[dict[str, Any]]:
        """The rows of a sheet of the workbook."""
        book = openpyxl.load_workbook(self.workbook, read_only=True)
        head, *rows = book[name].iter_rows(values_only=True)
        book.close()
        return [dict(zip(map(str, head), row, strict=False)) for row in rows]


def make(folder: Path, *arguments: str) -> Report:
    """A report, which must succeed."""
    assert main(["--out", str(folder), *arguments]) == 0
    return Report(folder)


def fill_in(report: Report, file: Path, *decisions: dict[str, Any]) -> Path:
    """A copy of the workbook with decisions: of each finding, or edits of other columns."""
    book = openpyxl.load_workbook(report.workbook)
    sheet = book["findings"]
    head, *rows = sheet.iter_rows(values_only=True)
    columns = {str(name): place for place, name in enumerate(head, start=1)}
    places = {row[0]: place for place, row in enumerate(rows, start=2)}
    for decision in decisions:
        values = dict(decision)
        place = places[values.pop("of")]
        for name, value in values.items():
            sheet.cell(place, columns[name], value)
    book.save(file)
    return file


class Page(HTMLParser):
    """What a page consists of.

    Attributes:
        elements: Each element, with its attributes.
        text: All text but styles, on one line.
    """

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self._in_style = False

    @classmethod
    def of(cls, html: str) -> Page:
        page = cls()
        page.feed(html)
        return page

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    @property
    def ids(self) -> list[str]:
        return [found for _, attributes in self.elements if (found := attributes.get("id"))]

    @property
    def links(self) -> list[str]:
        return [
            found
            for name, attributes in self.elements
            if name == "a" and (found := attributes.get("href"))
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self._words.append(data)
