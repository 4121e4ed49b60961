"""Memory is flat: it does not grow with the rows, but for a few bytes each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.local_http import Reply, plain, serve
from tests.running import select, tap_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

USERS = 200_000
PAGE = 1000


def answer_with(total: int) -> object:
    """A server of so many users, made up as they are asked for."""

    def user(number: int) -> dict[str, object]:
        return {
            "id": f"{number:027d}",
            "userName": f"person{number}@example.com",
            "name": {"givenName": "Ada", "familyName": "Abebe", "formatted": "Ada Abebe"},
            "displayName": "Ada Abebe",
            "active": True,
            "emails": [{"value": f"person{number}@example.com", "type": "work", "primary": True}],
            "meta": {"created": "2026-01-05T09:00:00Z", "lastModified": "2026-01-05T09:00:00Z"},
        }

    def script(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        parts = urlsplit(url)
        if parts.path != "/Users":
            return plain(b"{}", 404)
        query = parse_qs(parts.query)
        start, count = int(query["startIndex"][0]), int(query["count"][0])
        rows = [user(n) for n in range(start, min(start + count, total + 1))]
        return plain(json.dumps({"totalResults": total, "Resources": rows}).encode())

    return script


def peak(folder: Path, total: int) -> tuple[int, int]:
    """The tap's greatest resident size in MB, and the bytes that it wrote."""
    catalog = select("users", "user_emails")
    with serve(answer_with(total)) as server:  # type: ignore[arg-type]
        config = {"service_access_token": "t", "scim_base_url": server.url, "page_size": PAGE}
        command = tap_command(folder, config, catalog=catalog)
        with (folder / "output").open("wb") as output:
            tap = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(tap.pid, 0)
            tap.returncode = os.waitstatus_to_exitcode(status)
    assert tap.returncode == 0
    return usage.ru_maxrss // 1024, (folder / "output").stat().st_size


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_two_hundred_thousand_users_need_little_more_than_none(tmp_path: Path) -> None:
    empty, _ = peak(tmp_path, 0)
    full, size = peak(tmp_path, USERS)
    with (tmp_path / "output").open() as output:
        rows = [line for line in output if '"stream":"sync_runs"' in line and "RECORD" in line]
    assert [json.loads(row)["record"]["row_count"] for row in rows] == [USERS, USERS]
    assert size > 100 * 2**20
    print(f"empty {empty} MB, {USERS} users {full} MB")
    assert full <= empty + 30
