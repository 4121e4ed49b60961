"""Mapping of ZITADEL's errors."""

from __future__ import annotations

import re
from typing import Any

from identity_sdk import AccessDenied, ApiError, ErrorMapping, Meaning, NotFound, TooLarge

INSTANCE, ORGANIZATION = "IAM_OWNER_VIEWER", "ORG_OWNER_VIEWER"
"""The administrator roles that the service account needs: of the instance, or of each
organization."""
ROLES = (
    f"Make the service account an administrator of the instance with the role {INSTANCE}, or of "
    f"each organization to be read with the role {ORGANIZATION}."
)
CREDENTIALS = (
    "Check `pat`, `private_key`, or `client_id` and `client_secret`: they must belong to a service "
    "account of this instance and not have expired; and this machine's clock must be right."
)
_ENDED = {
    "LIMITS-molsj": "The instance is blocked.",
    "QUOTA-vjAy8": "The quota of authenticated requests is used up; waiting does not help.",
}


_REFUSED = ("invalid_client", "invalid_grant", "invalid_request", "unauthorized_client")
"""Errors of the token endpoint for a credential that it rejects (RFC 6749 §5.2)."""


def _error(body: Any) -> Any:
    """The object with an error's id: the code is a number, or the same for many errors."""
    fields = body if isinstance(body, dict) else {}
    details = fields.get("details")
    each = details if isinstance(details, list) else []
    told = [e["id"] for e in each if isinstance(e, dict) and e.get("id")]
    told += re.findall(r"\(([A-Z]+-\w{4,8})\)", str(fields.get("message")))
    return {"code": told[0]} if told else body


def _judge(status: int, body: Any) -> Meaning | None:
    fields = body if isinstance(body, dict) else {}
    message, told = str(fields.get("message")), _error(body)
    identifier = str(told.get("code")) if isinstance(told, dict) else ""
    if "larger than max" in message:
        return TooLarge, "The response is too large for the server."
    if identifier in _ENDED:
        return ApiError, _ENDED[identifier]
    if identifier == "AUTH-Bs7Ds":
        return NotFound, "There is no such organization."
    if status == 404 and identifier.startswith("AUTHZ-"):
        return AccessDenied, ROLES
    if status == 400 and fields.get("error") in _REFUSED:
        return AccessDenied, CREDENTIALS
    return None


def _suspect(status: int, body: Any) -> Meaning | None:
    """Up to 4.13, the token endpoint responds to an invalid assertion with a server error."""
    fields = body if isinstance(body, dict) else {}
    if status == 500 and fields.get("error") == "server_error":
        return AccessDenied, CREDENTIALS
    return None


ERROR_MAPPING = ErrorMapping(
    error_object=_error,
    advice={200: "Check `instance_url`.", 401: CREDENTIALS, 403: ROLES},
    classify=_judge,
    suspect=_suspect,
)


def absent(error: ApiError) -> bool:
    """Whether a server lacks an endpoint, as opposed to the requested resource."""
    if error.status in (405, 501):
        return True
    fields = error.body if isinstance(error.body, dict) else {}
    return error.status == 404 and fields.get("message", "Not Found") == "Not Found"
