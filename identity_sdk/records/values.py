"""Normalisation of values: timestamps, booleans, names, run ids."""

from __future__ import annotations

import re
import secrets
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?"
    r" ?(?:(Z)|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_IN_UTC = _EPOCH.replace(tzinfo=None)


_USUAL = re.compile(
    r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z",
    re.ASCII,
)
"""The format of most servers; days 29 to 31 are left to `moment`."""


def timestamp(value: Any) -> str:
    """Any vendor's timestamp as RFC 3339 in UTC with microseconds (see `moment`)."""
    if isinstance(value, str) and _USUAL.fullmatch(value):
        whole = value[:-1] if len(value) > 20 else f"{value[:-1]}."
        return f"{whole}000000"[:26] + "Z"
    if type(value) is int and 10**11 <= value < 10**14:  # milliseconds, as in Logto
        return f"{(_EPOCH_IN_UTC + timedelta(0, 0, 0, value)).isoformat('T', 'microseconds')}Z"
    return f"{moment(value).isoformat(timespec='microseconds')[:26]}Z"


def timestamps(values: Sequence[Any]) -> list[str]:
    """`timestamp` of each value; all at once where they have one of the usual formats.

    Raises:
        ValueError: A value is not a timestamp.
    """
    kinds = set(map(type, values))
    try:
        told = _from_texts(values) if kinds == {str} else None
        if kinds == {int} and min(values) >= 10**11 and max(values) < 10**14:
            told = _from_millis(values)
    except msgspec.ValidationError:
        told = None
    return list(map(timestamp, values)) if told is None else told


def _from_texts(texts: Sequence[str]) -> list[str] | None:
    """RFC 3339 in UTC, of one length and with `T` and `Z`; None if they are not."""
    msgspec.convert(texts, list[datetime])
    lengths, lines = set(map(len, texts)), "\n".join(texts)
    if len(lengths) > 1 or not lines.count("T") == lines.count("Z") == len(texts):
        return None
    length = lengths.pop()
    rest = ".000000Z" if length == 20 else "0" * (27 - length) + "Z"
    return lines.replace("Z", rest).split("\n") if length <= 27 else None


def _from_millis(values: Sequence[int]) -> list[str]:
    seconds = msgspec.convert([v // 1000 for v in values], list[datetime], strict=False)
    texts = msgspec.to_builtins(seconds)
    return [f"{t[:-1]}.{v % 1000:03}000Z" for t, v in zip(texts, values, strict=True)]


def moment(value: Any) -> datetime:
    """Any vendor's timestamp as a datetime in UTC.

    What is finer than a microsecond is cut off, not rounded: no event is told later than it was.

    Accepts ISO 8601 with any precision and offset (`Z`, `+11`, `+1100`, `+11:00`; none means UTC)
    and epoch numbers in seconds, milliseconds or microseconds, distinguished by magnitude (an epoch
    in seconds is below 10^11 until the year 5138).

    Raises:
        ValueError: The value is not a timestamp.
    """
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _from_epoch(Decimal(str(value)))
    raise ValueError(f"a {type(value).__name__} is not a timestamp")


def _from_text(text: str) -> datetime:
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 timestamp")
    year, month, day, hour, minute, second, fraction, _, sign, off_h, off_m = match.groups()
    offset = timedelta(hours=int(off_h or 0), minutes=int(off_m or 0))
    leap = second == "60"  # RFC 3339 §5.6 allows a leap second, datetime does not.
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            59 if leap else int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
            timezone.utc,
        )
        local += timedelta(seconds=leap)
        return local + offset if sign == "-" else local - offset
    except OverflowError as error:
        raise ValueError("out of range") from error


def _from_epoch(number: Decimal) -> datetime:
    if not number.is_finite() or abs(number) >= 10**18:
        raise ValueError("out of range")
    scale = 1 if abs(number) < 10**11 else 10**3 if abs(number) < 10**14 else 10**6
    try:
        return _EPOCH + timedelta(microseconds=int(number * 10**6 / scale))
    except OverflowError as error:
        raise ValueError("out of range") from error


_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def boolean(value: Any) -> bool:
    """A boolean, also if a server sends "True", "false", 1 or 0.

    Raises:
        ValueError: The value is not a boolean.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int, Decimal)) and (text := str(value).strip().lower()) in _BOOLEANS:
        return _BOOLEANS[text]
    raise ValueError("not a boolean")


@lru_cache(maxsize=4096)
def snake_case(name: str) -> str:
    """`displayName` and `x509Certificates` as `display_name` and `x509_certificates`."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def snake_cased(value: Any) -> Any:
    """A nested value with its field names in snake_case, at any depth.

    Not for maps whose keys are data, such as custom attributes.
    """
    if isinstance(value, dict):
        return {snake_case(name): snake_cased(each) for name, each in value.items()}
    if isinstance(value, list):
        return [snake_cased(each) for each in value]
    return value


def run_id(millis: int | None = None) -> str:
    """A UUIDv7 (RFC 9562 §5.7): unique, sorts as text by `millis`, its time since the epoch."""
    millis = time.time_ns() // 10**6 if millis is None else millis
    bits = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    text = f"{bits | 0b10 << 62 | secrets.randbits(62):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def now() -> str:
    """The current time in the format of `timestamp`."""
    return timestamp(time.time_ns() // 1000)


def epoch_seconds(value: Any) -> float | None:
    """Any vendor's timestamp (see `moment`) in epoch seconds; None if it is not one."""
    try:
        return moment(value).timestamp()
    except ValueError:
        return None
