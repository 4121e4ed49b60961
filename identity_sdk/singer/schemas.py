"""The schemas of streams: one JSON file each, in the tap's `schemas` directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.schema.source import SchemaDirectory
from typing_extensions import override

from identity_sdk.records.coercion import SYNC_ID, SYNC_ID_SCHEMA, kind_of
from identity_sdk.records.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Schemas(SchemaDirectory):
    """A directory of JSON schemas, one per stream, with the stream's name.

    `_sync_id` is added to each, and `properties` to objects that may have any, without which some
    loaders fail. A schema with a column named like a secret is refused, and one with
    a column `version`: target-postgres uses a bind parameter of that name for ACTIVATE_VERSION.

    Attributes:
        allowed: Fields (`stream.field`) that are named like a secret but are not, with the reason.
    """

    def __init__(self, path: Path, allowed: Mapping[str, str] | None = None) -> None:
        super().__init__(path)
        self.allowed = allowed or {}

    @override
    def fetch_schema(self, key: str) -> dict[str, Any]:
        schema = super().fetch_schema(key)
        if "properties" not in schema:
            raise ValueError("it has no `properties`")
        for name, spec in schema["properties"].items():
            if name == "version":
                raise ValueError(f"{key}.version: target-postgres fails on a column with this name")
            harmless = kind_of(spec) == "boolean" or spec.get("format") == "date-time"
            if is_secret(name) and not harmless and f"{key}.{name}" not in self.allowed:
                raise ValueError(
                    f"{key}.{name} would load a secret into the warehouse; if it is none, say so "
                    "in `Schemas(..., allowed)`"
                )
        schema["properties"][SYNC_ID] = SYNC_ID_SCHEMA
        return with_properties(schema)


def with_properties(spec: dict[str, Any]) -> dict[str, Any]:
    """A schema with `properties` on each of its objects, empty where they are free-form."""
    filled = dict(spec)
    if kind_of(spec) == "object":
        known = spec.get("properties", {})
        filled["properties"] = {name: with_properties(each) for name, each in known.items()}
    if "items" in spec:
        filled["items"] = with_properties(spec["items"])
    return filled
