"""The instance as it is now: projects, who may do what there, and who administrates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.model import Application, Group, Person
from sandbox.zitadel import account, ids
from sandbox.zitadel.records import (
    Administrator,
    App,
    Authorization,
    Grant,
    Key,
    Member,
    Project,
    Role,
    Team,
)
from sandbox.zitadel.world import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import Api, Assignment, Credential, Membership, Permission
    from sandbox.zitadel.records import Org, User


class Instance(People):
    """One state of the whole instance."""

    # Projects

    @cached_property
    def projects(self) -> list[Project]:
        return self._in_place([self._project(api) for api in ids.projects(self.company)])

    def _project(self, api: Api) -> Project:
        return Project(
            id=ids.project_id(api), owner=ids.HOME, created=api.created, changed=api.changed,
            place=self.place(api), sequence=api.revision, seen_in=(ids.HOME,), name=api.name,
            number=api.number,
        )  # fmt: skip

    @cached_property
    def project_by_id(self) -> dict[str, Project]:
        return {project.id: project for project in self.projects}

    @cached_property
    def chief(self) -> tuple[Api, Project] | None:
        """The first project, which has the applications and the grants."""
        return self._nth(0)

    def _nth(self, number: int) -> tuple[Api, Project] | None:
        apis = ids.projects(self.company)
        if len(apis) <= number:
            return None
        return apis[number], self.project_by_id[ids.project_id(apis[number])]

    @cached_property
    def projects_and_grants(self) -> list[Project]:
        """The projects, and each once more for each grant, as v2 lists them."""
        granted = [
            Project(
                id=grant.project.id, owner=grant.owner, created=grant.created,
                changed=grant.changed, place=grant.place, seen_in=(grant.owner, grant.to.id),
                name=grant.project.name, number=grant.project.number, grant=grant,
            )
            for grant in self.grants
        ]  # fmt: skip
        return [*self.projects, *granted]

    @cached_property
    def _permissions(self) -> list[Permission]:
        return list(self.company.access.permissions.values())

    @cached_property
    def roles(self) -> dict[str, list[Role]]:
        """Of each project, by its id."""
        found: dict[str, list[Role]] = {project.id: [] for project in self.projects}
        for each in self._permissions:
            if each.api is not None and (key := ids.project_id(each.api)) in found:
                found[key].append(self._role(each, self.project_by_id[key]))
        return {key: self._in_place(roles) for key, roles in found.items()}

    def _role(self, each: Permission, project: Project) -> Role:
        return Role(
            id=each.name, owner=project.owner, created=each.created, changed=each.changed,
            place=self.place(each), sequence=each.revision, seen_in=(project.owner,),
            key=each.name, project=project, display_name=each.description or "",
        )  # fmt: skip

    # Grants of projects, and authorizations

    @cached_property
    def grants(self) -> list[Grant]:
        if self.chief is None:
            return []
        api, project = self.chief
        keys = tuple(each.name for each in self._permissions if each.api is api)
        memberships = self.company.access.memberships
        return [
            self._grant(project, org, keys) for org in self.orgs if _has_members(memberships, org)
        ]

    def _grant(self, project: Project, org: Org, keys: tuple[str, ...]) -> Grant:
        assert org.thing is not None  # noqa: S101
        return Grant(
            id=ids.project_grant_id(org.thing), owner=project.owner, created=org.created,
            changed=org.changed, place=org.place, sequence=org.sequence,
            seen_in=(project.owner, org.id), project=project, to=org, keys=keys,
        )  # fmt: skip

    @cached_property
    def grant_of(self) -> dict[str, Grant]:
        """By the id of the organization that it is to."""
        return {grant.to.id: grant for grant in self.grants}

    @cached_property
    def authorizations(self) -> list[Authorization]:
        found = [
            *map(self._authorization_of_member, self._memberships()),
            *map(self._assigned, self._assignments()),
        ]
        return self._in_place([each for each in found if each])

    def _memberships(self) -> Iterator[Membership]:
        for memberships in list(self.company.access.memberships.values()):
            yield from list(memberships.values())

    def _assignments(self) -> Iterator[Assignment]:
        for assignments in list(self.company.access.assignments.values()):
            yield from list(assignments.values())

    def _authorization_of_member(self, member: Membership) -> Authorization | None:
        org = self.org_by_id.get(ids.organization_id(member.organization))
        if self.chief is None or org is None or not isinstance(member.holder, Person):
            return None
        api, project = self.chief
        keys = ids.role_keys(self._permissions, list(member.roles), api)
        return self._authorization(member, project, org, keys, self.grant_of.get(org.id))

    def _assigned(self, held: Assignment) -> Authorization | None:
        second = self._nth(1)
        home = self.org_by_id[ids.HOME]
        if second is None:
            return None
        keys = ids.role_keys(self._permissions, [held.role], second[0])
        return self._authorization(held, second[1], home, keys, None)

    def _authorization(
        self, held: Membership | Assignment, project: Project, org: Org, keys: list[str],
        grant: Grant | None,
    ) -> Authorization | None:  # fmt: skip
        user = self.user_of(held.holder)
        if user is None or not keys:
            return None
        roles = {role.key: role for role in self.roles[project.id]}
        return Authorization(
            id=ids.authorization_id(held), owner=org.id, created=held.created,
            changed=held.changed, place=self.place(held), sequence=held.revision,
            seen_in=(org.id,), project=project, grant=grant, org=org, user=user,
            roles=tuple(roles[key] for key in keys if key in roles),
        )  # fmt: skip

    # Administrators

    @cached_property
    def administrators(self) -> list[Administrator]:
        staff = [each for each in map(self.user_of, self.company.people.copy().values()) if each]
        found = [*self._own_memberships()]
        if staff:
            found.append(_administrator(staff[0], None, "IAM_OWNER", "iam.member.read"))
        if self.chief and len(staff) > 1:
            role, needed = "PROJECT_OWNER", "project.member.read"
            found.append(_administrator(staff[1], self.chief[1], role, needed))
        if self.grants and len(staff) > 2:
            role, needed = "PROJECT_GRANT_OWNER", "project.grant.member.read"
            granted = self.grant_of[self._first_granted().id]
            found.append(_administrator(staff[2], granted, role, needed))
        return self._in_place([*found, *self._owners()])

    def _first_granted(self) -> Org:
        """Of the organizations with a grant, the oldest: its grant has an administrator."""
        return min((grant.to for grant in self.grants), key=lambda org: (org.created, org.id))

    def _owners(self) -> Iterator[Administrator]:
        for member in self._memberships():
            user = self.user_of(member.holder)
            org = self.org_by_id.get(ids.organization_id(member.organization))
            if user and user.person and org and any(role.name == "owner" for role in member.roles):
                yield Administrator(
                    id=member.id, owner=org.id, created=member.created, changed=member.changed,
                    place=self.place(member), sequence=member.revision, seen_in=(org.id,),
                    permission="org.member.read", user=user, of=org, roles=("ORG_OWNER",),
                )  # fmt: skip

    def _own_memberships(self) -> Iterator[Administrator]:
        """Those of who asks, which follow from what it may do."""
        if self.caller is None or self.account.role == account.NONE:
            return
        if self.account.role == account.IAM_OWNER_VIEWER:
            yield _administrator(self.caller, None, self.account.role, "iam.member.read")
            return
        for org in self.orgs:
            if org.id in self.account.member_of:
                yield _administrator(self.caller, org, self.account.role, "org.member.read")

    # Applications and credentials

    @cached_property
    def apps(self) -> list[App]:
        if self.chief is None:
            return []
        project = self.chief[1]
        kept = list(self.company.access.applications.values())
        return self._in_place([self._app(each, project) for each in kept])

    def _app(self, thing: Application, project: Project) -> App:
        return App(
            id=ids.application_id(thing), owner=project.owner, created=thing.created,
            changed=thing.changed, place=self.place(thing), sequence=thing.revision,
            seen_in=(project.owner,), thing=thing, project=project,
        )  # fmt: skip

    @cached_property
    def app_keys(self) -> list[Key]:
        return [
            _key(ids.application_key_id(each), each, app.owner, None, app)
            for app in self.apps
            for each in list(app.thing.secrets)
        ]

    @cached_property
    def machine_keys(self) -> list[Key]:
        return [
            _key(ids.machine_key_id(each), each, user.owner, user, None)
            for user in self.users
            if user.machine
            for each in list(user.machine.secrets)
        ]

    @cached_property
    def keys(self) -> list[Key]:
        """All keys, as the listing of those of applications has them unless it is filtered."""
        return [*self.app_keys, *self.machine_keys]

    @cached_property
    def access_tokens(self) -> list[Key]:
        found = []
        for person in list(self.company.people.values()):
            for each in list(person.tokens) if self.machines else []:
                user = self.user_of(ids.token_owner(self.machines, each))
                found.append(_key(ids.access_token_id(each), each, ids.HOME, user, None))
        return found

    # Groups

    @cached_property
    def teams(self) -> list[Team]:
        return self._in_place(
            [
                Team(
                    id=ids.group_id(each), owner=ids.HOME, created=each.created,
                    changed=each.changed, place=self.place(each), seen_in=(ids.HOME,),
                    name=each.name,
                )
                for each in list(self.company.groups.values())
            ]
        )  # fmt: skip

    @cached_property
    def members(self) -> list[Member]:
        teams = {team.id: team for team in self.teams}
        found = []
        for group in list(self.company.groups.values()):
            team = teams.get(ids.group_id(group))
            for holder in list(group.members):
                user = None if isinstance(holder, Group) else self.user_of(holder)
                if team and user:
                    found.append(
                        Member(
                            id=f"{team.id}:{user.id}", owner=team.owner, created=team.created,
                            changed=team.created, place=team.place, seen_in=team.seen_in,
                            team=team, user=user,
                        )
                    )  # fmt: skip
        return self._in_place(found)


def _has_members(memberships: dict[str, dict[str, Membership]], org: Org) -> bool:
    return org.thing is not None and bool(memberships.get(org.thing.id))


def _administrator(
    user: User, of: Org | Project | Grant | None, role: str, permission: str
) -> Administrator:
    """Since the user was made."""
    owner = ids.INSTANCE if of is None else of.owner
    return Administrator(
        id=user.id, owner=owner, created=user.created, changed=user.changed, place=user.place,
        sequence=user.sequence, seen_in=(owner,) if of is None else of.seen_in,
        permission=permission, user=user, of=of, roles=(role,),
    )  # fmt: skip


def _key(identifier: str, each: Credential, owner: str, user: User | None, app: App | None) -> Key:
    return Key(
        id=identifier, owner=owner, created=each.created, changed=each.created,
        place=each.number, seen_in=(owner,), user=user, app=app, credential=each,
        expires=each.expires or ids.FOREVER,
    )  # fmt: skip
