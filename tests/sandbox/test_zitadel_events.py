"""The emulator of ZITADEL: its events, which tell of each change of the company."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ZitadelServer, ids
from sandbox.zitadel.payloads import SECRETS
from sandbox.zitadel.wire import stamp
from tests.zitadel.emulator import EVENTS, Api, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import Person

SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)
BURST = ("user", "1")


@pytest.fixture
def company() -> Company:
    return Company.made_up(
        people=12, memberships=30, size=Size(organizations=4, memberships=20, sign_ins=12)
    )


@pytest.fixture
def api(company: Company) -> Iterator[Api]:
    with served(ZitadelServer(company)) as api:
        yield api


def events(api: Api, **asked: Any) -> list[dict[str, Any]]:
    return api.rows(EVENTS, {"asc": True, **asked})


def of(api: Api, person: Person, **asked: Any) -> list[str]:
    """Kinds of a person's events."""
    found = events(api, aggregateId=ids.user_id(person), **asked)
    return [event["type"]["type"] for event in found]


def first(company: Company) -> Person:
    return next(iter(company.people.values()))


# What they tell


def test_each_change_is_an_event(api: Api, company: Company) -> None:
    person = company.hire()
    assert of(api, person)[0] == "user.human.added"
    before = len(events(api))
    company.rename(person, "Curie")
    renamed = company.now
    company.suspend(person)
    company.remove(person)
    kinds = ["user.human.profile.changed", "user.deactivated", "user.removed"]
    assert of(api, person)[-3:] == kinds
    changed = events(api, aggregateId=ids.user_id(person))[-3]
    assert changed == {
        "editor": {
            "userId": ids.user_id(first(company)), "displayName": first(company).name,
            "service": "zitadel",
        },
        "aggregate": {
            "id": ids.user_id(person), "resourceOwner": ids.HOME,
            "type": {
                "type": "user",
                "localized": {"key": "AggregateTypes.user", "localizedMessage": "User"},
            },
        },
        "sequence": changed["sequence"], "creationDate": stamp(renamed),
        "payload": {
            "firstName": person.given, "lastName": "Curie", "displayName": person.name,
            "preferredLanguage": "en",
        },
        "type": {
            "type": "user.human.profile.changed",
            "localized": {
                "key": "EventTypes.user.human.profile.changed",
                "localizedMessage": "User human profile changed",
            },
        },
    }  # fmt: skip
    assert len(events(api)) == before + 3


def test_organizations_and_authorizations_make_events(api: Api, company: Company) -> None:
    access = company.access
    organization = access.organization("New")
    owner = next(role for role in access.roles.values() if role.name == "owner")
    member = access.add_member(organization, first(company), owner)
    access.entitle(member)
    access.entitle(member, owner)
    access.dissolve(organization)
    org = ids.organization_id(organization)
    told = [e["type"]["type"] for e in events(api, aggregateId=org, aggregateTypes=["org"])]
    assert told == [
        "org.added", "org.domain.added", "org.member.added", "org.member.removed",
        "org.member.added", "org.member.removed", "org.removed",
    ]  # fmt: skip
    grants = events(api, aggregateId=ids.authorization_id(member))
    assert [event["type"]["type"] for event in grants] == [
        "user.grant.added", "user.grant.removed", "user.grant.added", "user.grant.removed",
    ]  # fmt: skip
    assert {event["aggregate"]["resourceOwner"] for event in grants} == {org}
    assert [event["sequence"] for event in grants] == ["1", "2", "3", "4"]


def test_signing_in_makes_events(api: Api, company: Company) -> None:
    portal = next(a for a in company.access.applications.values() if a.kind == "web")
    person = first(company)
    before = events(api)
    company.access.sign_in(portal, person)
    company.access.sign_in(portal, person, succeeded=False)
    told = events(api)[len(before) :]
    assert [event["type"]["type"] for event in told] == [
        "user.human.password.check.succeeded", "session.added", "session.user.checked",
        "session.token.set", "oidc_session.added", "oidc_session.refresh_token.added",
        "user.human.password.check.failed",
    ]  # fmt: skip
    assert len({event["creationDate"] for event in told}) == 2, "one transaction each"


def test_payloads_have_secrets_under_all_their_names(api: Api, company: Company) -> None:
    names: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if "S3CRET" in json.dumps(inner) and name in SECRETS:
                    names.add(name)
                look(inner)

    for event in events(api):
        look(event.get("payload"))
    assert names == SECRETS


def test_what_was_there_before_has_its_own_dates(api: Api, company: Company) -> None:
    for person in company.people.values():
        added = events(api, aggregateId=ids.user_id(person))[0]
        assert added["creationDate"] == stamp(person.created)
    dates = [event["creationDate"] for event in events(api)]
    assert dates == sorted(dates)
    assert len(set(dates)) < len(dates), "one transaction is one date"


def test_sequences_count_within_each_aggregate(api: Api) -> None:
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events(api):
        aggregate = event["aggregate"]
        seen[aggregate["type"]["type"], aggregate["id"]].append(int(event["sequence"]))
    assert all(found == list(range(1, len(found) + 1)) for found in seen.values())
    assert len(seen) > 20


def test_types_are_listed(api: Api) -> None:
    told = api.get("/admin/v1/events/types/_search")["eventTypes"]
    assert {each["type"] for each in told} == {each["type"]["type"] for each in events(api)}
    told = api.get("/admin/v1/aggregates/types/_search")["aggregateTypes"]
    assert {each["type"] for each in told} >= {"user", "org", "project", "usergrant", "session"}


