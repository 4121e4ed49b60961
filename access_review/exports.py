"""The tables of a report: what is in the CSV files and in the sheets of the workbook."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from access_review.text import FORMULA_STARTS
from access_review.warehouse import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from access_review.query import Query


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        section: Its statement in `sql/`, and the name of its CSV file.
        order: Columns that put its rows into an order without ties.
    """

    section: str
    order: str

    def ordered(self, query: Query, columns: str = "*") -> str:
        """The statement of its rows, in order."""
        rows = query.statement(self.section)
        return f"select {columns} from ({rows}) as exported order by {self.order}"


BY_SEVERITY = "case severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end"

TABLES = (
    Table("findings", f"{BY_SEVERITY}, title, source_id, person, account, scope, finding_id"),
    Table("access", "source_id, account_id, entitlement_id, scope_id"),
    Table("changes", "noticed_at desc, source_id, history_id, change"),
    Table("credentials", "source_id, credential_id"),
    Table("accounts", "source_id, account_id"),
    Table("evidence", "source_id, stream"),
    Table("controls", f"{BY_SEVERITY}, title, control_id, source_id"),
    Table("decisions", "recorded_at, decision_id"),
)


@dataclass(frozen=True)
class Export:
    """A file that a report consists of."""

    name: str
    rows: int
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path, rows: int) -> Export:
        """A file that has been written."""
        return cls(path.name, rows, path.stat().st_size, sha256(path))


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_csv(query: Query, table: Table, folder: Path) -> Export:
    """Let the database write a table to a CSV file, with text that could be a formula defused."""
    described = query.warehouse.columns(query.statement(table.section), **query.values)
    columns = ", ".join(
        _defused(quoted(name)) if is_text else quoted(name) for name, is_text in described
    )
    path = folder / f"{table.section}.csv"
    rows = query.warehouse.write_csv(table.ordered(query, columns), path, **query.values)
    return Export.of(path, rows)


def _defused(name: str) -> str:
    starts = ", ".join(f"chr({ord(each)})" for each in FORMULA_STARTS)
    is_formula = f"substr(ltrim({name}), 1, 1) in ({starts})"
    return f"case when {is_formula} then chr(39) || {name} else {name} end as {name}"
