"""Parsing of the state, catalog and configuration files."""

from __future__ import annotations

import codecs
import difflib
import io
import json
import logging
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

NO_STATE = (
    "The state has no `bookmarks` as this tap writes them. Pass the value of its last STATE "
    "message, or the output of `meltano state get`."
)


def json_object(what: str, text: str | bytes, **how: Any) -> dict[str, Any]:
    """The JSON object in a file, encoded in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        SettingsError: The file holds something else.
    """
    try:
        content = json.loads(decoded(text), **how)
    except ValueError as error:
        raise SettingsError(f"The {what} file is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"The {what} file must hold a JSON object.")
    return content


def decoded(text: str | bytes) -> str:
    """A text without a byte order mark, which PowerShell writes."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return text.decode("utf-16" if text.startswith(marks) else "utf-8-sig")


def json_file(what: str, file: IO[str]) -> IO[str]:
    """The same content as a file that singer_sdk can read, checked to be a JSON object.

    Raises:
        SettingsError: It is not one.
    """
    content = _content(file)
    json_object(what, content, parse_constant=_no_number)
    return io.StringIO(decoded(content))


def _content(file: IO[str]) -> str | bytes:
    buffer = getattr(file, "buffer", None)
    return file.read() if buffer is None else buffer.read()


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def config_files(names: Iterable[str]) -> dict[str, Any]:
    """The settings in configuration files; later files override earlier ones.

    Raises:
        SettingsError: A file is missing, or is not a JSON object.
    """
    config: dict[str, Any] = {}
    for name in names:
        try:
            config |= json_object("config", Path(name).read_bytes(), parse_float=Decimal)
        except OSError as error:
            raise SettingsError(f"The config file cannot be read: {error.strerror}.") from None
    return config


def singer_state(state: dict[str, Any]) -> dict[str, Any]:
    """The state itself, whether given as such, as stored by Meltano, or as a STATE message.

    Raises:
        SettingsError: It contains no state. An empty object is a first run.
    """
    inner: Any = None
    if not state or "bookmarks" in state:
        return state
    if state.get("type") == "STATE":
        inner = state.get("value")
    elif "singer_state" in state:  # as printed by `meltano state get`
        inner = state["singer_state"]
    elif "completed" in state and not state.get("partial"):  # as stored by a state backend
        inner = state["completed"]
    if not isinstance(inner, dict):
        raise SettingsError(NO_STATE)
    return singer_state(inner)


def catalog_file(file: IO[str], streams: set[str]) -> IO[str]:
    """A catalog as singer_sdk reads it, which has another name than the Singer specification for
    the replication method in metadata.

    Raises:
        SettingsError: It is not a Singer catalog.
    """
    catalog = json_object("catalog", _content(file), parse_constant=_no_number)
    entries = catalog.get("streams")
    if not isinstance(entries, list):
        raise SettingsError("The catalog has no `streams` list. `--discover` writes one.")
    for entry in entries:
        _check_entry(entry, streams)
        for part in entry["metadata"]:
            if not part["breadcrumb"] and (method := part["metadata"].get("replication-method")):
                part["metadata"]["forced-replication-method"] = method
    return io.StringIO(json.dumps(catalog))


def _check_entry(entry: Any, streams: set[str]) -> None:
    if not isinstance(entry, dict) or not isinstance(entry.get("tap_stream_id"), str):
        raise SettingsError("A stream of the catalog has no `tap_stream_id`.")
    name = entry["tap_stream_id"]
    if not isinstance(entry.get("schema"), dict):
        raise SettingsError(f"The stream `{name}` of the catalog has no `schema`.")
    if not _is_metadata(entry.get("metadata")):
        raise SettingsError(
            f"The stream `{name}` of the catalog has no `metadata` that says whether it is "
            "selected. `--discover` writes it."
        )
    if name not in streams and name != "sync_runs":
        near = difflib.get_close_matches(name, streams, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        logger.warning("The catalog has a stream `%s` that this tap does not have%s", name, hint)


def _is_metadata(metadata: Any) -> bool:
    """Whether it is a list of metadata entries with breadcrumbs, including the stream's own."""
    return (
        isinstance(metadata, list)
        and all(
            isinstance(part, dict)
            and isinstance(part.get("breadcrumb"), list)
            and isinstance(part.get("metadata"), dict)
            for part in metadata
        )
        and any(not part["breadcrumb"] for part in metadata)
    )
