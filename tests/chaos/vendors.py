"""What a scenario needs to know of each vendor: its tables, its switches, its pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids as kinde_ids
from sandbox.model import Person
from sandbox.zitadel import ids as zitadel_ids
from sandbox.zitadel.account import IAM_OWNER_VIEWER, ORG_OWNER_VIEWER
from tests.chaos.listing_faults import Recovering, drop_rows, late_event
from tests.kinde import expected as expected_kinde
from tests.logto import expected as expected_logto
from tests.rudderstack import expected
from tests.zitadel import expected as expected_zitadel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from sandbox.company import Company
    from sandbox.faults import Faulty
    from sandbox.model import Organization
    from sandbox.server import Sandbox
    from tests.chaos.page_faults import Served

Row = dict[str, Any]
Key = tuple[Any, ...]


class Vendor:
    """A vendor as the sandbox serves it, with the switches that make it fail.

    Attributes:
        tap: Whose vendor it is.
        token_path: Where tokens are issued; empty where they are made by hand.
        states_totals: Whether its listings say how many rows they hold.
        counts_first: Whether it is known to count a page's rows before it selects them, in two
            statements.
        logs: Tables that only grow.
    """

    tap = ""
    token_path = ""
    states_totals = True
    counts_first = False
    logs: frozenset[str] = frozenset()

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.faulty: Faulty = getattr(sandbox, self.tap.removeprefix("tap-"))
        self._app = self.faulty._app

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the tap: small pages, and little patience."""
        return {**self.sandbox.configs[self.tap], "page_size": 16, "max_retries": 4}

    @property
    def tables(self) -> dict[str, tuple[Callable[[Company], Iterable[Row]], Key]]:
        """Of each table that is read by default, its rows and its key."""
        raise NotImplementedError

    def rows(self, table: str) -> dict[Key, Row]:
        """The rows that the company makes of a table now, by their keys."""
        make, keys = self.tables[table]
        return {tuple(row[key] for key in keys): row for row in make(self.sandbox.company)}

    def expire(self) -> None:
        """All tokens issued so far have expired."""

    def revoke(self) -> None:
        """The credential is good for nothing any more."""
        raise NotImplementedError

    def deny(self, how: int) -> None:
        """The credential may not read all that it could; there are several ways."""
        raise NotImplementedError

    def filter(self, how: int) -> None:
        """The same, but as far as the vendor does so it shows less, rather than to refuse."""
        self.deny(how)

    def recover(self, chance: Random) -> Callable[[], int]:
        """A listing lacks rows at first, which others name or count; how often it did."""
        raise NotImplementedError

    def one_page(self, chance: Random) -> tuple[str, str, Callable[[Served], object]]:
        """A table, the end of its listing's path, and what adds a row that pushes another out."""
        raise NotImplementedError

    def lack(self, path: str, hide: Callable[[Served], int]) -> Callable[[], int]:
        """A listing lacks the rows that `hide` takes away, until it is read again."""
        app = self.faulty._app = Recovering(self.faulty._app, path, hide)
        return lambda: app.delivered

    def small_organization(self, most: int = 16) -> Organization:
        """One whose people fit on a page, and are several."""
        access = self.sandbox.company.access
        opened = access.organizations.values()
        return next(each for each in opened if 2 < len(access.people_of(each)) <= most)

    def restore(self) -> None:
        """All is as it was before anything was made to fail."""
        self.faulty.faults.clear()
        self.faulty.latency = 0.0
        self.faulty._app = self._app


class Kinde(Vendor):
    tap = "tap-kinde"
    token_path = "/oauth2/token"
    states_totals = False

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.scopes = set(sandbox.kinde_server.scopes)

    @property
    def tables(self) -> Any:
        return {name: expected_kinde.TABLES[name] for name in expected_kinde.DEFAULT}

    def expire(self) -> None:
        self.sandbox.kinde_server.expire_tokens()

    def revoke(self) -> None:
        refusal = b'{"error": "invalid_client", "error_description": "made up"}'
        self.faulty.fault(self.token_path, status=401, body=refusal)
        self.expire()

    def deny(self, how: int) -> None:
        taken = sorted(each for each in self.scopes if each.startswith("read:"))
        self.sandbox.kinde_server.scopes = self.scopes - set(taken[how % 3 :: 3])
        self.expire()

    def filter(self, how: int) -> None:
        """The token that is issued next has one scope. What Kinde then shows no document says."""
        self.sandbox.kinde_server.shows_less = True
        self.sandbox.kinde_server.scopes = {"read:organizations"}
        self.expire()

    def recover(self, chance: Random) -> Callable[[], int]:
        """Users name the organization that they belong to."""
        organization = self.small_organization()
        memberships = self.sandbox.company.access.people_of(organization)
        held = [member.holder for member in chance.sample(memberships, 2)]
        hidden = {kinde_ids.user_id(each) for each in held if isinstance(each, Person)}
        path = f"/organizations/{kinde_ids.organization_code(organization)}/users"
        return self.lack(path, dropping(hidden))

    def restore(self) -> None:
        super().restore()
        server = self.sandbox.kinde_server
        server.scopes, server.shows_less = set(self.scopes), False
        server.empty_pages, server.duplicate_ids, server.stuck_token = 0, False, False


