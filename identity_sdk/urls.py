"""URLs that settings give and servers answer."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from identity_sdk.errors import SettingsError

_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[?::1\]?)\Z", re.IGNORECASE)


def check_url(name: str, url: str, *, allow_http: bool) -> str:
    """A base URL without a trailing slash.

    Raises:
        SettingsError: It is no absolute URL, holds credentials or a query, or would send
            the credential over plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        sound = parts.port is None or parts.port > 0
    except ValueError:  # of brackets, a port, or characters
        parts, sound = urlsplit(""), False
    host = parts.hostname or ""
    if (
        parts.scheme not in ("http", "https")
        or not sound
        or not re.fullmatch(r"[^\s\x00-\x1f]+", host)
    ):
        raise SettingsError(f"`{name}` must be an absolute URL such as https://api.example.com.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(f"`{name}` must not hold a user, a query or a fragment.")
    if parts.scheme == "http" and not allow_http and not _LOOPBACK.match(host):
        raise SettingsError(
            f"`{name}` is plain http, which would send the credential in clear text. Use https, "
            "or set `allow_http` if the network between is trusted."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def split(url: str) -> tuple[str, str]:
    """A URL's origin and its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return bool(_LOOPBACK.match(urlsplit(url).hostname or ""))


def origin(location: str) -> str:
    """Where a Location leads, without credentials, path and query."""
    try:
        place = urlsplit(location)
        if not place.hostname:
            return "elsewhere"
        host = f"[{place.hostname}]" if ":" in place.hostname else place.hostname
        return f"{place.scheme}://{host}" + (f":{place.port}" if place.port else "")
    except ValueError:
        return "elsewhere"
