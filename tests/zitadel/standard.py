"""What is expected of tap-zitadel before anything is read."""

from __future__ import annotations

from tests.standard import Standard
from tests.zitadel.expected import DEFAULT, TABLES
from tests.zitadel.runs import small

STANDARD = Standard(
    company=small,
    served={"zitadel_version": (5, 0)},  # the first that has groups
    tables=TABLES,
    default=DEFAULT,
    settings={
        **dict.fromkeys(("instance_url", "pat", "private_key", "client_id", "client_secret")),
        **dict.fromkeys(("organization_id", "external_domain")),
        "api_version": "auto",
        "event_payload": "none",
    },
    secret=frozenset({"pat", "private_key", "client_secret"}),
    required=("instance_url",),
    incremental={"events": "creation_date"},
    may_be_incremental={"administrators": "change_date"},
    secret_columns={"*": frozenset({"key_details", "public_key"})},
)  # fmt: skip
