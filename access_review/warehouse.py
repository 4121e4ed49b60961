"""A connection to the database of the access model, of either engine.

Statements name tables without a schema and parameters as `$name`, in what both engines read alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from access_review.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from access_review.settings import Settings

Row = dict[str, Any]

BATCH = 2000
"""Rows that are fetched at once where there may be many."""


class Warehouse(ABC):
    """A connection: for reports one that cannot write, and sees the database as of one moment.

    Attributes:
        settings: What was connected to.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if error is not None and (reason := self.reason(error)):
            raise ReviewError(f"The database did not do what was asked: {reason}.") from None

    def has_schema(self, schema: str) -> bool:
        """Whether there is a schema that may be used."""
        named = "select schema_name from information_schema.schemata where schema_name = $schema"
        return bool(self.rows(named, schema=schema))

    def tables(self, schema: str) -> set[str]:
        """The names of the tables and views of a schema that may be read."""
        found = self.rows(
            "select table_name from information_schema.tables where table_schema = $schema",
            schema=schema,
        )
        return {row["table_name"] for row in found}

    @abstractmethod
    def rows(self, statement: str, **values: Any) -> list[Row]:
        """The rows of a query that has few."""

    @abstractmethod
    def reason(self, error: BaseException) -> str | None:
        """What an error of the engine says, without where the database is; null for others."""

    @abstractmethod
    def columns(self, statement: str, **values: Any) -> list[tuple[str, bool]]:
        """The columns of a query: their names, and whether each is text."""

    @abstractmethod
    def batches(self, statement: str, **values: Any) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The rows of a query that may have many."""

    @abstractmethod
    def write_csv(self, statement: str, path: Path, **values: Any) -> int:
        """Let the database write the rows of a query to a CSV file; their number."""

    @abstractmethod
    def execute(self, statement: str, **values: Any) -> None:
        """Change something. It holds after `commit`."""

    @abstractmethod
    def commit(self) -> None:
        """Make what was changed last."""

    @abstractmethod
    def close(self) -> None:
        """End the connection, and forget what was not committed."""


def connect(settings: Settings, *, read_only: bool = True) -> Warehouse:
    """Connect to the database of the access model."""
    try:
        if settings.engine == "duckdb":
            from access_review.duckdb_warehouse import DuckDB

            return DuckDB(settings, read_only=read_only)
        from access_review.postgres_warehouse import Postgres

        return Postgres(settings, read_only=read_only)
    except ImportError as error:
        raise ReviewError(
            f"{error.name} is not installed: pip install 'identity-taps[review]'."
        ) from None


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
