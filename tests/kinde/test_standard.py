"""singer_sdk's own suite for tap-kinde, and what works before there is any configuration."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_tap_test_class

from sandbox.server import Sandbox
from tap_kinde.tap import TapKinde
from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.runs import small
from tests.running import BIN, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SANDBOX = Sandbox(small())
SNAPSHOT = ROOT / "tests/snapshots/tap-kinde.json"


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


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tap without configuration, and with a proxy that leads nowhere."""
    environment = {"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [BIN / "tap-kinde", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def refreshed() -> dict[str, Any]:
    """What the tap discovers; `UPDATE_SNAPSHOTS=1` writes the snapshot anew."""
    found = offline("--discover")
    assert found.returncode == 0, found.stderr
    catalog: dict[str, Any] = json.loads(found.stdout)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(catalog, indent=1, ensure_ascii=False) + "\n")
    return catalog


if os.environ.get("UPDATE_SNAPSHOTS"):
    refreshed()  # The suite below takes it for its catalog.
# Some columns are empty for this server, which the suite warns of.
TestTapKinde = pytest.mark.filterwarnings("ignore:No records were available")(
    get_tap_test_class(TapKinde, config=dict(SANDBOX.kinde_config), catalog=everything())
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
    """Any change of a schema, a key or a replication method is a visible diff."""
    assert refreshed() == json.loads(SNAPSHOT.read_text())


def test_streams_are_declared_in_the_order_they_are_read() -> None:
    assert list(reviewed()) == [
        "users", "user_identities", "user_organizations", "organizations", "organization_users",
        "roles", "role_users", "role_permissions", "permissions", "applications", "apis",
        "connections", "user_sign_ins", "user_properties", "user_api_scopes",
        "user_identity_details", "user_sessions", "user_mfa", "organization_details",
        "organization_user_permissions", "organization_user_mfa", "organization_invites",
        "organization_connections", "role_scopes", "role_system_permissions",
        "system_permissions", "application_access_roles", "application_connections",
        "api_applications", "api_scopes", "directories", "api_keys", "sync_runs",
    ]  # fmt: skip


def test_the_first_twelve_streams_are_selected_by_default() -> None:
    chosen = [
        name
        for name, entry in reviewed().items()
        if about(entry).get("selected-by-default") is not False
    ]
    assert chosen == [*DEFAULT, "sync_runs"]
    assert len(DEFAULT) == 12


def test_all_keys_and_columns_are_compared_with_the_company() -> None:
    """What tests expect has the same tables, keys and columns as the catalog."""
    catalog = reviewed()
    assert [*TABLES, "sync_runs"] == list(catalog)
    for table, (rows, keys) in TABLES.items():
        entry = catalog[table]
        assert entry["key_properties"] == list(keys)
        columns = entry["schema"]["properties"].keys() - {"_sync_id"}
        assert next(iter(rows(SANDBOX.company))).keys() == columns, table


def test_only_sign_ins_are_incremental() -> None:
    catalog = reviewed()
    methods = {name: entry["replication_method"] for name, entry in catalog.items()}
    assert methods.pop("user_sign_ins") == "INCREMENTAL"
    assert set(methods.values()) == {"FULL_TABLE"}
    keys = {name: about(entry).get("valid-replication-keys") for name, entry in catalog.items()}
    assert {name: value for name, value in keys.items() if value} == {
        "user_sign_ins": ["last_signed_in"]
    }
    moment = about(catalog["user_sign_ins"], "properties", "last_signed_in")
    assert moment["inclusion"] == "automatic"


def test_fields_that_hold_secrets_are_in_no_schema() -> None:
    columns = {name for each in reviewed().values() for name in each["schema"]["properties"]}
    secrets = {"client_secret", "secret_token", "invite_link", "options", "key_value"}
    assert columns.isdisjoint(secrets)
    assert "code" not in reviewed()["organization_invites"]["schema"]["properties"]
