"""State, catalog and configuration files as people give them."""

from __future__ import annotations

import difflib
import io
import json
import logging
import os
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger(__name__)


def json_object(what: str, file: IO[str]) -> IO[str]:
    """The file again, once it is known to hold a JSON object.

    Raises:
        SettingsError: It does not.
    """
    text = file.read()
    try:
        content = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"The {what} file is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"The {what} file must hold a JSON object.")
    return io.StringIO(text)


def check_config(names: Iterable[str]) -> None:
    """Look through configuration files; `ENV` stands for the environment.

    Raises:
        SettingsError: A file is missing or holds something else than a JSON object.
    """
    for name in names:
        if name != "ENV":
            try:
                with Path(name).open(encoding="utf-8") as file:
                    json_object("config", file)
            except OSError as error:
                raise SettingsError(f"The config file cannot be read: {error.strerror}.") from None


def check_environment(schema: Mapping[str, Any], prefix: str) -> None:
    """Look through settings in the environment that singer_sdk turns into numbers.

    Raises:
        SettingsError: One is not a whole number.
    """
    for name, spec in schema["properties"].items():
        variable = f"{prefix}{name.upper()}"
        text = os.environ.get(variable)
        if text and "integer" in spec.get("type", ()) and not re.fullmatch(r"\s*-?\d+\s*", text):
            raise SettingsError(f"{variable} must be a whole number.")


def check_catalog(file: IO[str], streams: set[str]) -> None:
    """Look through a catalog, and put the file back to its beginning.

    Raises:
        SettingsError: It is no Singer catalog.
    """
    catalog = json.load(file)
    file.seek(0)
    entries = catalog.get("streams")
    if not isinstance(entries, list):
        raise SettingsError("The catalog has no list `streams`. `--discover` writes one.")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("tap_stream_id"), str):
            raise SettingsError("A stream of the catalog has no `tap_stream_id`.")
        name = entry["tap_stream_id"]
        for part, kind in (("schema", dict), ("metadata", list)):
            if not isinstance(entry.get(part), kind):
                raise SettingsError(f"The stream `{name}` of the catalog has no `{part}`.")
        if name not in streams and name != "sync_runs":
            near = difflib.get_close_matches(name, streams, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            logger.warning("The catalog has a stream `%s` that this tap does not%s", name, hint)
