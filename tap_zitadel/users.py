"""Users and their authentication methods."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from identity_sdk import (
    IdentityError,
    InTurn,
    Item,
    Pager,
    Reading,
    Request,
    SeenKeys,
    batches,
    in_memory,
    in_turn,
    take,
)
from tap_zitadel import rights
from tap_zitadel.client import V1, V2, EachOfZitadel, ZitadelStream
from tap_zitadel.error_mapping import ROLES
from tap_zitadel.proto import (
    Columns,
    enum,
    first_of,
    flag,
    maybe,
    message,
    text,
    texts,
)
from tap_zitadel.streams import METADATA_V1, METADATA_V2, OWNED, Metadata, Organizations

if TYPE_CHECKING:
    from collections.abc import Collection


_EITHER = {
    "state": enum("state", "USER_STATE_UNSPECIFIED"),
    "login_names": texts("loginNames"),
    "preferred_login_name": text("preferredLoginName"),
    "type": maybe("type"),
    "nick_name": text("human.profile.nickName"),
    "display_name": text("human.profile.displayName"),
    "preferred_language": text("human.profile.preferredLanguage"),
    "gender": enum("human.profile.gender", "GENDER_UNSPECIFIED"),
    "avatar_url": text("human.profile.avatarUrl"),
    "email": text("human.email.email"),
    "phone": text("human.phone.phone"),
    "password_changed": maybe("human.passwordChanged"),
    "machine_name": text("machine.name"),
    "machine_description": text("machine.description"),
    "machine_has_secret": flag("machine.hasSecret"),
    "machine_access_token_type": enum("machine.accessTokenType", "ACCESS_TOKEN_TYPE_BEARER"),
    **OWNED,
}
"""Columns with the same fields in both versions."""


class Users(ZitadelStream):
    """A user: a human user or a service account (machine user)."""

    name = "users"
    primary_keys = ("id",)
    permission = rights.USERS
    may_need = (Organizations,)
    v2 = V2(
        "users", "/v2/users", "result",
        Columns(
            "human", "machine",
            id=text("userId"),
            username=text("username"),
            given_name=text("human.profile.givenName"),
            family_name=text("human.profile.familyName"),
            is_email_verified=flag("human.email.isVerified"),
            is_phone_verified=flag("human.phone.isVerified"),
            password_change_required=flag("human.passwordChangeRequired"),
            mfa_init_skipped=maybe("human.mfaInitSkipped"),
            **_EITHER,
        ),
        ("USER_FIELD_NAME_UNSPECIFIED",), "object",
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/_search",
        Columns(
            "human", "machine",
            id=text("id"),
            username=text("userName"),
            given_name=text("human.profile.firstName"),
            family_name=text("human.profile.lastName"),
            is_email_verified=flag("human.email.isEmailVerified"),
            is_phone_verified=flag("human.phone.isPhoneVerified"),
            **_EITHER,
        ),
        per="organizations",
    )  # fmt: skip

    @override
    def preprocess(self, each: Item) -> Item:
        return {**each, "type": first_of(each, ("human", "machine"))}

    @override
    def total(self, body: Item, rows: list[Item]) -> Any:
        # Versions 4.2 and 4.3 count a user once for each metadata entry.
        return None if (4, 2) <= self.tap.version < (4, 4) else super().total(body, rows)

    @override
    def incomplete_reason(self) -> str | None:
        """Accounts that other listings contain and this one lacks, also when read again.

        Projections lag or lose rows under load; and from 4.8 on, an account without permission to
        read users silently sees only itself.
        """
        if not self.tap.whole_instance:
            return None
        lacking = self._lacking()
        found = map(self.key, self.read_again(lacking)) if lacking else ()
        if not (dangling := lacking.difference(found)):
            return None
        return (
            f"{len(dangling)} accounts with authorizations or administrator roles are missing "
            f"from the list of users. {ROLES}"
        )

    def _lacking(self) -> set[tuple[str]]:
        """The keys of users that other listings contain and this one lacks."""
        seen = SeenKeys()
        for page in self.listing.pages():
            seen.compare(page, self.key)
        authorizations, administrators = map(
            self.tap.stream_named, ("authorizations", "administrators")
        )
        others = [each for each in (authorizations, administrators) if self.run.readers_of(each)]
        if seen.total < 2:  # If the account sees only itself, check more closely.
            others = [administrators]
        lacking: set[tuple[str]] = set()
        for stream in others:
            with suppress(IdentityError):  # The stream reports it itself.
                for page in stream.source.listing.pages():
                    lacking |= {(row["user_id"],) for row in page if row["user_id"]}
        return {key for key in lacking if key not in seen}

    @override
    def read_some(self, keys: Collection[tuple[str]]) -> Reading:
        if self.v2 is None or not self.tap.offers(self.v2):
            return self.read()
        ids = sorted(each for (each,) in keys)
        some = ([{"inUserIdsQuery": {"userIds": list(batch)}}] for batch in batches(ids, 100))
        asked = (replace(self.v2, body={"queries": each}) for each in some)
        return in_turn(InTurn(self.newer(each, {}, SeenKeys(self.emitted))) for each in asked)


class UserMetadata(Metadata):
    """A metadata entry (key and value) of a user."""

    name = "user_metadata"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "key")
    permission = rights.USERS
    v2 = V2(
        "user metadata", "/v2/users/{id}/metadata/search", "metadata", METADATA_V2,
        within=True, else_v1=True,
    )  # fmt: skip
    v1 = V1("/management/v1/users/{id}/metadata/_search", METADATA_V1)
    selected_by_default = False


class UserAuthMethods(EachOfZitadel):
    """An authentication method that a user has set up."""

    name = "user_auth_methods"
    path = "/v2/users/{user_id}/authentication_methods"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "auth_method")
    selected_by_default = False

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("type") == "human"

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        yield Request(path)
        body = message((yield from take()).body)
        rows = [{"auth_method": method} for method in body.get("authMethodTypes") or ()]
        return (yield from in_memory(rows, self.key))


class UserIdpLinks(EachOfZitadel):
    """A user's account at an external identity provider."""

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
    def has_children(self, parent: Item) -> bool:
        return parent.get("type") == "human"
