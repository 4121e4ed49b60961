"""What no tap can do without: download, parse, write Singer records.

`minimal.py URL users|organizations|pages requests|raw CONCURRENCY [WALKS]`: with requests, or with
sockets and no more than http.client. No schema, no retry, no check of anything; but with two walks,
for a comparison at equal requests, it sees that the pages of users have not changed.
"""

from __future__ import annotations

import http.client
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Get = Callable[[str], bytes]

HEADERS = {"Authorization": "Bearer not-a-secret", "Accept-Encoding": "gzip"}
END = b',"time_extracted":"2026-01-01T00:00:00.000000+00:00"}\n'
SIZE = 500
LOGTO_SIZE = 100


def with_requests(url: str, concurrency: int) -> Get:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=concurrency))
    session.headers.update(HEADERS)
    return lambda path: session.get(url + path, timeout=60).content


def with_sockets(url: str, concurrency: int) -> Get:
    local = threading.local()

    def get(path: str) -> bytes:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(url.split("//")[1])
        local.connection.request("GET", path, headers=HEADERS)
        return local.connection.getresponse().read()

    return get


def emit(stream: str, rows: Iterable[Any]) -> None:
    head = b'{"type":"RECORD","stream":"%s","record":' % stream.encode()
    sys.stdout.buffer.write(b"".join([head + orjson.dumps(row) + END for row in rows]))


def cursor(get: Get, name: str, seen: dict[str, int] | None = None) -> Iterator[list[Any]]:
    """The rows of each page; its path and the hash of its text are added to what was seen."""
    token = ""
    while token is not None:
        path = f"/api/v1/{name}?page_size={SIZE}&next_token={token}"
        text = get(path)
        if seen is not None:
            seen[path] = hash(text)
        body = orjson.loads(text)
        yield body[name]
        token = body["next_token"]


def ahead(get: Get, paths: Iterable[str], concurrency: int) -> Iterator[bytes]:
    """The bodies at paths in their order, so many requests at once."""
    flying: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(concurrency) as threads:
        for path in paths:
            flying.append(threads.submit(get, path))
            if len(flying) >= 2 * concurrency:
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()


def users(get: Get, concurrency: int, walks: int) -> None:
    seen: dict[str, int] | None = {} if walks > 1 else None
    for rows in cursor(get, "users", seen):
        emit("users", rows)
    if seen and any(hash(get(path)) != text for path, text in seen.items()):
        raise SystemExit("a page has changed")


def organizations(get: Get, concurrency: int, walks: int) -> None:
    codes = []
    for rows in cursor(get, "organizations"):
        emit("organizations", rows)
        codes += [row["code"] for row in rows]
    paths = (f"/api/v1/organizations/{code}/users?page_size={SIZE}" for code in codes)
    for code, body in zip(codes, ahead(get, paths, concurrency), strict=True):
        members = orjson.loads(body)["organization_users"]
        for row in members:
            row["org_code"] = code
        emit("organization_users", members)


def pages(get: Get, concurrency: int, walks: int) -> None:
    total = orjson.loads(get("/_total"))["users"]
    numbers = range(1, -(-total // LOGTO_SIZE) + 1)
    paths = (f"/api/users?page={number}&page_size={LOGTO_SIZE}" for number in numbers)
    for body in ahead(get, paths, concurrency):
        emit("users", orjson.loads(body))


def main(url: str, what: str, client: str, concurrency: str, walks: str = "1") -> None:
    """Read all rows."""
    many = int(concurrency)
    get = (with_requests if client == "requests" else with_sockets)(url, many)
    {"users": users, "organizations": organizations, "pages": pages}[what](get, many, int(walks))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
