"""The emulator of ZITADEL answers an account that lost its role as real servers were recorded to.

`tests/zitadel/recorded/role_lost.json` has what each listing of three servers was answered before
IAM_OWNER_VIEWER was taken away and after: `[status, rows on the page, total]`, or
`[status, id of the error]`. After: with no role left (`none`, and the `next page`), and with
ORG_OWNER_VIEWER of one `organization`, to which the listing belongs if it is its `own`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ZitadelServer, ids
from tests.zitadel.emulator import Api, rows, served, total

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "zitadel/recorded/role_lost.json").read_text()
)
VERSIONS = {"2.71": (2, 71), "4.13.1": (4, 13), "5-dev": (5, 0)}
CASES = [
    pytest.param(version, listing, feature, id=f"{version}-{listing['name']}-{feature}")
    for version, listings in RECORDED.items()
    for listing in listings
    for feature in ("default", "permission_check_v2")
]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Api]]:
    company = Company.made_up(people=24, size=Size(organizations=5, memberships=40))
    with (
        served(ZitadelServer(company, version=(2, 71))) as old,
        served(ZitadelServer(company, version=(4, 13))) as new,
        served(ZitadelServer(company, version=(5, 0))) as next_one,
    ):
        yield {"2.71": old, "4.13.1": new, "5-dev": next_one}


OF_USERS_WITH_LINKS = ("user_auth_methods", "user_idp_links", "v1_user_idp_links")
OF_CUSTOMERS = ("v1_organization_metadata", "v1_organization_domains")


def place(api: Api, listing: dict[str, Any]) -> tuple[dict[str, str], str, str]:
    """What the path names, the organization that it belongs to, and another one."""
    instance, path, name = api.server.instance, listing["path"], listing["name"]
    customer, other = [org.id for org in instance.orgs if org.metadata][:2]
    if name in OF_USERS_WITH_LINKS:
        user = next(u for u in instance.users if u.owner == customer and instance.links_of(u))
    elif name.endswith("user_metadata"):
        user = next(u for u in instance.users if u.metadata)
    else:
        user = next(u for u in instance.users if u.machine and u.machine.secrets)
    grant = next(each for each in instance.grants if each.to.id == customer)
    named = {
        "user": user.id, "organization": customer, "project": grant.project.id,
        "grant": grant.id, "app": next(key.app.id for key in instance.app_keys if key.app),
    }  # fmt: skip
    owner = user.owner if "{user}" in path else ids.HOME
    if "{grant}" in path or "{organization}" in path or name in OF_CUSTOMERS:
        owner = customer
    return named, owner, other if owner == customer else customer


class Asking:
    """Asks for a listing as it was asked for when it was recorded."""

    def __init__(self, api: Api, listing: dict[str, Any]) -> None:
        self.api, self.listing = api, listing
        self.named, self.owner, self.other = place(api, listing)

    def __call__(self, *, offset: int = 0, context: str = "") -> list[Any]:
        asked = json.dumps(self.listing["json"]).replace("{project}", self.named["project"])
        body = json.loads(asked.replace('"offset": 0', f'"offset": {offset}'))
        answer = self.api.ask(
            self.listing["path"].format(**self.named), body, method=self.listing["method"],
            org=self.owner if self.listing["org"] else context,
        )  # fmt: skip
        told = answer.json()
        if answer.status_code != 200:
            details = told["details"][0]
            return [answer.status_code, (details.get("debug") or details)["id"]]
        found = told.get("authMethodTypes") or rows(told)
        return [200, len(found), total(told) or None]


@pytest.fixture
def account(servers: dict[str, Api], request: pytest.FixtureRequest) -> Iterator[Any]:
    version, _, feature = (request.getfixturevalue(n) for n in ("version", "listing", "feature"))
    server = servers[version].server
    server.permission_check_v2 = feature == "permission_check_v2"
    yield server.account
    server.role, server.member_of, server.permission_check_v2 = "IAM_OWNER_VIEWER", set(), False


SEEN_ONLY = "what may be seen is counted"


def alike(before: list[Any], after: list[Any]) -> str:
    """What a listing says after, in words that do not depend on how much there is."""
    if after[0] != 200:
        return f"refused: {after[0]} {after[1]}"
    if after[2] is None:
        return "no total"
    # The role that was lost is one administrator less.
    return "all are counted" if after[2] >= before[2] - 1 else SEEN_ONLY


@pytest.mark.parametrize(("version", "listing", "feature"), CASES)
def test_an_account_that_lost_its_role_is_answered_as_recorded(
    servers: dict[str, Api], account: Any, version: str, listing: dict[str, Any], feature: str
) -> None:
    recorded, ask = listing[feature], Asking(servers[version], listing)
    before = ask()
    assert before[0] == 200
    account.role = "NONE"
    for when, offset in (("none", 0), ("next page", 2)):
        if when not in recorded or (offset and recorded["before"][2] > offset >= before[2]):
            continue  # Here the next page is past the end.
        after = ask(offset=offset)
        assert alike(before, after) == alike(recorded["before"], recorded[when]), when
        own = listing["name"] == "personal_access_tokens"  # It is wherever its id puts it.
        if after[0] == 200 and not own:
            assert bool(after[1]) == bool(recorded[when][1]), when
    account.role = "ORG_OWNER_VIEWER"
    account.member_of = {ask.owner if listing["own"] else ask.other}
    said = alike(before, ask(context=next(iter(account.member_of))))
    wanted = alike(recorded["before"], recorded["organization"])
    # Where what may be seen is counted, that organization may have none of it.
    none = "no total" if wanted == SEEN_ONLY and not listing["own"] else wanted
    assert said in (wanted, none)
