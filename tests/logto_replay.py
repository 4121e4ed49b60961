"""A recorded Logto tenant, served over HTTP as it was recorded."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.local_http import Reply, serve, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECORDED = Path(__file__).parent.parent.parent / "shared/contracts/logto-recorded"
Item = dict[str, Any]


class Replay:
    """The recorded pairs of a walk through a tenant.

    Attributes:
        unknown: Requests that nothing was recorded for.
    """

    def __init__(self, file: Path) -> None:
        self.pages: dict[str, dict[int, tuple[Any, Mapping[str, str]]]] = {}
        self.unknown: list[str] = []
        for line in file.read_text().splitlines():
            pair = json.loads(line)
            url = urlsplit(pair["url"])
            page = int(parse_qs(url.query).get("page", ["0"])[0])
            if pair["status"] == 200:
                kept = self.pages.setdefault(url.path, {})
                kept[page] = pair["body"], pair["headers"]

    def items(self, pattern: str) -> Iterator[tuple[str, Item]]:
        """What was recorded under paths of a pattern: (the id in the path, item)."""
        for path, pages in self.pages.items():
            if match := re.fullmatch(pattern, path):
                for body, _ in pages.values():
                    for item in body if isinstance(body, list) else [body]:
                        yield (match[1] if match.groups() else ""), item

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if path == "/oidc/token":
            return told({"access_token": "t", "expires_in": 3600, "scope": "all"})
        url = urlsplit(path)
        query = parse_qs(url.query)
        if query.get("start_time") == ["x"]:
            return told({"code": "guard.invalid_input", "message": "no number"}, 400)
        pages = self.pages.get(url.path)
        if pages is None:
            self.unknown.append(path)
            kind = url.path.rsplit("/", 1)[-1]
            return told({kind: []} if kind in ("sessions", "grants") else [])
        number = int(query.get("page", ["0"])[0])
        found, given = pages[number if number in pages else 0 if 0 in pages else 1]
        if "includeScopes" in query:
            found = [{**each, "scopes": self.scopes(each["id"])} for each in found]
        totals = {"Total-Number": given["Total-Number"]} if "Total-Number" in given else {}
        return 200, {"Content-Type": "application/json", **totals}, json.dumps(found).encode()

    def scopes(self, resource: str) -> list[Item]:
        return [item for _, item in self.items(f"/api/resources/{resource}/scopes")]

    @contextmanager
    def served(self) -> Iterator[str]:
        """The tenant's URL, while it is served."""
        with serve(self.answer) as server:
            yield server.url
