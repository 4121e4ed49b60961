"""Reading the events of an emulated instance, run after run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.zitadel import ids
from tests.zitadel.runs import read, records, verdict

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.running import Message, Run

SEARCH = "/admin/v1/events/_search"
STREAM = "events"
USER = ("user", ids.identifier("user", "made up"))
MICROSECOND = timedelta(microseconds=1)


def bookmark(run: Run) -> datetime | None:
    value = run.state["bookmarks"][STREAM].get("replication_key_value")
    return datetime.fromisoformat(value) if value else None


def keys(run: Run) -> set[tuple[Any, ...]]:
    return set(records(run, STREAM))


def searches(heard: list[Any]) -> list[Message]:
    return [each.body for each in heard if each.path == SEARCH]


class Table:
    """A table into which one run after another is loaded, by key."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.state: Message | None = None

    def load(self, **settings: Any) -> Run:
        """Run the tap; what it sends a second time must be what it sent before."""
        run = read(self.sandbox, STREAM, state=self.state, **settings)
        assert run.code == 0, run.log
        row = verdict(run, STREAM)
        assert (row["mode"], row["status"]) == ("incremental", "complete")
        assert run.kinds("ACTIVATE_VERSION") == []
        found = records(run, STREAM)
        for key, record in found.items():
            assert self.rows.setdefault(key, record) == record
        self.state = run.state
        return run


def sign_in(company: Company, several: int) -> None:
    access, people = company.access, list(company.people.values())
    web = next(a for a in access.applications.values() if a.kind == "web")
    for number in range(several):
        access.sign_in(web, people[number % len(people)], succeeded=number % 3 != 2)
