"""Daemon threads that wait for responses."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from identity_sdk.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable


class SharedCounter:
    """A thread-safe counter."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.count += 1


_T = TypeVar("_T")


class InFlight(Generic[_T]):
    """A pending result; waiting for it ends when the run is asked to stop."""

    def __init__(self, future: concurrent.futures.Future[_T], stop: threading.Event) -> None:
        self._future = future
        self._stop = stop

    def result(self) -> _T:
        while True:
            if self._stop.is_set():
                raise Stopped
            try:
                return self._future.result(timeout=0.5)
            except concurrent.futures.TimeoutError:
                if self._future.done():  # The job may have raised such an error itself.
                    return self._future.result()

    def cancel(self) -> bool:
        return self._future.cancel()


class Workers:
    """Threads that end with the process, unlike those of ThreadPoolExecutor.

    A hanging request must not keep a stopped run alive until its time-out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[
            tuple[concurrent.futures.Future[Any], Callable[[], Any]] | None
        ] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._closed = False

    def submit(self, job: Callable[[], _T]) -> concurrent.futures.Future[_T]:
        if self._closed:
            raise Stopped("the client is closed")
        future: concurrent.futures.Future[_T] = concurrent.futures.Future()
        self._jobs.put((future, job))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, daemon=True, name="identity-client")
            self._threads.append(thread)
            thread.start()
        return future

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            future, job = entry
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except BaseException as error:  # raised again where the result is awaited
                    future.set_exception(error)
            self._idle.release()
