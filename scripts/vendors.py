"""The taps, with what the Hub wants to know and no tap can say of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_kinde.tap import TapKinde
from tap_logto.tap import TapLogto
from tap_rudderstack.tap import TapRudderStack
from tap_zitadel.tap import TapZitadel

if TYPE_CHECKING:
    from identity_sdk.singer.tap import IdentityTap


@dataclass(frozen=True)
class Vendor:
    """A tap and its vendor.

    Attributes:
        groups: Sets of settings, one of which must be given.
    """

    tap: type[IdentityTap]
    label: str
    domain: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def system(self) -> str:
        """The vendor's name as the model and the paths of the docs have it."""
        return self.tap.name.removeprefix("tap-")

    @property
    def package(self) -> str:
        """The tap's package, and the schema that it is loaded into by default."""
        return self.tap.name.replace("-", "_")

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the tap says of itself."""
        command = [str(Path(sys.executable).parent / self.tap.name), "--about", "--format=json"]
        said = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
        about: dict[str, Any] = json.loads(said)
        return about


VENDORS = (
    Vendor(
        TapKinde,
        "Kinde",
        "https://kinde.com/",
        (("base_url", "client_id", "client_secret"),),
    ),
    Vendor(
        TapLogto,
        "Logto",
        "https://logto.io/",
        (("base_url", "client_id", "client_secret"),),
    ),
    Vendor(
        TapRudderStack,
        "RudderStack",
        "https://www.rudderstack.com/",
        (("service_access_token",),),
    ),
    Vendor(
        TapZitadel,
        "ZITADEL",
        "https://zitadel.com/",
        (
            ("instance_url", "pat"),
            ("instance_url", "private_key"),
            ("instance_url", "client_id", "client_secret"),
        ),
    ),
)
