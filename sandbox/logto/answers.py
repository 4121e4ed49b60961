"""What answers look like: bodies, headers and errors."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

_JSON = "application/json; charset=utf-8"
_VARY = "Accept-Encoding, Origin"


class Failure(Exception):
    """A request that is refused, and the error that says so."""

    def __init__(self, status: int, code: str | None, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {**({"code": code} if code else {}), **more, "message": message}


def root_of(request: Request) -> str:
    """The address of the server, with what it is mounted at."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def not_found() -> Failure:
    """A person who does not exist."""
    return Failure(404, "entity.not_found", "The resource does not exist.")


def no_such(table: str, identifier: str) -> Failure:
    """Anything else that does not exist."""
    message = f"The {table} with ID `{identifier}` does not exist."
    return Failure(404, "entity.not_exists_with_id", message)


def bad_query(field: str, issue: dict[str, Any]) -> Failure:
    """A parameter that the endpoint cannot read."""
    details = f'Error in key path "{field}": ({issue["code"]}) {issue["message"]}'
    data = {"issues": [{**issue, "path": [field]}], "name": "ZodError"}
    message = "The request query is invalid."
    return Failure(400, "guard.invalid_input", message, data=data, details=details)


def as_json(request: Request, body: Any, headers: dict[str, str]) -> Response:
    """A body, or 304 if the client has it already."""
    content = encode(body)
    tag = _tag(content)
    headers = {"Vary": _VARY, **headers, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_JSON)


def as_error(failure: Failure, headers: dict[str, str] | None = None) -> Response:
    """An error, in the envelope that all errors have."""
    return Response(
        encode(failure.body), failure.status, {"Vary": _VARY, **(headers or {})}, media_type=_JSON
    )


def as_token(body: dict[str, Any]) -> Response:
    """What the token endpoint grants."""
    return Response(encode(body), headers={"Vary": _VARY, **TOKEN_HEADERS}, media_type=_JSON)


def as_text(status: int, text: str) -> Response:
    """What is answered outside of all endpoints."""
    return Response(text, status, {"Vary": _VARY}, media_type="text/plain")


def as_page(text: str) -> Response:
    """The administrators' web page, which answers all other paths."""
    headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache, no-store, must-revalidate"}
    return Response(text, headers=headers, media_type="text/html")


TOKEN_HEADERS = {"Access-Control-Expose-Headers": "WWW-Authenticate", "cache-control": "no-store"}


def encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _tag(content: bytes) -> str:
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    return f'"{len(content):x}-{base64.b64encode(digest)[:27].decode()}"'
