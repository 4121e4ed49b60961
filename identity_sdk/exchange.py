"""What a pager asks for and what it is answered: HTTP as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

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
    """

    path: str
    params: Mapping[str, str | int | None] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None

    @property
    def method(self) -> str:
        return "GET" if self.json is None else "POST"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Response:
    """A successful answer.

    Attributes:
        body: The decoded JSON; numbers with a fraction are Decimal.
        headers: Names in lower case.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def fill(path: str, values: Mapping[str, Any]) -> str:
    """Put values into the placeholders of a path, percent-encoded (RFC 3986 §2.1)."""
    if any(str(value) in (".", "..") for value in values.values()):
        raise ValueError("an id of dots would lead to another endpoint")
    return path.format_map({name: quote(str(value), safe="") for name, value in values.items()})
