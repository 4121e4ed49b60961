"""Servers of tests end in the background: each takes a sixth of a second, waiting for itself."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from sandbox.server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.faults import App
    from sandbox.server import Sandbox

_threads = ThreadPoolExecutor(4, thread_name_prefix="closing")
_closing: list[Future[Any]] = []


def later(close: Callable[[], object]) -> None:
    """Close something in the background."""
    _closing[:] = [each for each in _closing if not each.done() or each.exception()]
    _closing.append(_threads.submit(close))


def closed() -> None:
    """Wait for all that is being closed, and raise what went wrong."""
    while _closing:
        _closing.pop().result(timeout=30)


@contextmanager
def serving(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox serves while this is entered, as it does by itself."""
    sandbox.__enter__()
    try:
        yield sandbox
    finally:
        later(lambda: sandbox.__exit__(None, None, None))


@contextmanager
def listening(app: App) -> Iterator[str]:
    """An application answers while this is entered: its root URL."""
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    runner = HttpServer(config)
    # Said to be TCP, so that asyncio does not let small packets wait.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=runner.run, args=([listener],), daemon=True)
    thread.start()
    while not runner.started:
        assert thread.is_alive()
        time.sleep(0.01)

    def close() -> None:
        thread.join(timeout=10)
        listener.close()

    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        runner.should_exit = True
        later(close)
