"""What the report asks of the database: one statement for each section, in `sql/`.

What makes a finding, what is privileged and what can be trusted is decided in the access model;
here rows are only joined with names, counted and put in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from access_review.decisions import TABLE, no_decisions
from access_review.errors import ReviewError
from access_review.warehouse import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from access_review.warehouse import Row, Warehouse

NEEDED = frozenset(
    "identity_" + name
    for name in (
        "access_changes", "access_history", "account_history", "account_people", "accounts",
        "control_status", "controls", "credentials", "effective_access", "entitlements",
        "findings", "people", "resources", "sources", "stream_status",
    )
)  # fmt: skip
"""The tables of the access model that the report reads."""

LISTED = 2000
"""Findings that are listed in the HTML, about: beyond that, some of each group stand for all."""

LISTED_GROUPS = 200
"""People, and resources, whose findings are listed in the HTML."""

LISTED_CHANGES = 2000
"""Changes in the HTML."""

LISTED_ROWS = 500
"""Rows of the other tables in the HTML: people, other accounts and credentials."""

NOT_INFO = "severity <> 'info' and state in ('open', 'to be revoked')"


@dataclass(frozen=True)
class Query:
    """What the access model says of some sources.

    Attributes:
        sources: The rows of `identity_sources`, with when they were read.
        since: From when on changes are shown.
        today: The date of the report.
    """

    warehouse: Warehouse
    sources: Sequence[Row]
    since: date
    today: date
    has_decisions: bool

    @property
    def values(self) -> dict[str, Any]:
        """The parameters that statements may use."""
        return {
            "sources": [row["source_id"] for row in self.sources],
            "since": self.since.isoformat(),
            "today": self.today.isoformat(),
        }

    def statement(self, name: str, **parts: str) -> str:
        """The SQL of a section, with parts of it filled in."""
        schema = quoted(self.warehouse.settings.review_schema)
        given = {
            **parts,
            "findings": _text("findings"),
            "decisions": f"{schema}.{TABLE}" if self.has_decisions else no_decisions(),
        }
        text = _text(name)
        for part, replacement in given.items():
            text = text.replace(f"{{{part}}}", replacement)
        return text

    def rows(self, name: str, *, order: str = "", limit: int = 0, **values: Any) -> list[Row]:
        """The rows of a section, or the first of them."""
        statement = self.statement(name)
        if order:
            statement += f"\norder by {order}"
        if limit:
            statement += f"\nlimit {limit}"
        return self.warehouse.rows(statement, **self.values, **values)

    def groups(self, key: str, *, groups: int, each: int, condition: str = "true") -> list[Row]:
        """Findings in groups of one `key`, the gravest first: some groups, some of each."""
        statement = self.statement("groups", group=key, condition=condition)
        return self.warehouse.rows(statement, **self.values, groups=groups, each=each)


def check_model(warehouse: Warehouse) -> None:
    """See that the access model is there."""
    schema = warehouse.settings.schema
    if missing := sorted(NEEDED - warehouse.tables(schema)):
        raise ReviewError(
            f"The schema {schema!r} lacks {', '.join(missing)}: run `dbt build` with the same "
            "profile (transform/README.md), or set DBT_SCHEMA."
        )


def open_query(warehouse: Warehouse, sources: Sequence[str], since: date, today: date) -> Query:
    """Look what the access model says of which sources."""
    check_model(warehouse)
    decided = TABLE in warehouse.tables(warehouse.settings.review_schema)
    query = Query(warehouse, (), since, today, decided)
    known = query.rows("sources")
    ids = [row["source_id"] for row in known]
    if unknown := [source for source in sources if source not in ids]:
        raise ReviewError(
            f"There is no source {unknown[0]!r}; the access model has {', '.join(ids) or 'none'}."
        )
    chosen = [row for row in known if not sources or row["source_id"] in sources]
    return Query(warehouse, chosen, since, today, decided)


def _text(name: str) -> str:
    path = files("access_review").joinpath(f"sql/{name}.sql")
    return path.read_text(encoding="utf-8").rstrip()


def holder_addresses(warehouse: Warehouse, finding_ids: Sequence[str]) -> dict[str, set[str]]:
    """Of each finding that is there, the addresses of whose access it may be about."""
    check_model(warehouse)
    rows = warehouse.rows(_text("holder_addresses"), finding_ids=list(finding_ids))
    addresses: dict[str, set[str]] = {row["finding_id"]: set() for row in rows}
    for row in rows:
        if row["email"]:
            addresses[row["finding_id"]].add(row["email"].strip())
    return addresses
