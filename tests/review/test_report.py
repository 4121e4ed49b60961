"""A report says what the access model says, in files that prove what they are."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from access_review.cli import main
from access_review.content import Content
from tests.review.reports import make
from tests.review.small import TODAY, SmallModel

if TYPE_CHECKING:
    from pathlib import Path

    from access_review.settings import Settings
    from tests.review.conftest import Reported


def test_the_files_hold_the_rows_of_the_model(reported: Reported) -> None:
    model, report = reported.model, reported.report
    for name, key, table in (
        ("findings", "finding_id", "identity_findings"),
        ("access", "access_id", "identity_effective_access"),
        ("credentials", "credential_id", "identity_credentials"),
        ("accounts", "account_id", "identity_accounts"),
    ):
        expected = sorted(row[key] for row in model.tables[table])
        assert sorted(row[key] for row in report.table(name)) == expected
        assert sorted(row[key] for row in report.sheet(name)) == expected
    assert [row["change"] for row in report.table("changes")] == ["granted"]
    assert len(report.table("evidence")) == len(model.tables["identity_stream_status"])
    assert len(report.table("controls")) == len(model.tables["identity_control_status"])
    finding = report.table("findings")[0]
    assert (finding["severity"], finding["person"], finding["entitlement"], finding["scope"]) == (
        "high", "Bob", "Admin", "Tenant of logto",
    )  # fmt: skip


def test_the_manifest_proves_the_files_and_the_page_the_manifest(reported: Reported) -> None:
    report = reported.report
    written = {path.name for path in report.folder.iterdir()}
    told = {file["name"]: file for file in report.manifest["files"]}
    assert written == {*told, "manifest.json", "access-review.html"}
    for name, file in told.items():
        content = (report.folder / name).read_bytes()
        assert (file["sha256"], file["bytes"]) == (
            hashlib.sha256(content).hexdigest(), len(content),
        )  # fmt: skip
        if name.endswith(".csv"):
            assert file["rows"] == len(report.table(name.removesuffix(".csv")))
    manifest = (report.folder / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() in report.page.text
    sources = {row["source_id"]: row for row in report.manifest["sources"]}
    assert sources["kinde"]["sync_ids"] == ["sync-of-kinde"]
    assert sources["zitadel"]["oldest_as_of"] is None


def test_the_page_needs_nothing_but_itself(reported: Reported) -> None:
    page = reported.report.page
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "form", "base", "link"}
    policies = [
        attributes["content"]
        for name, attributes in page.elements
        if name == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert str(policies[0]).startswith("default-src 'none'; style-src 'sha256-")
    assert all("style" not in attributes for _, attributes in page.elements)
    assert not [link for link in page.links if ":" in link]


def test_each_number_leads_to_its_rows(reported: Reported) -> None:
    report = reported.report
    page = report.page
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        target = link.removeprefix("#")
        assert target in page.ids if link.startswith("#") else (report.folder / link).is_file()
    assert {f"f-{row['finding_id']}" for row in report.table("findings")} <= set(page.ids)


def test_what_is_not_known_is_not_called_passed(model: SmallModel, tmp_path: Path) -> None:
    report = make(tmp_path / "out", "--source", "zitadel")
    assert "✓ none" not in report.page.text.replace("✓ none is said", "")
    assert "Not all evidence is current" in report.page.text
    assert "no stream was ever read completely" in report.page.text


def test_a_stream_that_is_not_current_is_named_first(
    model: SmallModel, settings: Settings, tmp_path: Path
) -> None:
    stream = model.tables["identity_stream_status"][0]
    stream.update(state="not current", last_reason="GET /roles answered 500")
    model.tables["identity_sources"].pop()  # zitadel
    model.write(settings)
    text = make(tmp_path / "out").page.text
    assert "Not all evidence is current" in text
    assert text.index("GET /roles answered 500") < text.index("open findings")
    stream.update(state="complete", last_reason=None)
    model.write(settings)
    assert "All evidence that is loaded is current" in make(tmp_path / "better").page.text


def test_accounts_that_may_be_a_persons_are_shown_with_them(reported: Reported) -> None:
    text = reported.report.page.text
    row = text[text.index("People and their access in each system") :]
    row = row[row.index("Ada ada@example.com") : row.index("Bob bob@example.com")]
    assert "1 right , 1 privileged" in row
    assert "perhaps Ada2" in row


def test_a_source_alone(model: SmallModel, tmp_path: Path) -> None:
    report = make(tmp_path / "out", "--source", "kinde")
    for name in ("findings", "access", "accounts", "evidence", "controls"):
        assert {row["source_id"] for row in report.table(name)} == {"kinde"}
    assert "Bob" not in report.page.text
    assert [row["source_id"] for row in report.manifest["sources"]] == ["kinde"]


def test_changes_since_a_day(model: SmallModel, tmp_path: Path) -> None:
    report = make(tmp_path / "out", "--since", f"{TODAY.year - 1}-01-01")
    assert [row["change"] for row in report.table("changes")] == ["granted", "revoked"]


def test_a_report_is_never_mixed_with_another(
    model: SmallModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = make(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in report.folder.iterdir()}
    assert main(["--out", str(report.folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in report.folder.iterdir()} == before


def test_a_report_that_fails_leaves_nothing(
    model: SmallModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Content, "__init__", fail)
    with pytest.raises(RuntimeError):
        main(["--out", str(tmp_path / "to/out")])
    assert os.listdir(tmp_path / "to") == []


def test_a_long_table_is_in_its_file_and_the_sheet_says_so(
    model: SmallModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("access_review.workbook.LONGEST_SHEET", 3)
    report = make(tmp_path / "out")
    assert len(report.table("access")) == len(model.tables["identity_effective_access"])
    assert [next(iter(row.values())) for row in report.sheet("access")] == [
        "5 rows are too many for a sheet: all are in access.csv"
    ]


def test_the_files_do_not_say_where_the_database_is(reported: Reported) -> None:
    environment = reported.environment
    place = environment.get("DBT_DUCKDB_PATH") or environment["TARGET_POSTGRES_SQLALCHEMY_URL"]
    place = place.partition("?host=")[2] or place
    for path in reported.report.folder.iterdir():
        assert place.encode() not in path.read_bytes(), path
