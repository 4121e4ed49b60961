"""Why a server could not be reached, in messages that contain no credential."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from urllib3.exceptions import ProxyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.http.route import Route

_WORDS = {
    "gaierror": "host name not found",
    "ConnectionRefusedError": "connection refused",
    "RemoteDisconnected": "connection closed by the server",
    "ConnectionResetError": "connection reset by the server",
    "IncompleteRead": "the response was cut off",
    "TimeoutError": "no response",
}

# OpenSSL error numbers (X509_V_ERR_… in x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
_OTHER_NAME = (62, 64)
_STRICT = range(80, 95)
"""Errors raised only with X509_V_FLAG_X509_STRICT, which Python sets since 3.13."""

PROXY_LOGIN = (
    "The proxy requires a user and a password: set them in HTTPS_PROXY or HTTP_PROXY as "
    "http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded."
)


PROXY_HINT = "Check HTTPS_PROXY or HTTP_PROXY."


def lasting(error: BaseException, route: Route) -> str | None:
    """What a retry cannot cure, and what to do about it; None if the error may be temporary."""
    status = _tunnel(error)
    if status == 407:
        return f"{route.proxy} answered 407. {PROXY_LOGIN}"
    if status in (403, 405):
        return f"{route.proxy} answered {status}: it does not allow connections to {route.target}."
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            whose = f"{route.target}: the server's certificate"
            if at_proxy(error):
                whose = f"{route.proxy}: the proxy's certificate"
            return f"{whose}{_refusal(each, route)}"
    return None


def passing(error: BaseException, route: Route) -> str:
    """Why a server could not be reached, for an error that may be temporary."""
    place = f"at {route.target}" + (f" through the proxy {route.proxy}" if route.proxy else "")
    if at_proxy(error):
        place = f"at the proxy {route.proxy}"
    names = [type(each).__name__ for each in _causes(error)]
    words = next((_WORDS[name] for name in names if name in _WORDS), names[-1])
    if status := _tunnel(error):
        words = f"it answered {status}"
    elif any(getattr(each, "reason", None) == "WRONG_VERSION_NUMBER" for each in _causes(error)):
        words = "not a TLS server"
    return f"failed {place} ({words})"


def at_proxy(error: BaseException) -> bool:
    """Whether the proxy could not be reached, or refused the request."""
    return any(isinstance(each, ProxyError) for each in _causes(error))


def _refusal(error: ssl.SSLCertVerificationError, route: Route) -> str:
    """What is wrong with a certificate."""
    told, code = error.verify_message.rstrip("."), error.verify_code
    chain = ", or one in its chain,"
    if code == _EXPIRED:
        return f"{chain} has expired: have it renewed. Or this machine's clock is wrong."
    if code == _NOT_YET_VALID:
        return f"{chain} is not valid yet: this machine's clock, or the issuer's, is wrong."
    if code in _OTHER_NAME:
        return f" is for another host ({told}). Check the URL, or have the certificate reissued."
    if code in _STRICT:
        return (
            f"{chain} violates RFC 5280 ({told}), which Python enforces since 3.13: have "
            "it reissued, or run the tap with Python 3.12."
        )
    if code not in _UNKNOWN_ISSUER:
        return f" is not trusted ({told})."
    known = f"a CA of {route.trust}" if route.trust else "a public CA"
    mend = "set `ca_bundle` to a file with that CA's certificate"
    if route.trust == "`ca_bundle`":
        mend = "add that CA's certificate to `ca_bundle`"
    whose = "If it was issued by a private CA, or by a TLS-inspecting proxy"
    return f" is not trusted: it was not issued by {known} ({told}). {whose}, {mend}."


def _tunnel(error: BaseException) -> int | None:
    """The status with which a proxy refused a CONNECT request (RFC 9110 §9.3.6)."""
    told = [re.match(r"Tunnel connection failed: (\d{3})\b", str(e)) for e in _causes(error)]
    return next((int(found[1]) for found in told if found), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all its causes, the innermost last; urllib3 passes causes on as context, reason
    or argument."""
    waiting, seen = [error], {id(error)}
    while waiting:
        each = waiting.pop()
        yield each
        for inner in (*each.args, getattr(each, "reason", None), each.__context__, each.__cause__):
            if isinstance(inner, BaseException) and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)
