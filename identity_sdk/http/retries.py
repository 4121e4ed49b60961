"""How often a request that fails is sent, and how long it waits between."""

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
"""Repeats of a failure that probably means something that no repetition cures."""


@dataclass(frozen=True)
class Retries:
    """What the attempts at one request have come to, as urllib3's `Retry` tells it.

    Attributes:
        allowed: How often it may fail and be sent again.
        failures: How often it failed; refusals (429) do not count.
        slow: How often it took too long.
        delayed: How often it was put off without a word of the server's.
        refused: How often the server asked to come back later.
        began: When it was sent first, by the monotonic clock.
    """

    allowed: int
    failures: int = 0
    slow: int = 0
    delayed: int = 0
    refused: int = 0
    began: float = field(default_factory=time.monotonic)

    def after(self, error: RetriableError) -> Retries:
        """The same after one more failure."""
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
        """Seconds to wait after the failure that was counted last."""
        if not error.refused:
            return random.uniform(0.5, 1) * _growing(0.1, 30, self.delayed)  # noqa: S311
        return _growing(1, 60, self.refused) if error.wait is None else error.wait

    def are_spent(self, error: RetriableError) -> bool:
        """Whether no attempt is left."""
        allowed = min(self.allowed, _SUSPECT) if error.meaning else self.allowed
        # What is too slow twice is asked for in smaller pieces, if that is possible.
        return self.failures > allowed or self.slow > min(1, allowed)


def _growing(first: float, most: float, number: int) -> float:
    """The pause of a number, counted from 1, of pauses that double."""
    pauses = backoff.expo(factor=first, max_value=most)
    next(pauses)  # what starts the generator
    return next(islice(pauses, number - 1, None))
