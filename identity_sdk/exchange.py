"""What a pager asks for and what it is answered: HTTP as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from identity_sdk.errors import ApiError
from identity_sdk.records.codec import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, Any]
"""One resource, as the vendor's API returned it."""


@dataclass(frozen=True)
class Request:
    """A read, relative to the base URL of the API.

    Attributes:
        path: Path below the base URL, already quoted (see `fill`).
        base: Another base URL than the client's. It must come from a setting, never from a
            response: the credential goes there.
        params: Query parameters; a None is left out.
        json: Body of a search that the vendor serves by POST.
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

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Response:
    """A successful answer.

    What came from the network is kept as bytes until its body is looked at: decoded it
    takes ten times the memory, and several answers wait for their turn.

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
        """A hash of the bytes that came; None if they are gone, for the body was looked at."""
        return None if self._raw is None else hash(self._raw)

    @property
    def body(self) -> Any:
        """The decoded JSON; numbers with a fraction are Decimal.

        Raises:
            ApiError: It holds a number beyond all bounds.
        """
        if self._raw is not None:
            try:
                self._body, self._raw = decode(self._raw), None
            except ValueError as error:
                raise ApiError(f"The answer cannot be read: {error}.", self.status) from None
        return self._body


def fill(path: str, values: Mapping[str, Any]) -> str:
    """Put values into the placeholders of a path, percent-encoded (RFC 3986 §2.1).

    Raises:
        ApiError: A value is `.` or `..`, which no encoding keeps from being resolved.
    """
    if any(str(value) in (".", "..") for value in values.values()):
        raise ApiError("An id of dots would lead to another endpoint; it is not asked for.")
    return path.format_map({name: quote(str(value), safe="") for name, value in values.items()})
