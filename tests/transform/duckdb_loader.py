"""A loader of Singer messages into DuckDB, in each of the shapes that loaders make of arrays.

It is run by dbt's Python, which has DuckDB and nothing of this project.
"""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = ("lists", "text", "append")
"""Arrays and objects as lists and structs; as JSON in text; so too, and each run only appends."""

SCALARS = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}


def load(connection: Any, schema: str, messages: Path, shape: str) -> None:
    """Load what a tap has sent."""
    schemas: dict[str, Any] = {}
    records: dict[str, list[Any]] = {}
    for line in messages.read_text().split("\n"):
        message = json.loads(line) if line else {"type": ""}
        if message["type"] == "SCHEMA":
            schemas[message["stream"]] = message
        elif message["type"] == "RECORD":
            records.setdefault(message["stream"], []).append(message["record"])
    connection.execute(f'create schema if not exists "{schema}"')
    for stream, message in schemas.items():
        properties = message["schema"]["properties"]
        types = {name: type_of(spec, shape) for name, spec in properties.items()}
        table = f'"{schema}"."{stream}"'
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        connection.execute(f"create table if not exists {table} ({columns})")
        key = [] if shape == "append" else message["key_properties"]
        insert(connection, table, types, key, records.get(stream, []))


def type_of(spec: dict[str, Any], shape: str) -> str:
    """The type of a column."""
    kinds = spec["type"] if isinstance(spec["type"], list) else [spec["type"]]
    kind = next(each for each in kinds if each != "null")
    if kind in SCALARS:
        return "TIMESTAMP" if spec.get("format") == "date-time" else SCALARS[kind]
    if shape != "lists":
        return "VARCHAR"
    if kind == "array":
        return f"{type_of(spec['items'], shape)}[]" if "type" in spec.get("items", {}) else "JSON"
    fields = spec.get("properties") or {}
    members = ", ".join(f'"{name}" {type_of(each, shape)}' for name, each in fields.items())
    return f"STRUCT({members})" if fields and not spec.get("additionalProperties") else "JSON"


def insert(
    connection: Any, table: str, types: dict[str, str], key: list[str], rows: list[dict[str, Any]]
) -> None:
    """Add rows to a table, in place of those with the same key."""
    if not rows:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        for row in rows:
            file.write(json.dumps({n: told(row.get(n), kind) for n, kind in types.items()}) + "\n")
        file.flush()
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        read = f"read_json('{file.name}', columns={{{columns}}}, format='newline_delimited')"
        if key:
            same = " and ".join(f'old."{each}" = new."{each}"' for each in key)
            connection.execute(f"delete from {table} old using {read} new where {same}")
        connection.execute(f"insert into {table} select * from {read}")


def told(value: Any, kind: str) -> Any:
    """A value as it is written; arrays and objects in text if that is their column's type."""
    if kind == "TIMESTAMP" and value is not None:
        return value.removesuffix("Z").removesuffix("+00:00")
    return json.dumps(value) if kind == "VARCHAR" and isinstance(value, (list, dict)) else value
