"""The settings that all taps share, and the validation of settings."""

from __future__ import annotations

import difflib
import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.plugin_base import JSONSchemaValidator

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jsonschema import ValidationError

SHARED_SETTINGS = (
    th.Property(
        "page_size",
        th.IntegerType(minimum=1),
        title="Page size",
        description="Rows per request. Empty: a size that suits the API.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Start of incremental streams that have no bookmark yet. Empty: everything "
        "that the server keeps.",
    ),
    th.Property(
        "opt_in_streams",
        th.CustomType({"type": ["string", "array", "null"], "items": {"type": "string"}}),
        title="Opt-in streams",
        description="Streams to add to the catalog although they cost many requests or need more "
        "permissions: names separated by commas, or `all`. `--about` lists them.",
    ),
    th.Property(
        "on_missing_scope",
        th.StringType(allowed_values=["fail", "skip"]),
        default="fail",
        title="On missing permission",
        description="What to do when the credential lacks a permission for a selected stream: "
        "`fail` before anything is read, or `skip` the stream and sync the others.",
    ),
    th.Property(
        "max_concurrency",
        th.IntegerType(minimum=1, maximum=64),
        default=8,
        title="Concurrency",
        description="Maximum number of concurrent requests. The output does not depend on it.",
    ),
    th.Property(
        "requests_per_second",
        th.NumberType(exclusive_minimum=0),
        title="Requests per second",
        description="Maximum request rate. Empty: the vendor's documented limit, if any.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=120,
        title="Request time-out",
        description="Maximum duration of a request in seconds, from connecting to the last byte.",
    ),
    th.Property(
        "max_retries",
        th.IntegerType(minimum=0, maximum=50),
        default=9,
        title="Retries",
        description="Retries of a request that fails (network error or 5xx), after 0.1, 0.2, 0.4 … "
        "30 s. Rate-limited requests (429) do not count; they are retried for 15 minutes.",
    ),
    th.Property(
        "max_shrink",
        th.NumberType(minimum=0, maximum=1),
        default=0.5,
        title="Largest shrinkage",
        description="Largest share of a stream's rows that may have disappeared since its last "
        "complete run. If more have, the stream is incomplete and no row is marked as deleted.",
    ),
    th.Property(
        "accept_shrink",
        th.BooleanType,
        default=False,
        title="Accept shrinkage",
        description="Accept a large drop in rows, or a narrower coverage, for this run. Set it for "
        "one run only.",
    ),
    th.Property(
        "accept_missing",
        th.StringType,
        title="Accept missing rows",
        description="Rows that the server counts but never returns, by stream, such as `users=1`: "
        "the stream is complete if exactly that many are missing. Separate streams with commas.",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=True,
        title="Emit ACTIVATE_VERSION",
        description="Send ACTIVATE_VERSION after each complete full sync, so that loaders that "
        "support it mark deleted rows. Set it to false for a loader that fails on it.",
    ),
    th.Property(
        "report_file",
        th.StringType,
        title="Report file",
        description="File to write the verdict of each run to, as JSON: exit code, error, and the "
        "rows of `sync_runs`. For alerts that do not ask the warehouse.",
    ),
    th.Property(
        "ca_bundle",
        th.StringType,
        title="CA bundle",
        description="File with the CA certificates of a private CA. Empty: REQUESTS_CA_BUNDLE, "
        "else the public CAs.",
    ),
    th.Property(
        "allow_http",
        th.BooleanType,
        default=False,
        title="Allow http",
        description="Allow plain http to another machine. The credential is sent in clear text.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header of all requests. Empty: name and version of the tap.",
    ),
)


def numbers_by_name(setting: str, value: str | None, names: Sequence[str]) -> dict[str, int]:
    """Parse a setting such as `users=1, roles=2`.

    Raises:
        SettingsError: It is not in this form, or has an unknown name.
    """
    found: dict[str, int] = {}
    for part in (value or "").split(","):
        name, _, number = map(str.strip, part.partition("="))
        if not part.strip():
            continue
        if not (number.isascii() and number.isdigit()):
            raise SettingsError(
                f"`{setting}` must be a list of names with numbers, such as `{names[0]}=1`."
            )
        _check_name(setting, name, names, "a stream that does not exist")
        found[name] = int(number)
    return found


