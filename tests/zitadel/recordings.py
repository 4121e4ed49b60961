"""Requests that were made of real ZITADEL servers, and what they answered."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
PAGING = ("query", "pagination")
"""Where the services take offset, limit and direction: the older ones in `query`."""

Item = dict[str, Any]


def recorded(name: str) -> list[Item]:
    """The lines of a recording, in the order in which they were asked for."""
    text = gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.rstrip("\n").split("\n")]


def truth(folder: str) -> dict[str, Any]:
    """What the server's database held, where the instance has no id among what is administered."""
    text = gzip.decompress((FOLDER / folder / "truth.json.gz").read_bytes())
    found: dict[str, Any] = json.loads(text)
    for account in ("instance_account", "organization_account"):
        for row in found[account].get("administrators", ()):
            row["resource_id"] = row["resource_id"] or "instance"
    return found


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def shape(path: str) -> str:
    """A path with `{}` for its ids."""
    return "/".join("{}" if part.isdigit() else part for part in path.split("/"))


@dataclass(frozen=True)
class Asked:
    """A request, as far as the answer depends on it."""

    method: str
    path: str
    query: str = ""
    organization: str | None = None
    json: Any = None

    @classmethod
    def of(cls, line: Item) -> Asked:
        return cls(**{name: line[name] for name in cls.__dataclass_fields__ if name in line})

    @property
    def exactly(self) -> str:
        return canonical(vars(self))

    @property
    def listing(self) -> str:
        """The same for all pages of one listing, in whatever order, and for all windows."""
        return self.without(*PAGING, "sortingColumn", "range", "limit", "asc").exactly

    def without(self, *names: str) -> Asked:
        """The request without parts of its body."""
        return replace(self, json={k: v for k, v in self.body.items() if k not in names})

    @property
    def body(self) -> Item:
        return self.json if isinstance(self.json, dict) else {}

    @property
    def paging(self) -> Item:
        found: Item = next((self.body[name] for name in PAGING if name in self.body), {})
        return found

    @property
    def offset(self) -> int:
        return int(self.paging.get("offset", 0))

    @property
    def order(self) -> tuple[str, bool]:
        """What it is sorted by, and whether that rises."""
        return str(self.body.get("sortingColumn")), bool(self.paging.get("asc"))


@dataclass(frozen=True)
class Exchange:
    """A request, and what was answered."""

    asked: Asked
    status: int
    body: Any
    headers: Item = field(default_factory=dict)

    @classmethod
    def of(cls, line: Item) -> Exchange:
        return cls(Asked.of(line), line["status"], line["body"], line.get("headers", {}))

    @property
    def listed(self) -> str | None:
        """Where the body has its items."""
        body = self.body if isinstance(self.body, dict) else {}
        names = (name for name, value in body.items() if isinstance(value, list))
        return next(names, None) if self.status == 200 else None

    @property
    def items(self) -> list[Item]:
        found: list[Item] = self.body[self.listed] if self.listed else []
        return found

    @property
    def total(self) -> int | None:
        """How many items there are in all, as the server says; None if it does not."""
        body = self.body if isinstance(self.body, dict) else {}
        said = body.get("pagination") or body.get("details") or {}
        return int(said["totalResult"]) if "totalResult" in said else None
