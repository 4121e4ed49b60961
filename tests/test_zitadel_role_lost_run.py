"""Runs of a real ZITADEL whose account lost IAM_OWNER_VIEWER in the middle, replayed.

`recordings/zitadel/role_lost_runs.json` has, for each run, what was answered before the request at
which the role was lost, and from then on. How much the instance truly held is `truth`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_zitadel.tap import TapZitadel
from tests.local_http import Reply, serve, told
from tests.running import read_tap
from tests.zitadel_runs import activated, catalog_of

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "recordings/zitadel/role_lost_runs.json").read_text()
)
NOT_FOUND = {"code": 5, "message": "Not Found"}


class Replay:
    """Answers what was recorded.

    Attributes:
        lost: Whether the role is lost.
    """

    def __init__(self, run: dict[str, Any]) -> None:
        self._run = run
        self.lost = False

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        path = path.partition("?")[0]
        self.lost |= path == self._run["lost_at"]
        status, found = self._run["after" if self.lost else "before"].get(path, (404, NOT_FOUND))
        asked = json.loads(body) if body else {}
        paging = asked.get("query") or asked.get("pagination") or {}
        offset, limit = int(paging.get("offset") or 0), int(paging.get("limit") or 1000)
        return told(_page(found, offset, limit), status)


def _page(body: Any, offset: int, limit: int) -> Any:
    """A part of the rows that are shown; past their end there is no total."""
    rows: dict[str, list[Any]] = {k: v for k, v in body.items() if isinstance(v, list)}
    if "code" in body or not rows:
        return body
    page = {name: each[offset : offset + limit] for name, each in rows.items()}
    about: dict[str, Any] = {name: {} for name in ("pagination", "details") if name in body}
    return {**body, **page} if any(page.values()) else about


@pytest.mark.parametrize("name", RUNS)
def test_no_stream_is_complete_with_less_than_the_instance_held(name: str) -> None:
    run = RUNS[name]
    replay = Replay(run)
    with serve(replay.answer) as server:
        config = {"instance_url": server.url, "pat": "p", "max_concurrency": 1, "max_retries": 0}
        found = read_tap(TapZitadel, config, catalog=catalog_of(*run["truth"]))
    assert replay.lost
    complete = {stream for stream, status in found.verdicts.items() if status == "complete"}
    lacking = {
        stream: (rows, len(found.records(stream)))
        for stream, rows in run["truth"].items()
        if stream in complete and len(found.records(stream)) < rows
    }
    assert lacking == {}
    assert activated(found) <= complete
    assert found.code == 1
