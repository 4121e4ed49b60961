"""A recorded Logto tenant, served over HTTP as it was recorded.

Pages of any size are answered out of what was recorded of a listing. Of twenty users everything was
asked for, and of one more the sessions and the like; of the others nothing is told. Anything else
was never asked of the server: it is refused, and the test fails.
"""

from __future__ import annotations

import gzip
import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.local_http import Reply, json_reply, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECORDED = Path(__file__).parent / "recorded"
OF_A_USER = {
    "mfa-verifications": [],
    "personal-access-tokens": [],
    "sessions": {"sessions": []},
    "grants": {"grants": []},
}
"""What is answered for a user who has none."""
INVALID = {"code": "guard.invalid_input", "message": "The request input is invalid."}

Item = dict[str, Any]


def walked() -> Iterator[Item]:
    text = gzip.decompress((RECORDED / "full_walk.jsonl.gz").read_bytes()).decode()
    yield from map(json.loads, text.rstrip("\n").split("\n"))
    for name in OF_A_USER:
        one_response = json.loads((RECORDED / f"user-{name}.json").read_text())
        yield {"path": urlsplit(one_response["request"]["url"]).path, "body": one_response["body"]}


class Replay:
    """The recorded answers of a tenant.

    Attributes:
        bodies: By path, what was answered; of listings, all pages together.
        unknown: Requests that nothing was recorded for.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, Any] = {}
        self._paged: set[str] = set()
        self.unknown: list[str] = []
        for line in walked():
            path, body = line["path"], line["body"]
            if "total" in line:
                self._paged.add(path)
            before = self.bodies.get(path)
            self.bodies[path] = before + body if isinstance(before, list) else body

    def items(self, pattern: str) -> Iterator[tuple[str, Item]]:
        """What was recorded under paths of a pattern: (the id in the path, item)."""
        for path, body in self.bodies.items():
            if match := re.fullmatch(pattern, path):
                for item in body if isinstance(body, list) else [body]:
                    yield (match[1] if match.groups() else ""), item

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if path == "/oidc/token":
            return json_reply({"access_token": "t", "expires_in": 3600, "scope": "all"})
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        found = self.body(url.path)
        if query.get("start_time") == "x":
            return json_reply(INVALID, 400)
        paged = {"page", "page_size"} <= query.keys()
        if found is None or paged != (url.path in self._paged):
            self.unknown.append(path)
            return json_reply(INVALID, 400)
        if url.path == "/api/logs":
            within = (int(query.get("start_time", 0)), int(query.get("end_time", 2**63)))
            found = [log for log in found if within[0] <= log["createdAt"] <= within[1]]
        if "includeScopes" in query:
            found = [{**each, "scopes": self._scopes(each["id"])} for each in found]
        if not paged:
            return json_reply(found)
        number, size = int(query["page"]), int(query["page_size"])
        return json_reply(found[(number - 1) * size : number * size], Total_Number=str(len(found)))

    def body(self, path: str) -> Any:
        """What a path is answered with as a whole; None if that is not known."""
        whose = re.fullmatch(r"/api/users/(\w+)/([\w-]+)", path)
        if path in self.bodies or whose is None or whose[1] not in self._users:
            return self.bodies.get(path)
        return OF_A_USER.get(whose[2])

    @property
    def _users(self) -> set[str]:
        return {user["id"] for user in self.bodies["/api/users"]}

    def _scopes(self, resource: str) -> list[Item]:
        return [item for _, item in self.items(f"/api/resources/{resource}/scopes")]

    @contextmanager
    def served(self) -> Iterator[dict[str, Any]]:
        """The settings with which a tap reads the tenant, while it is served.

        Raises:
            AssertionError: Something was asked that nothing was recorded for.
        """
        with serve(self.answer) as server:
            yield {"base_url": server.url, "client_id": "m2m", "client_secret": "made up"}
        assert not self.unknown, self.unknown
