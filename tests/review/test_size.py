"""However large the model is, the page stays small, and says what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.review.large import enlarge
from tests.review.reports import make

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from access_review.settings import Settings

ACCOUNTS, LISTED = 1_200, 300


def test_the_page_holds_totals_and_the_files_all(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("access_review.content.LISTED", LISTED)
    enlarge(settings, ACCOUNTS, 6)
    report = make(tmp_path / "out")
    rows = {file["name"]: file["rows"] for file in report.manifest["files"]}
    assert rows["findings.csv"] == len(report.table("findings")) == ACCOUNTS + 6
    assert rows["access.csv"] == len(report.table("access")) == 6 * ACCOUNTS + 5
    listed = [found for found in report.page.ids if found.startswith("f-")]
    assert LISTED / 4 < len(listed) <= LISTED
    assert f"of {ACCOUNTS // 2 + 1:,} findings are shown. All are in findings.csv" in (
        report.page.text
    )
    assert f"500 of {ACCOUNTS // 2 + 2:,} people are shown. All are in accounts.csv" in (
        report.page.text
    )
    # Those of the small model are open, too, but for one that is for information.
    assert f"{ACCOUNTS + 5:,} findings are open" in report.page.text
