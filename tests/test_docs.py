"""What is written for people and for Meltano Hub is what the taps say of themselves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import referencing
import yaml

from sandbox.company import Company, Person
from sandbox.kinde import ids
from sandbox.logto.tables import RESOURCE
from sandbox.model import Api, Permission, Provider, Role, Seat
from sandbox.server import Sandbox
from sandbox.warehouse import Database
from sandbox.zitadel.ids import HOME_NAME, machine_name, machines, role_keys
from scripts.docs import ROOT, VENDORS, Vendor, files
from tests.expected_kinde_shared import STRATEGIES, exact, own_identities
from tests.kinde_runs import add_enterprise_identities
from tests.running import Pipe, Project, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.warehouse import Warehouse

HUB_SCHEMA = ROOT.parent / "shared/hub-schema"
TAPS = [vendor.tap.name for vendor in VENDORS]


def test_make_docs_has_been_run() -> None:
    stale = [str(path) for path, text in files().items() if path.read_text() != text]
    assert not stale, "run `make docs`"
    done = subprocess.run([sys.executable, "-m", "scripts.docs", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0


def hub_registry() -> referencing.Registry[Any]:
    resources = []
    for path in HUB_SCHEMA.rglob("*.json"):
        schema = json.loads(path.read_text())
        schema["$id"] = f"http://hub.invalid/{path.relative_to(HUB_SCHEMA)}"
        resources.append((schema["$id"], referencing.Resource.from_contents(schema)))
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    return registry


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.skipif(not HUB_SCHEMA.exists(), reason="the Hub's own schemas are not at hand")
def test_the_definition_is_valid_for_the_hub(tap: str) -> None:
    definition = yaml.safe_load((ROOT / f"hub/{tap}.yml").read_text())
    schema = {"$ref": "http://hub.invalid/plugin_definitions/extractors.schema.json"}
    validator = jsonschema.Draft7Validator(schema, registry=hub_registry())
    assert list(validator.iter_errors(definition)) == []
    broken = {**definition, "settings": [{**definition["settings"][0], "kind": "passwrd"}]}
    assert list(validator.iter_errors(broken)), "the schema is not applied"


@pytest.mark.parametrize("tap", TAPS)
def test_keys_are_sorted_and_the_logo_exists(tap: str) -> None:
    text = (ROOT / f"hub/{tap}.yml").read_text()
    definition = yaml.safe_load(text)
    assert list(definition) == sorted(definition)
    assert (ROOT / "hub/logos" / Path(definition["logo_url"]).name).exists()
    secrets = [s["name"] for s in definition["settings"] if s.get("sensitive")]
    assert secrets
    assert all(group for group in definition["settings_group_validation"])


@pytest.mark.parametrize("tap", TAPS)
def test_meltano_adds_the_tap_from_its_definition(tap: str, project: Project) -> None:
    definition = project.definition.read_text()
    extractors = re.compile(r"  extractors:.*?(?=  loaders:)", re.DOTALL)
    project.definition.write_text(extractors.sub("", definition))
    reference = str(ROOT / f"hub/{tap}.yml")
    added = project.meltano(
        "add", "--plugin-type", "extractor", "--from-ref", reference, "--no-install", tap
    )
    assert added.returncode == 0, added.stderr
    plugins = yaml.safe_load(project.definition.read_text())["plugins"]["extractors"]
    assert [plugin["name"] for plugin in plugins] == [tap]
    assert plugins[0]["pip_url"] == "identity-taps"


def test_every_setting_reaches_the_tap_through_meltano(project: Project) -> None:
    """Also those with a fraction, which Meltano cannot pass on as decimals."""
    assert (
        project.load(
            TAP_RUDDERSTACK_MAX_SHRINK="0.9",
            TAP_RUDDERSTACK_REQUEST_TIMEOUT="60.5",
            TAP_RUDDERSTACK_REQUESTS_PER_SECOND="250.5",
            TAP_RUDDERSTACK_MAX_CONCURRENCY="2",
            TAP_RUDDERSTACK_ON_MISSING_SCOPE="skip",
            TAP_RUDDERSTACK_START_DATE="2026-01-05T09:00:30Z",
        )
        == 0
    )
    rows = project.database.query("select min(created_at) as first from tap_rudderstack.audit_logs")
    assert rows[0]["first"] is not None


@dataclass(frozen=True)
class Asked:
    """A question of a page, in words and in SQL."""

    page: str
    number: int
    words: str
    query: str

    @property
    def at_a_review(self) -> bool:
        """Whether it is no question, but something to do at a review, for the next one."""
        return self.query.startswith("create table")


def asked(path: Path) -> Iterator[Asked]:
    """What a page asks; its words are the paragraph before the SQL."""
    text = path.read_text()
    for number, block in enumerate(re.finditer(r"```sql\n(.*?)```", text, re.DOTALL), 1):
        words = text[: block.start()].rstrip().rpartition("\n\n")[2]
        yield Asked(path.name, number, " ".join(words.split()), block[1])


def questions(tap: str) -> Iterator[Asked]:
    """Those of the tap's own page, and those of the pages that are for every tap."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        if f"tap-{path.stem}" not in set(TAPS) - {tap}:
            yield from asked(path)


