"""How an API speaks of its errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from identity_sdk.codec import decode
from identity_sdk.errors import AccessDenied, ApiError, NotFound, Rejected, TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Meaning = tuple[type[ApiError], str]
"""What kind of error it is, and what to do about it."""

_KINDS: Mapping[int, type[ApiError]] = {
    401: AccessDenied,
    403: AccessDenied,
    404: NotFound,
    413: TooLarge,
}


@dataclass(frozen=True)
class Dialect:
    """What a vendor's error responses mean beyond their status.

    Attributes:
        advice: What to do about a status.
        within: Finds, in a decoded body, the object that describes the error.
        codes: Names under which that object may hold a code, the most telling first.
        request_ids: Headers, in lower case, that name a request to the vendor's support.
        judge: Given (status, decoded body), what the error means if its status alone does
            not say it; None if it does. Asked before anything is repeated, so that it can
            end what no repetition cures.
    """

    advice: Mapping[int, str] = field(default_factory=dict)
    within: Callable[[Any], Any] = lambda body: body
    codes: tuple[str, ...] = ("code", "error")
    request_ids: tuple[str, ...] = ("x-request-id", "x-correlation-id", "cf-ray")
    judge: Callable[[int, Any], Meaning | None] = lambda status, body: None

    def meaning(self, status: int, body: bytes) -> Meaning | None:
        """What the vendor means by an error, where that is not what its status says."""
        return self.judge(status, _decoded(body))

    def usual(self, status: int) -> Meaning:
        """What a status means by itself."""
        return _KINDS.get(status, Rejected), self.advice.get(status, "")

    def told(self, body: bytes, headers: Mapping[str, str], secrets: Collection[str]) -> str:
        """The error's code and request id, which are safe to show, unlike the body.

        What echoes a secret, or a part of one, is not shown.
        """
        error = self.within(_decoded(body))
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


def _decoded(body: bytes) -> Any:
    try:
        return decode(body)
    except ValueError:
        return None
