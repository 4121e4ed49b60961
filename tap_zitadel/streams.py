"""The instance and its organizations, groups and sessions."""

from __future__ import annotations

from typing_extensions import override

from identity_sdk import (
    ApiError,
    Item,
    Pager,
    PagerSteps,
    Reading,
    Request,
    in_memory,
    take,
    without_secret,
)
from tap_zitadel import columns, rights
from tap_zitadel.client import V1, V2, EachOfZitadel, ZitadelStream, header
from tap_zitadel.error_mapping import absent
from tap_zitadel.proto import (
    decoded,
    message,
    messages,
)


class Instance(ZitadelStream):
    """The ZITADEL instance."""

    name = "instance"
    primary_keys = ("id",)
    permission = rights.INSTANCE

    _COLUMNS = columns.INSTANCE

    @override
    def read(self) -> Reading:
        return self.driven(self._one())

    def _one(self) -> Pager:
        instance = self.tap.instance_only()
        row = self._COLUMNS.row({k: v for k, v in instance.items() if k != "domains"})
        row["domains"] = sorted(
            str(each["domain"]) for each in messages(instance.get("domains")) if each.get("domain")
        )
        return (yield from in_memory([row], self.key))


class Organizations(ZitadelStream):
    """An organization of the instance."""

    name = "organizations"
    primary_keys = ("id",)

    _COLUMNS = columns.ORGANIZATIONS
    v2 = V2(
        "organizations", "/v2/organizations/_search", "result", _COLUMNS,
        ("ORGANIZATION_FIELD_NAME_NAME",), "object",
    )  # fmt: skip
    v1 = V1("/admin/v1/orgs/_search", _COLUMNS)

    @override
    def read_v1(self, v1: V1) -> Reading:
        if self.tap.whole_instance:
            return super().read_v1(v1)
        return self.driven(self._each())

    def _each(self) -> Pager:
        """The organizations that the run is limited to, one at a time."""
        rows: list[Item] = []
        for organization in self.tap.organizations:
            rows += self.postprocess(self._COLUMNS.row((yield from self._one(organization))))
        return (yield from in_memory(rows, self.key))

    def _one(self, organization: str) -> PagerSteps[Item]:
        """An organization in the format of the listing.

        From some version on, `orgs/me` counts any event in an organization as a change of it.
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
    def postprocess(self, row: Item) -> list[Item]:
        state = str(row["state"]).removeprefix("ORGANIZATION_").removeprefix("ORG_")
        # The column name in everything that belongs to an organization.
        return [{**row, "state": f"ORGANIZATION_{state}", "organization_id": row["id"]}]

    ignored_fields = frozenset({"organization_id"})


class OrganizationDomains(EachOfZitadel):
    """A domain of an organization."""

    name = "organization_domains"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "domain")
    v2 = V2(
        "domains", "/v2/organizations/{id}/domains/search", "domains",
        columns.ORGANIZATION_DOMAINS_V2, ("DOMAIN_FIELD_NAME_NAME",), within=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/orgs/me/domains/_search", columns.ORGANIZATION_DOMAINS_V1,
        )  # fmt: skip


class Metadata(EachOfZitadel):
    """A stream of metadata, whose values are bytes."""

    @override
    def postprocess(self, row: Item) -> list[Item]:
        return [{**row, "value": without_secret(row["key"], decoded(row["value"]))}]


class OrganizationMetadata(Metadata):
    """A metadata entry (key and value) of an organization."""

    name = "organization_metadata"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "key")
    v2 = V2(
        "organization metadata", "/v2/organizations/{id}/metadata/search", "metadata",
        columns.METADATA_V2, within=True, else_v1=True,
    )  # fmt: skip
    v1 = V1("/management/v1/metadata/_search", columns.METADATA_V1)
    opt_in = True


class Groups(ZitadelStream):
    """A group of users; ZITADEL 5 and newer."""

    name = "groups"
    permission = rights.GROUPS
    primary_keys = ("id",)
    v2 = V2(
        "groups", "/zitadel.group.v2.GroupService/ListGroups", "groups", columns.GROUPS_V2,
        ("FIELD_NAME_ID",),
    )  # fmt: skip


class GroupUsers(EachOfZitadel):
    """A user's membership in a group."""

    name = "group_users"
    permission = rights.GROUPS
    parent, bind = Groups, {"group_id": "id"}
    primary_keys = ("group_id", "user_id")
    v2 = V2(
        "groups", "/zitadel.group.v2.GroupService/ListGroupUsers", "groupUsers",
        columns.GROUP_USERS_V2,  # Across all groups no sort order is unique.
        ("GROUP_USER_FIELD_NAME_USER_ID",), body={"filters": [{"groupIds": {"ids": ["{id}"]}}]},
    )  # fmt: skip


class Sessions(ZitadelStream):
    """A session of the session API or the new login; those of the old login are not listed."""

    name = "sessions"
    primary_keys = ("id",)
    permission = rights.SESSIONS
    v2 = V2(
        "sessions", "/v2/sessions/search", "sessions", columns.SESSIONS_V2,
        ("SESSION_FIELD_NAME_CREATION_DATE",), "object",
    )  # fmt: skip
    opt_in = True
