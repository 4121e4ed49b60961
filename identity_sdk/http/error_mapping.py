"""Vendor-specific mapping of error responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    NotAuthenticated,
    NotFound,
    Rejected,
    TooLarge,
)
from identity_sdk.http.unreachable import PROXY_LOGIN
from identity_sdk.records.codec import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from identity_sdk.exchange import Request

Meaning = tuple[type[ApiError], str]
"""The kind of error, and what to do about it."""

_KINDS: Mapping[int, type[ApiError]] = {
    401: NotAuthenticated,
    403: AccessDenied,
    404: NotFound,
    413: TooLarge,
}


@dataclass(frozen=True)
class ErrorMapping:
    """What a vendor's error responses mean beyond their status.

    Attributes:
        advice: What to do about a status. 200 stands for a response that is not an API's, and for
            no response: then the URL is in doubt.
        error_object: Finds the object that describes the error in a decoded body.
        codes: Fields of that object that may contain a code, the most specific first.
        request_ids: Headers, in lower case, with a request id for the vendor's support.
        classify: Given (status, decoded body), what the error means if its status alone does not
            tell; else None. Called before any retry, to prevent retries that cannot help.
        suspect: Given the same, the probable meaning of a failure that a retry may still cure: it
            is retried only a few times before this meaning is assumed.
    """

    advice: Mapping[int, str] = field(default_factory=dict)
    error_object: Callable[[Any], Any] = lambda body: body
    codes: tuple[str, ...] = ("code", "error")
    request_ids: tuple[str, ...] = ("x-request-id", "x-correlation-id", "cf-ray")
    classify: Callable[[int, Any], Meaning | None] = lambda status, body: None
    suspect: Callable[[int, Any], Meaning | None] = lambda status, body: None

    def usual(self, status: int) -> Meaning:
        """The meaning of a status by itself."""
        advice = self.advice.get(status) or (PROXY_LOGIN if status == 407 else "")
        return _KINDS.get(status, Rejected), advice

    def describe(self, body: Any, headers: Mapping[str, str], secrets: Collection[str]) -> str:
        """The error's code and request id, which are safe to show, unlike the body.

        Values that echo a secret or a part of one are not shown.
        """
        error = self.error_object(body)
        fields = error if isinstance(error, dict) else {}
        told = []
        for name in self.codes:
            if isinstance(text := fields.get(name), str) and re.fullmatch(r"[\w.-]{1,80}", text):
                told.append(text)
                break
        for name in self.request_ids:
            if re.fullmatch(r"[\w.:-]{1,100}", headers.get(name, "")):
                told.append(f"request id {headers[name]}")
                break
        words = [text.split()[-1] for text in told]
        if any(word in secret or secret in word for word in words for secret in secrets):
            return ""
        return f" ({', '.join(told)})" if told else ""


_SIZES = ("page_size", "per_page", "count", "limit")
"""Parameters with the page size of a request."""


def in_context(request: Request, status: int, body: Any, meaning: Meaning | None) -> Meaning | None:
    """The meaning of an error, where the request tells more than the status.

    `meaning` is what the vendor's error mapping makes of it.
    """
    if request.form is not None:
        # Other endpoints have no such path, or require a credential themselves.
        denied = meaning is None and status in (401, 403) and not _is_oauth(body)
        return (NotFound, "") if denied or status in (404, 405) else meaning
    size = _page_size(request) if meaning is None and status in (400, 422) else None
    words = r"page|pagin|limit|size|(?<!ac)count"
    if size and (not isinstance(body, (dict, list)) or re.search(words, str(body), re.IGNORECASE)):
        return Rejected, f"If a page of {size} rows is too large, set a smaller `page_size`."
    return meaning


def _is_oauth(body: Any) -> bool:
    """Whether it is an OAuth error response (RFC 6749 §5.2)."""
    return isinstance(body, dict) and isinstance(body.get("error"), str)


def _page_size(request: Request) -> int | None:
    """The page size of a request; None if it has none."""
    body = request.json or {}
    nested = [each for each in body.values() if isinstance(each, dict)]
    sizes = [each.get(name) for each in (request.params, body, *nested) for name in _SIZES]
    return next((size for size in sizes if isinstance(size, int)), None)


def decoded(body: bytes) -> Any:
    """An error body as JSON, or else as text."""
    try:
        return decode(body)
    except ValueError:
        return body.decode("utf-8", "replace")
