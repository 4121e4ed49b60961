"""Decisions come back from the workbook whole, or not at all."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from access_review.cli import main
from access_review.warehouse import connect
from tests.review.reports import Report, fill_in, make
from tests.review.small import NOW, TODAY, SmallModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from access_review.settings import Settings
    from tests.review.conftest import Reported

KEEP: dict[str, Any] = {
    "decision": "keep",
    "decided_by": "carol@example.com",
    "decided_on": TODAY,
    "why": "Needed for the job.",
}
REVOKE = {**KEEP, "decision": "revoke", "why": "Has another job now."}
ACCEPT = {**KEEP, "decision": "accept until", "accept_until": TODAY + timedelta(days=30)}
ADMIN, NO_MFA_ADA, NO_MFA_BOB, BOB_ADMIN, ROBOT, DOOR = (f"f{number:03}" for number in range(6))


def recorded(settings: Settings) -> list[dict[str, Any]]:
    """The decisions in the database."""
    with connect(settings) as warehouse:
        if not warehouse.tables("identity_review"):
            return []
        return warehouse.rows("select * from identity_review.identity_decisions")


def decide(file: Path, *arguments: str) -> int:
    return main(["decide", str(file), *arguments])


@pytest.fixture
def report(model: SmallModel, tmp_path: Path) -> Report:
    return make(tmp_path / "out")


def test_decisions_are_recorded_and_shown(
    report: Report, settings: Settings, tmp_path: Path
) -> None:
    filled = fill_in(
        report, report.folder / "filled.xlsx",
        {"of": NO_MFA_ADA, **KEEP}, {"of": BOB_ADMIN, **REVOKE}, {"of": ROBOT, **ACCEPT},
    )  # fmt: skip
    assert decide(filled) == 0
    found = {row["finding_id"]: row for row in recorded(settings)}
    assert {key: row["decision"] for key, row in found.items()} == {
        NO_MFA_ADA: "keep", BOB_ADMIN: "revoke", ROBOT: "accept until",
    }  # fmt: skip
    assert found[ROBOT]["accept_until"] == ACCEPT["accept_until"]
    assert found[BOB_ADMIN]["why"] == REVOKE["why"]
    assert found[BOB_ADMIN]["account_id"] == "logto/user/bob"
    assert found[BOB_ADMIN]["report_id"] == report.manifest["report_id"]
    after = make(tmp_path / "after")
    assert {row["finding_id"]: row["state"] for row in after.table("findings")} == {
        ADMIN: "open", NO_MFA_ADA: "kept", NO_MFA_BOB: "open", BOB_ADMIN: "to be revoked",
        ROBOT: "accepted", DOOR: "open",
    }  # fmt: skip
    assert "1 accepted, 1 kept, 2 open, 1 to be revoked" in after.page.text
    assert len(after.table("decisions")) == 3
    answers = {
        (row["control_id"], row["source_id"]): (row["open_findings"], row["settled_findings"])
        for row in after.table("controls")
    }
    assert answers["no-mfa", "kinde"] == ("0", "1")
    assert answers["privileged-without-mfa", "logto"] == ("1", "0")
    assert "1 kept or accepted" in after.page.text


def test_what_is_recorded_is_not_recorded_again(report: Report, settings: Settings) -> None:
    filled = fill_in(report, report.folder / "filled.xlsx", {"of": DOOR, **KEEP})
    assert [decide(filled), decide(filled)] == [0, 0]
    assert len(recorded(settings)) == 1


def test_an_empty_workbook_decides_nothing(report: Report, settings: Settings) -> None:
    assert decide(report.workbook) == 0
    assert recorded(settings) == []


def test_dates_may_be_text_and_the_workbook_elsewhere(
    report: Report, settings: Settings, tmp_path: Path
) -> None:
    decision = {"of": DOOR, **ACCEPT, "decided_on": TODAY.isoformat(), "accept_until": "2099-01-01"}
    filled = fill_in(report, tmp_path / "elsewhere.xlsx", decision)
    assert decide(filled) == 1
    assert decide(filled, "--report", str(report.folder)) == 0
    assert str(recorded(settings)[0]["accept_until"]) == "2099-01-01"


WRONG: dict[str, dict[str, Any]] = {
    "none of: keep, revoke, accept until": {"decision": "maybe"},
    "decision): is none of": {"decision": None},
    "(why): is empty": {"why": " "},
    "(decided_on): is not a date": {"decided_on": "soon"},
    "(decided_on): is not between": {"decided_on": TODAY + timedelta(days=1)},
    f"{TODAY}, the report": {"decided_on": TODAY - timedelta(days=1)},
    "(accept_until): is not a date": {**ACCEPT, "accept_until": None},
    "(accept_until): is not after": {**ACCEPT, "accept_until": TODAY},
    "is only for the decision": {"accept_until": TODAY + timedelta(days=9)},
    "is not the e-mail address of a person": {"decided_by": "Carol"},
    "(decided_by): is not the e-mail": {"decided_by": "carol@example.com, dan@example.com"},
    "(decided_by): decides on access of their own": {"decided_by": "ADA@example.com"},
    "(finding_id): the report has no such finding": {"finding_id": "f999"},
    "(subject): is not what the report says": {"subject": "logto/user/bob"},
    "(control_id): is not what the report says": {"control_id": "dormant"},
}


def test_each_row_that_does_not_fit_is_named_and_nothing_is_written(
    model: SmallModel, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {told: model.find("no-mfa", "kinde", "ada", f"x{at}") for at, told in enumerate(WRONG)}
    model.write(settings)
    report = make(tmp_path / "out")
    edits = [{"of": found[told], **KEEP, **edit} for told, edit in WRONG.items()]
    assert decide(fill_in(report, report.folder / "filled.xlsx", *edits, {"of": DOOR, **KEEP})) == 1
    first, *problems = capsys.readouterr().err.splitlines()
    assert first.endswith(f"Nothing was recorded, because of {len(WRONG)} problems:")
    rows = {row["finding_id"]: at for at, row in enumerate(report.sheet("findings"), start=2)}
    for told, finding in found.items():
        named = [problem for problem in problems if f"  row {rows[finding]}, column " in problem]
        assert len(named) == 1
        assert told in named[0]
    assert recorded(settings) == []


def test_the_possible_owner_of_an_account_decides_on_their_own_access(
    model: SmallModel, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = model.find("no-mfa", "kinde", "ada2")
    model.write(settings)
    report = make(tmp_path / "out")
    decision = {"of": finding, **KEEP, "decided_by": "ada@example.com"}
    assert decide(fill_in(report, report.folder / "filled.xlsx", decision)) == 1
    assert "access of their own" in capsys.readouterr().err


def test_a_finding_that_is_gone_cannot_be_decided(
    report: Report,
    model: SmallModel,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    filled = fill_in(report, report.folder / "filled.xlsx", {"of": DOOR, **KEEP})
    model.tables["identity_findings"].pop()
    model.write(settings)
    assert decide(filled) == 1
    assert "the finding is gone" in capsys.readouterr().err
    assert recorded(settings) == []


def _doubled(report: Report) -> None:
    first, second, *_ = report.sheet("findings")
    ids = ("finding_id", "control_id", "source_id", "account_id", "subject")
    fill_in(
        report, report.workbook,
        {"of": first["finding_id"], **KEEP},
        {"of": second["finding_id"], **KEEP, **{name: first[name] for name in ids}},
    )  # fmt: skip


def _without_column(report: Report) -> None:
    book = openpyxl.load_workbook(report.workbook)
    book["findings"]["A1"] = "id"
    book.save(report.workbook)


def _foreign(report: Report) -> None:
    book = openpyxl.Workbook()
    book.save(report.workbook)


def _of_another_report(report: Report) -> None:
    manifest = {**report.manifest, "report_id": "0123456789abcdef"}
    (report.folder / "manifest.json").write_text(json.dumps(manifest))


def _edited_table(report: Report) -> None:
    path = report.folder / "findings.csv"
    path.write_text(path.read_text().replace("high", "low"))


SPOILT: dict[str, Callable[[Report], object]] = {
    "is there in more than one row": _doubled,
    "lacks finding_id": _without_column,
    "is not the workbook of a report": _foreign,
    "does not belong to the report": _of_another_report,
    "is not the file of which the manifest has the SHA-256": _edited_table,
    "is not a workbook in the format XLSX": lambda report: report.workbook.write_bytes(b"PK"),
    "not a workbook in": lambda report: zipfile.ZipFile(report.workbook, "w").close(),
    "There is no file": lambda report: report.workbook.unlink(),
    "There is no": lambda report: (report.folder / "manifest.json").unlink(),
    "is no manifest of a report": lambda report: (report.folder / "manifest.json").write_text("[]"),
}


@pytest.mark.parametrize("environment", ["duckdb"], indirect=True)
@pytest.mark.parametrize("told", SPOILT)
def test_a_workbook_or_report_that_is_spoilt_is_refused(
    told: str, report: Report, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    SPOILT[told](report)
    assert decide(report.workbook) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert recorded(settings) == []


def progress(report: Report) -> str:
    """What the report says of what was to be revoked."""
    text = report.page.text
    table = text[text.index("What was to be revoked") : text.index("What changed since")]
    return table.partition("Progress Decided What Why ")[2]


def test_what_was_to_be_revoked_is_followed_until_it_is_gone(
    report: Report, model: SmallModel, settings: Settings, tmp_path: Path
) -> None:
    assert decide(fill_in(report, report.folder / "x.xlsx", {"of": BOB_ADMIN, **REVOKE})) == 0
    with connect(settings, read_only=False) as warehouse:
        warehouse.execute(
            "update identity_review.identity_decisions set decided_on = cast($on as date)",
            on=(TODAY - timedelta(days=12)).isoformat(),
        )
        warehouse.commit()
    assert progress(make(tmp_path / "1")).startswith("still there after 12 days")
    finding = model.tables["identity_findings"].pop(3)
    assert finding["finding_id"] == BOB_ADMIN
    model.write(settings)
    assert progress(make(tmp_path / "2")).startswith("access still there after 12 days")
    version = next(
        row for row in model.tables["identity_access_history"]
        if row["account_id"] == "logto/user/bob"
    )  # fmt: skip
    version["valid_to"] = NOW
    model.write(settings)
    assert progress(make(tmp_path / "3")).startswith("gone noticed")


def test_what_is_no_longer_found_is_gone_only_if_somebody_looked(
    report: Report, model: SmallModel, settings: Settings, tmp_path: Path
) -> None:
    assert decide(fill_in(report, report.folder / "x.xlsx", {"of": DOOR, **REVOKE})) == 0
    model.tables["identity_findings"].pop()
    model.write(settings)
    assert progress(make(tmp_path / "1")).startswith("no longer found as of")
    with connect(settings, read_only=False) as warehouse:
        warehouse.execute("update identity.identity_control_status set evidence = 'not current'")
        warehouse.commit()
    assert progress(make(tmp_path / "2")).startswith("cannot tell")


def test_an_acceptance_ends(report: Report, settings: Settings, tmp_path: Path) -> None:
    assert decide(fill_in(report, report.folder / "x.xlsx", {"of": ROBOT, **ACCEPT})) == 0
    with connect(settings, read_only=False) as warehouse:
        warehouse.execute(
            "update identity_review.identity_decisions set accept_until = cast($day as date)",
            day=(TODAY - timedelta(days=1)).isoformat(),
        )
        warehouse.commit()
    after = make(tmp_path / "after")
    assert {row["finding_id"]: row["state"] for row in after.table("findings")}[ROBOT] == "open"
    assert "open again" in after.page.text


def test_the_workbook_offers_the_decisions(reported: Reported) -> None:
    report = reported.report
    sheet = openpyxl.load_workbook(report.workbook)["findings"]
    columns = {cell.value: get_column_letter(place) for place, cell in enumerate(sheet[1], 1)}
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    last = len(report.table("findings")) + 1
    choices = rules[f"{columns['decision']}2:{columns['decision']}{last}"]
    assert (choices.type, choices.formula1) == ("list", '"keep,revoke,accept until"')
    for name in ("accept_until", "decided_on"):
        assert rules[f"{columns[name]}2:{columns[name]}{last}"].type == "date"
    assert (sheet.freeze_panes, sheet.auto_filter.ref is not None) == ("B2", True)
