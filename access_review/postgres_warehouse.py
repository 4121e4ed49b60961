"""PostgreSQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from access_review.errors import ReviewError
from access_review.warehouse import BATCH, Warehouse, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from access_review.settings import Settings
    from access_review.warehouse import Row

TEXT = {"text", "varchar", "bpchar", "name"}

REASONS = {
    "authentication failed": "it does not accept the user or the password",
    "no password supplied": "it asks for a password, and none is set",
    "no pg_hba.conf entry": "it does not accept connections of this user from this machine",
    "database .* does not exist": "it has no such database",
    "role .* does not exist": "it has no such user",
    "translate host name|resolve host|Name or service": "its host name is not known",
    "refused|No such file|not exist": "nothing answers there",
    "time(d )?out": "it does not answer in time",
    "SSL|certificate": "there is no agreement on TLS",
}
"""What libpq says, and the same without names of hosts, users and databases."""


class Postgres(Warehouse):
    """A connection to PostgreSQL."""

    def __init__(self, settings: Settings, *, read_only: bool) -> None:
        super().__init__(settings)
        parameters = {"connect_timeout": "15", "application_name": "access-review"}
        try:
            self._connection = psycopg.connect("", **{**parameters, **settings.parameters})  # type: ignore[arg-type]
        except (psycopg.Error, UnicodeError) as error:
            raise ReviewError(f"Cannot connect to PostgreSQL: {_reason(str(error))}.") from None
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = read_only
        path = ", ".join(map(quoted, (settings.schema, settings.review_schema)))
        self._connection.execute("select set_config('search_path', %s, false)", (path,))

    def reason(self, error: BaseException) -> str | None:
        if not isinstance(error, psycopg.Error):
            return None
        return error.diag.message_primary or "the connection was lost"

    def rows(self, statement: str, **values: Any) -> list[Row]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_translated(statement), values).fetchall()

    def columns(self, statement: str, **values: Any) -> list[tuple[str, bool]]:
        limited = f"select * from ({statement}) as described limit 0"
        described = self._connection.execute(_translated(limited), values).description or ()
        names = {each.oid: each.name for each in self._connection.adapters.types}
        return [(each.name, names.get(each.type_code) in TEXT) for each in described]

    def batches(self, statement: str, **values: Any) -> Iterator[Sequence[tuple[Any, ...]]]:
        with self._connection.cursor(name="access_review") as cursor:
            cursor.execute(_translated(statement), values)
            while batch := cursor.fetchmany(BATCH):
                yield batch

    def write_csv(self, statement: str, path: Path, **values: Any) -> int:
        copied = f"copy ({statement}) to stdout with (format csv, header)"
        with path.open("wb") as file, self._connection.cursor() as cursor:
            with cursor.copy(_translated(copied), values) as copy:
                for block in copy:
                    file.write(block)
            return cursor.rowcount

    def execute(self, statement: str, **values: Any) -> None:
        self._connection.execute(_translated(statement), values)

    def commit(self) -> None:
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()


def _translated(statement: str) -> sql.SQL:
    """A statement with the parameters of psycopg."""
    return sql.SQL(re.sub(r"\$(\w+)", r"%(\1)s", statement.replace("%", "%%")))


def _reason(text: str) -> str:
    found = (reason for words, reason in REASONS.items() if re.search(words, text, re.IGNORECASE))
    return next(found, "it refused") + "; check the variables or the profile that name it"
