"""Everything that can go wrong in a run, as the person on call should read it.

A message says what is wrong, where, and what to do. It never holds a secret or a
response body.
"""

from __future__ import annotations

from typing import Any


class IdentityError(Exception):
    """Base of all errors that are shown to people without a traceback.

    Attributes:
        exit_code: What the process exits with: 128 plus the signal's number if a signal
            ended the run.
    """

    exit_code = 1


class SettingsError(IdentityError):
    """A setting is missing or cannot be right."""


class Incomplete(IdentityError):
    """A listing ended without proof that it was read whole."""


class KeyConflict(IdentityError):
    """Two different rows carry one key, so one would overwrite the other."""


class Unsupported(IdentityError):
    """This server does not support it, as opposed to having none of it."""


class Stopped(IdentityError):
    """The run was asked to stop by a signal."""


class RunFailed(IdentityError):
    """At least one selected stream was not read completely."""


class LoaderGone(IdentityError):
    """Nobody reads the output any more."""


class ApiError(IdentityError):
    """A request that failed for good, after retries where those make sense.

    Attributes:
        status: The HTTP status; None if no response came.
        body: What the server said, as JSON or else as text, for code that must tell errors apart.
            Never shown.
    """

    def __init__(self, message: str, status: int | None = None, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class AccessDenied(ApiError):
    """401 or 403: the credential is not accepted, or lacks a permission."""


class NotAuthenticated(AccessDenied):
    """401, or no token was issued: the credential is not accepted, whatever is asked for."""


class NotFound(ApiError):
    """404: the resource, or the whole endpoint, does not exist."""


class TooLarge(ApiError):
    """413, 504 or a time-out, also after retries: asking for less may succeed."""


class Unreachable(ApiError):
    """A certificate or a proxy bars the way to the server."""


class Rejected(ApiError):
    """Any other 4xx, or a 501: the server refuses this form of the request."""
