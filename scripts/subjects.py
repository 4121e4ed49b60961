"""What streams and questions are about: how diagrams and the page of questions are grouped."""

from __future__ import annotations

import re

SUBJECTS = {
    "Completeness": r"completeness|deleted_rows|stale_streams|sync_runs",
    "Logs": r"audit_logs|events|hooks",
    "Credentials": r"\w*(secrets|keys|access_tokens)",
    "Invitations and provisioning": r"organization_(invit|jit)\w*|directories",
    "Sign-in": r"\w*(identities|connections|connectors|sessions|identity_providers)"
    r"|\w*user_(auth|identity|idp|mfa|sign)\w*",
    "Roles and permissions": r"\w*(administrator|authorization|permission|role|scope)s?(_\w+)?",
    "Organizations": r"organization\w*",
    "Groups": r"group\w*",
    "Applications and APIs": r"(api|application|project|resource)\w*|user_grants",
    "Users": r"user\w*",
    "Instance and policies": r"instance|policies",
}
"""Each subject with the names of its streams; the first that matches counts."""

ORDER = (
    "Users",
    "Groups",
    "Organizations",
    "Roles and permissions",
    "Applications and APIs",
    "Sign-in",
    "Credentials",
    "Invitations and provisioning",
    "Logs",
    "Instance and policies",
    "Completeness",
)
"""The subjects as readers see them."""


def subject(stream: str) -> str:
    """What a stream is about.

    Raises:
        LookupError: No subject has it.
    """
    for name, pattern in SUBJECTS.items():
        if re.fullmatch(pattern, stream):
            return name
    raise LookupError(f"`{stream}` has no subject: add it to scripts/subjects.py")
