"""Records that leave page by page are those that singer_sdk would write one by one."""

from __future__ import annotations

import inspect
import io
import json
import re
from contextlib import redirect_stdout, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import Stream

from identity_sdk.errors import IdentityError
from identity_sdk.singer.stream import IdentityStream
from sandbox.company import Company
from sandbox.server import Sandbox
from tap_logto import client
from tests.running import opted_in, select
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import CodeType

    from identity_sdk import Page, Response


Message = dict[str, Any]


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(Company.made_up()) as sandbox:
        yield sandbox


def output(
    tap: str, config: Mapping[str, Any], catalog: Message, state: Message | None = None
) -> tuple[list[Message], dict[str, bool]]:
    """What a tap writes, and which streams went out in pages."""
    told = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with redirect_stdout(told):
        made = TAPS[tap](config=opted_in(tap, config, catalog), catalog=catalog, state=state)
        with suppress(IdentityError):
            made.sync_all()
    pages = {stream.name: stream._in_pages for stream in made.run.selected}
    lines = told.buffer.getvalue().decode().splitlines()
    return [steady(json.loads(line)) for line in lines], pages


def steady(message: Message) -> Message:
    """A message without what differs from run to run."""
    text = json.dumps(message)
    text = re.sub(r"01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f-]{21}", "RUN", text)
    text = re.sub(r'"(time_extracted|started_at|ended_at)": "[^"]*"', r'"\1": ""', text)
    text = re.sub(r'"(version|last_run)": \d+', r'"\1": 0', text)
    told: Message = json.loads(text)
    return told


def deselect(*columns: tuple[str, ...]) -> Callable[[Message], None]:
    """Edits a catalog's entry so that fields are not selected."""

    def edit(entry: Message) -> None:
        for breadcrumb in columns:
            known = [m for m in entry["metadata"] if tuple(m["breadcrumb"]) == breadcrumb]
            for each in known:
                each["metadata"]["selected"] = False
            if not known and breadcrumb[1] in entry["schema"]["properties"]:
                metadata = {"selected": False, "inclusion": "available"}
                entry["metadata"].append({"breadcrumb": list(breadcrumb), "metadata": metadata})

    return edit


def nothing(entry: Message) -> None:
    """Leaves an entry as it is."""


NAME = deselect(("properties", "name"), ("properties", "email"), ("properties", "display_name"))
NESTED = deselect(("properties", "custom_data", "properties", "title"))
MAPS = {"stream_maps": {"users": {"id": "id", "short": "str(id)[:3]", "__filter__": "id > 'k'"}}}
FLAT = {"flattening_enabled": True, "flattening_max_depth": 3}


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.parametrize(
    ("edit", "config"),
    [(nothing, {}), (NAME, {}), (NESTED, {}), (nothing, MAPS), (nothing, FLAT)],
    ids=["all", "fields deselected", "nested fields deselected", "maps", "flattened"],
)
def test_both_ways_write_the_same(
    tap: str,
    edit: Callable[[Message], None],
    config: dict[str, Any],
    served: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog = select(tap=tap, edit=edit)
    settings = {**served.configs[tap], **config}
    fast, pages = output(tap, settings, catalog)
    monkeypatch.setattr(IdentityStream, "_in_pages", False)
    slow, _ = output(tap, settings, catalog)
    assert fast == slow
    assert sum(message["type"] == "RECORD" for message in fast) > 100
    assert pages["users"] is (config == {} and not (edit is NESTED and tap == "tap-logto"))


def test_incremental_streams_keep_their_bookmark(
    served: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = select("users", "audit_logs", tap="tap-logto")
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] == "users":
            entry["replication_key"], entry["replication_method"] = "updated_at", "INCREMENTAL"
    state = {
        "bookmarks": {
            name: {"replication_key": key, "replication_key_value": "2026-01-05T09:04:00Z"}
            for name, key in (("users", "updated_at"), ("audit_logs", "created_at"))
        }
    }
    fast, pages = output("tap-logto", served.logto_config, catalog, state)
    monkeypatch.setattr(IdentityStream, "_in_pages", False)
    slow, _ = output("tap-logto", served.logto_config, catalog, state)
    assert fast == slow
    assert not any(pages.values())
    bookmarks = fast[-1]["value"]["bookmarks"]
    assert bookmarks["audit_logs"]["replication_key_value"] > "2026-01-05T09:04:30Z"


@pytest.mark.parametrize("tap", TAPS)
def test_each_stream_writes_one_state_when_all_else_of_it_is_written(
    tap: str, served: Sandbox, tmp_path: Path
) -> None:
    messages, _ = output(tap, served.configs[tap], select(tap=tap))
    kinds = [message["type"] for message in messages]
    ends = [*(i for i, kind in enumerate(kinds) if kind == "SCHEMA"), len(kinds)]
    streams = [kinds[start:end] for start, end in pairwise(ends)]
    assert len(streams) > 5
    assert all(stream.count("STATE") == 1 and stream[-1] == "STATE" for stream in streams)


def test_little_stands_between_a_stream_and_a_parsed_page(
    served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody follows a run in a debugger: 8 frames at most, 4 of them generators."""
    stacks: list[list[CodeType]] = []
    read_page = client.read_page

    def reading(response: Response) -> Page:
        stack: list[CodeType] = []
        frame = inspect.currentframe()
        while frame is not None and (not stack or stack[-1] is not Stream.sync.__code__):
            stack.append(frame.f_code)
            frame = frame.f_back
        stacks.append(stack)
        return read_page(response)

    monkeypatch.setattr(client, "read_page", reading)
    output("tap-logto", served.logto_config, select("users", "roles", tap="tap-logto"))
    assert len(stacks) > 1  # the first page is asked for before the stream's turn
    for stack in stacks[1:]:
        frames = [code.co_name for code in stack]
        assert (frames[0], frames[-1]) == ("reading", "sync")
        assert len(frames) <= 8, frames
        assert sum(bool(code.co_flags & inspect.CO_GENERATOR) for code in stack) <= 4, frames
