"""What the page shows, section by section, as the templates need it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from access_review.charts import COUNTED, Chart, counted, named, stacked
from access_review.query import LISTED, LISTED_CHANGES, LISTED_GROUPS, LISTED_ROWS, NOT_INFO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from access_review.exports import Export
    from access_review.query import Query
    from access_review.warehouse import Row

SIDE_BY_SIDE = 6
"""Systems that a table shows side by side: more do not fit on a sheet of paper."""

SEVERITIES = ("high", "medium", "low", "info")

DOUBTFUL = ("not current", "stale", "never complete", "skipped")
"""States of a stream that a reviewer has to know of before anything else."""


@dataclass(frozen=True)
class Group:
    """Findings of one person, resource, or question in a system: some, or all of them."""

    key: str
    total: int
    counts: Mapping[str, int]
    rows: Sequence[Row]

    @property
    def first(self) -> Row:
        return self.rows[0]


@dataclass(frozen=True)
class Question:
    """A control, with its answer for each source."""

    control: Row
    answers: Mapping[str, Row]

    @property
    def open_findings(self) -> int:
        return sum(answer["open_findings"] for answer in self.answers.values())


@dataclass(frozen=True)
class Holder:
    """A person with the accounts in each source, or an account of nobody who is known."""

    first: Row
    accounts: Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Tile:
    """A figure, and where its rows are."""

    value: int
    label: str
    href: str


class Content:
    """The sections of a report."""

    def __init__(
        self,
        query: Query,
        exports: Sequence[Export],
        report_id: str,
        made_at: datetime,
        manifest_sha256: str,
    ) -> None:
        self._query = query
        self.exports = {each.name: each for each in exports}
        self.report_id = report_id
        self.made_at = made_at
        self.manifest_sha256 = manifest_sha256
        self.sources = query.sources
        self.since = query.since
        self.figures = query.rows("figures")[0]

    sections = (
        ("evidence-now", "Is the evidence current?"),
        ("figures", "Figures"),
        ("questions", "Questions and answers"),
        ("findings", "Findings"),
        ("decisions", "Decisions"),
        ("changes", "What changed"),
        ("people", "Who has access"),
        ("credentials", "Credentials"),
        ("evidence", "Evidence"),
        ("sign-off", "Sign-off"),
    )
    """Anchors and titles."""

    @cached_property
    def source_groups(self) -> list[Sequence[Row]]:
        """The sources, as many together as fit side by side."""
        return [
            self.sources[start : start + SIDE_BY_SIDE]
            for start in range(0, len(self.sources), SIDE_BY_SIDE)
        ]

    @cached_property
    def source_names(self) -> dict[str, str]:
        return {row["source_id"]: row["source_name"] for row in self.sources}

    @cached_property
    def evidence(self) -> dict[str, list[Row]]:
        """The streams of each source."""
        return grouped(self._query.rows("evidence"), "source_id", self.source_names)

    @cached_property
    def doubtful(self) -> dict[str, list[Row]]:
        """Of each source with some, the streams that are old, or were never read completely."""
        found = {
            source: [row for row in rows if row["state"] in DOUBTFUL]
            for source, rows in self.evidence.items()
        }
        return {source: rows for source, rows in found.items() if rows}

    @cached_property
    def unread(self) -> list[str]:
        """Sources of which no stream was ever read."""
        return [row["source_id"] for row in self.sources if not row["streams_read"]]

    @cached_property
    def questions(self) -> list[Question]:
        """The controls, those of the highest severity first."""
        rows = self._query.rows("controls")
        return [
            Question(answers[0], {row["source_id"]: row for row in answers})
            for answers in grouped(rows, "control_id").values()
        ]

    @cached_property
    def answers(self) -> list[Row]:
        """The answers to all questions for all sources to which they apply."""
        return [
            answer
            for question in self.questions
            for answer in question.answers.values()
            if answer["status"] != "not applicable"
        ]

    @cached_property
    def missing(self) -> dict[str, int]:
        """How many answers are missing, by what is wrong with their evidence."""
        given = ("findings", "passed", "accepted")
        found = (row["evidence"] for row in self.answers if row["status"] not in given)
        return dict(sorted(Counter(found).items()))

    @property
    def unanswered(self) -> int:
        return sum(self.missing.values())

    @cached_property
    def severities(self) -> dict[str, int]:
        """Open findings by severity."""
        counts = dict.fromkeys(SEVERITIES, 0)
        for question in self.questions:
            counts[question.control["severity"]] += question.open_findings
        return counts

    @cached_property
    def open_findings(self) -> int:
        """Open findings, without what is only information."""
        return sum(self.severities[each] for each in SEVERITIES if each != "info")

    @cached_property
    def states(self) -> dict[str, int]:
        """Findings by what was decided of them, without what is only information."""
        return {row["state"]: row["findings"] for row in self._query.rows("states")}

    @cached_property
    def by_question(self) -> dict[tuple[str, str], Group]:
        """Findings of each question in each source."""
        found = self.exports["findings.csv"].rows
        cells = sum(answer["findings"] > 0 for answer in self.answers)
        each = LISTED if found <= LISTED else max(1, LISTED // max(1, cells))
        groups = self._groups("control_id || ' ' || source_id", LISTED, each)
        return {(g.first["control_id"], g.first["source_id"]): g for g in groups}

    @cached_property
    def by_person(self) -> list[Group]:
        """Findings of each person, or account of nobody who is known, the gravest first."""
        return self._groups("coalesce(person_id, account_id)", LISTED_GROUPS, self._each, NOT_INFO)

    @cached_property
    def by_resource(self) -> list[Group]:
        """Findings in each organization, project or other place, the gravest first."""
        return self._groups("scope_id", LISTED_GROUPS, self._each, NOT_INFO)

    @property
    def _each(self) -> int:
        found = self.exports["findings.csv"].rows
        return LISTED if found <= LISTED else LISTED // LISTED_GROUPS

    @cached_property
    def listed(self) -> frozenset[str]:
        """Ids of the findings that have a row of their own on the page."""
        return frozenset(
            row["finding_id"] for group in self.by_question.values() for row in group.rows
        )

    @cached_property
    def changes(self) -> list[list[Row]]:
        """Changes, the latest first: those of one account in one place together."""
        order = "noticed_at desc, source_id, account_id, scope_id, change, told_at, told_actor"
        rows = self._query.rows(
            "changes", order=f"{order}, is_privileged desc, entitlement", limit=LISTED_CHANGES
        )
        alike = (
            "noticed_at",
            "after_at",
            "account_id",
            "scope_id",
            "change",
            "told_at",
            "told_actor",
        )
        return [list(found) for _, found in groupby(rows, itemgetter(*alike))]

    @cached_property
    def credentials(self) -> list[Row]:
        order = "active desc, expires_at, source_id, credential_id"
        return self._query.rows("credentials", order=order, limit=LISTED_ROWS)

    @cached_property
    def people(self) -> list[Holder]:
        return [each for each in self._holders if each.first["is_person"]]

    @cached_property
    def others(self) -> list[Holder]:
        """Service accounts, applications, and accounts of nobody who is known."""
        return [each for each in self._holders if not each.first["is_person"]]

    @cached_property
    def _holders(self) -> list[Holder]:
        rows = self._query.rows("holders", holders=LISTED_ROWS)
        return [
            Holder(accounts[0], grouped(accounts, "source_id"))
            for accounts in grouped(rows, "holder_id").values()
        ]

    @cached_property
    def revocations(self) -> list[Row]:
        """What was decided to be revoked, and whether it is gone."""
        return self._query.rows("revocations")

    @cached_property
    def charts(self) -> list[Chart]:
        names = self.source_names
        found = {source: dict.fromkeys(SEVERITIES[:3], 0) for source in names}
        for question in self.questions:
            for source, answer in question.answers.items():
                if (severity := question.control["severity"]) != "info":
                    found[source][severity] += answer["open_findings"]
        by_question = {
            question.control["title"]: {question.control["severity"]: question.open_findings}
            for question in self.questions
            if question.open_findings and question.control["severity"] != "info"
        }
        return [
            stacked("Open findings by system", "#questions", SEVERITIES[:3], named(found, names)),
            stacked("Open findings by question", "#findings", SEVERITIES[:3], by_question),
            *(counted(each, self._query.rows(each.section), names) for each in COUNTED),
        ]

    @cached_property
    def tiles(self) -> list[Tile]:
        """The figures at the top, each with where its rows are."""
        figures = self.figures
        decided = sum(count for state, count in self.states.items() if state != "open")
        return [
            Tile(
                self.open_findings, f"open findings, {self.severities['high']:,} high", "#findings"
            ),
            Tile(
                decided,
                f"findings decided, {self.states.get('to be revoked', 0):,} to be revoked",
                "#decisions",
            ),
            Tile(figures["people"], "people", "#people"),
            Tile(
                figures["active_accounts"],
                f"active accounts, of {figures['accounts']:,}",
                "accounts.csv",
            ),
            Tile(figures["active_rights"], "rights in force", "access.csv"),
            Tile(
                figures["privileged_accounts"],
                "accounts with privileged rights",
                "#q-privileged-access",
            ),
            Tile(self.exports["changes.csv"].rows, "changes of access", "#changes"),
            Tile(self.exports["credentials.csv"].rows, "credentials", "#credentials"),
        ]

    def anchor(self, control_id: str, source_id: str) -> str:
        """The id of a question's answer for a source."""
        return f"a-{control_id}-{list(self.source_names).index(source_id)}"

    @staticmethod
    def references(control: Row) -> str:
        """Where standards ask a question."""
        names = (
            ("SOC 2", "soc2"),
            ("ISO 27001", "iso27001"),
            ("NIST 800-53", "nist_800_53"),
            ("CIS", "cis_8"),
        )
        return " · ".join(f"{name} {control[column]}" for name, column in names if control[column])

    @staticmethod
    def alike(rows: Sequence[Row]) -> list[tuple[tuple[str, datetime | None, str], list[Row]]]:
        """Streams together that are in the same state for the same reason."""
        groups: dict[tuple[str, datetime | None, str], list[Row]] = {}
        for row in rows:
            reason = row["last_reason"] or ""
            groups.setdefault((row["state"], row["as_of"], reason), []).append(row)
        return list(groups.items())

    def _groups(self, key: str, groups: int, each: int, condition: str = "true") -> list[Group]:
        rows = self._query.groups(key, groups=groups, each=each, condition=condition)
        return [
            Group(key, found[0]["total"], {name: found[0][name] for name in SEVERITIES[:3]}, found)
            for key, found in grouped(rows, "group_key").items()
        ]


def grouped(
    rows: Sequence[Row], column: str, keys: Mapping[str, str] | None = None
) -> dict[str, list[Row]]:
    """Rows by the value of a column, in the order in which the values occur, or of some keys."""
    groups: dict[str, list[Row]] = {key: [] for key in keys or ()}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
