"""Validation and normalisation of URLs in settings and responses."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from identity_sdk.errors import SettingsError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_DEFAULT_PORTS = {"http": 80, "https": 443}
_DOMAIN = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


def check_url(name: str, url: str, *, allow_http: bool) -> str:
    """A base URL in normal form (RFC 3986 §6.2), as it identifies a tenant: it may be an audience,
    and is the coverage of a run.

    The host is in lower case, without a trailing dot and without the default port; the path has no
    trailing or double slashes.

    Raises:
        SettingsError: It is not an absolute URL, contains credentials or a query, or would send the
            credential over plain http to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), _port(parts)
    except ValueError:  # of brackets, a port, or characters
        parts, host, port = urlsplit(""), "", ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise SettingsError(f"`{name}` must be an absolute URL such as https://api.example.com.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(f"`{name}` must not contain a user, a query or a fragment.")
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        raise SettingsError(
            f"`{name}` is plain http, which would send the credential in clear text. Use https, "
            "or set `allow_http` if the network in between is trusted."
        )
    path = re.sub("/+", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{host}{port}{path}"


def check_domain(name: str, domain: str) -> str:
    """A domain, optionally with a port, in normal form, as a Host header.

    Raises:
        SettingsError: It is something else, such as a URL.
    """
    text = domain.strip().rstrip("/")
    try:
        parts = urlsplit(f"https://{text}")
        host, port = _host(parts.hostname or ""), _port(parts)
    except ValueError:
        parts, host, port = urlsplit(""), "", ""
    if parts.netloc != text or "@" in text or not _DOMAIN.fullmatch(host):
        raise SettingsError(
            f"`{name}` must be a domain such as id.example.com, without https:// and without a "
            "path, and in its xn-- form if it has non-ASCII letters."
        )
    return f"{host}{port}"


def _host(host: str) -> str:
    """A host in normal form; empty if it is empty.

    Raises:
        ValueError: It is not a host.
    """
    if re.search(r"[\s\x00-\x1f]", host):
        raise ValueError
    try:
        address = ip_address(host)
    except ValueError:
        return host.rstrip(".")
    return f"[{address}]" if address.version == 6 else str(address)


def _port(parts: SplitResult) -> str:
    """The port with its colon; empty for the scheme's default port.

    Raises:
        ValueError: It is not a port.
    """
    if parts.port == 0:
        raise ValueError
    return "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def split(url: str) -> tuple[str, str]:
    """The origin and the path of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


def is_loopback(url: str) -> bool:
    """Whether a URL is on this machine."""
    return _is_loopback(urlsplit(url).hostname or "")


def origin(location: str) -> str:
    """The origin of a Location header, without credentials, path and query."""
    try:
        place = urlsplit(location)
        if not place.hostname:
            return "elsewhere"
        host = f"[{place.hostname}]" if ":" in place.hostname else place.hostname
        return f"{place.scheme}://{host}" + (f":{place.port}" if place.port else "")
    except ValueError:
        return "elsewhere"
