"""Names that vendors' users gave themselves do no harm, wherever they are shown."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import openpyxl
import pytest

from access_review.text import HIDDEN, LONGEST_CELL, defused, shown, visible
from tests.review.conftest import report_of
from tests.review.small import HOSTILE, NOW, SmallModel

if TYPE_CHECKING:
    from tests.review.reports import Report


@pytest.fixture(scope="module")
def report(shared_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report in which each name is hostile, once."""
    model = SmallModel()
    for number, name in enumerate(HOSTILE):
        model.account("kinde", f"evil{number}", None, display_name=name)
        finding = model.find("no-mfa", "kinde", f"evil{number}")
        rows = model.tables["identity_findings"]
        next(row for row in rows if row["finding_id"] == finding)["detail"] = name
        model.add(
            "identity_credentials",
            credential_id=f"kinde/key/{number}", source_id="kinde", credential_type="api_key",
            display_name=name, created_by=name, expiry_state="unknown", active=True,
        )  # fmt: skip
        model.change("granted", "kinde", f"evil{number}", "admin", NOW)
        model.access("kinde", f"evil{number}", "admin")
    for table in ("identity_sources", "identity_people", "identity_resources"):
        column = "source_name" if table == "identity_sources" else "display_name"
        model.tables[table][0][column] = HOSTILE[1]
    return report_of(model, shared_environment, tmp_path_factory.mktemp("hostile")).report


def test_the_page_shows_it_as_text(report: Report) -> None:
    plain = {"script", "img", "b", "h1"} & {name for name, _ in report.page.elements}
    assert plain <= {"b", "h1"}
    assert [name for name, _ in report.page.elements].count("h1") == 1
    for _, attributes in report.page.elements:
        assert not [name for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in report.page.text
    assert "{{ 7 * 7 }}" in report.page.text
    for name in HOSTILE:
        assert shown(name).strip() in report.page.text


def test_the_page_has_no_character_that_is_not_seen(report: Report) -> None:
    found = {each for each in report.html if unicodedata.category(each) in HIDDEN}
    assert found == {"\n"}
    assert "evil�gnp.exe" in report.page.text
    assert max(map(len, re.findall(r"(?:long)+", report.html))) < 500


def test_no_cell_of_a_csv_file_is_a_formula(report: Report) -> None:
    shown_names = {row["account"] for row in report.table("access")}
    assert {defused(name) for name in HOSTILE} <= shown_names
    for file in report.folder.glob("*.csv"):
        for row in report.table(file.stem):
            for value in row.values():
                assert value.lstrip(" ")[:1] not in set("=+-@\t\r\n")


def test_no_cell_of_the_workbook_is_a_formula(report: Report) -> None:
    book = openpyxl.load_workbook(report.workbook)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert not [cell for cell in cells if cell.hyperlink]
    starts = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in "=+-@"]
    assert starts
    assert all(cell.style and cell.quotePrefix for cell in starts)
    assert max(len(str(cell.value)) for cell in cells) == LONGEST_CELL


def test_text_that_is_shown() -> None:
    assert visible("Zoë  Müller\n") == "Zoë Müller "
    assert visible("سلام 你好 👩") == "سلام 你好 👩"
    assert visible("a\u200bb\u202ec\x00") == "a�b�c�"
    assert shown(None) == ""
    assert shown(0) == 0
