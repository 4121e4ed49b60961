"""Files that loaders write, in a folder or in S3, and their formats."""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

import requests

from tests.loaders.destinations import Answers, Destination, Dumped, sqlite_rows

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
        self.pause = form.pause
        self.empty_is_null = form.empty_is_null

    def prepare(self, schema: str) -> None:
        (self.folder / schema).mkdir(parents=True, exist_ok=True)

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        self.fetch(schema)
        with closing(sqlite3.connect(":memory:")) as connection:
            for table, rows in self.form.rows(self.folder / schema).items():
                if rows:
                    fill(connection, table, rows)
            try:
                return [sqlite_rows(connection, query) for query in queries]
            except sqlite3.Error as error:
                raise LookupError(str(error)) from error

    def fetch(self, schema: str) -> None:
        """See that the files are in the folder."""


class S3(Files):
    """A bucket of an S3 server, whose objects are read as files."""

    def __init__(self, form: FileFormat, name: str, folder: Path, services: Services) -> None:
        super().__init__(form, name, folder, services)
        self.bucket = Bucket(self)

    def fetch(self, schema: str) -> None:
        self.bucket.fetch(schema)


class S3Parquet(Dumped):
    """A bucket of files of Parquet, a folder for each table; DuckDB reads them."""

    driver = "duckdb"
    text = True

    def __init__(self, name: str, folder: Path, services: Services) -> None:
        super().__init__(name, folder, services)
        self.arguments = {}
        self.bucket = Bucket(self)

    def table(self, schema: str, table: str) -> str:
        files = self.folder / schema / table / "**/*.parquet"
        return f"read_parquet('{files}', union_by_name => true)"

    def query(self, schema: str, queries: Sequence[str]) -> Answers:
        self.bucket.fetch(schema)
        return super().query(schema, queries)


class Bucket:
    """A bucket of the S3 server that a destination stands for."""

    def __init__(self, destination: Destination) -> None:
        self.folder = destination.folder
        name, server = destination.name.replace("_", "-"), destination.services.s3
        self.url = f"{server}/{name}"
        self._answer("PUT")
        destination.places |= {"endpoint": server, "bucket": name}
        destination.environment = {
            "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": server,
        }  # fmt: skip

    def fetch(self, schema: str) -> None:
        """Copy the objects below the schema's name."""
        listing = self._answer("GET", f"?list-type=2&prefix={schema}")
        for key in ElementTree.fromstring(listing).iterfind(".//{*}Key"):
            assert key.text is not None
            path = self.folder / key.text
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._answer("GET", f"/{quote(key.text)}"))

    def _answer(self, method: str, path: str = "") -> bytes:
        """The body of an answer about the bucket; whoever has a name is let in."""
        answer = requests.request(method, self.url + path, auth=("made-up", ""), timeout=10)
        answer.raise_for_status()
        return answer.content


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
        pause: Seconds between runs, where files are named by the second.
    """

    name: str
    read: Callable[[Path], Iterable[Row]]
    empty_is_null: bool = False
    pause: float = 0.0

    def rows(self, folder: Path) -> dict[str, list[Row]]:
        """The rows of each table, those of older files first."""
        found: dict[str, list[Row]] = {}
        for path in sorted(folder.rglob("*"), key=lambda path: path.stat().st_mtime_ns):
            relative = path.relative_to(folder).as_posix()
            if path.is_file() and (match := re.fullmatch(self.name, relative)):
                found.setdefault(match["table"], []).extend(self.read(path))
        return found


def read_jsonl(path: Path) -> list[Row]:
    """One row a line."""
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def read_messages(path: Path) -> list[Row]:
    """Singer messages, one a line, compressed."""
    with gzip.open(path, "rt") as file:
        messages = [json.loads(line) for line in file]
    return [each["record"] for each in messages if each["type"] == "RECORD"]


def read_csv(path: Path) -> list[Row]:
    """A row a record, with a header."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file, restkey="fields beyond the header"))
