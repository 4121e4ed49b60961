"""A tap of two streams, teams and their members, and a server for it."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest
from singer_sdk import typing as th
from singer_sdk.singerlib import Catalog
from typing_extensions import override

from identity_sdk.errors import RunFailed
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.http.auth import StaticToken
from identity_sdk.http.client import Client
from identity_sdk.listing.pager import Pager, one_response
from identity_sdk.records.coercion import SYNC_ID, SYNC_ID_SCHEMA
from identity_sdk.singer.children import EachOf
from identity_sdk.singer.settings import SHARED_SETTINGS
from identity_sdk.singer.stream import IdentityStream
from identity_sdk.singer.tap import IdentityTap
from tests.local_http import Reply, json_reply, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from identity_sdk.errors import ApiError

Message = dict[str, Any]
T1, T2, T3 = (f"2026-01-0{day}T00:00:00.000000Z" for day in (1, 2, 3))


def columns(**types: Any) -> dict[str, Any]:
    """A schema of these columns."""
    properties = [th.Property(name, kind) for name, kind in types.items()]
    schema: dict[str, Any] = th.PropertiesList(*properties).to_dict()
    schema["properties"][SYNC_ID] = SYNC_ID_SCHEMA
    return schema


class Listing(IdentityStream):
    """A stream of the tiny tap: each listing is one answer."""

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        def read(response: Response) -> list[Item]:
            items: list[Item] = response.body
            return items

        return one_response(Request(path), read, lambda item: item.get("id"))


class Teams(Listing):
    name = "teams"
    path = "/teams"
    primary_keys = ("id",)
    incremental_key = "updated_at"
    schema = columns(
        id=th.StringType, size=th.IntegerType, kind=th.StringType, updated_at=th.DateTimeType
    )


class Members(EachOf, Listing):
    name = "members"
    path = "/teams/{team_id}/members"
    parent, bind = Teams, {"team_id": "id"}
    primary_keys = ("team_id", "id")
    schema = columns(team_id=th.StringType, id=th.StringType)

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("kind") != "memberless"

    @override
    def expected_count(self, parent: Item) -> int | None:
        return parent.get("size")

    @override
    def unsupported(self, error: ApiError) -> str | None:
        # As some servers do: what is gone has a code, what never was has none.
        missing = error.status == 404 and "code" not in error.body
        return "this server has no members" if missing else None


class TinyTap(IdentityTap):
    name = "tap-tiny"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property("url", th.StringType(nullable=False), required=True), *SHARED_SETTINGS
    ).to_dict()
    stream_types: ClassVar[tuple[type[IdentityStream], ...]] = (Teams, Members)

    @cached_property
    @override
    def coverage(self) -> tuple[str, ...]:
        return ("tiny",)

    @override
    def make_client(self) -> Client:
        return Client(self.config["url"], StaticToken("t"), **self.client_settings)


GONE = json_reply({"code": "entity.not_found"}, 404)
NO_ENDPOINT = json_reply({}, 404)


@dataclass
class Tiny:
    """Teams and their members, and how often each path was asked for.

    Attributes:
        teams: What the list of teams says; several for one look after another.
        members: The ids of each team's members, or an answer.
    """

    teams: list[list[Item]]
    members: dict[str, list[str] | Reply] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        path = urlsplit(url).path
        with self._lock:
            self.asked[path] += 1
        if path == "/teams":
            return json_reply(self.teams[min(self.asked[path], len(self.teams)) - 1])
        members = self.members.get(path.split("/")[2], NO_ENDPOINT)
        return (
            json_reply([{"id": each} for each in members]) if isinstance(members, list) else members
        )


@dataclass
class Ran:
    """What a run wrote."""

    messages: list[Message]
    failed: bool

    def rows(self, stream: str) -> list[Message]:
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    def ids(self, stream: str) -> list[str]:
        return [row["id"] for row in self.rows(stream)]

    def verdict(self, stream: str) -> tuple[str, str | None]:
        (row,) = (row for row in self.rows("sync_runs") if row["stream"] == stream)
        return row["status"], row["reason"]

    def figure(self, stream: str, name: str) -> Any:
        (row,) = (row for row in self.rows("sync_runs") if row["stream"] == stream)
        return row[name]

    def activated(self) -> set[str]:
        return {m["stream"] for m in self.messages if m["type"] == "ACTIVATE_VERSION"}

    @property
    def state(self) -> Message:
        state: Message = [m["value"] for m in self.messages if m["type"] == "STATE"][-1]
        return state


def run(
    server: Tiny,
    catalog: Message | None = None,
    state: Message | None = None,
    tap_class: type[IdentityTap] = TinyTap,
    **config: Any,
) -> Ran:
    """Run the tiny tap against a server."""
    output, failed = io.TextIOWrapper(io.BytesIO(), "utf-8"), False
    with serve(server) as local, pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        environment.setenv("no_proxy", "127.0.0.1")
        with redirect_stdout(output):
            tap = tap_class(
                config={"url": local.url, "max_retries": 0, "max_concurrency": 2, **config},
                catalog=Catalog.from_dict(catalog) if catalog else None,
                state=state,
            )
            try:
                tap.sync_all()
            except RunFailed:
                failed = True
    output.seek(0)
    written = output.read()
    return Ran([json.loads(line) for line in written.splitlines()], failed)


def team(name: str, size: int | None = None, **fields: Any) -> Item:
    return {"id": name, "size": size, **fields}


def discovered(tap_class: type[IdentityTap] = TinyTap) -> Message:
    with redirect_stdout(io.StringIO()):
        catalog: Message = tap_class(config={"url": "http://127.0.0.1:1"}).catalog_dict
    return catalog


def entry(catalog: Message, stream: str) -> Message:
    (found,) = (each for each in catalog["streams"] if each["tap_stream_id"] == stream)
    assert isinstance(found, dict)
    return found


def about(catalog: Message, stream: str, *breadcrumb: str) -> Message:
    (found,) = (
        each["metadata"]
        for each in entry(catalog, stream)["metadata"]
        if each["breadcrumb"] == list(breadcrumb)
    )
    assert isinstance(found, dict)
    return found


def asking(method: str = "INCREMENTAL", key: str | None = "updated_at") -> Message:
    """The discovered catalog, edited as Meltano edits it."""
    catalog = discovered()
    root = about(catalog, "teams")
    root["replication-method"] = method
    entry(catalog, "teams")["replication_method"] = method
    if key is not None:
        root["replication-key"] = key
        entry(catalog, "teams")["replication_key"] = key
    return catalog
