"""How requests prove who makes them."""

from __future__ import annotations

import re
from typing import Protocol

from identity_sdk.errors import SettingsError


class Authenticator(Protocol):
    """What the client needs of an authenticator; one serves all threads of a run."""

    def header(self) -> str:
        """The value of the Authorization header (RFC 9110 §11.6.2)."""
        ...

    def renew(self, rejected: str) -> bool:
        """Get another credential after `rejected`, a header, drew a 401.

        Returns:
            Whether there is another one, so that the request is worth repeating.
        """
        ...


class StaticToken:
    """A bearer token that was issued elsewhere and cannot be renewed (RFC 6750)."""

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SettingsError(
                "The token is empty or holds characters that no token has, such as a line break."
            )
        self._header = f"Bearer {token}"

    def header(self) -> str:
        return self._header

    def renew(self, rejected: str) -> bool:
        return rejected != self._header
