"""How often a request that fails is sent, and how long it waits between."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import backoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.http.transport import RetriableError

_SUSPECT = 2
"""Repeats of a failure that probably means something that no repetition cures."""


class RetryBudget:
    """What the attempts at one request have come to.

    Attributes:
        tries: How often it failed; refusals (429) do not count.
    """

    def __init__(self, retries: int) -> None:
        self.tries = 0
        self._retries = retries
        self._slow = 0
        self._began = time.monotonic()
        self._waits = _growing(0.1, 30)
        self._refusals = _growing(1, 60)

    @property
    def took(self) -> float:
        """Seconds since the first attempt."""
        return time.monotonic() - self._began

    def pause(self, failing: RetriableError) -> float:
        """Count a failure; seconds to wait before the next attempt."""
        self.tries += failing.status != 429
        self._slow += failing.slow
        if not failing.refused:
            return random.uniform(0.5, 1) * next(self._waits)  # noqa: S311
        return next(self._refusals) if failing.wait is None else failing.wait

    def are_enough(self, failing: RetriableError) -> bool:
        """Whether no attempt is left."""
        retries = min(self._retries, _SUSPECT) if failing.meaning else self._retries
        # What is too slow twice is asked for in smaller pieces, if that is possible.
        return self.tries > retries or self._slow > min(1, retries)


def _growing(first: float, most: float) -> Iterator[float]:
    pauses = backoff.expo(factor=first, max_value=most)
    next(pauses)  # what starts the generator
    return pauses
