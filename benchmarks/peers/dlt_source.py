"""A rest_api source of dlt, for its extract step and for a whole load."""

from __future__ import annotations

import os
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

from dlt.sources.rest_api import rest_api_source

PAGING = {"type": "cursor", "cursor_path": "next_token", "cursor_param": "next_token"}
LISTS = ("identities", "organizations")


def resource(name: str, path: str, **more: Any) -> dict[str, Any]:
    params = {"page_size": 500, **more.pop("params", {})}
    endpoint = {"path": path, "params": params, "data_selector": name, "paginator": PAGING}
    return {"name": name, "endpoint": endpoint, **more}


def resources(parallel: bool) -> list[dict[str, Any]]:
    code = {"type": "resolve", "resource": "organizations", "field": "code"}
    return [
        resource("users", "/api/v1/users", primary_key="id"),
        resource("organizations", "/api/v1/organizations", primary_key="code"),
        resource(
            "organization_users",
            "/api/v1/organizations/{code}/users",
            primary_key=["_organizations_code", "id"],
            params={"code": code},
            include_from_parent=["code"],
            parallelized=parallel,
        ),
    ]


def without_lists(row: dict[str, Any]) -> dict[str, Any]:
    """A user without the nested lists."""
    for name in LISTS:
        row.pop(name, None)
    return row


def source(url: str, wanted: str, parallel: bool = False) -> Any:
    """The streams that are wanted."""
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{url}/oauth2/token",
        "client_id": "bench",
        "client_secret": "bench",
    }
    chosen = [each for each in resources(parallel) if each["name"] in wanted.split(",")]
    return rest_api_source({"client": {"base_url": url, "auth": auth}, "resources": chosen})
