"""Running tap-zitadel against an emulated instance, and comparing it with the company."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.model import Factor
from sandbox.zitadel import ZitadelServer, ids
from tap_zitadel.tap import TapZitadel
from tests import tables
from tests.running import ALL as ALL
from tests.running import Message, Run, catalog_of, read_tap, run_tap
from tests.running import verdict as verdict
from tests.zitadel.expected import DEFAULT, SINCE_5, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.model import Membership
    from sandbox.server import Sandbox
    from tests.zitadel.expected_shared import Row

TAP = "tap-zitadel"
ME = "/zitadel/admin/v1/instances/me?"
"""What every run asks first: whether the account may see the whole instance."""
ON_4 = tuple(table for table in DEFAULT if table not in SINCE_5)
"""The default streams that servers before version 5 have."""


def run_zitadel(
    folder: Path,
    sandbox: Sandbox,
    *streams: str,
    state: Message | None = None,
    environment: dict[str, str] | None = None,
    **settings: Any,
) -> Run:
    """Run the tap as people do, for some streams, for `ALL`, or for those of the default.

    A setting of None takes away what the sandbox gives.
    """
    return run_tap(
        folder,
        _config(sandbox, settings),
        tap=TAP,
        state=state,
        catalog=catalog_of(TAP, *streams),
        environment=environment,
    )


def read(
    sandbox: Sandbox,
    *streams: str,
    state: Message | None = None,
    edit: Callable[[Message], None] | None = None,
    **settings: Any,
) -> Run:
    """The same in this process, which is faster; the log is what the run ended with."""
    catalog = catalog_of(TAP, *streams, edit=edit)
    return read_tap(TapZitadel, _config(sandbox, settings), catalog=catalog, state=state)


def _config(sandbox: Sandbox, settings: dict[str, Any]) -> dict[str, Any]:
    config = {**sandbox.zitadel_config, "max_retries": 2, **settings}
    return {name: value for name, value in config.items() if value is not None}


def small(**size: int) -> Company:
    """A company with at least three rows for each stream, and with each kind of value."""
    sizes = {"organizations": 7, "memberships": 50, "sign_ins": 30, **size}
    company = Company.made_up(people=24, size=Size(**sizes))
    people = list(company.people.values())
    company.suspend(people[4])
    for person, kind in ((people[5], "webauthn"), (people[6], "totp")):
        factor: Factor = company.new(Factor, kind=kind, name="Key")
        person.factors.append(factor)
        company.save(person)
    return company


def serve(running: Sandbox, company: Company, version: tuple[int, int] = (4, 13)) -> Sandbox:
    """Let a running sandbox serve another company as ZITADEL, without faults or quirks."""
    server = ZitadelServer(company, version=version)
    server.issuer = f"{running.url}/zitadel"
    running.company, running.zitadel_server = company, server
    running.zitadel._app = server
    running.zitadel.faults.clear()
    running.zitadel.requests.clear()
    return running


@dataclass(frozen=True)
class Heard:
    """A request: path below the root, headers, and what was sent."""

    path: str
    headers: dict[str, str]
    body: Any


Change = Any
"""What may alter an answer: it is given the answer and the request, both decoded."""


def listen(sandbox: Sandbox, path: str = "", change: Change | None = None) -> list[Heard]:
    """Hear each request from now on; `change` may alter the answers of one endpoint."""
    heard: list[Heard] = []
    inner = sandbox.zitadel._app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        place = str(scope["path"]).removeprefix("/zitadel")
        is_json = headers.get("content-type") == "application/json" and body
        sent = json.loads(body) if is_json else body.decode()
        heard.append(Heard(place, headers, sent))

        async def again() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        answer = send
        if change is not None and place == path:
            answer = _altered(send, lambda told: change(told, sent))
        await inner(scope, again, answer)

    sandbox.zitadel._app = app
    return heard


def _altered(send: Any, change: Callable[[Any], None]) -> Any:
    start: dict[str, Any] = {}

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        told = json.loads(message["body"])
        change(told)
        body = json.dumps(told).encode()
        kept = [each for each in start["headers"] if each[0] != b"content-length"]
        await send({**start, "headers": [*kept, (b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    return answer


by_key = partial(tables.by_key, TABLES)
expected = partial(tables.expected, TABLES)


def records(run: Run, stream: str) -> dict[tuple[Any, ...], Row]:
    """A stream's records by their keys, as a warehouse would hold them."""
    rows = ({k: _held(v) for k, v in row.items() if k != "_sync_id"} for row in run.records(stream))
    return by_key(stream, rows)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _held(value: Any) -> Any:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value


def activated(run: Run) -> set[str]:
    """The streams whose rows of earlier runs are taken for deleted if they did not come."""
    return {message["stream"] for message in run.kinds("ACTIVATE_VERSION")}


def assert_whole(run: Run, company: Company, *streams: str) -> None:
    """So many streams were read, each is complete and has the company's rows."""
    assert run.code == 0, run.log
    assert run.verdicts == dict.fromkeys(streams, "complete")
    assert activated(run) == {*streams} - {"events"}
    for stream in streams:
        assert records(run, stream) == expected(company, stream), stream


def refused(run: Run) -> str:
    """What a run that read nothing says of it: one message, and no secret."""
    assert run.code == 1
    assert run.output == ""
    assert "Traceback" not in run.log
    assert "S3CRET" not in run.log
    errors = [line for line in run.log.splitlines() if "| ERROR " in line] or [run.log]
    assert len(errors) == 1
    return errors[0]


def to_now(company: Company) -> None:
    """Let the company's clock show the time of this machine."""
    company.now = max(company.now, datetime.now(timezone.utc))


def membership_of(company: Company, authorization: str) -> Membership:
    """The membership that an authorization stands for."""
    return next(
        member
        for memberships in company.access.memberships.values()
        for member in memberships.values()
        if ids.authorization_id(member) == authorization
    )


_PLACES = (
    (r"/grants/\d{18}/", "/grants/{grant}/"),
    (r"/apps/\d{18}/", "/apps/{app}/"),
    (r"/projects/\d{18}/", "/projects/{project}/"),
    (r"/organizations/\d{18}/", "/organizations/{organization}/"),
    (r"/users/\d{18}/", "/users/{user}/"),
    (r"/zitadel\.\w+\.v2\.", "/"),
)


def paths(sandbox: Sandbox) -> list[str]:
    """The endpoints that were asked, one for each request."""
    found = []
    for request in sandbox.zitadel.requests:
        path = request.partition("?")[0].removeprefix("/zitadel")
        for pattern, place in _PLACES:
            path = re.sub(pattern, place, path)
        found.append(path)
    return found
