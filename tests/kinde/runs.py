"""Running tap-kinde against an emulated environment, and comparing it with the company."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.kinde import KindeServer
from sandbox.made_up import Size
from sandbox.model import Factor, Identity, Provider
from tap_kinde.tap import TapKinde
from tests import tables
from tests.kinde.expected import TABLES
from tests.kinde.expected_shared import memberships_of, roles_known
from tests.running import ALL as ALL
from tests.running import Message, Run, catalog_of, read_tap, run_tap
from tests.running import verdict as verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.server import Sandbox

TAP = "tap-kinde"
TOKEN = "/oauth2/token"


def run_kinde(
    folder: Path,
    sandbox: Sandbox,
    *streams: str,
    state: Message | None = None,
    **settings: Any,
) -> Run:
    """Run the tap as people do, for some streams, for `ALL`, or for those of the default."""
    config = {**sandbox.kinde_config, "max_retries": 2, **settings}
    return run_tap(folder, config, tap=TAP, state=state, catalog=catalog_of(TAP, *streams))


def read(sandbox: Sandbox, *streams: str, state: Message | None = None, **settings: Any) -> Run:
    """The same in this process, which is faster; the log is what a run that fails says."""
    config = {**sandbox.kinde_config, "max_retries": 2, **settings}
    return read_tap(TapKinde, config, catalog=catalog_of(TAP, *streams), state=state)


def small() -> Company:
    """A company with at least three rows for each stream, and with each kind of value."""
    company = Company.made_up(people=24, size=Size(organizations=6, memberships=50, sign_ins=60))
    company.now += timedelta(days=15)  # the sessions so far end
    access, people = company.access, list(company.people.values())
    add_enterprise_identities(company)
    company.suspend(people[2])
    portal, office, wiki = (
        next(a for a in access.applications.values() if a.name == name)
        for name in ("Portal", "Back office", "Wiki")
    )
    portal.allowed = [*roles_known(company), people[0]]
    wiki.allowed = [roles_known(company)[1]]
    for person in [*people[:3], *people[:3], people[9], people[10]]:
        access.sign_in(office, person)
    for person in [*people[:2], people[0]]:
        access.sign_in(portal, person, succeeded=False)
    for member in memberships_of(company, people[9]):
        access.remove_member(member)
    key = factor(company, "webauthn", "Laptop")
    key.used = company.now
    people[4].factors = [factor(company, "backup_code"), key, factor(company, "totp")]
    people[5].factors = [factor(company, "backup_code")]
    opened = list(access.organizations.values())
    saml, oidc = enterprise(company)
    opened[1].joining_through = [saml, oidc]
    opened[4].joining_through = [oidc]
    opened[3].needs_mfa = True
    tokens = [token for person in people for token in person.tokens if token.expires]
    tokens[0].expires = company.now - timedelta(days=1)
    invitation = access.invite(opened[0], "late@partner.example", *roles_known(company))
    invitation.status, invitation.accepted = "accepted", people[6]
    for thing in (*people, *opened, invitation):
        company.save(thing)
    return company


def enterprise(company: Company) -> list[Provider]:
    return [p for p in company.access.providers.values() if p.kind == "enterprise"]


def factor(company: Company, kind: str, name: str | None = None) -> Factor:
    made: Factor = company.new(Factor, kind=kind, name=name)
    made.created = company.now
    return made


def add_enterprise_identities(company: Company) -> None:
    """Some people come through an enterprise connection: also, only, or through two."""
    saml, oidc = enterprise(company)
    for number, person in enumerate(company.people.values()):
        providers = [saml] * (number % 4 == 1) + [oidc] * (number % 8 in (1, 2))
        for provider in providers:
            identity = company.new(Identity, provider=provider, subject=person.email)
            identity.created = company.now
            person.identities.append(identity)
        if number % 8 == 5:
            person.has_password = False
            person.identities.reverse()
        company.save(person)


def serve(running: Sandbox, company: Company) -> Sandbox:
    """Let a running sandbox serve another company as Kinde, without faults or quirks."""
    running.company, running.kinde_server = company, KindeServer(company)
    running.kinde._app = running.kinde_server
    running.kinde.faults.clear()
    running.kinde.requests.clear()
    return running


by_key = partial(tables.by_key, TABLES)
expected = partial(tables.expected, TABLES)


def activated(run: Run) -> set[str]:
    """The streams whose rows of earlier runs are taken for deleted if they did not come."""
    return {message["stream"] for message in run.kinds("ACTIVATE_VERSION")}


def assert_keys(run: Run, company: Company, *streams: str) -> None:
    """The rows of the streams are those of the company, each once, by their keys."""
    for stream in streams:
        assert by_key(stream, run.records(stream)).keys() == expected(company, stream).keys()


def assert_whole(run: Run, company: Company, *streams: str) -> None:
    """So many streams were read, each is complete and has the company's rows."""
    assert run.code == 0, run.log
    assert run.verdicts == dict.fromkeys(streams, "complete")
    assert activated(run) == {each for each in streams if each != "user_sign_ins"}
    assert_keys(run, company, *streams)


_PLACES = (
    (r"/(organizations?)/org_\w+", r"/\1/{org}"),
    (r"/users/kp_\w+", "/users/{user}"),
    (r"/(roles|applications|apis)/[0-9a-f-]{32,36}", r"/\1/{id}"),
)


def paths(sandbox: Sandbox) -> list[str]:
    """The endpoints that were asked, one for each request."""
    found = []
    for request in sandbox.kinde.requests:
        path = request.partition("?")[0].removeprefix("/kinde").removeprefix("/api/v1")
        for pattern, place in _PLACES:
            path = re.sub(pattern, place, path)
        found.append(path)
    return found


def changing(
    sandbox: Sandbox, path: str, change: Callable[[dict[str, Any], Any], None]
) -> Callable[..., Any]:
    """What makes answers, but that `change` may alter those of one endpoint first.

    It is given the answer and the request, and put in the place of `KindeServer._body`.
    """
    original = sandbox.kinde_server._body

    def altered(endpoint: Any, request: Any, grant: Any) -> dict[str, Any]:
        body = original(endpoint, request, grant)
        if endpoint.path == path:
            change(body, request)
        return body

    return altered
