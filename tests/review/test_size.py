"""However large the model is, the page stays small, and says what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.review.large import enlarge
from tests.review.reports import make

if TYPE_CHECKING:
    from pathlib import Path

    from access_review.settings import Settings

ACCOUNTS = 4_000


def test_the_page_holds_totals_and_the_files_all(settings: Settings, tmp_path: Path) -> None:
    enlarge(settings, ACCOUNTS, 6)
    report = make(tmp_path / "out")
    assert len(report.html) < 5_000_000
    rows = {file["name"]: file["rows"] for file in report.manifest["files"]}
    assert rows["findings.csv"] == len(report.table("findings")) == ACCOUNTS + 6
    assert rows["access.csv"] == len(report.table("access")) == 6 * ACCOUNTS + 5
    listed = [found for found in report.page.ids if found.startswith("f-")]
    assert 500 < len(listed) < 2_500
    assert "findings are shown. All are in findings.csv" in report.page.text
    assert "people are shown. All are in accounts.csv" in report.page.text
    assert f"{ACCOUNTS + 4:,} findings are open" not in report.page.text
