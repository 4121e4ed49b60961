"""Checks that the credential can still read what it could at the start of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError, Incomplete

if TYPE_CHECKING:
    from identity_sdk.singer.run import Run


class Rights:
    """Checks permissions again after each stream, before its rows are relied on.

    A server that filters by permission lowers its totals too, so no listing shows it. Everything
    read between a failed check and the next passed one is incomplete.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._good = True
        self._requests = 0

    def start(self) -> None:
        """Take the preflight as the first passed check."""
        self._requests = self._run.client.requests.count

    def recheck(self, permissions: frozenset[str]) -> None:
        """Check, unless no request was made since the last passed check.

        Raises:
            Incomplete: The credential can read less than at the start, or the check failed.
        """
        run = self._run
        if self._good and run.client.requests.count == self._requests:
            return
        before, self._good = self._good, False
        try:
            lost = run.tap.lost_rights(permissions)
        except ApiError as error:
            self._taint()
            raise Incomplete(f"permissions could not be checked again: {error}") from error
        if lost:
            self._taint()
            raise Incomplete(f"the credential lost permissions during the run: {lost}")
        self._good, self._requests = True, run.client.requests.count
        if not before:
            self._taint()
            raise Incomplete(_MEANWHILE)
        for listing in run.listings_read:
            listing.trusted |= listing.result is not None

    def _taint(self) -> None:
        """Mark listings read since the last passed check as incomplete, for all their readers."""
        for listing in self._run.listings_read:
            if not listing.trusted:
                listing.tainted = _MEANWHILE


_MEANWHILE = "the credential had lost permissions while this was read"
