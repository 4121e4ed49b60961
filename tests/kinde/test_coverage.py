"""Every field that the vendor's client knows is a column, or is left out for a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_kinde.tap import TapKinde
from tests.running import ROOT

SCHEMAS = ROOT / "tap_kinde/schemas"
MODELS = {
    "UsersResponseUsersInner": ("users",),
    "UsersResponseUsersInnerIdentitiesInner": ("user_identities",),
    "SearchUsersResponseResultsInner": ("user_properties", "user_api_scopes"),
    "SearchUsersResponseResultsInnerApiScopesInner": ("user_api_scopes",),
    "Identity": ("user_identity_details",),
    "GetUserSessionsResponseSessionsInner": ("user_sessions",),
    "GetUserMfaResponseMfa": ("user_mfa", "organization_user_mfa"),
    "OrganizationItemSchema": ("organizations",),
    "GetOrganizationResponse": ("organization_details",),
    "OrganizationUser": ("organization_users",),
    "OrganizationUserPermission": ("organization_user_permissions",),
    "OrganizationInvite": ("organization_invites",),
    "Connection": ("connections", "organization_connections", "application_connections"),
    "ConnectionConnection": ("connections", "organization_connections", "application_connections"),
    "Directory": ("directories",),
    "Roles": ("roles",),
    "GetRoleUsersResponseUsersInner": ("role_users",),
    "Permissions": ("permissions", "role_permissions"),
    "Scopes": ("role_scopes",),
    "SystemPermissions": ("system_permissions", "role_system_permissions"),
    "Applications": ("applications",),
    "ApplicationAccessRole": ("application_access_roles",),
    "GetApisResponseApisInner": ("apis",),
    "GetApiResponseApi": ("api_applications",),
    "GetApiResponseApiApplicationsInner": ("api_applications",),
    "GetApiScopesResponseScopesInner": ("api_scopes",),
    "GetApiKeysResponseApiKeysInner": ("api_keys",),
}
"""The model of an item of each endpoint in use (contract, section 9), and who reads it."""

USER_FIELDS = (
    "provided_id", "email", "username", "last_name", "first_name", "is_suspended", "picture",
    "total_sign_ins", "failed_sign_ins", "last_signed_in", "created_on",
)  # fmt: skip
LOOKS = (
    "logo", "logo_dark", "favicon_svg", "favicon_fallback", "link_color", "background_color",
    "button_color", "button_text_color", "link_color_dark", "background_color_dark",
    "button_text_color_dark", "button_color_dark", "button_border_radius", "card_border_radius",
    "input_border_radius", "theme_code", "color_scheme",
)  # fmt: skip
LEFT_OUT = {
    ("users", "organizations"): "rows of user_organizations",
    ("users", "identities"): "rows of user_identities",
    ("users", "billing"): "not asked for: who is billed is no matter of access",
    ("user_properties", "id"): "the column is user_id",
    ("user_properties", "organizations"): "not asked for: rows of user_organizations",
    ("user_properties", "identities"): "not asked for: rows of user_identities",
    ("user_properties", "properties"): "each is a row, with key and value",
    ("user_properties", "api_scopes"): "rows of user_api_scopes",
    ("user_api_scopes", "id"): "the column is user_id",
    ("user_api_scopes", "organizations"): "not asked for: rows of user_organizations",
    ("user_api_scopes", "identities"): "not asked for: rows of user_identities",
    ("user_api_scopes", "properties"): "rows of user_properties",
    ("user_api_scopes", "api_scopes"): "each is a row",
    ("organization_details", "billing"): "not asked for: who is billed is no matter of access",
    ("organization_invites", "code"): "a secret: whoever knows it may join",
    ("organization_invites", "invite_link"): "a secret: whoever knows it may join",
    ("directories", "secret_token"): "a secret: with it one may provision users",
    ("role_users", "id"): "the column is user_id",
    ("role_users", "org_codes"): "each is a row, with org_code",
    ("api_applications", "audience"): "a column of apis",
    ("api_applications", "is_management_api"): "a column of apis",
    ("api_applications", "scopes"): "rows of api_scopes",
    ("api_applications", "applications"): "each is a row",
    **{(s, f): "a column of users" for s in MODELS["SearchUsersResponseResultsInner"]
       for f in USER_FIELDS},
    **{("organization_details", field): "how pages look" for field in LOOKS},
    **{(s, f): "the envelope of a connection" for s in MODELS["Connection"]
       for f in ("code", "message", "connection")},
}  # fmt: skip
"""Fields that are no column of the stream, each with the reason."""


@pytest.fixture(scope="module")
def models() -> dict[str, set[str]]:
    """The fields of each model, as they are named on the wire."""
    known = pytest.importorskip("kinde_sdk.management.models")
    return {name: fields(getattr(known, name)) for name in MODELS}


def fields(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def columns(stream: str) -> set[str]:
    return set(json.loads((SCHEMAS / f"{stream}.json").read_text())["properties"])


def test_every_field_is_a_column_or_left_out_for_a_reason(models: dict[str, set[str]]) -> None:
    absent = {
        (stream, field)
        for name, streams in MODELS.items()
        for stream in streams
        for field in models[name] - columns(stream)
    }
    assert absent - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() - absent == set(), "stale entries"


def test_what_is_left_out_is_no_column() -> None:
    assert not [each for each in LEFT_OUT if each[1] in columns(each[0]) and each[1] != "id"]


def test_every_stream_is_compared_with_a_model(models: dict[str, set[str]]) -> None:
    """But for those whose rows are made of another stream's fields."""
    read = {stream.name for stream in TapKinde.stream_types}
    compared = {stream for streams in MODELS.values() for stream in streams}
    assert read - compared == {"user_organizations", "user_sign_ins"}
    assert columns("user_organizations") == {"user_id", "org_code"}
    assert columns("user_sign_ins") - {"user_id"} < models["UsersResponseUsersInner"]


def test_columns_are_fields_of_the_vendor_or_say_what_a_row_belongs_to(
    models: dict[str, set[str]],
) -> None:
    """No column is made up: it would always be empty."""
    bound = {"user_id", "org_code", "role_id", "application_id", "api_id", "connection_id"}
    made = {("user_properties", "key"), ("user_properties", "value")}
    for stream in {stream for streams in MODELS.values() for stream in streams}:
        known = {f for name, streams in MODELS.items() if stream in streams for f in models[name]}
        extra = {(stream, column) for column in columns(stream) - known - bound}
        assert extra <= made, stream


def test_secrets_of_the_vendor_are_in_no_schema() -> None:
    secrets = {"client_secret", "secret_token", "invite_link", "options", "credentials", "secret"}
    for path in SCHEMAS.glob("*.json"):
        assert columns(path.stem).isdisjoint(secrets), path.name
    assert "code" not in columns("organization_invites")
    assert "value" not in columns("organization_details")
