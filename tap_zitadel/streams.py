"""The instance, its organizations and users, and what they prove themselves with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from typing_extensions import override

from identity_sdk.errors import ApiError, IdentityError
from identity_sdk.exchange import Item, Request
from identity_sdk.keys import SeenKeys
from identity_sdk.paging import take, whole
from identity_sdk.walk import chained, read_one
from tap_zitadel import rights
from tap_zitadel.client import ROLES, V1, V2, EachOfZitadel, ZitadelStream, absent, header
from tap_zitadel.proto import (
    Columns,
    decoded,
    enum,
    first_of,
    flag,
    maybe,
    message,
    messages,
    text,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from identity_sdk.paging import Pager, Walking
    from identity_sdk.walk import Reading

TIMES = {"creation_date": maybe("creationDate"), "change_date": maybe("changeDate")}
DETAILS = {
    "creation_date": maybe("details.creationDate"),
    "change_date": maybe("details.changeDate"),
}
OWNED = {"organization_id": text("details.resourceOwner"), **DETAILS}


class Instance(ZitadelStream):
    """The ZITADEL instance."""

    name = "instance"
    primary_keys = ("id",)
    permission = rights.INSTANCE

    _COLUMNS = Columns(
        id=text("id"),
        name=text("name"),
        server_version=text("version"),
        state=enum("state", "STATE_UNSPECIFIED"),
        **DETAILS,
    )

    @override
    def read(self) -> Reading:
        return (yield from read_one(self._one(), self.tap.client.send))

    def _one(self) -> Pager:
        instance = self.tap.instance_only()
        row = self._COLUMNS.row({k: v for k, v in instance.items() if k != "domains"})
        row["domains"] = sorted(
            str(each["domain"]) for each in messages(instance.get("domains")) if each.get("domain")
        )
        return (yield from whole([row], self.key))


class Organizations(ZitadelStream):
    """An organization of the instance."""

    name = "organizations"
    primary_keys = ("id",)

    _COLUMNS = Columns(
        id=text("id"),
        name=text("name"),
        primary_domain=text("primaryDomain"),
        state=enum("state", "ORGANIZATION_STATE_UNSPECIFIED"),
        **DETAILS,
    )
    v2 = V2(
        "organizations", "/v2/organizations/_search", "result", _COLUMNS,
        ("ORGANIZATION_FIELD_NAME_NAME",), "object",
    )  # fmt: skip
    v1 = V1("/admin/v1/orgs/_search", _COLUMNS)

    @override
    def read_v1(self, v1: V1) -> Reading:
        if self.tap.whole_instance:
            return (yield from super().read_v1(v1))
        return (yield from read_one(self._each(), self.tap.client.send))

    def _each(self) -> Pager:
        """The organizations that the run is limited to, one by one."""
        rows: list[Item] = []
        for organization in self.tap.organizations:
            rows += self.flat(self._COLUMNS.row((yield from self._one(organization))))
        return (yield from whole(rows, self.key))

    def _one(self, organization: str) -> Walking[Item]:
        """An organization as the listing has it.

        From some version on, `orgs/me` calls any event in an organization a change of it.
        """
        asked = {"queries": [{"idQuery": {"id": organization}}]}
        yield Request(self.v2.path, json=asked)
        try:
            listed = messages(message((yield from take()).body).get("result"))
        except ApiError as error:
            if not absent(error):
                raise
            listed = []
        if listed:
            return listed[0]
        within = header({"organization_id": organization})
        yield Request("/management/v1/orgs/me", headers=within)
        return message(message((yield from take()).body).get("org"))

    @override
    def flat(self, row: Item) -> list[Item]:
        state = str(row["state"]).removeprefix("ORGANIZATION_").removeprefix("ORG_")
        # Everything that belongs to an organization names it so.
        return [{**row, "state": f"ORGANIZATION_{state}", "organization_id": row["id"]}]

    left_out = frozenset({"organization_id"})


class OrganizationDomains(EachOfZitadel):
    """A domain of an organization."""

    name = "organization_domains"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "domain")
    v2 = V2(
        "domains", "/v2/organizations/{id}/domains/search", "domains",
        Columns(
            "organizationId",
            domain=text("domain"),
            is_verified=flag("isVerified"),
            is_primary=flag("isPrimary"),
            validation_type=enum("validationType", "DOMAIN_VALIDATION_TYPE_UNSPECIFIED"),
        ),
        ("DOMAIN_FIELD_NAME_NAME",), within=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/orgs/me/domains/_search",
        Columns(
            "orgId", "details",
            domain=text("domainName"),
            is_verified=flag("isVerified"),
            is_primary=flag("isPrimary"),
            validation_type=enum("validationType", "DOMAIN_VALIDATION_TYPE_UNSPECIFIED"),
        ),
    )  # fmt: skip


_METADATA_V2 = Columns(
    key=text("key"), value=text("value"),
    creation_date=maybe("creationDate"), change_date=maybe("changeDate"),
)  # fmt: skip
_METADATA_V1 = Columns(key=text("key"), value=text("value"), **DETAILS)


class Metadata(EachOfZitadel):
    """A stream of metadata; their values are bytes."""

    @override
    def flat(self, row: Item) -> list[Item]:
        return [{**row, "value": decoded(row["value"])}]


class OrganizationMetadata(Metadata):
    """A key and a value that an application keeps with an organization."""

    name = "organization_metadata"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "key")
    v2 = V2(
        "organization metadata", "/v2/organizations/{id}/metadata/search", "metadata",
        _METADATA_V2, within=True, else_v1=True,
    )  # fmt: skip
    v1 = V1("/management/v1/metadata/_search", _METADATA_V1)
    selected_by_default = False


_MACHINE = {
    "machine_name": text("machine.name"),
    "machine_description": text("machine.description"),
    "machine_has_secret": flag("machine.hasSecret"),
    "machine_access_token_type": enum("machine.accessTokenType", "ACCESS_TOKEN_TYPE_BEARER"),
}


class Users(ZitadelStream):
    """A user, human or machine."""

    name = "users"
    primary_keys = ("id",)
    permission = rights.USERS
    may_read = (Organizations,)
    v2 = V2(
        "users", "/v2/users", "result",
        Columns(
            "human", "machine",
            id=text("userId"),
            state=enum("state", "USER_STATE_UNSPECIFIED"),
            username=text("username"),
            login_names=texts("loginNames"),
            preferred_login_name=text("preferredLoginName"),
            type=maybe("type"),
            given_name=text("human.profile.givenName"),
            family_name=text("human.profile.familyName"),
            nick_name=text("human.profile.nickName"),
            display_name=text("human.profile.displayName"),
            preferred_language=text("human.profile.preferredLanguage"),
            gender=enum("human.profile.gender", "GENDER_UNSPECIFIED"),
            avatar_url=text("human.profile.avatarUrl"),
            email=text("human.email.email"),
            is_email_verified=flag("human.email.isVerified"),
            phone=text("human.phone.phone"),
            is_phone_verified=flag("human.phone.isVerified"),
            password_changed=maybe("human.passwordChanged"),
            password_change_required=flag("human.passwordChangeRequired"),
            mfa_init_skipped=maybe("human.mfaInitSkipped"),
            **_MACHINE,
            **OWNED,
        ),
        ("USER_FIELD_NAME_UNSPECIFIED",), "object",
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/_search",
        Columns(
            "human", "machine",
            id=text("id"),
            state=enum("state", "USER_STATE_UNSPECIFIED"),
            username=text("userName"),
            login_names=texts("loginNames"),
            preferred_login_name=text("preferredLoginName"),
            type=maybe("type"),
            given_name=text("human.profile.firstName"),
            family_name=text("human.profile.lastName"),
            nick_name=text("human.profile.nickName"),
            display_name=text("human.profile.displayName"),
            preferred_language=text("human.profile.preferredLanguage"),
            gender=enum("human.profile.gender", "GENDER_UNSPECIFIED"),
            avatar_url=text("human.profile.avatarUrl"),
            email=text("human.email.email"),
            is_email_verified=flag("human.email.isEmailVerified"),
            phone=text("human.phone.phone"),
            is_phone_verified=flag("human.phone.isPhoneVerified"),
            password_changed=maybe("human.passwordChanged"),
            **_MACHINE,
            **OWNED,
        ),
        per="organizations",
    )  # fmt: skip

    @override
    def told(self, each: Item) -> Item:
        return {**each, "type": first_of(each, ("human", "machine"))}

    @override
    def total(self, body: Item, rows: list[Item]) -> int | None:
        # Versions 4.2 and 4.3 count a user once for each of its metadata.
        return None if (4, 2) <= self.tap.version < (4, 4) else super().total(body, rows)

    @override
    def doubt(self) -> str | None:
        """Accounts that other listings name and this one lacks, also at a second look.

        Projections lag or lose rows under load; and from 4.8 on an account that may not read
        users sees none but itself, in silence.
        """
        if not self.tap.whole_instance:
            return None
        lacking = self._lacking()
        found = {user["id"] for user in self.read_again(lacking)} if lacking else set()
        if not (dangling := lacking - found):
            return None
        return (
            f"{len(dangling)} accounts that hold authorizations or administer something are not "
            f"among the users that are shown. {ROLES}"
        )

    def _lacking(self) -> set[str]:
        """The ids of users that other listings name and this one lacks."""
        seen = SeenKeys()
        for page in self.walk.pages():
            seen.look(page, self.key)
        named = [self.tap.stream_named(each) for each in ("authorizations", "administrators")]
        # One who sees but itself is looked at more closely.
        named = [each for each in named if self.tap.readers_of(each) or seen.total < 2]
        lacking: set[str] = set()
        for stream in named[-1:] if seen.total < 2 else named:
            with suppress(IdentityError):  # It says so itself.
                for page in stream.source.walk.pages():
                    lacking |= {r["user_id"] for r in page if (r["user_id"],) not in seen}
        return lacking - {""}

    def read_again(self, ids: Collection[str]) -> list[Item]:
        """List some users once more; return those that there are.

        What the first look lacked is added to the listing.
        """
        now: list[Item] = []
        for page in chained(map(self._listed_again, _chunks(sorted(ids), 100))):
            now += [user for user in page if user["id"] in ids]
        self.add_late(now, self.key, {(each,) for each in ids})
        return now

    def _listed_again(self, ids: Sequence[str]) -> Reading:
        if self.v2 is None or not self.tap.offers(self.v2):
            return (yield from self.read())
        only = [{"inUserIdsQuery": {"userIds": list(ids)}}]
        pager = self.paged(replace(self.v2, body={"queries": only}), {}, SeenKeys(self.emitted))
        return (yield from read_one(pager, self.tap.client.send))


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[place : place + size] for place in range(0, len(values), size))


class UserMetadata(Metadata):
    """A key and a value that an application keeps with a user."""

    name = "user_metadata"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "key")
    permission = rights.USERS
    v2 = V2(
        "user metadata", "/v2/users/{id}/metadata/search", "metadata", _METADATA_V2,
        within=True, else_v1=True,
    )  # fmt: skip
    v1 = V1("/management/v1/users/{id}/metadata/_search", _METADATA_V1)
    selected_by_default = False


class UserAuthMethods(EachOfZitadel):
    """A way in which a user may prove who they are."""

    name = "user_auth_methods"
    path = "/v2/users/{user_id}/authentication_methods"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "auth_method")
    selected_by_default = False

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("type") == "human"

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        yield Request(path)
        body = message((yield from take()).body)
        rows = [{"auth_method": method} for method in body.get("authMethodTypes") or ()]
        return (yield from whole(rows, self.key))


class UserIdpLinks(EachOfZitadel):
    """An account elsewhere that a user signs in with."""

    name = "user_idp_links"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "idp_id", "provided_user_id")
    v2 = V2(
        "idp links", "/v2/users/{id}/links/_search", "result",
        Columns(
            idp_id=text("idpId"),
            provided_user_id=text("userId"),
            provided_user_name=text("userName"),
        ),
        style="object", within=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/{id}/idps/_search",
        Columns(
            "userId", "idpName", "idpType",
            idp_id=text("idpId"),
            provided_user_id=text("providedUserId"),
            provided_user_name=text("providedUserName"),
        ),
    )  # fmt: skip
    selected_by_default = False

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("type") == "human"


class Groups(ZitadelStream):
    """A group of users; ZITADEL 5 has them."""

    name = "groups"
    primary_keys = ("id",)
    v2 = V2(
        "groups", "/zitadel.group.v2.GroupService/ListGroups", "groups",
        Columns(
            id=text("id"),
            organization_id=text("organizationId"),
            name=text("name"),
            description=text("description"),
            **TIMES,
        ),
        ("FIELD_NAME_ID",),
    )  # fmt: skip


class GroupUsers(EachOfZitadel):
    """A user's membership of a group."""

    name = "group_users"
    parent, bind = Groups, {"group_id": "id"}
    primary_keys = ("group_id", "user_id")
    v2 = V2(
        "groups", "/zitadel.group.v2.GroupService/ListGroupUsers", "groupUsers",
        Columns(
            "groupId", "user",
            user_id=text("user.id"),
            organization_id=text("organizationId"),
            creation_date=maybe("creationDate"),
        ),
        # Of all groups together no order is unique.
        ("GROUP_USER_FIELD_NAME_USER_ID",), body={"filters": [{"groupIds": {"ids": ["{id}"]}}]},
    )  # fmt: skip


class Sessions(ZitadelStream):
    """A session of the session API or of the new login; others are not listed."""

    name = "sessions"
    primary_keys = ("id",)
    permission = rights.SESSIONS
    v2 = V2(
        "sessions", "/v2/sessions/search", "sessions",
        Columns(
            "sequence", "factors", "metadata", "userAgent",
            id=text("id"),
            user_id=text("factors.user.id"),
            organization_id=text("factors.user.organizationId"),
            user_verified_at=maybe("factors.user.verifiedAt"),
            password_verified_at=maybe("factors.password.verifiedAt"),
            passkey_verified_at=maybe("factors.webAuthN.verifiedAt"),
            idp_verified_at=maybe("factors.intent.verifiedAt"),
            totp_verified_at=maybe("factors.totp.verifiedAt"),
            otp_sms_verified_at=maybe("factors.otpSms.verifiedAt"),
            otp_email_verified_at=maybe("factors.otpEmail.verifiedAt"),
            ip=maybe("userAgent.ip"),
            user_agent=maybe("userAgent.description"),
            expiration_date=maybe("expirationDate"),
            **TIMES,
        ),
        ("SESSION_FIELD_NAME_CREATION_DATE",), "object",
    )  # fmt: skip
    selected_by_default = False
