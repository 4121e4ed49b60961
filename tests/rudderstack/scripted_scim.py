"""A SCIM server whose resources, and whose mistakes, a test writes down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.local_http import Reply, plain, serve
from tests.running import Run, run_tap

if TYPE_CHECKING:
    from pathlib import Path

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Item = dict[str, Any]
Answer = Callable[[str, dict[str, list[str]]], Reply | None]


def listing(items: list[Item], query: Mapping[str, list[str]]) -> Reply:
    """A page as the RFC describes it."""
    start, count = int(query["startIndex"][0]), int(query["count"][0])
    page = items[start - 1 : start - 1 + count]
    body = {"schemas": [LIST], "totalResults": len(items), "Resources": page}
    return plain(json.dumps(body).encode())


def read(
    folder: Path,
    users: list[Item],
    groups: list[Item] | None = None,
    answer: Answer = lambda path, query: None,
    state: Item | None = None,
    catalog: Item | None = None,
    **settings: Any,
) -> Run:
    """Run the tap against a server with these resources; `answer` overrides what it says."""

    def script(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert method == "GET"
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if (reply := answer(parts.path, query)) is not None:
            return reply
        if parts.path == "/Users":
            return listing(users, query)
        if parts.path == "/Groups" and groups is not None:
            return listing(groups, query)
        for group in groups or ():
            if parts.path == f"/Groups/{group['id']}":
                return plain(json.dumps(group).encode())
        return plain(b"<html>Not Found</html>", 404, Content_Type="text/html")

    with serve(script) as server:
        config = {"service_access_token": "t", "scim_base_url": f"{server.url}/", "max_retries": 1}
        return run_tap(folder, {**config, **settings}, state=state, catalog=catalog)


def user(run: Run) -> Item:
    (record,) = run.records("users")
    return {k: v for k, v in record.items() if v is not None and k != "_sync_id"}
