"""Whether the credential may still read what it could at the start of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError, Incomplete

if TYPE_CHECKING:
    from identity_sdk.singer.run import Run


class Rights:
    """Looks at the rights again after each stream, before anything rests on its rows.

    A server that filters what it shows gives totals to match, so that no listing tells. What
    was read between a look that was not good and the next that was is not complete.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._good = True
        self._requests = 0

    def start(self) -> None:
        """Take the preflight for the first good look."""
        self._requests = self._run.client.requests.count

    def recheck(self, permissions: frozenset[str]) -> None:
        """Look, unless nothing was asked for since the last good look.

        Raises:
            Incomplete: The credential may read less than at the start, or that cannot be told.
        """
        run = self._run
        if self._good and run.client.requests.count == self._requests:
            return
        before, self._good = self._good, False
        try:
            lost = run.tap.lost_rights(permissions)
        except ApiError as error:
            self._taint()
            raise Incomplete(f"whether the credential may still read all: {error}") from error
        if lost:
            self._taint()
            raise Incomplete(f"the credential may read less than at the start of the run: {lost}")
        self._good, self._requests = True, run.client.requests.count
        if not before:
            self._taint()
            raise Incomplete(_MEANWHILE)
        for listing in run.listings_read:
            listing.trusted |= listing.result is not None

    def _taint(self) -> None:
        """No listing that was read since the last good look is whole, whoever reads it later."""
        for listing in self._run.listings_read:
            if not listing.trusted:
                listing.tainted = _MEANWHILE


_MEANWHILE = "the credential could read less while this was read"
