"""Files that loaders write, in a folder or in S3, and their formats."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

import requests

from tests.loaders.destinations import Answers, Destination, dumped, sqlite_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tests.loaders.feed import Row
    from tests.loaders.services import Services


class Files(Destination):
    """A folder of files, read as a whole; their rows are put into SQLite to be asked."""

    tables = '"{table}"'
    text = True

    def __init__(self, form: FileFormat, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.form = form
        self.empty_is_null = form.empty_is_null

    def prepare(self, schema: str) -> None:
        (self.folder / schema).mkdir(parents=True, exist_ok=True)

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        self.fetch(schema)
        with closing(sqlite3.connect(":memory:")) as connection:
            for table, rows in self.form.rows(self.folder / schema, self.services).items():
                fill(connection, table, rows)
            try:
                return [sqlite_rows(connection, query) for query in queries]
            except sqlite3.Error as error:
                raise LookupError(str(error)) from error

    def fetch(self, schema: str) -> None:
        """See that the files are in the folder."""


class S3(Files):
    """A bucket of an S3 server."""

    def __init__(self, form: FileFormat, name: str, folder: Path, services: Services) -> None:
        super().__init__(form, name, folder, services)
        self.bucket = name.replace("_", "-")
        self.url = f"{services.s3}/{self.bucket}"
        requests.put(self.url, timeout=10).raise_for_status()
        self.places |= {"endpoint": services.s3, "bucket": self.bucket}
        self.environment = {
            "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": services.s3,
        }  # fmt: skip

    def fetch(self, schema: str) -> None:
        """Copy the objects below the schema's name."""
        listing = requests.get(self.url, {"list-type": "2", "prefix": schema}, timeout=10)
        for key in ElementTree.fromstring(listing.content).iterfind(".//{*}Key"):
            assert key.text is not None
            path = self.folder / key.text
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(requests.get(f"{self.url}/{quote(key.text)}", timeout=10).content)


def fill(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    """Make a table of rows, without types."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    names = ", ".join(f'"{name.lower()}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    connection.execute(f'create table "{table}" ({names})')
    connection.executemany(
        f'insert into "{table}" values ({marks})',
        ([_stored(row.get(name)) for name in columns] for row in rows),
    )


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value


@dataclass(frozen=True)
class FileFormat:
    """How the rows of a folder's tables are read.

    Attributes:
        name: What a file's name must match: `table` is the group that names the table.
        read: The rows of a file.
        empty_is_null: Whether it has no other form for null than empty text.
    """

    name: str
    read: Callable[[Path, Services], Iterable[Row]]
    empty_is_null: bool = False

    def rows(self, folder: Path, services: Services) -> dict[str, list[Row]]:
        """The rows of each table, those of older files first."""
        found: dict[str, list[Row]] = {}
        for path in sorted(folder.rglob("*"), key=lambda path: path.stat().st_mtime_ns):
            relative = path.relative_to(folder).as_posix()
            if path.is_file() and (match := re.fullmatch(self.name, relative)):
                found.setdefault(match["table"], []).extend(self.read(path, services))
        return found


def read_jsonl(path: Path, services: Services) -> list[Row]:
    """One row a line."""
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def read_messages(path: Path, services: Services) -> list[Row]:
    """Singer messages, one a line."""
    messages = [json.loads(line) for line in path.read_text().split("\n") if line]
    return [each["record"] for each in messages if each["type"] == "RECORD"]


def read_csv(path: Path, services: Services) -> list[Row]:
    """A row a record, with a header."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_parquet(path: Path, services: Services) -> list[Row]:
    """A file of Parquet, read by DuckDB."""
    return dumped(services, "duckdb", {}, [f"select * from read_parquet('{path}')"])[0]
