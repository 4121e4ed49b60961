"""One rate limit for all requests of a run."""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Limiter:
    """Spaces requests, and holds all of them back when the server asks for it.

    A configured rate applies from the start. Without one, requests are not limited until the first
    429. Each 429 that does not belong to the previous one halves the rate; it doubles again after
    every two seconds without a 429, up to the configured rate.

    Attributes:
        rate: Maximum number of requests per second; None for no limit.
    """

    _QUIET = 2.0

    def __init__(
        self,
        rate: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.rate = rate
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._pace = rate
        self._next = 0.0  # no request before this time
        self._closed_until = 0.0  # as requested by the server
        self._changed = 0.0  # when the rate was last changed
        self._recent: deque[float] = deque()  # requests in the last second

    def wait(self) -> None:
        """Block until a request may be sent."""
        while (delay := self._claim()) > 0:
            self._pause(delay)

    def refused(self, wait: float) -> float:
        """Hold all requests back for `wait` seconds; return for how long they are held back now."""
        with self._lock:
            moment = self._clock()
            echo = moment < self._closed_until or moment - self._changed < 1.0
            if not echo:
                seen = sum(1 for at in self._recent if at > moment - 1.0)
                self._pace = max(min(0.2, self.rate or 0.2), (self._pace or max(seen, 1)) / 2)
                self._changed = moment
            self._closed_until = max(self._closed_until, moment + wait)
            return self._closed_until - moment

    def _claim(self) -> float:
        with self._lock:
            moment = self._clock()
            self._recover(moment)
            opens = max(self._next, self._closed_until)
            if moment < opens:
                # Threads poll instead of reserving a slot, so that a pause that is requested
                # in the meantime applies to them too.
                return min(opens - moment, 1.0)
            if self._pace is not None:
                self._next = max(self._next, moment) + 1 / self._pace
            self._recent.append(moment)
            while self._recent[0] < moment - 1.0:
                self._recent.popleft()
            return 0.0

    def _recover(self, moment: float) -> None:
        if self._pace is None or self._pace == self.rate:
            return
        if moment - max(self._changed, self._closed_until) >= self._QUIET:
            self._pace *= 2
            self._changed = moment
            if self.rate is not None:
                self._pace = min(self._pace, self.rate)
            elif self._pace > 1000:
                self._pace = None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as requested by the server; None if it does not say.

    Reads Retry-After in seconds or as a date (RFC 9110 §10.2.3), RateLimit-Reset in seconds, and
    X-RateLimit-Reset in seconds or as an epoch in seconds or milliseconds.
    """
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "").strip()
        if not value:
            continue
        try:
            seconds = float(value)
        except ValueError:
            seconds = _until(value)
        if seconds >= 10**12:
            seconds /= 1000
        if seconds >= 10**9:
            seconds -= time.time()
        if seconds == seconds and seconds != float("inf"):
            return max(0.0, seconds)
    return None


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return float("nan")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - datetime.now(timezone.utc)).total_seconds()
