"""What scenarios put between a tap and the sandbox does what it says."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.logto import CLIENT_ID, CLIENT_SECRET, RESOURCE
from tests.chaos.growth import Result, table
from tests.chaos.listing_faults import CountedFirst, late_event
from tests.chaos.vendors import Kinde, Logto, RudderStack, Zitadel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.server import Sandbox


class Asking:
    """Asks a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.http = sandbox, requests.Session()

    def get(self, path: str, token: str, **params: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.http.get(f"{self.sandbox.url}{path}", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def scim(self, path: str) -> Any:
        token = self.sandbox.rudderstack_config["service_access_token"]
        return self.get(f"/scim/v2{path}", token).json()

    def logto(self, path: str) -> tuple[int, list[Any]]:
        """The total, and the rows."""
        form = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": "all"}
        base = self.sandbox.logto_config["base_url"]
        granted = self.http.post(f"{base}/oidc/token", form, auth=(CLIENT_ID, CLIENT_SECRET))
        answer = self.get(f"/logto/api{path}", granted.json()["access_token"])
        return int(answer.headers["Total-Number"]), answer.json()

    def kinde(self, path: str) -> Any:
        config = self.sandbox.kinde_config
        audience = f"{config['base_url']}/api"
        secret = {name: config[name] for name in ("client_id", "client_secret")}
        form = {"grant_type": "client_credentials", "audience": audience, **secret}
        granted = self.http.post(f"{config['base_url']}/oauth2/token", form)
        return self.get(f"/kinde/api/v1{path}", granted.json()["access_token"]).json()


@pytest.fixture
def asking(sandbox: Sandbox) -> Iterator[Asking]:
    asking = Asking(sandbox)
    yield asking
    asking.http.close()


def test_answers_that_take_their_time_keep_nobody_waiting(asking: Asking) -> None:
    asking.sandbox.rudderstack.latency = 0.3
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(asking.scim, ["/Users?count=1"] * 8))
    assert all(each["totalResults"] == 40 for each in told)
    assert 0.3 <= time.monotonic() - began < 8 * 0.3


def test_a_page_that_is_counted_first_lacks_a_row_under_a_total_that_fits(
    asking: Asking, company: Company
) -> None:
    logto, oldest = asking.sandbox.logto, next(iter(company.people))
    app = CountedFirst(logto._app, lambda page: company.hire(), lambda page: page.is_full)
    logto._app = app
    total, rows = asking.logto("/users?page=1&page_size=40")
    assert (total, len(rows), app.delivered) == (40, 40, 1)
    assert oldest not in {row["id"] for row in rows}
    total, rows = asking.logto("/users?page=1&page_size=100")
    assert (total, len(rows), app.delivered) == (41, 41, 1)


def test_an_event_that_is_told_late_pushes_the_oldest_out(asking: Asking, company: Company) -> None:
    logto, events = asking.sandbox.logto, company.access.sign_ins
    size, latest = len(events), max(event.at for event in events)
    app = CountedFirst(
        logto._app, lambda page: late_event(company, page), lambda page: page.is_full
    )
    logto._app = app
    total, rows = asking.logto(f"/logs?page=1&page_size={size}")
    assert (total, len(rows), app.delivered) == (size, size, 1)
    assert events[0].id not in {row["id"] for row in rows}
    assert events[-1].at <= latest


def test_groups_lack_members_until_they_are_read_again(asking: Asking, company: Company) -> None:
    lacking = RudderStack(asking.sandbox).recover(company.random)
    sizes = {group.id: len(group.members) for group in company.groups.values()}
    for less in (1, 0):
        listed = asking.scim("/Groups")["Resources"]
        assert {g["id"]: len(g["members"]) + less for g in listed} == sizes
    assert lacking() == len(sizes)
    first = next(iter(sizes))
    assert len(asking.scim(f"/Groups/{first}")["members"]) == sizes[first]


def test_what_rudderstack_hides_is_not_counted(asking: Asking, company: Company) -> None:
    RudderStack(asking.sandbox).filter(0)
    hidden = set(list(company.people)[::3])
    told = asking.scim("/Users?count=100")
    assert {each["id"] for each in told["Resources"]} == company.people.keys() - hidden
    assert told["totalResults"] == 40 - len(hidden)


def test_kinde_shows_two_rows_of_three_without_a_scope(asking: Asking, company: Company) -> None:
    Kinde(asking.sandbox).filter(0)
    users, organizations = asking.kinde("/users?page_size=500"), asking.kinde("/organizations")
    assert len(users["users"]) == len(company.people) * 2 // 3
    assert len(organizations["organizations"]) == len(company.access.organizations)


def test_organizations_of_logto_lack_members_until_they_are_read_again(
    asking: Asking, company: Company
) -> None:
    vendor = Logto(asking.sandbox)
    lacking, organization = vendor.recover(company.random), vendor.small_organization()
    there = len(company.access.people_of(organization))
    for less in (2, 0):
        total, rows = asking.logto(f"/organizations/{organization.id}/users?page=1&page_size=50")
        assert total == len(rows) == there - less
    assert lacking() == 2


def test_users_of_zitadel_lag_until_authorizations_are_read(sandbox: Sandbox) -> None:
    server = sandbox.zitadel_server
    everybody, lacking = (
        len(server.instance.users),
        Zitadel(sandbox).recover(sandbox.company.random),
    )
    headers = {"Authorization": f"Bearer {server.pat}"}

    def users() -> int:
        url = f"{sandbox.url}/zitadel/v2/users"
        answer = requests.post(url, json={}, headers=headers, timeout=10).json()
        assert int(answer["details"]["totalResult"]) == len(answer["result"])
        return len(answer["result"])

    assert users() == everybody - 2
    path = "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations"
    assert requests.post(
        f"{sandbox.url}/zitadel{path}", json={}, headers=headers, timeout=10
    ).ok  # fmt: skip
    assert users() == everybody
    assert lacking() == 1


def test_what_was_not_measured_keeps_its_line() -> None:
    one = Result("tap-logto", 1, 10.2, 15, 400, {"users": 2}, {}, ("users: complete, lacks 2",))
    two = Result("tap-logto", 2, 11.0, 18, 400, {}, {"role_users": "incomplete: ..."}, ())
    before = table([Result("tap-kinde", 1, 7.0, 9, 200, {}, {}, ())])
    told = table([one, two], before).splitlines()
    assert told[2:] == [
        "| tap-kinde | 1 | 1 | 0 | 7 | 9 | none |",
        "| tap-logto | 2 | 1 | 1 | 11 | 16 | `role_users` 1 |",
    ]