def names_of(setting: str, value: str | Sequence[str] | None, names: Sequence[str]) -> list[str]:
    """Parse a setting such as `user_mfa, user_sessions`, a list, JSON text, or `all`.

    Raises:
        SettingsError: It has an unknown name.
    """
    if isinstance(value, str):
        value = _listed(_unquoted(value))
    given = dict.fromkeys(name for each in value or () if (name := each.strip()))
    if "all" in given:
        return list(names)
    for name in given:
        _check_name(setting, name, names, "a stream that does not exist or is not opt-in")
    return list(given)


def _listed(text: str) -> Sequence[str]:
    """The texts in a JSON array, or else those between commas."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text.split(",")
    found = [parsed] if isinstance(parsed, str) else parsed
    return found if isinstance(found, list) and all(isinstance(n, str) for n in found) else [text]


def _check_name(setting: str, name: str, names: Sequence[str], wrong: str) -> None:
    """Check that a setting names one of these streams, and not something wrong.

    Raises:
        SettingsError: It does not; says which name was probably meant.
    """
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "."
        raise SettingsError(f"`{setting}` names {wrong}{hint}")


def read(schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with each value in the type of its setting, without empty ones.

    The environment provides text only. Meltano passes text through, but reads an empty or unknown
    boolean as false. Values that cannot be parsed are kept, for `faults` to report.
    """
    properties = schema["properties"]
    values = {name: _value(properties.get(name, {}), value) for name, value in given.items()}
    return {name: value for name, value in values.items() if value is not None}


def faults(schema: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    """What is wrong with a configuration, without its values, which may be secret.

    Fills in defaults, as singer_sdk's own validation does.
    """
    return [_told(error) for error in JSONSchemaValidator(schema).iter_errors(config)]


def unknown(schema: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """A warning for each unknown setting, with the name that was probably meant."""
    for name in config:
        if name not in schema["properties"]:
            near = difflib.get_close_matches(name, schema["properties"], n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            yield f"there is no setting `{name}`{hint}"


def header_value(name: str, value: str) -> str:
    """Check a setting that is sent as an HTTP header (RFC 9110 §5.5).

    Raises:
        SettingsError: A header cannot contain it.
    """
    if not re.fullmatch(r"[\x20-\x7e\xa0-\xff]+", value):
        raise SettingsError(
            f"`{name}` is sent as an HTTP header, so only printable Latin-1 characters are allowed."
        )
    return value.strip()


_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}
_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a finite number",
    "string": "text",
    "object": "a JSON object",
    "array": "a JSON array",
}


def _value(spec: Mapping[str, Any], given: Any) -> Any:
    """A value converted to the type of its setting; None if it is empty."""
    types = _types(spec)
    if isinstance(given, str):
        text = _unquoted(given)
        if not text:
            return None
        given = given if not types or "string" in types else _parsed(types, text, given)
    if isinstance(given, (float, Decimal)):
        number = float(given)
        if "number" in types:
            return number if math.isfinite(number) else str(given)
        if "integer" in types and number.is_integer():
            return int(number)
    return given


def _parsed(types: Sequence[str], text: str, given: str) -> Any:
    """A text parsed as one of these types; `given` if it is none of them."""
    if "boolean" in types:
        return _BOOLEANS.get(text.lower(), given)
    try:
        if "integer" in types:
            return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else given
        return float(text) if "number" in types else json.loads(text, parse_float=Decimal)
    except ValueError:
        return given


def _unquoted(text: str) -> str:
    """A text without the surrounding quotes that some ways of setting variables leave."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def _types(spec: Mapping[str, Any]) -> list[str]:
    types = spec.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _told(error: ValidationError) -> str:
    if error.validator == "required":
        name = str(error.message).split("'")[1]
        return f"`{name}` is missing"
    name = ".".join(str(part) for part in error.absolute_path)
    expected, kind = error.validator_value, str(error.validator)
    if kind == "type":
        types = [_KINDS.get(each, each) for each in _types({"type": expected}) if each != "null"]
        return f"`{name}` must be {' or '.join(types)}"
    words = {
        "enum": "one of",
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "greater than",
        "format": "a",
    }
    if kind not in words:
        return f"`{name}` is not valid"
    return f"`{name}` must be {words[kind]} {expected}"
