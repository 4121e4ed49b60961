"""DuckDB."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from access_review.errors import ReviewError
from access_review.warehouse import BATCH, Warehouse, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from access_review.settings import Settings
    from access_review.warehouse import Row


class DuckDB(Warehouse):
    """A connection to a DuckDB database file."""

    def __init__(self, settings: Settings, *, read_only: bool) -> None:
        super().__init__(settings)
        path = settings.parameters["path"]
        if not Path(path).is_file():
            raise ReviewError("There is no DuckDB database at the path of the profile.")
        try:
            self._connection = duckdb.connect(
                path, read_only=read_only, config={"memory_limit": "1GB", "threads": 2}
            )
        except duckdb.Error as error:
            locked = "lock" in str(error).lower()
            reason = "another process has it open" if locked else "it is not a database of DuckDB"
            raise ReviewError(f"Cannot open the DuckDB database: {reason}.") from None
        self._connection.execute("begin")
        present = [
            quoted(schema).replace("'", "''")
            for schema in (settings.schema, settings.review_schema)
            if self.tables(schema)
        ]
        if present:
            self._connection.execute(f"set search_path = '{','.join(present)}'")

    def reason(self, error: BaseException) -> str | None:
        if not isinstance(error, duckdb.Error):
            return None
        return str(error).splitlines()[0].replace(self.settings.parameters["path"], "the database")

    def rows(self, statement: str, **values: Any) -> list[Row]:
        found = self._connection.execute(statement, _used(statement, values))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def columns(self, statement: str, **values: Any) -> list[tuple[str, bool]]:
        rows = self._connection.execute(f"describe {statement}", _used(statement, values))
        return [(row[0], row[1] == "VARCHAR") for row in rows.fetchall()]

    def batches(self, statement: str, **values: Any) -> Iterator[Sequence[tuple[Any, ...]]]:
        rows = self._connection.execute(statement, _used(statement, values))
        while batch := rows.fetchmany(BATCH):
            yield batch

    def write_csv(self, statement: str, path: Path, **values: Any) -> int:
        copied = f"copy ({statement}) to $path (format csv, header)"
        rows = self._connection.execute(copied, {**_used(statement, values), "path": str(path)})
        return int((rows.fetchone() or (0,))[0])

    def execute(self, statement: str, **values: Any) -> None:
        self._connection.execute(statement, _used(statement, values))

    def commit(self) -> None:
        self._connection.execute("commit")
        self._connection.execute("begin")

    def close(self) -> None:
        self._connection.close()


def _used(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values of the parameters that a statement has: others are an error to DuckDB."""
    return {name: values[name] for name in re.findall(r"\$(\w+)", statement)}
