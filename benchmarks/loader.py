"""target-postgres, and the settings that it loads with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.contenders import WORK

if TYPE_CHECKING:
    from sandbox.warehouse import Database

PROGRAM = str(WORK / "target" / "bin" / "target-postgres")
SETTINGS: dict[str, dict[str, Any]] = {
    "recommended": {"use_copy": True, "validate_records": False},
    "default": {},
}
"""Those of docs/loaders.md, and those that it comes with."""


def loader_config(database: Database, schema: str, settings: str) -> dict[str, Any]:
    """Its configuration, for a schema of a database."""
    place = {"sqlalchemy_url": database.sqlalchemy_url, "default_target_schema": schema}
    return {**place, **SETTINGS[settings]}
