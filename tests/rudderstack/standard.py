"""What is expected of tap-rudderstack before anything is read."""

from __future__ import annotations

from sandbox.company import Company
from tests.rudderstack.expected import TABLES
from tests.standard import Standard

STANDARD = Standard(
    company=Company.made_up,
    tables=TABLES,
    context=("http://127.0.0.1/scim/v2",),
    elsewhere=("audit_logs",),
    default=(*TABLES, "audit_logs"),
    settings={
        "service_access_token": None,
        "scim_base_url": "https://api.rudderstack.com/scim/v2",
        "api_base_url": None,
        "workspace_id": None,
    },
    secret=frozenset({"service_access_token"}),
    required=("service_access_token",),
    incremental={"audit_logs": "created_at"},
)
