"""Which rows were created during the sync, by the server's clock."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from identity_sdk.exchange import Item, Response


class Newcomers:
    """Detects rows that were created after the reading of a listing began.

    Attributes:
        made_at: When a row was created, in epoch seconds; None if it does not say.
    """

    def __init__(self, made_at: Callable[[Item], float | None] | None) -> None:
        self._made_at = made_at
        self._began: float | None = None

    def began(self, response: Response) -> None:
        """Take the start time from the first response: the server's clock (RFC 9110 §6.6.1)."""
        if self._made_at is not None and self._began is None:
            try:
                date = parsedate_to_datetime(response.headers.get("date", ""))
            except ValueError:
                return
            self._began = date.timestamp()

    def among(self, items: Iterable[Item]) -> int:
        """How many of these rows were created since."""
        made_at, began = self._made_at, self._began
        if made_at is None or began is None:
            return 0
        moments = [made_at(item) for item in items]
        return sum(moment is not None and moment >= began for moment in moments)
