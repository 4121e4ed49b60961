"""singer_sdk's own suite for tap-logto, and what works before there is any configuration."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_tap_test_class

from sandbox.server import Sandbox
from tap_logto.tap import TapLogto
from tests.logto.emulator import small
from tests.logto.expected import DEFAULT, TABLES
from tests.running import BIN, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SANDBOX = Sandbox(small())
SNAPSHOT = ROOT / "tests/snapshots/tap-logto.json"


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    with SANDBOX:
        yield


def everything() -> dict[str, Any]:
    """The catalog with all streams selected: the suite looks also at those that are not."""
    catalog: dict[str, Any] = json.loads(SNAPSHOT.read_text())
    for entry in catalog["streams"]:
        about(entry)["selected"] = True
    return catalog


def about(entry: dict[str, Any], *breadcrumb: str) -> dict[str, Any]:
    """The metadata of a stream, or of one of its fields."""
    found: dict[str, Any] = next(
        each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == list(breadcrumb)
    )
    return found


# Some columns are empty for this server, which the suite warns of.
TestTapLogto = pytest.mark.filterwarnings("ignore:No records were available")(
    get_tap_test_class(TapLogto, config=dict(SANDBOX.logto_config), catalog=everything())
)


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tap without configuration, and with a proxy that leads nowhere."""
    environment = {"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [BIN / "tap-logto", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def reviewed() -> dict[str, Any]:
    """The catalog as it was reviewed: its entries by the names of the streams."""
    catalog = json.loads(SNAPSHOT.read_text())
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def test_about_needs_no_credentials() -> None:
    told = json.loads(offline("--about", "--format=json").stdout)
    settings = told["settings"]["properties"]
    assert {name for name, spec in settings.items() if spec.get("secret")} == {"client_secret"}
    assert told["settings"]["required"] == ["base_url", "client_id", "client_secret"]
    assert "batch" not in told["capabilities"]
    assert all("description" in setting for setting in settings.values())


def test_discovery_needs_no_credentials_and_the_catalog_is_as_reviewed() -> None:
    """Any change of a schema, a key or a replication method is a visible diff.

    `UPDATE_SNAPSHOTS=1` writes the snapshot anew.
    """
    found = offline("--discover")
    assert found.returncode == 0, found.stderr
    catalog = json.loads(found.stdout)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(catalog, indent=1, ensure_ascii=False) + "\n")
    assert catalog == json.loads(SNAPSHOT.read_text())


def test_streams_are_declared_in_the_order_they_are_read() -> None:
    assert list(reviewed()) == [
        "users", "user_identities", "roles", "role_users", "role_applications", "role_scopes",
        "resources", "scopes", "organizations", "organization_memberships",
        "organization_member_roles", "organization_roles", "organization_role_scopes",
        "organization_role_resource_scopes", "organization_scopes", "organization_applications",
        "organization_application_roles", "organization_invitations",
        "organization_jit_email_domains", "organization_jit_roles",
        "organization_jit_sso_connectors", "applications", "application_secrets", "connectors",
        "sso_connectors", "hooks", "audit_logs", "user_mfa_verifications",
        "user_personal_access_tokens", "user_sessions", "user_grants",
        "application_user_consent_scopes", "application_access_control", "sync_runs",
    ]  # fmt: skip


def test_what_takes_a_request_for_each_user_is_not_selected_by_default() -> None:
    opt_in = {
        name
        for name, entry in reviewed().items()
        if about(entry).get("selected-by-default") is False
    }
    assert opt_in == {
        "user_mfa_verifications",
        "user_personal_access_tokens",
        "user_sessions",
        "user_grants",
        "application_user_consent_scopes",
        "application_access_control",
    }
    assert len(DEFAULT) == 27


def test_all_keys_and_columns_are_compared_with_the_company() -> None:
    """What tests expect has the same tables, keys and columns as the catalog."""
    company = SANDBOX.company
    catalog = reviewed()
    assert [*TABLES, "sync_runs"] == list(catalog)
    for table, (rows, keys) in TABLES.items():
        entry = catalog[table]
        assert entry["key_properties"] == list(keys)
        columns = entry["schema"]["properties"].keys() - {"_sync_id"}
        assert next(iter(rows(company))).keys() == columns, table


def test_users_may_be_incremental_and_only_audit_logs_are() -> None:
    catalog = reviewed()
    methods = {name: entry["replication_method"] for name, entry in catalog.items()}
    assert methods.pop("audit_logs") == "INCREMENTAL"
    assert set(methods.values()) == {"FULL_TABLE"}
    keys = {name: about(entry).get("valid-replication-keys") for name, entry in catalog.items()}
    assert {name: value for name, value in keys.items() if value} == {
        "users": ["updated_at"],
        "audit_logs": ["created_at"],
    }
    for stream, key in (("users", "updated_at"), ("audit_logs", "created_at")):
        assert about(catalog[stream], "properties", key)["inclusion"] == "automatic"