class Logto(Vendor):
    tap = "tap-logto"
    token_path = "/oidc/token"
    counts_first = True
    logs = frozenset({"audit_logs"})

    @property
    def tables(self) -> Any:
        return {name: expected_logto.TABLES[name] for name in expected_logto.DEFAULT}

    def expire(self) -> None:
        self.sandbox.logto_server.expire_tokens()

    def revoke(self) -> None:
        self.sandbox.logto_server.secret_expired = True
        self.expire()

    def deny(self, how: int) -> None:
        self.sandbox.logto_server.role_granted = False
        self.expire()

    def recover(self, chance: Random) -> Callable[[], int]:
        """The organization counts its users."""
        organization = self.small_organization()
        memberships = self.sandbox.company.access.people_of(organization)
        hidden = {member.holder.id for member in chance.sample(memberships, 2)}
        return self.lack(f"/organizations/{organization.id}/users", dropping(hidden))

    def one_page(self, chance: Random) -> tuple[str, str, Callable[[Served], object]]:
        company = self.sandbox.company
        if chance.random() < 0.5:
            return "audit_logs", "/api/logs", partial(late_event, company)
        return "users", "/api/users", lambda page: company.hire()

    def restore(self) -> None:
        super().restore()
        self.sandbox.logto_server.secret_expired = False
        self.sandbox.logto_server.role_granted = True


class RudderStack(Vendor):
    tap = "tap-rudderstack"

    @property
    def tables(self) -> Any:
        url = self.sandbox.scim_base_url
        return {
            name: (partial(make, base_url=url), keys)
            for name, (make, keys) in expected.TABLES.items()
        }

    def revoke(self) -> None:
        self.sandbox.scim.token = self.sandbox.audit.token = "another"

    def deny(self, how: int) -> None:
        self.faulty.fault(("/Groups", "/Users", "audit-logs")[how % 3], status=403)

    def filter(self, how: int) -> None:
        """Of people and groups the token sees two of three."""
        company = self.sandbox.company
        for each in [*list(company.people)[how % 3 :: 3], *list(company.groups)[how % 3 :: 3]]:
            self.sandbox.scim.hidden.add(each)

    def recover(self, chance: Random) -> Callable[[], int]:
        """Each group that is read by itself shows its last member too."""

        def hide(answer: Served) -> int:
            listed = [group["members"] for group in answer.body["Resources"] if "members" in group]
            return sum(len(members) > 1 and bool(members.pop()) for members in listed)

        return self.lack("/Groups", hide)

    def one_page(self, chance: Random) -> tuple[str, str, Callable[[Served], object]]:
        return "users", "/Users", lambda page: self.sandbox.company.hire(prefix="00")

    def restore(self) -> None:
        super().restore()
        self.sandbox.scim.hidden.clear()
        token = self.sandbox.rudderstack_config["service_access_token"]
        self.sandbox.scim.token = self.sandbox.audit.token = token


class Zitadel(Vendor):
    tap = "tap-zitadel"
    token_path = "/oauth/v2/token"
    logs = frozenset({"events"})

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.secret = sandbox.zitadel_server.client_secret

    @property
    def settings(self) -> dict[str, Any]:
        client = {
            "client_id": self.sandbox.zitadel_server.client_id,
            "client_secret": self.secret,
        }
        return {name: v for name, v in super().settings.items() if name != "pat"} | client

    @property
    def tables(self) -> Any:
        lacking = expected_zitadel.SINCE_5
        names = [name for name in expected_zitadel.DEFAULT if name not in lacking]
        return {name: expected_zitadel.TABLES[name] for name in names}

    def expire(self) -> None:
        self.sandbox.zitadel_server.expire_tokens()

    def revoke(self) -> None:
        self.sandbox.zitadel_server.client_secret = "another"
        self.expire()

    def deny(self, how: int) -> None:
        """No role, a role that lacks a permission, or one of some organizations only."""
        account = self.sandbox.zitadel_server.account
        if how % 3 == 0:
            account.role = "NONE"
        elif how % 3 == 1:
            account.denied = {"user.read", "user.grant.read"}
        else:
            organizations = list(self.sandbox.company.access.organizations.values())
            account.role = ORG_OWNER_VIEWER
            kept = organizations[len(organizations) // 3 :]
            account.member_of = {
                zitadel_ids.HOME,
                *map(zitadel_ids.organization_id, kept),
            }

    def filter(self, how: int) -> None:
        """Without any role, or with one of some organizations; with the feature, or without."""
        self.deny(0 if how % 2 else 2)

    def recover(self, chance: Random) -> Callable[[], int]:
        """The projection of users lags behind until authorizations, which name them, are read."""
        server = self.sandbox.zitadel_server
        named = sorted({each.user.id for each in server.instance.authorizations})
        server.lagging = set(chance.sample(named, 2))
        looks = self.faulty.fault("/v2/users?")

        def catch_up() -> None:
            looks.times = looks.delivered
            server.lagging.clear()

        self.faulty.fault("/ListAuthorizations", times=1, call=catch_up)
        return lambda: looks.delivered

    def one_page(self, chance: Random) -> tuple[str, str, Callable[[Served], object]]:
        found = self.sandbox.company.access.organization
        return "organizations", "/v2/organizations/_search", lambda page: found("A first one")

    def restore(self) -> None:
        super().restore()
        server = self.sandbox.zitadel_server
        server.client_secret = self.secret
        server.permission_check_v2 = False
        server.lagging.clear()
        server.account.role, server.account.denied = IAM_OWNER_VIEWER, set()
        server.account.member_of = set()


def dropping(hidden: set[str]) -> Callable[[Served], int]:
    """Takes the rows with these ids away."""
    return lambda answer: drop_rows(answer, lambda row: row.get("id") in hidden)


VENDORS: dict[str, type[Vendor]] = {each.tap: each for each in (Kinde, Logto, RudderStack, Zitadel)}
"""By the names of the taps."""
