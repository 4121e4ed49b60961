"""The route to a server: proxy, trusted certificates, connections.

requests finds them, once per base URL: it knows what the variables of proxies and certificates
mean. Requests themselves go to urllib3's connection pool, in less than half the time.
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH
from requests.utils import select_proxy
from urllib3.exceptions import HTTPError

from identity_sdk.errors import SettingsError
from identity_sdk.http.urls import is_loopback, origin

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Route:
    """The route of requests to a base URL.

    Attributes:
        target: Origin of the base URL.
        proxy: Origin of the proxy; None if there is none.
        trust: The setting or variable with the trusted certificates; None for the public CAs.
        pool: The connections to the server or its proxy.
        prefix: What precedes a path in a request: the path of the base URL, or for a proxy that
            does not tunnel, all of it (RFC 9112 §3.2.2).
        headers: Headers of each request.
    """

    target: str
    proxy: str | None
    trust: str | None
    pool: HTTPConnectionPool
    prefix: str
    headers: dict[str, str]


def route_to(base: str, ca_bundle: str | None, adapter: HTTPAdapter) -> Route:
    """The route according to settings and environment.

    Args:
        base: The base URL.
        ca_bundle: The setting of that name.
        adapter: Owner of the connections.

    Raises:
        SettingsError: The proxy or the CA bundle is not valid.
    """
    # Only a session reads the environment.
    found: dict[str, Any] = dict(
        requests.Session().merge_environment_settings(base, {}, True, ca_bundle or True, None)
    )
    # Requests to this machine do not use a proxy, and gain nothing from being compressed.
    near = is_loopback(base)
    proxies, bundle = {} if near else found["proxies"], found["verify"]
    trust = None
    if isinstance(bundle, str) and urlsplit(base).scheme == "https":
        trust = "`ca_bundle`" if ca_bundle else next(v for v in _VARIABLES if os.environ.get(v))
        _check_bundle(trust, Path(bundle))
    proxy = _proxy(base, proxies)
    authorities = DEFAULT_CA_BUNDLE_PATH if bundle is True else bundle
    try:
        request = requests.Request("GET", base).prepare()
        pool = adapter.get_connection_with_tls_context(request, authorities, proxies=proxies)
        prefix = adapter.request_url(request, proxies).rstrip("/")
    except (requests.RequestException, HTTPError):
        between = f", nor its proxy, {proxy}" if proxy else ""
        raise SettingsError(f"{origin(base)} is not a host that can be reached{between}.") from None
    headers = {} if near else {"Accept-Encoding": "gzip"}
    return Route(origin(base), proxy, trust, cast("HTTPConnectionPool", pool), prefix, headers)


def _proxy(base: str, proxies: dict[str, str]) -> str | None:
    if not (chosen := select_proxy(base, proxies)):
        return None
    named = "The proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
    try:
        url = chosen if "://" in chosen else f"http://{chosen}"
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    except ValueError:
        url = scheme = host = ""
    if scheme.startswith("socks") and find_spec("socks") is None:
        raise SettingsError(
            f"{named}, {origin(url)}, is a SOCKS proxy: install PySocks with the tap, use an "
            "http:// proxy instead, or exempt the host with NO_PROXY."
        )
    if not host or not re.fullmatch(r"https?|socks\w+", scheme):
        raise SettingsError(f"{named} is not a URL such as http://proxy.example.com:3128.")
    return origin(url)


def _check_bundle(name: str, path: Path) -> None:
    """Check the CA bundle once, with clear errors; requests would fail at each attempt."""
    folder = path.is_dir()
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(**{"capath" if folder else "cafile": str(path)})
        hashed = not folder or any(re.match(r"[0-9a-f]{8}\.\d", p.name) for p in path.iterdir())
    except ssl.SSLError:
        raise SettingsError(f"{name} must be a file of certificates in PEM format.") from None
    except OSError as error:
        raise SettingsError(f"{name} is a file that cannot be read ({error.strerror}).") from None
    if not hashed:
        raise SettingsError(
            f"{name} is a directory without hashed certificates (see `openssl rehash`); "
            "use a file in PEM format."
        )
