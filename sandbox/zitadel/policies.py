"""Policies: most organizations have those of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from sandbox.zitadel.calls import AUTHENTICATED, Single
from sandbox.zitadel.show_v2 import details

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zitadel.calls import Call
    from sandbox.zitadel.records import Org
    from sandbox.zitadel.wire import Json

_LOGIN: Json = {
    "allowUsernamePassword": True, "allowRegister": True, "allowExternalIdp": True,
    "passwordlessType": "PASSWORDLESS_TYPE_ALLOWED", "passwordCheckLifetime": "864000s",
    "externalLoginCheckLifetime": "864000s", "mfaInitSkipLifetime": "2592000s",
    "secondFactorCheckLifetime": "64800s", "multiFactorCheckLifetime": "43200s",
    "secondFactors": ["SECOND_FACTOR_TYPE_OTP", "SECOND_FACTOR_TYPE_U2F"],
    "multiFactors": ["MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"],
}  # fmt: skip
_COMPLEXITY: Json = {
    "minLength": "8", "hasUppercase": True, "hasLowercase": True, "hasNumber": True,
    "hasSymbol": True,
}  # fmt: skip
_AGE: Json = {"maxAgeDays": None, "expireWarnDays": None}
_LOCKOUT: Json = {"maxPasswordAttempts": "10"}
_DOMAIN: Json = {"validateOrgDomains": True}


def _needs_mfa(org: Org) -> Json | None:
    return {"forceMfa": True} if org.thing and org.thing.needs_mfa else None


def _needs_long_passwords(org: Org) -> Json | None:
    """Every seventh organization."""
    return {"minLength": "12"} if org.thing and org.thing.number % 7 == 0 else None


def _never(org: Org) -> Json | None:
    return None


def _of(call: Call) -> Json:
    """Policies of the instance are as old as it is."""
    founded = call.instance.company.founded
    return {
        "sequence": "1", "creationDate": founded, "changeDate": founded,
        "resourceOwner": ids.INSTANCE,
    }  # fmt: skip


def _policy(of_instance: Json, own: Callable[[Org], Json | None]) -> Callable[[Call], Json]:
    """What is so in an organization: `own` is what it has changed, if it has."""

    def show(call: Call) -> Json:
        org = call.instance.org_by_id[call.org]
        changed = own(org)
        if changed is None:
            default = {"details": _of(call), **of_instance, "isDefault": True}
            # Of the policy of domains it is told once, of the others twice.
            return {"policy": default, "isDefault": of_instance is not _DOMAIN}
        return {"policy": {"details": details(org), **of_instance, **changed}}

    return show


def _of_instance(policy: Json) -> Callable[[Call], Json]:
    return lambda call: {"policy": {"details": _of(call), **policy, "isDefault": True}}


_KINDS = (
    ("Login", "login", _LOGIN, _needs_mfa),
    ("PasswordComplexity", "password/complexity", _COMPLEXITY, _needs_long_passwords),
    ("PasswordAge", "password/age", _AGE, _never),
    ("Lockout", "lockout", _LOCKOUT, _never),
    ("Domain", "domain", _DOMAIN, _never),
)
ENDPOINTS = (
    *(
        Single(
            rpc=f"management.v1.Get{name}Policy", rest=f"/management/v1/policies/{path}",
            method="GET", show=_policy(policy, own),
            permission=AUTHENTICATED if name == "Domain" else "policy.read",
        )
        for name, path, policy, own in _KINDS
    ),
    *(
        Single(
            rpc=f"admin.v1.Get{name}Policy", rest=f"/admin/v1/policies/{path}", method="GET",
            permission="iam.policy.read", show=_of_instance(policy),
        )
        for name, path, policy, own in _KINDS
    ),
    Single(
        rpc="admin.v1.GetSecurityPolicy", rest="/admin/v1/policies/security", method="GET",
        permission="iam.policy.read", show=lambda call: {"policy": {"details": _of(call)}},
    ),
)  # fmt: skip
