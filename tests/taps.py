"""The taps of this project, for what holds of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_kinde.tap import TapKinde
from tap_logto.tap import TapLogto
from tap_rudderstack.tap import TapRudderStack
from tap_zitadel.tap import TapZitadel

if TYPE_CHECKING:
    from identity_sdk.singer.tap import IdentityTap

TAPS: dict[str, type[IdentityTap]] = {
    tap.name: tap for tap in (TapKinde, TapLogto, TapRudderStack, TapZitadel)
}
