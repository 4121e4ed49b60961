"""Rights that are looked at again, and a credential that is refused before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from identity_sdk.errors import AccessDenied
from identity_sdk.exchange import Request
from identity_sdk.singer.rights import Rights
from tests.local_http import Reply, json_reply
from tests.sdk.tiny_tap import T1, T2, Ran, Tiny, TinyTap, asking, run, team

if TYPE_CHECKING:
    from collections.abc import Mapping


class WatchfulTap(TinyTap):
    """Asks the server anew whether the right is still there."""

    @override
    def lost_rights(self, permissions: frozenset[str]) -> str | None:
        try:
            self.run.client.get(Request("/rights"))
        except AccessDenied as error:
            return str(error)
        return None


@dataclass
class Filtering(Tiny):
    """A server that filters its lists in silence once the right is lost.

    Attributes:
        lost_at: The path whose request finds the right gone.
        regained_at: The path whose request finds it there again.
    """

    lost_at: str = ""
    regained_at: str = ""
    lost: bool = False

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.lost = (self.lost or url == self.lost_at) and url != self.regained_at
        if url == "/rights":
            self.asked[url] += 1
            return json_reply({}, 403 if self.lost else 200)
        if self.lost and url == "/teams":
            return json_reply(self.teams[0][:1])
        if self.lost:
            return json_reply([])
        return super().__call__(method, url, headers, body)


TEAMS = [team("a", updated_at=T1), team("b", updated_at=T2)]
MEMBERS: dict[str, Any] = {"a": ["1"], "b": ["2", "3"]}


def watched(server: Filtering, **more: Any) -> Ran:
    return run(server, tap_class=WatchfulTap, max_concurrency=1, **more)


def test_a_right_that_stays_is_looked_at_once_for_each_stream_that_asked() -> None:
    server = Filtering([TEAMS], MEMBERS)
    ran = watched(server)
    assert not ran.failed
    assert server.asked["/rights"] == 2


def test_what_was_read_after_the_loss_is_incomplete() -> None:
    ran = watched(Filtering([TEAMS], MEMBERS, lost_at="/teams/a/members"))
    assert ran.verdict("teams") == ("complete", None)
    status, reason = ran.verdict("members")
    assert status == "incomplete"
    assert reason is not None
    assert reason.startswith("the credential lost permissions during the run: ")
    assert ran.activated() == {"teams"}


def test_what_was_read_before_a_good_look_is_incomplete_if_the_look_before_was_not_good() -> None:
    """Between the two the right came back, and nobody knows when."""
    server = Filtering([TEAMS], MEMBERS, lost_at="/teams", regained_at="/teams/a/members")
    ran = watched(server)
    assert ran.verdict("teams")[0] == ran.verdict("members")[0] == "incomplete"
    assert ran.activated() == set()


def test_a_bookmark_does_not_move_past_the_last_good_look() -> None:
    first = watched(Filtering([TEAMS], MEMBERS), catalog=asking())
    before = first.state["bookmarks"]["teams"]
    assert before["replication_key_value"] == T2
    later = [team("c", updated_at="2026-01-09T00:00:00.000000Z"), *TEAMS]
    server = Filtering([later], MEMBERS, lost_at="/teams")
    ran = watched(server, catalog=asking(), state=first.state)
    assert ran.verdict("teams")[0] == "incomplete"
    assert ran.state["bookmarks"]["teams"]["replication_key_value"] == T2


def test_the_checks_catch_rights_that_are_answered_from_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Rights, "recheck", lambda self, permissions: None)
    ran = watched(Filtering([TEAMS], MEMBERS, lost_at="/teams/a/members"))
    assert ran.verdict("members") == ("complete", None)
    assert ran.activated() == {"teams", "members"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_bad_credential_is_told_before_anything_is_written_without_a_preflight_of_ones_own(
    status: int,
) -> None:
    class Refusing(Tiny):
        def __call__(self, *asked: Any) -> Reply:
            return json_reply({}, status)

    if status == 403:  # It is the stream's own matter: others may be readable.
        assert run(Refusing([[]])).failed
        return
    with pytest.raises(AccessDenied, match="GET /teams answered 401"):
        run(Refusing([[]]))
