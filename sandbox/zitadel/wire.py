"""How values look in the JSON of a proto3 message."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Json = dict[str, Any]

ZEROS = frozenset({
    "ACCESS_TOKEN_TYPE_BEARER", "API_AUTH_METHOD_TYPE_BASIC", "OIDC_APP_TYPE_WEB",
    "OIDC_AUTH_METHOD_TYPE_BASIC", "OIDC_TOKEN_TYPE_BEARER", "OIDC_VERSION_1_0",
    "PASSWORDLESS_TYPE_NOT_ALLOWED",
})  # fmt: skip
"""Names of enumerations' zero values that do not say so. They are left out like any other."""


@dataclass(frozen=True)
class Present:
    """A field with presence: it is told even if its value is the default."""

    value: Any


def told(message: Any) -> Any:
    """A message without its defaults: false, 0, "" and empty lists. Empty messages stay."""
    if isinstance(message, dict):
        return {name: _value(value) for name, value in message.items() if not _is_default(value)}
    if isinstance(message, list):
        return [told(each) for each in message]
    return message.value if isinstance(message, Present) else message


def _value(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else told(value)


def _is_default(value: Any) -> bool:
    if value is None or value is False or value == "" or value == []:
        return True
    if isinstance(value, str):
        return value in ZEROS or value.endswith("_UNSPECIFIED")
    return isinstance(value, int) and value is not True and value == 0


def stamp(moment: datetime) -> str:
    """RFC 3339 with as many groups of three digits as are needed."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    if not moment.microsecond:
        return f"{text}Z"
    if moment.microsecond % 1000:
        return f"{text}.{moment.microsecond:06d}Z"
    return f"{text}.{moment.microsecond // 1000:03d}Z"


_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def moment(text: str) -> datetime:
    """What a timestamp tells, to the microsecond that the database keeps."""
    if (match := _STAMP.fullmatch(text)) is None:
        raise ValueError(f"{text} is no timestamp")
    seconds, fraction, zone = match.groups()
    micro = (fraction or "").ljust(6, "0")[:6]
    return datetime.fromisoformat(f"{seconds}.{micro}{'+00:00' if zone == 'Z' else zone}")


def count(number: int) -> str | None:
    """A 64-bit integer, which is a string."""
    return str(number) if number else None


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def whole(value: Any) -> int:
    """An integer that may be told as a string."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{value!r} is no integer")
    return int(value)
