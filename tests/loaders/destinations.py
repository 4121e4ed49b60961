"""Where loaders write, and how it is read back: each is asked in SQL."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.loaders.feed import Row
    from tests.loaders.services import Services

DUMP = Path(__file__).with_name("dump.py")
Answers = list[list["Row"]]


class Destination(ABC):
    """A database or a folder that is filled by one loader.

    Attributes:
        name: Of the case, unique among those that share a server.
        places: What stands for `{…}` in the loader's settings, beside `{schema}`.
        tables: How a table is named in a query; has places for the schema and the table.
        quote: What identifiers are quoted with.
        text: Whether rows come from files, where a column may be absent.
        pause: Seconds between runs.
        empty_is_null: Whether the format has no other form for null than empty text.
    """

    tables: ClassVar[str] = '"{schema}"."{table}"'
    quote: ClassVar[str] = '"'
    text: ClassVar[bool] = False
    pause: float = 0.0
    empty_is_null: bool = False

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        self.name = name
        self.folder = folder
        self.services = services
        self.places: dict[str, Any] = {"folder": str(folder)}
        self.environment: dict[str, str] = {}

    @abstractmethod
    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        """The rows of some queries."""

    def columns(self, schema: str) -> dict[str, set[str]]:
        """The columns of each table, in lower case."""
        raise NotImplementedError

    def table(self, schema: str, table: str) -> str:
        """A table's name in a query."""
        return self.tables.format(schema=schema, table=table)

    def prepare(self, schema: str) -> None:  # noqa: B027
        """Make what the loader expects to find."""


class Nowhere(Destination):
    """For a loader that is not expected to start."""

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        raise LookupError("it started, but nothing is known about where it writes")


class Postgres(Destination):
    """A database of an embedded PostgreSQL server."""

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.database = services.postgres.database(name)
        self.places |= {
            "url": self.database.sqlalchemy_url,
            "database": name,
            "host": str(services.postgres.folder),
            "port": 5432,
            "user": "postgres",
            "password": "made-up",
        }

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        with psycopg.connect(self.database.url, row_factory=dict_row) as connection:
            try:
                return [connection.execute(query.encode()).fetchall() for query in queries]
            except psycopg.Error as error:
                raise LookupError(str(error)) from error


class Dumped(Destination):
    """A database that is asked by a process of its own, which has the driver.

    Attributes:
        driver: A module with `connect`.
        arguments: What that is called with.
    """

    driver: ClassVar[str]
    arguments: dict[str, Any]

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        asked = {"driver": self.driver, "arguments": self.arguments, "queries": list(queries)}
        done = subprocess.run(
            [self.services.readers / "bin/python", DUMP],
            input=json.dumps(asked), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise LookupError(done.stderr.strip().splitlines()[-1])
        answers: Answers = json.loads(done.stdout)
        return answers


class DuckDb(Dumped):
    """A file of DuckDB."""

    driver = "duckdb"

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.arguments = {"database": f"{folder}/warehouse.duckdb", "read_only": True}


class FakeSnowflake(Dumped):
    """What fakesnow keeps of Snowflake: a file of DuckDB."""

    driver = "duckdb"

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.arguments = {"database": f"{folder}/WAREHOUSE.db", "read_only": True}
        self.places |= {
            "account": "fakesnow", "user": "made-up", "password": "made-up",
            "database": "WAREHOUSE",
        }  # fmt: skip

    def columns(self, schema: str) -> dict[str, set[str]]:
        query = (
            "select lower(table_name) as name, list(lower(column_name)) as names"
            f" from information_schema.columns where lower(table_schema) = '{schema}' group by 1"
        )
        return {row["name"]: set(row["names"]) for row in self.query(schema, [query])[0]}


class Translated(Destination):
    """A file that says which columns a loader would make of a schema."""

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        raise LookupError("it was given schemas only")

    def columns(self, schema: str) -> dict[str, set[str]]:
        tables = json.loads((self.folder / f"{schema}.columns.json").read_text())
        return {name: {column.lower() for column in columns} for name, columns in tables.items()}


class MariaDb(Dumped):
    """A MariaDB server on a local port."""

    driver = "pymysql"
    tables = "`{schema}`.`{table}`"
    quote = "`"

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.arguments = {"host": "127.0.0.1", "port": services.mariadb, "user": "root"}
        self.places |= self.arguments

    def prepare(self, schema: str) -> None:
        self.query(schema, [f"create database `{schema}`"])


class Sqlite(Destination):
    """A file of SQLite for each tap."""

    tables = '"{table}"'

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        with closing(sqlite3.connect(self.folder / f"{schema}.db")) as connection:
            try:
                return [sqlite_rows(connection, query) for query in queries]
            except sqlite3.Error as error:
                raise LookupError(str(error)) from error


def sqlite_rows(connection: sqlite3.Connection, query: str) -> list[Row]:
    """The rows of a query, by the names of their columns in lower case."""
    cursor = connection.execute(query)
    names = [column[0].lower() for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
