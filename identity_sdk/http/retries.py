"""How often a failing request is retried, and how long to wait in between."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import backoff

if TYPE_CHECKING:
    from identity_sdk.http.transport import RetriableError

_SUSPECT = 2
"""Retries of a failure that probably means something that a retry cannot cure."""


@dataclass(frozen=True)
class Retries:
    """The attempts at one request, in the manner of urllib3's `Retry`.

    Attributes:
        allowed: Maximum number of retries after failures.
        failures: Number of failures, not counting rate limits (429).
        slow: Number of time-outs.
        delayed: Number of failures for which the server did not ask to wait.
        refused: Number of times that the server asked to wait.
        began: Time of the first attempt, by the monotonic clock.
    """

    allowed: int
    failures: int = 0
    slow: int = 0
    delayed: int = 0
    refused: int = 0
    began: float = field(default_factory=time.monotonic)

    def after(self, error: RetriableError) -> Retries:
        """The same with one more failure."""
        return replace(
            self,
            failures=self.failures + (error.status != 429),
            slow=self.slow + error.slow,
            delayed=self.delayed + (not error.refused),
            refused=self.refused + error.refused,
        )

    @property
    def took(self) -> float:
        """Seconds since the first attempt."""
        return time.monotonic() - self.began

    def pause(self, error: RetriableError) -> float:
        """Seconds to wait after the last failure."""
        if not error.refused:
            return random.uniform(0.5, 1) * _growing(0.1, 30, self.delayed)  # noqa: S311
        return _growing(1, 60, self.refused) if error.wait is None else error.wait

    def are_spent(self, error: RetriableError) -> bool:
        """Whether no attempt is left."""
        allowed = min(self.allowed, _SUSPECT) if error.meaning else self.allowed
        # After two time-outs, a smaller page is requested, if possible.
        return self.failures > allowed or self.slow > min(1, allowed)


def _growing(first: float, most: float, number: int) -> float:
    """Exponential back-off: the pause before retry `number`, counted from 1."""
    pauses = backoff.expo(factor=first, max_value=most)
    next(pauses)  # what starts the generator
    return next(islice(pauses, number - 1, None))
