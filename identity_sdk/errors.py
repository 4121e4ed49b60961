"""The errors of a run, with messages for the person on call.

A message says what is wrong, where, and what to do. It never contains a secret or a response body.
"""

from __future__ import annotations

from typing import Any


class IdentityError(Exception):
    """Base of all errors that are reported without a traceback.

    Attributes:
        exit_code: Exit code of the process: 128 plus the signal's number if a signal ended the run.
    """

    exit_code = 1


class SettingsError(IdentityError):
    """A setting is missing or not valid."""


class Incomplete(IdentityError):
    """A listing is not proven complete."""


class KeyConflict(IdentityError):
    """Two different rows have the same key, so one would overwrite the other."""


class Unsupported(IdentityError):
    """The server does not support it, as opposed to having no rows of it."""


class Stopped(IdentityError):
    """The run was asked to stop by a signal."""


class RunFailed(IdentityError):
    """At least one selected stream was not read completely."""


class LoaderGone(IdentityError):
    """The loader has closed the pipe."""


class ApiError(IdentityError):
    """A request that failed, after retries where they make sense.

    Attributes:
        status: The HTTP status; None if no response came.
        body: The response body as JSON, or else as text, for code that must distinguish errors.
            Never shown.
    """

    def __init__(self, message: str, status: int | None = None, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class AccessDenied(ApiError):
    """401 or 403: the credential is not accepted, or lacks a permission."""


class NotAuthenticated(AccessDenied):
    """401, or no token was issued: the credential is not accepted for any request."""


class NotFound(ApiError):
    """404: the resource, or the whole endpoint, does not exist."""


class TooLarge(ApiError):
    """413, 504 or a time-out, also after retries: a smaller request may succeed."""


class Unreachable(ApiError):
    """A certificate or a proxy prevents requests from reaching the server."""


class Rejected(ApiError):
    """Any other 4xx, or a 501: the server refuses the request in this form."""
