"""Which rows a warehouse has marked as deleted, named so that people can read them.

Tables, keys and names come from the database alone, whatever taps and streams filled it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.warehouse import Database

TABLES = """
select c.table_name as name, array_remove(array_agg(k.column_name::text
       order by k.ordinal_position), null) as key
from information_schema.columns c
left join information_schema.table_constraints p
  on (p.table_schema, p.table_name) = (c.table_schema, c.table_name)
  and p.constraint_type = 'PRIMARY KEY'
left join information_schema.key_column_usage k
  on (k.table_schema, k.constraint_name) = (p.table_schema, p.constraint_name)
where c.table_schema = %(schema)s and c.column_name = '_sdc_deleted_at'
group by c.table_name order by c.table_name
"""

NAMES = (
    ("display_name",), ("full_name",), ("name",), ("first_name", "last_name"), ("key",), ("email",),
)  # fmt: skip
"""The columns that name a row, the best first."""

SHOWN = 5
"""How many values are listed before the others are only counted."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Removals:
    """The rows of a table that are marked as deleted.

    Attributes:
        which: What they are, in a line for those that differ in one thing only.
    """

    table: str
    count: int
    which: list[str]


def removals(database: Database, schema: str) -> list[Removals]:
    """What is marked as deleted in a schema, by table."""
    tables = {row["name"]: row["key"] for row in database.query(TABLES, schema=schema)}
    rows = {name: database.query(f'select * from {schema}."{name}"') for name in tables}  # noqa: S608
    names: dict[str, str] = {}
    for table, key in tables.items():
        if len(key) == 1:
            found = {str(row[key[0]]): name for row in rows[table] if (name := name_of(row))}
            names.update(found)
    gone = {t: [row for row in rows[t] if row["_sdc_deleted_at"]] for t in tables}
    return [
        Removals(table, len(each), grouped([described(row, tables[table], names) for row in each]))
        for table, each in gone.items()
        if each
    ]


def name_of(row: Row) -> str:
    """What people call it, or nothing."""
    candidates = ([row.get(each) for each in columns] for columns in NAMES)
    return next((" ".join(map(str, each)) for each in candidates if all(each)), "")


def described(row: Row, key: Sequence[str], names: dict[str, str]) -> tuple[str, ...]:
    """A row by its key: names instead of ids, and where an id has none, what else it refers to."""
    told, opaque = [], False
    for column in key:
        value = str(row[column])
        opaque = opaque or (value not in names and column.endswith("id") and bool(value))
        told.append(names.get(value, "" if column.endswith("id") else value))
    if opaque:
        told += [names[str(value)] for value in row.values() if str(value) in names]
    return tuple(dict.fromkeys(filter(None, told)))


def grouped(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as lines; those that differ at one place are one line, with the values of that place."""
    lines = []
    for size in sorted({len(row) for row in rows}):
        same = [row for row in rows if len(row) == size]
        place = min(range(size), key=lambda at: len({row[:at] + row[at + 1 :] for row in same}))
        groups: dict[tuple[str, ...], Counter[str]] = {}
        for row in sorted(same):
            rest = row[:place] + row[place + 1 :]
            groups.setdefault(rest, Counter())[row[place]] += 1
        lines += [line(rest, values) for rest, values in groups.items()]
    return lines


def line(rest: tuple[str, ...], values: Counter[str]) -> str:
    """What a group has in common, and its values."""
    shown = [name if n == 1 else f"{name} ({n} times)" for name, n in values.items()]
    more = [f"and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    told = ", ".join(shown[:SHOWN] + more)
    return f"{', '.join(rest)}: {told}" if rest else told