# How they are searched for


def burst(api: Api, count: int, spread: timedelta, **more: Any) -> datetime:
    at = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    api.server.happen("user.burst", BURST, at=at, count=count, spread=spread, **more)
    return at


def window(since: datetime, until: datetime) -> dict[str, Any]:
    return {"range": {"since": stamp(since), "until": stamp(until)}}


def test_no_more_than_1000_are_told(api: Api) -> None:
    at = burst(api, 2500, timedelta(microseconds=400))
    for limit in (0, 1000, 1001, 5000):
        assert len(events(api, limit=limit)) == 1000
    assert len(events(api, limit=7)) == 7
    found = events(api, **window(at - MICRO, at + SECOND))
    assert len(found) == 1000
    half = at + SECOND / 2
    assert len(events(api, **window(half - MICRO, half + SECOND / 8))) == 313


def test_1500_may_share_a_microsecond(api: Api) -> None:
    at = burst(api, 1500, timedelta(0))
    api.server.happen("org.burst", ("org", "1"), at=at, count=40)
    within = window(at - MICRO, at + MICRO)
    found = events(api, **within)
    assert len(found) == 1000
    assert {event["creationDate"] for event in found} == {stamp(at)}
    assert len(events(api, **within, aggregateTypes=["org"])) == 40
    rest = events(api, **within, aggregateId="1", aggregateTypes=["user"], sequence="1000")
    assert [int(event["sequence"]) for event in rest] == list(range(1001, 1501))


def test_bounds_are_exclusive(api: Api) -> None:
    at = burst(api, 10, SECOND)
    last = at + 9 * SECOND
    assert len(events(api, **window(at, last))) == 8
    assert len(events(api, **window(at - MICRO, last + MICRO))) == 10
    assert len(events(api, **{"from": stamp(at)})) == 9
    older = api.rows(EVENTS, {"from": stamp(last), "aggregateTypes": ["user"], "limit": 3})
    assert [event["creationDate"] for event in older] == [
        stamp(last - SECOND), stamp(last - 2 * SECOND), stamp(last - 3 * SECOND),
    ]  # fmt: skip
    both = {**window(at, last), "from": stamp(last)}
    assert len(events(api, **both)) == 8, "a range goes first"
    assert events(api, **{"from": stamp(last + timedelta(days=1))}) == []
    assert api.get(EVENTS, {"asc": True, "from": stamp(last)}) == {}


def test_the_order_is_that_of_commits(api: Api, company: Company) -> None:
    at = burst(api, 3, SECOND)
    api.server.happen("user.late", ("user", "2"), at=at + SECOND)
    kinds = [event["type"]["type"] for event in events(api, **window(at, at + 5 * SECOND))]
    assert kinds == ["user.burst", "user.burst", "user.late"], "younger ones are told before"
    down = api.rows(EVENTS, window(at, at + 5 * SECOND))
    assert [event["type"]["type"] for event in down] == kinds[::-1]


def test_filters(api: Api, company: Company) -> None:
    person = first(company)
    owner = next(user for user in api.server.instance.users if user.person is person).owner
    for asked, name, value in (
        ({"aggregateId": ids.user_id(person)}, "id", ids.user_id(person)),
        ({"resourceOwner": owner}, "resourceOwner", owner),
    ):
        found = events(api, **asked)
        assert found
        assert {event["aggregate"][name] for event in found} == {value}
    edited = events(api, editorUserId=ids.user_id(person))
    assert {event["editor"]["userId"] for event in edited} == {ids.user_id(person)}
    kinds = events(api, eventTypes=["user.human.added", "org.added"])
    assert len(kinds) == 12 + 4 + 1
    assert events(api, eventTypes=["user.human"]) == [], "they must match exactly"
    assert len(events(api, aggregateTypes=["org"], sequence=1)) > 0
    assert all(int(e["sequence"]) > 1 for e in events(api, aggregateTypes=["org"], sequence=1))
    below = api.rows(EVENTS, {"sequence": "2"})
    assert {event["sequence"] for event in below} == {"1"}
    assert api.refused(EVENTS, {"eventTypes": ["x"] * 31})[:2] == (400, 3)
    assert api.refused(EVENTS, {"aggregateTypes": ["x"] * 11})[:2] == (400, 3)
    assert api.refused(EVENTS, {"from": "yesterday"})[:2] == (400, 3)


def test_old_events_are_forgotten_in_silence(api: Api, company: Company) -> None:
    every = len(events(api))
    api.server.audit_log_retention = timedelta(seconds=30)
    kept = events(api)
    assert 0 < len(kept) < every
    assert min(e["creationDate"] for e in kept) > stamp(company.now - timedelta(seconds=30))


def test_a_clock_that_stands_still_makes_ties(company: Company) -> None:
    company.pace = timedelta(0)
    with served(ZitadelServer(company)) as api:
        begun = len(events(api))
        people = [company.hire() for _ in range(5)]
        told = [e for e in events(api)[begun:] if e["type"]["type"] == "user.human.added"]
        assert [e["aggregate"]["id"] for e in told] == [ids.user_id(each) for each in people]
        assert {e["creationDate"] for e in told} == {stamp(company.now)}
