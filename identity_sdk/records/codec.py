"""Lossless JSON encoding and decoding: numbers keep every digit."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

_skimmer = msgspec.json.Decoder(msgspec.Raw)

_NUL = b"\\u0000"

encode = _encoder.encode


def check(body: bytes) -> None:
    """Check that a body is JSON, without keeping its content.

    Raises:
        ValueError: It is not.
    """
    try:
        _skimmer.decode(body)
    except (msgspec.DecodeError, RecursionError):
        decode(body)


def decode(body: bytes) -> Any:
    """Decode JSON; NaN becomes None, a byte order mark and lone surrogates are accepted.

    NUL characters are removed: PostgreSQL accepts them neither in text nor in jsonb.

    Raises:
        ValueError: The body is not JSON.
    """
    if b"\\" in body and _NUL in body:  # One byte is found much sooner, and is rare.
        return _lenient(body)
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, InvalidOperation):
        return _lenient(body)


def objects_decoder(fields: Collection[str]) -> Callable[[bytes], list[dict[str, Any]]]:
    """Decodes what `encode` made of a list of objects, with these fields of them only.

    The others are skipped, in a third of the time.
    """
    some = TypedDict("some", dict.fromkeys(sorted(fields), Any), total=False)  # type: ignore[misc]
    return msgspec.json.Decoder(list[some], float_hook=Decimal).decode  # type: ignore[return-value]


def _lenient(body: bytes) -> Any:
    text = body.decode("utf-8-sig", "replace")
    try:
        return _writable(json.loads(text, parse_float=Decimal, parse_constant=lambda _: None))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except InvalidOperation as error:
        raise ValueError("a number out of range") from error


def _writable(value: Any) -> Any:
    """Replace lone surrogates, which UTF-8 cannot encode, with U+FFFD, and remove NUL."""
    if isinstance(value, str):
        text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text.replace("\x00", "")
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    return value