class Grown(Company):
    """A company that was founded long ago, so that some of it has grown old and expired."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)
        self.now = datetime.now(timezone.utc) - timedelta(days=200)


def at_kinde(company: Company) -> None:
    """What the company has where it is served by Kinde, and nowhere else.

    People of enterprise connections, a role that new members get, roles that open an
    application, and an application that may call the Management API.
    """
    access = company.access
    add_enterprise_identities(company)
    roles = access.roles_of("organization", "person")
    roles[1].is_default = True
    portal, machine = (
        next(each for each in access.applications.values() if each.name == name)
        for name in ("Portal", "Exporter")
    )
    portal.allowed = [*roles]
    api = access.add(Api, name="Kinde", identifier="https://acme.kinde.com/api", is_default=True)
    reading = access.add(Permission, name="read:users", api=api)
    reader = access.add(
        Role, name="reader", description="", level="tenant", holder="application",
        permissions=[reading],
    )  # fmt: skip
    access.assign(reader, machine)


def at_zitadel(company: Company) -> None:
    """What the company has where it is served by ZITADEL, and nowhere else.

    Somebody who holds something in the organization that is dissolved after the review.
    """
    access = company.access
    third, last = list(access.organizations.values())[2], list(company.people.values())[-1]
    access.admit(third, last, access.roles_of("organization", "person")[0])


def before_the_review(company: Company) -> None:
    """What became of the company up to now."""
    access, today = company.access, datetime.now(timezone.utc)
    company.now = today - timedelta(days=20)
    organization = next(iter(access.organizations.values()))
    forgotten = access.invite(organization, "forgotten@partner.example")
    forgotten.expires = today + timedelta(days=20)
    company.now = today - timedelta(hours=1)
    # Logto's own API and its one permission, instead of those that the sandbox has anyway,
    # for a role to give.
    api = Api(id="management-api", number=0, name="Logto Management API", identifier=RESOURCE)
    everything = Permission(id="management-api-all", number=0, name="all", api=api)
    company.save(api)
    company.save(everything)
    manager = access.add(
        Role, name="Logto Management API access", description="", level="tenant",
        holder="application", permissions=[everything],
    )  # fmt: skip
    machine, portal, partner = (
        next(each for each in access.applications.values() if each.name == name)
        for name in ("Nightly job", "Portal", "Partner")
    )
    access.assign(manager, machine)
    rotated = access.credential(machine, "rotated", ends=True)
    rotated.expires = today + timedelta(days=10)
    guest = access.roles_of("organization", "person")[-1]
    support = access.roles_of("tenant", "person")[1]
    for person in list(company.people.values())[:6]:
        access.entitle(access.seats[organization.id][person.id], guest)
        if person.id not in access.assignments[support.id]:
            access.assign(support, person)
        access.sign_in(portal, person)
        access.sign_in(partner, person)
        access.sign_in(portal, person, succeeded=False)


def after_the_review(company: Company) -> None:
    """People come and go, and so does what they may do."""
    access = company.access
    people = [person for person in company.people.values() if company.groups_of(person)]
    company.suspend(people[0])
    company.remove(people[1])
    company.found("Team of nobody")
    group = company.groups_of(people[2])[0]
    company.leave(group, people[2])
    assert isinstance(people[2], Person)
    first, second, third, *_ = access.organizations.values()
    owner, member = access.roles_of("organization", "person")[:2]
    role, other = access.roles_of("tenant", "person")[:2]
    suspended = access.seats[first.id][people[0].id]
    if people[0].id not in access.assignments[role.id]:
        access.assign(role, people[0])
    access.revoke(access.assignments[other.id][people[0].id])
    members = access.people_of(first)
    access.entitle(next(s for s in members if len(s.roles) > 1 and s is not suspended), member)
    access.entitle(suspended, owner, member)
    owner.permissions.pop()
    member.permissions.pop()
    company.save(owner)
    company.save(member)
    access.expel(members[-1])
    access.admit(second, company.hire(), owner)
    access.dissolve(third)
    access.abolish(access.roles_of("tenant", "person")[-1])


@dataclass(frozen=True)
class Reviewed:
    """A warehouse in which something of everything has happened, and the truth."""

    company: Company
    warehouse: Database


def filled(tap: str, folder: Path, database: Database) -> Reviewed:
    """What a tap brings of a company before and after a review."""
    company = Grown.made_up(people=60, groups=15, memberships=150)
    with Sandbox(company, zitadel_version=(5, 0)) as sandbox:  # The first that has groups.
        if tap == "tap-kinde":
            at_kinde(company)
        if tap == "tap-zitadel":
            at_zitadel(company)
        if tap == "tap-logto":
            assert sandbox.logto.requests == []  # It serves from now on, and is told of changes.
        before_the_review(company)
        pipe = Pipe(folder, database, sandbox, tap)
        pipe.config |= {"event_payload": "redacted"} if tap == "tap-zitadel" else {}
        pipe.catalog = select(folder, tap=tap)
        assert pipe.run() == 0, pipe.log
        inside = Database(f"{database.url}&options=-csearch_path%3D{pipe.schema}", "")
        for each in questions(tap):
            if each.at_a_review:
                inside.query(each.query)
        after_the_review(company)
        assert pipe.run() == 0, pipe.log
    return Reviewed(company, inside)


@pytest.fixture(scope="module")
def reviewed(
    tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse
) -> Callable[[str], Reviewed]:
    """What each tap brings, once it is asked for."""

    @cache
    def of(tap: str) -> Reviewed:
        return filled(tap, tmp_path_factory.mktemp(tap), warehouse.database(f"docs-{tap}"))

    return of


def to_ask() -> Iterator[Any]:
    for tap in TAPS:
        for each in questions(tap):
            if not each.at_a_review:
                yield pytest.param(tap, each, id=f"{tap}-{each.page}-{each.number}")


@pytest.mark.parametrize(("tap", "question"), list(to_ask()))
def test_the_questions_of_the_documentation_have_answers(
    tap: str, question: Asked, reviewed: Callable[[str], Reviewed]
) -> None:
    rows = reviewed(tap).warehouse.query(question.query)
    assert rows or "may be empty" in question.query


def seats(company: Company) -> list[tuple[Seat, Person]]:
    """Memberships of people."""
    access = company.access
    return [
        (seat, seat.holder)
        for organization in access.organizations.values()
        for seat in access.people_of(organization)
        if isinstance(seat.holder, Person)
    ]


def assignments(company: Company) -> list[tuple[Role, Person]]:
    """Tenant-wide roles of people."""
    access = company.access
    return [
        (each.role, each.holder)
        for role in access.roles_of("tenant", "person")
        for each in access.holders_of(role)
        if isinstance(each.holder, Person)
    ]


def held(company: Company) -> set[tuple[Any, ...]]:
    return {(r.name, p.name, p.email) for r, p in assignments(company)}


def permitted(company: Company) -> set[tuple[Any, ...]]:
    return {
        (s.organization.name, p.name, p.email, each.api.name if each.api else None, each.name)
        for s, p in seats(company)
        for role in s.roles
        for each in role.permissions
    }


def without_role(company: Company) -> set[tuple[Any, ...]]:
    return {(s.organization.name, p.name, p.email) for s, p in seats(company) if not s.roles}


def suspended_with_role(company: Company) -> set[tuple[Any, ...]]:
    tenant_wide = {(p.name, p.email, r.name, None) for r, p in assignments(company) if not p.active}
    return tenant_wide | {
        (p.name, p.email, role.name, s.organization.name)
        for s, p in seats(company)
        if not p.active
        for role in s.roles
    }


def without_factor(company: Company) -> set[tuple[Any, ...]]:
    people = company.people.values()
    return {(p.name, p.email) for p in people if not p.factors and p.active}


def joined(company: Company) -> set[tuple[Any, ...]]:
    new = list(company.people.values())[-1]
    return {(s.organization.name, p.name, p.email) for s, p in seats(company) if p is new}


def held_somewhere(company: Company) -> set[tuple[Any, ...]]:
    return {(s.organization.name, r.name, p.email) for s, p in seats(company) for r in s.roles}


def permitted_through(company: Company) -> set[tuple[Any, ...]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for seat, person in seats(company):
        for role in seat.roles:
            for each in role.permissions:
                may = (seat.organization.name, person.name, person.email, each.name)
                found.setdefault(may, []).append(role.name)
    return {(*may, ", ".join(sorted(roles))) for may, roles in found.items()}


def permitted_by_ids(company: Company) -> set[tuple[Any, ...]]:
    return {
        (ids.organization_code(s.organization), ids.user_id(p), each.name)
        for s, p in seats(company)
        for role in s.roles
        for each in role.permissions
    }


def suspended_somewhere(company: Company) -> set[tuple[Any, ...]]:
    return {
        (p.email, r.name, s.organization.name)
        for s, p in seats(company)
        if not p.active
        for r in s.roles
    }


def entitled(company: Company) -> set[tuple[Any, ...]]:
    first, second, *_ = company.access.organizations.values()
    new = list(company.people.values())[-1]
    suspended = next(person for person in company.people.values() if not person.active)
    got = ((second, "owner", new), (first, "owner", suspended), (first, "member", suspended))
    return {(organization.name, role, person.email) for organization, role, person in got}


def nowhere(company: Company) -> set[tuple[Any, ...]]:
    somewhere = {person.id for _, person in seats(company)}
    return {
        (ids.user_id(p), p.email, exact(p.created), exact(p.signed_in))
        for p in company.people.values()
        if p.id not in somewhere
    }


def without_factor_by_id(company: Company) -> set[tuple[Any, ...]]:
    people = [p for p in company.people.values() if not p.factors and p.active]
    return {(ids.user_id(p), p.email, exact(p.signed_in)) for p in people}


def of_enterprises(company: Company) -> dict[Person, list[Provider]]:
    """Who has identities of enterprise connections, and of which."""
    found: dict[Person, list[Provider]] = {}
    for person in company.people.values():
        for each in person.identities:
            if each.provider.kind == "enterprise":
                found.setdefault(person, []).append(each.provider)
    return found


def through_enterprises(company: Company) -> set[tuple[Any, ...]]:
    return {
        (each.name, STRATEGIES[each.name], ids.user_id(p), p.email, p.email, exact(p.signed_in))
        for p, providers in of_enterprises(company).items()
        if p.signed_in
        for each in providers
    }


def provisioned(company: Company) -> set[tuple[Any, ...]]:
    return {
        (ids.user_id(p), p.email, exact(p.created), not p.active, ", ".join(sorted(names)))
        for p, providers in of_enterprises(company).items()
        if not p.signed_in
        for names in [[each.name for each in providers]]
    }


def also_otherwise(company: Company) -> set[tuple[Any, ...]]:
    found = set()
    for person in of_enterprises(company):
        types = {kind for kind, _ in own_identities(person)}
        types |= {"social" for each in person.identities if each.provider.kind == "social"}
        found.add((ids.user_id(person), person.email, ", ".join(sorted(types))))
    return found


def authorized(company: Company) -> Iterator[tuple[Person, str, str | None, list[str]]]:
    """Who holds which roles at ZITADEL, of which project, and through a grant to whom."""
    orders, billing = list(company.access.apis.values())[:2]
    permissions = list(company.access.permissions.values())
    for seat, person in seats(company):
        keys = role_keys(permissions, seat.roles, orders)
        yield person, orders.name, seat.organization.name, keys
    for role, person in assignments(company):
        yield person, billing.name, None, role_keys(permissions, [role], billing)


def user_state(person: Person) -> str:
    return "USER_STATE_ACTIVE" if person.active else "USER_STATE_INACTIVE"


def held_in_projects(company: Company) -> set[tuple[Any, ...]]:
    found = authorized(company)
    return {(p.email, project, key, to) for p, project, to, keys in found for key in keys}


def inactive_authorized(company: Company) -> set[tuple[Any, ...]]:
    return {
        (p.email, user_state(p), project, to or HOME_NAME, ", ".join(keys))
        for p, project, to, keys in authorized(company)
        if keys and not p.active
    }


def authorized_since(company: Company) -> set[tuple[Any, ...]]:
    new = {(organization, email) for organization, _, email in entitled(company)}
    found = authorized(company)
    return {
        (p.email, project, key)
        for p, project, to, keys in found
        for key in keys
        if (to, p.email) in new
    }


def administrating(company: Company) -> set[tuple[Any, ...]]:
    machine = machine_name(machines(company.access.applications.values())[0])
    first = next(iter(company.people.values()))
    owners = [(s, p) for s, p in seats(company) if any(r.name == "owner" for r in s.roles)]
    return {
        ("instance", None, machine, "machine", "USER_STATE_ACTIVE", "IAM_OWNER_VIEWER"),
        ("instance", None, first.email, "human", user_state(first), "IAM_OWNER"),
    } | {
        ("organization", s.organization.name, p.email, "human", user_state(p), "ORG_OWNER")
        for s, p in owners
    }


def last_signed_in(company: Company) -> set[tuple[Any, ...]]:
    """For whoever never did it is unknown, for the events do not tell that."""
    last: dict[str, str] = {}
    for each in company.access.sign_ins:
        if each.succeeded:
            name = each.person.email if each.person else machine_name(each.application)
            last[name] = f"{each.at:%Y-%m-%d %H:%M}"
    users = [(p.email, "human", user_state(p)) for p in company.people.values()]
    users += [
        (machine_name(each), "machine", "USER_STATE_ACTIVE")
        for each in machines(company.access.applications.values())
    ]
    return {(*user, last.get(user[0], "unknown")) for user in users}


ANSWERS: dict[tuple[str, str], Callable[[Company], set[tuple[Any, ...]]]] = {
    ("tap-logto", "Who holds which role?"): held,
    ("tap-logto", "What may each member do in each organization?"): permitted,
    ("tap-logto", "Which members hold no role?"): without_role,
    (
        "tap-logto",
        "Which suspended users still hold a role, tenant-wide or in an organization?",
    ): suspended_with_role,
    ("tap-logto", "Which users have no second factor?"): without_factor,
    ("tap-logto", "Who has joined since?"): joined,
    ("tap-kinde", "Who holds which role, and where?"): held_somewhere,
    ("tap-kinde", "What may each member do in each organization?"): permitted_through,
    ("tap-kinde", "Who may do what where, by either way?"): permitted_by_ids,
    ("tap-kinde", "Which members hold no role?"): without_role,
    ("tap-kinde", "Which suspended users still hold a role?"): suspended_somewhere,
    ("tap-kinde", "Who has got a role since?"): entitled,
    ("tap-kinde", "Which users belong to no organization?"): nowhere,
    ("tap-kinde", "Which users have no second factor?"): without_factor_by_id,
    (
        "tap-kinde",
        "Who signs in through which enterprise connection?",
    ): through_enterprises,
    (
        "tap-kinde",
        "Which users were pre-provisioned for an enterprise connection and have never signed in?",
    ): provisioned,
    (
        "tap-kinde",
        "Who has both an enterprise and a non-enterprise identity, and could get round the "
        "enterprise's own sign-in?",
    ): also_otherwise,
    (
        "tap-zitadel",
        "Who holds which role in which project, and through a grant to which organization?",
    ): held_in_projects,
    (
        "tap-zitadel",
        "Which users are not active and still hold an authorization?",
    ): inactive_authorized,
    ("tap-zitadel", "Who has got which role since?"): authorized_since,
    (
        "tap-zitadel",
        "Who administers the instance, and who the organizations?",
    ): administrating,
    (
        "tap-zitadel",
        "When did each user last sign in, as far as is known?",
    ): last_signed_in,
    ("tap-zitadel", "Which users have no second factor?"): without_factor,
}


@pytest.mark.parametrize(("tap", "words"), ANSWERS)
def test_the_answers_are_right(tap: str, words: str, reviewed: Callable[[str], Reviewed]) -> None:
    (query,) = (each.query for each in questions(tap) if each.words == words)
    found = reviewed(tap)
    rows = [tuple(row.values()) for row in found.warehouse.query(query)]
    assert len(rows) == len(set(rows))
    assert set(rows) == ANSWERS[tap, words](found.company)


@pytest.mark.parametrize("vendor", VENDORS, ids=TAPS)
def test_every_stream_has_its_columns_and_a_question(vendor: Vendor) -> None:
    page = (ROOT / f"docs/{vendor.tap.name.removeprefix('tap-')}.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", page, re.DOTALL | re.MULTILINE))
    assert list(sections) == [stream.name for stream in vendor.tap.stream_types]
    for name, text in sections.items():
        assert f"<!-- generated: columns {vendor.tap.name} {name} -->" in text
        assert "```sql" in text, name
