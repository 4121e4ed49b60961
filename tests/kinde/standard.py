"""What is expected of tap-kinde before anything is read."""

from __future__ import annotations

from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.runs import small
from tests.standard import Standard

STANDARD = Standard(
    company=small,
    tables=TABLES,
    default=DEFAULT,
    settings=dict.fromkeys(("base_url", "client_id", "client_secret", "audience")),
    secret=frozenset({"client_secret"}),
    required=("base_url", "client_id", "client_secret"),
    incremental={"user_sign_ins": "last_signed_in"},
    secret_columns={
        "*": frozenset({"secret_token", "invite_link", "options", "key_value"}),
        "organization_invites": frozenset({"code"}),
    },
)  # fmt: skip
