"""The role that reviews reads the model, and writes decisions only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from access_review.cli import main
from access_review.settings import read_settings
from tests.review.conftest import empty_postgres, use
from tests.review.reports import fill_in, make
from tests.review.small import SmallModel
from tests.review.test_decide import DOOR, KEEP
from tests.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.warehouse import Database

DOCUMENTED = re.search(
    r"```sql\n(create role reviewer.*?)```", (ROOT / "docs/review.md").read_text(), re.DOTALL
)


@pytest.fixture
def reviewer(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The role that the documentation makes, and a small model."""
    SmallModel().write(read_settings(empty_postgres(database)))
    assert DOCUMENTED
    database.query(DOCUMENTED[1].replace("identity_builder", "postgres"))
    use(empty_postgres(database), monkeypatch)
    monkeypatch.setenv("PGUSER", "reviewer")
    yield database
    database.query("drop owned by reviewer; drop role reviewer")


def test_the_documented_role_reports_and_decides(reviewer: Database, tmp_path: Path) -> None:
    report = make(tmp_path / "out")
    assert (
        main(["decide", str(fill_in(report, report.folder / "x.xlsx", {"of": DOOR, **KEEP}))]) == 0
    )
    assert len(make(tmp_path / "after").table("decisions")) == 1


def test_what_a_role_may_not_is_said(
    reviewer: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = make(tmp_path / "out")
    filled = fill_in(report, report.folder / "x.xlsx", {"of": DOOR, **KEEP})
    reviewer.query("drop schema identity_review")
    assert main(["decide", str(filled)]) == 1
    assert "permission denied for database" in capsys.readouterr().err
    reviewer.query("revoke select on identity.identity_people from reviewer")
    assert main(["--out", str(tmp_path / "other")]) == 1
    told = capsys.readouterr().err
    assert "lacks identity_people" in told
    assert "Traceback" not in told
