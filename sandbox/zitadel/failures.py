"""Answers that are errors, as the gateway and as Connect tell them."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.responses import Response

_STATUS = {3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 12: 501, 13: 500, 14: 503, 16: 401}
_NAMES = {
    3: "invalid_argument", 5: "not_found", 7: "permission_denied", 8: "resource_exhausted",
    12: "unimplemented", 13: "internal", 14: "unavailable", 16: "unauthenticated",
}  # fmt: skip


class Failure(Exception):
    """The answer is an error.

    Attributes:
        code: Of gRPC.
        text: For people.
        name, key: The id, and the key of the text in all languages, if it has them.
    """

    def __init__(
        self, code: int, text: str, name: str = "", key: str = "", status: int | None = None
    ) -> None:
        super().__init__(text)
        self.code, self.text, self.name, self.key = code, text, name, key
        self.status = status or _STATUS[code]

    @property
    def _message(self) -> str:
        return f"{self.text} ({self.name})" if self.name else self.text

    def gateway(self) -> Response:
        body: dict[str, Any] = {"code": self.code, "message": self._message}
        if self.name:
            kind = "type.googleapis.com/zitadel.v1.ErrorDetail"
            body["details"] = [{"@type": kind, "id": self.name, "message": self.key}]
        return in_json(body, self.status)

    def connect(self) -> Response:
        body: dict[str, Any] = {"code": _NAMES[self.code], "message": self._message}
        if self.name:
            debug = {"id": self.name, "message": self.key}
            value = base64.b64encode(_field(1, self.name) + _field(2, self.key)).decode()
            detail = {"type": "zitadel.v1.ErrorDetail", "value": value.rstrip("="), "debug": debug}
            body["details"] = [detail]
        return in_json(body, self.status)


def _field(number: int, text: str) -> bytes:
    """A string of a message on the wire; it must be short."""
    encoded = text.encode()
    return bytes([number << 3 | 2, len(encoded)]) + encoded


def in_json(body: Any, status: int = 200) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, media_type="application/json")


def not_found() -> Failure:
    return Failure(5, "Not Found")


def invalid(text: str, name: str = "", key: str = "") -> Failure:
    return Failure(3, text, name, key)


def no_membership() -> Failure:
    return Failure(5, "membership not found", "AUTHZ-cdgFk", "membership not found")


def no_permission() -> Failure:
    text = "No matching permissions found"
    return Failure(7, text, "AUTH-5mWD2", text)


def no_organization() -> Failure:
    return Failure(7, "Organisation doesn't exist", "AUTH-Bs7Ds", "Organisation doesn't exist")


def bad_token() -> Failure:
    return Failure(16, "Errors.Token.Invalid", "AUTH-7fs1e", "Errors.Token.Invalid")
