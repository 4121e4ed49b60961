"""Which events the company's changes are.

What has no counterpart (tenant-wide roles as such, invitations) makes no events. Payloads
have secrets under all the names that the server's own have.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.model import (
    Api,
    Application,
    Assignment,
    Group,
    Membership,
    Organization,
    Permission,
    Person,
    Provider,
    Thing,
    Webhook,
)
from sandbox.zitadel import ids, payloads
from sandbox.zitadel.signing_in import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import SignIn
    from sandbox.zitadel.events import EventStore
    from sandbox.zitadel.wire import Json


class Told(NamedTuple):
    """An event before it is committed."""

    at: datetime
    kind: str
    aggregate: tuple[str, str]
    owner: str
    editor: str
    payload: Json


class History:
    """Commits an event for each change."""

    def __init__(self, company: Company, store: EventStore, *, groups: bool) -> None:
        self._company, self._store, self._groups = company, store, groups
        self._states: dict[str, Any] = {}
        self._memberships: dict[str, dict[int, str]] = {}
        self._waiting: list[Told] | None = None
        self._signed_in = 0
        self._lock = Lock()
        self._kinds: dict[type[Thing], Callable[[Any, Any], Iterator[Any]]] = {
            Person: self._person, Organization: self._organization, Api: self._api,
            Permission: self._permission, Application: self._application,
            Provider: self._provider, Webhook: self._webhook, Group: self._group,
            Membership: self._member, Assignment: self._assignment,
        }  # fmt: skip

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Inside, what is saved was there before: its events are committed at the end."""
        self._waiting = []
        founded, home = self._company.founded, ("org", ids.HOME)
        self._tell("instance.added", payloads.INSTANCE, ids.INSTANCE, {}, founded)
        keys = payloads.key_pair()
        self._tell("key_pair.added", payloads.KEY_PAIR, ids.INSTANCE, keys, founded)
        self._tell("org.added", home, ids.HOME, {"name": ids.HOME_NAME}, founded)
        for memberships in self._company.access.memberships.values():
            for member in memberships.values():
                self._sit(member)
        yield
        self.catch_up()
        waiting, self._waiting = self._waiting, None
        for told in sorted(waiting, key=lambda told: told.at):
            self._commit(told)

    def saved(self, thing: Thing) -> None:
        self.catch_up()
        if isinstance(thing, Membership):
            self._sit(thing)
        if kind := self._kinds.get(type(thing)):
            is_old = self._waiting is not None
            self._changed(kind, thing, thing.created if is_old else thing.changed)
            if is_old and thing.changed != thing.created:
                self._changed(kind, thing, thing.changed)

    def _changed(
        self, kind: Callable[[Any, Any], Iterator[Any]], thing: Thing, at: datetime
    ) -> None:
        for name, aggregate, owner, payload in kind(thing, self._states.get(thing.id)):
            self._tell(name, aggregate, owner, payload, at)

    def dropped(self, thing: Thing) -> None:
        self.catch_up()
        state = self._states.pop(thing.id, None)
        if isinstance(thing, Permission) and thing.api:
            project = ("project", ids.project_id(thing.api))
            self._tell("project.role.removed", project, ids.HOME, {"key": thing.name})
        elif isinstance(thing, (Membership, Assignment)):
            self._end(thing, state)
        elif removed := payloads.removed(thing, self._owner(thing), groups=self._groups):
            for told in removed:
                self._tell(*told)
        if isinstance(thing, Membership):
            self._memberships.get(thing.holder.id, {}).pop(thing.number, None)

    def catch_up(self) -> None:
        """Commit what signing in was: the company does not tell of it."""
        sign_ins = self._company.access.sign_ins
        while self._signed_in < len(sign_ins):
            with self._lock:
                if self._signed_in == len(sign_ins):
                    return
                self._sign_in(sign_ins[self._signed_in])
                self._signed_in += 1

    def _sign_in(self, sign_in: SignIn) -> None:
        owner = self._owner(sign_in.person) if sign_in.person else ids.HOME
        editor = ids.user_id(sign_in.person or sign_in.application)
        for kind, aggregate, payload in signed_in(sign_in):
            self._commit(Told(sign_in.at, kind, aggregate, owner, editor, payload))

    def _tell(
        self, kind: str, aggregate: tuple[str, str], owner: str, payload: Json,
        at: datetime | None = None,
    ) -> None:  # fmt: skip
        first = next(iter(self._company.people.values()), None)
        editor = ids.user_id(first) if first else ids.identifier("machine", "none")
        self._commit(Told(at or self._company.now, kind, aggregate, owner, editor, payload))

    def _commit(self, told: Told) -> None:
        if self._waiting is not None:
            self._waiting.append(told)
            return
        self._store.push(told.kind, told.aggregate, told.at, told.owner, told.editor, told.payload)

    # Who owns whom

    def _sit(self, member: Membership) -> None:
        if isinstance(member.holder, Person):
            org = ids.organization_id(member.organization)
            self._memberships.setdefault(member.holder.id, {})[member.number] = org

    def _owner(self, thing: Thing) -> str:
        """The organization that owns a user; home owns all the rest."""
        memberships = self._memberships.get(thing.id)
        return memberships[min(memberships)] if memberships else ids.HOME

    # What has changed: kind, aggregate, owner and payload of each event

    def _person(self, person: Person, before: Any) -> Iterator[Any]:
        user, owner = ("user", ids.user_id(person)), self._owner(person)
        now = payloads.Human.of(person)
        self._states[person.id] = now
        if before is None:
            yield "user.human.added", user, owner, payloads.human(person)
            if not ids.is_email_verified(person):
                yield "user.human.email.code.added", user, owner, payloads.code(person)
            before = payloads.Human.blank(now)
        elif before.active != now.active:
            kind = "user.reactivated" if now.active else "user.deactivated"
            yield kind, user, owner, {}
        elif before.profile != now.profile or before == now:
            yield "user.human.profile.changed", user, owner, payloads.profile(person)
        machines = ids.machines(list(self._company.access.applications.values()))
        yield from payloads.gained(person, owner, before, machines)

    def _organization(self, thing: Organization, before: Any) -> Iterator[Any]:
        org = ids.organization_id(thing)
        self._states[thing.id] = True
        if before is None:
            yield "org.added", ("org", org), org, {"name": thing.name}
            for name in (ids.primary_domain(thing.name), *thing.domains):
                yield "org.domain.added", ("org", org), org, {"domain": name}
        else:
            yield "org.changed", ("org", org), org, {"name": thing.name}

    def _api(self, api: Api, before: Any) -> Iterator[Any]:
        self._states[api.id] = True
        kind = "project.added" if before is None else "project.changed"
        yield kind, ("project", ids.project_id(api)), ids.HOME, {"name": api.name}

    def _permission(self, thing: Permission, before: Any) -> Iterator[Any]:
        self._states[thing.id] = True
        if thing.api:
            kind = "project.role.added" if before is None else "project.role.changed"
            told = {"key": thing.name, "displayName": thing.description or "", "group": ""}
            yield kind, ("project", ids.project_id(thing.api)), ids.HOME, told

    def _application(self, thing: Application, before: Any) -> Iterator[Any]:
        self._states[thing.id] = True
        api = next(iter(ids.projects(self._company)), None)
        yield from payloads.application(thing, api, new=before is None)

    def _provider(self, provider: Provider, before: Any) -> Iterator[Any]:
        self._states[provider.id] = True
        kind, told = payloads.provider(provider)
        verb = "added" if before is None else "changed"
        yield f"instance.{kind}.{verb}", payloads.INSTANCE, ids.INSTANCE, told

    def _webhook(self, hook: Webhook, before: Any) -> Iterator[Any]:
        self._states[hook.id] = True
        verb = "added" if before is None else "changed"
        target = ("target", ids.identifier("target", hook.id))
        yield f"target.{verb}", target, ids.INSTANCE, payloads.target(hook)

    def _group(self, group: Group, before: Any) -> Iterator[Any]:
        self._states[group.id] = True
        if self._groups:
            verb = "added" if before is None else "changed"
            yield f"group.{verb}", ("group", ids.group_id(group)), ids.HOME, {"name": group.name}

    # Authorizations

    def _member(self, member: Membership, before: Any) -> Iterator[Any]:
        org, api = ids.organization_id(member.organization), self._nth(0)
        project = ("project", ids.project_id(api)) if api else None
        granted = f"grant of {member.organization.id}"
        if project and granted not in self._states:
            self._states[granted] = True
            grant = {"grantId": ids.project_grant_id(member.organization), "grantedOrgId": org}
            yield "project.grant.added", project, ids.HOME, grant
        if not isinstance(member.holder, Person):
            return
        keys = self._keys(list(member.roles), api)
        owns = any(role.name == "owner" for role in member.roles)
        yield from self._authorized(member, org, api, keys, before and before[0])
        if owns != bool(before and before[1]):
            kind = "org.member.added" if owns else "org.member.removed"
            told: Json = {"userId": ids.user_id(member.holder)}
            if owns:
                told["roles"] = ["ORG_OWNER"]
            yield kind, ("org", org), org, told
        self._states[member.id] = (keys, owns)

    def _assignment(self, held: Assignment, before: Any) -> Iterator[Any]:
        api = self._nth(1)
        keys = self._keys([held.role], api)
        yield from self._authorized(held, ids.HOME, api, keys, before and before[0])
        self._states[held.id] = (keys, False)

    def _nth(self, number: int) -> Api | None:
        apis = ids.projects(self._company)
        return apis[number] if len(apis) > number else None

    def _keys(self, roles: list[Any], api: Api | None) -> list[str]:
        permissions = list(self._company.access.permissions.values())
        return ids.role_keys(permissions, roles, api) if api else []

    def _authorized(
        self, held: Membership | Assignment, org: str, api: Api | None, keys: list[str],
        before: list[str] | None,
    ) -> Iterator[Any]:  # fmt: skip
        grant = ("usergrant", ids.authorization_id(held))
        if keys and not before and api:
            told: Json = {
                "userId": ids.user_id(held.holder), "projectId": ids.project_id(api),
                "roleKeys": keys,
            }  # fmt: skip
            if isinstance(held, Membership):
                told["grantId"] = ids.project_grant_id(held.organization)
            yield "user.grant.added", grant, org, told
        elif keys and keys != before:
            yield "user.grant.changed", grant, org, {"roleKeys": keys}
        elif before and not keys:
            yield "user.grant.removed", grant, org, {}

    def _end(self, held: Membership | Assignment, state: Any) -> None:
        is_member = isinstance(held, Membership)
        org = ids.organization_id(held.organization) if is_member else ids.HOME  # type: ignore[union-attr]
        if state and state[0]:
            grant = ("usergrant", ids.authorization_id(held))
            self._tell("user.grant.removed", grant, org, {})
        if state and state[1]:
            told = {"userId": ids.user_id(held.holder)}
            self._tell("org.member.removed", ("org", org), org, told)
