"""Reading listings to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from identity_sdk.exchange import Item
    from identity_sdk.listing.evidence import ListingResult
    from identity_sdk.listing.reading import Reading


def drain(reading: Reading) -> tuple[list[Item], ListingResult]:
    """All items of a reading, and its result."""
    items: list[Item] = []
    while (page := reading.next_page()) is not None:
        items += page
    assert reading.result is not None
    return items, reading.result
