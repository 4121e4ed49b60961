"""Requests and responses as plain values, for pagers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from identity_sdk.errors import ApiError
from identity_sdk.records.codec import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, Any]
"""One resource, as the API returned it."""


@dataclass(frozen=True)
class Request:
    """A read request, relative to the base URL of the API.

    Attributes:
        path: Path below the base URL, already percent-encoded (see `fill`).
        base: Another base URL than the client's. It must come from a setting, never from a
            response: the credential is sent there.
        params: Query parameters; None values are omitted.
        json: JSON body of a search by POST.
        form: Body of a token request.
    """

    path: str
    params: Mapping[str, str | int | None] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    form: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        return "GET" if self.json is None and self.form is None else "POST"

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        given = {name: value for name, value in self.params.items() if value is not None}
        return f"{self.path}?{urlencode(given)}" if given else self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Response:
    """A successful response.

    The body is kept as bytes until it is used: decoded it takes ten times the memory, and
    several responses wait for their turn.

    Attributes:
        headers: Names in lower case.
    """

    def __init__(
        self,
        status: int,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        raw: bytes | None = None,
    ) -> None:
        self.status = status
        self.headers = headers or {}
        self._body = body
        self._raw = raw

    @property
    def mark(self) -> int | None:
        """A hash of the undecoded body; None once the body has been decoded."""
        return None if self._raw is None else hash(self._raw)

    @property
    def body(self) -> Any:
        """The decoded JSON; numbers with a fraction are Decimal.

        Raises:
            ApiError: It contains a number out of range.
        """
        if self._raw is not None:
            try:
                self._body, self._raw = decode(self._raw), None
            except ValueError as error:
                raise ApiError(f"The response cannot be decoded: {error}.", self.status) from None
        return self._body


def fill(path: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of a path with percent-encoded values (RFC 3986 §2.1).

    Raises:
        ApiError: A value is `.` or `..`, which is resolved even if encoded.
    """
    if any(str(value) in (".", "..") for value in values.values()):
        raise ApiError(
            "An id is `.` or `..`, which would lead to another endpoint; no request was made."
        )
    return path.format_map({name: quote(str(value), safe="") for name, value in values.items()})
