"""The columns of the listings, for peers that must be told them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def schema(**columns: Any) -> Schema:
    """A JSON schema in which all but the keys, the columns without a null, may be null."""
    return {"type": "object", "properties": columns}


KEY = {"type": "string"}
TEXT = {"type": ["string", "null"]}
FLAG = {"type": ["boolean", "null"]}
COUNT = {"type": ["integer", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
TEXTS = {"type": ["array", "null"], "items": TEXT}
OBJECT = {"type": ["object", "null"], "additionalProperties": True}
IDENTITY = {"type": "object", "properties": {"type": TEXT, "identity": TEXT}}

USERS = schema(
    id=KEY,
    provided_id=TEXT,
    email=TEXT,
    phone=TEXT,
    username=TEXT,
    last_name=TEXT,
    first_name=TEXT,
    is_suspended=FLAG,
    picture=TEXT,
    total_sign_ins=COUNT,
    failed_sign_ins=COUNT,
    last_signed_in=TIME,
    created_on=TIME,
    identities={"type": ["array", "null"], "items": IDENTITY},
    organizations=TEXTS,
)
ORGANIZATIONS = schema(
    code=KEY,
    name=TEXT,
    handle=TEXT,
    is_default=FLAG,
    external_id=TEXT,
    is_auto_membership_enabled=FLAG,
)
MEMBERS = schema(
    org_code=KEY,
    id=KEY,
    email=TEXT,
    full_name=TEXT,
    first_name=TEXT,
    last_name=TEXT,
    picture=TEXT,
    joined_on=TIME,
    last_accessed_on=TIME,
    is_suspended=FLAG,
    roles=TEXTS,
)
LOGTO_USERS = schema(
    id=KEY,
    username=TEXT,
    primaryEmail=TEXT,
    primaryPhone=TEXT,
    name=TEXT,
    avatar=TEXT,
    customData=OBJECT,
    identities=OBJECT,
    lastSignInAt=COUNT,
    createdAt=COUNT,
    updatedAt=COUNT,
    profile=OBJECT,
    applicationId=TEXT,
    isSuspended=FLAG,
)
