"""Token endpoints that a test scripts, and a clock that it moves."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from identity_sdk.exchange import Request, Response
from tests.local_http import Reply, Trick, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "cl1ent-s3cret"
TOKEN_PATH = "/oidc/token"


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class Issuer:
    """A token endpoint that issues `token-1`, `token-2` and so on, or what it is told to."""

    def __init__(self, body: Any = None, error: Exception | None = None, **fields: Any) -> None:
        self.fields = fields
        self.body = body
        self.error = error
        self.requests: list[Request] = []
        self.slow = 0.0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        time.sleep(self.slow)
        if self.error is not None:
            raise self.error
        if self.body is not None:
            return Response(200, self.body)
        return Response(200, {"access_token": f"token-{number}", **self.fields})

    @property
    def count(self) -> int:
        return len(self.requests)


class Api:
    """An API and its token endpoint, on one server.

    Attributes:
        tokens: Answers of the token endpoint, the last one for ever; None issues a token.
        good: Tokens that the API takes; None takes all.
    """

    def __init__(self, *tokens: Reply | Trick | None, good: set[str] | None = None) -> None:
        self.tokens = list(tokens) or [None]
        self.good = good
        self.issued = 0
        self._lock = threading.Lock()

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Reply | Trick:
        with self._lock:
            if path == TOKEN_PATH:
                answer = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
                if answer is not None:
                    return answer
                self.issued += 1
                return json_reply({"access_token": f"token-{self.issued}", "expires_in": 3600})
            sent = headers["authorization"].removeprefix("Bearer ")
            return json_reply([sent], 200 if self.good is None or sent in self.good else 401)
