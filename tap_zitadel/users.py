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
    values,
)
from tap_zitadel import columns, rights
from tap_zitadel.client import V1, V2, EachOfZitadel, ZitadelStream
from tap_zitadel.error_mapping import ROLES
from tap_zitadel.proto import (
    first_of,
    message,
)
from tap_zitadel.streams import Metadata, Organizations

if TYPE_CHECKING:
    from collections.abc import Collection


class Users(ZitadelStream):
    """A user: a human user or a service account (machine user)."""

    name = "users"
    primary_keys = ("id",)
    permission = rights.USERS
    may_need = (Organizations,)
    v2 = V2(
        "users", "/v2/users", "result", columns.USERS_V2,
        ("USER_FIELD_NAME_UNSPECIFIED",), "object",
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/_search", columns.USERS_V1,
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
        return in_turn(InTurn(self.newer(each, {}, self.seen_keys())) for each in asked)


class UserMetadata(Metadata):
    """A metadata entry (key and value) of a user."""

    name = "user_metadata"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "key")
    permission = rights.USERS
    v2 = V2(
        "user metadata", "/v2/users/{id}/metadata/search", "metadata", columns.METADATA_V2,
        within=True, else_v1=True,
    )  # fmt: skip
    v1 = V1("/management/v1/users/{id}/metadata/_search", columns.METADATA_V1)
    opt_in = True


class UserAuthMethods(EachOfZitadel):
    """An authentication method that a user has set up."""

    name = "user_auth_methods"
    path = "/v2/users/{user_id}/authentication_methods"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "auth_method")
    opt_in = True

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("type") == "human"

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        yield Request(path)
        body = message((yield from take()).body)
        rows = [{"auth_method": method} for method in values(body.get("authMethodTypes"))]
        return (yield from in_memory(rows, self.key))


class UserIdpLinks(EachOfZitadel):
    """A user's account at an external identity provider."""

    name = "user_idp_links"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "idp_id", "provided_user_id")
    v2 = V2(
        "idp links", "/v2/users/{id}/links/_search", "result", columns.USER_IDP_LINKS_V2,
        style="object", within=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/{id}/idps/_search", columns.USER_IDP_LINKS_V1,
        )  # fmt: skip
    opt_in = True

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("type") == "human"
