"""What is expected of tap-logto before anything is read."""

from __future__ import annotations

from tests.logto.emulator import small
from tests.logto.expected import DEFAULT, TABLES
from tests.standard import Standard

STANDARD = Standard(
    company=small,
    tables=TABLES,
    default=DEFAULT,
    settings=dict.fromkeys(("base_url", "client_id", "client_secret", "resource", "token_url")),
    secret=frozenset({"client_secret"}),
    required=("base_url", "client_id", "client_secret"),
    incremental={"audit_logs": "created_at"},
    may_be_incremental={"users": "updated_at"},
)  # fmt: skip
