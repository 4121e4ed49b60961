"""What can go wrong on the way, and how often it did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass
class Fault:
    """Something that happens to requests whose path contains `path`.

    Attributes:
        status: Answer with this status instead.
        headers: Headers of that answer.
        body: Body of that answer.
        delay: Seconds to wait first.
        reset: Reset the connection instead of an answer.
        cut: Send only this share of the true answer, and close.
        drip: Send the true answer in ten pieces, with so many seconds between them.
        call: Called first; it may change the company.
        skip: Matching requests that pass untouched before it begins.
        times: Requests it happens to; None means all.
        delivered: How often it happened.
    """

    path: str = ""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"detail": "made up"}'
    delay: float = 0.0
    reset: bool = False
    cut: float | None = None
    drip: float = 0.0
    call: Callable[[], object] | None = None
    skip: int = 0
    times: int | None = None
    delivered: int = 0

    def strikes(self, path: str) -> bool:
        """Whether it happens to this request."""
        if self.path not in path or (self.times is not None and self.delivered >= self.times):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.delivered += 1
        return True


class Faulty:
    """An ASGI application with faults, and a record of its requests.

    Attributes:
        faults: The faults in force; a test adds and removes them.
        requests: Path and query of each request so far.
        latency: Seconds that each answer takes on its way, half of them before it is made.
            Others are answered meanwhile.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.latency = 0.0

    def fault(self, path: str = "", **what: Any) -> Fault:
        """Put a fault in force."""
        fault = Fault(path, **what)
        self.faults.append(fault)
        return fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = f"{scope['path']}?{scope['query_string'].decode()}"
            self.requests.append(path)
            if self.latency:
                await asyncio.sleep(self.latency / 2)
                send = self._late(send)
            for fault in [fault for fault in self.faults if fault.strikes(path)]:
                if fault.call:
                    fault.call()
                await asyncio.sleep(fault.delay)
                if fault.reset:
                    _transport(send).abort()
                    return
                if fault.status is not None:
                    await _answer(fault, send)
                    return
                if fault.cut is not None or fault.drip:
                    await self._distort(fault, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _late(self, send: Send) -> Send:
        async def late(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(self.latency / 2)
            await send(message)

        late.__self__ = getattr(send, "__self__", None)  # type: ignore[attr-defined]
        return late

    async def _distort(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        told: list[MutableMapping[str, Any]] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            told.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in told)
        start = told[0]
        length = (b"content-length", str(len(body)).encode())
        start["headers"] = [h for h in start["headers"] if h[0] != length[0]] + [length]
        await send(start)
        shown = body if fault.cut is None else body[: int(len(body) * fault.cut)]
        step = len(shown) // 10 + 1
        for place in range(0, len(shown), step):
            await asyncio.sleep(fault.drip)
            piece = shown[place : place + step]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if len(shown) < len(body):
            _transport(send).close()
            return
        await send({"type": "http.response.body", "body": b""})


def _transport(send: Send) -> Any:
    """uvicorn's connection, behind its `send`."""
    return send.__self__.transport  # type: ignore[attr-defined]


async def _answer(fault: Fault, send: Send) -> None:
    headers = {"content-type": "application/json", **fault.headers}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": encoded})
    await send({"type": "http.response.body", "body": fault.body})
