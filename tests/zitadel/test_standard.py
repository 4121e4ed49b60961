"""singer_sdk's own suite for tap-zitadel, and what works before there is any configuration."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_tap_test_class

from sandbox.server import Sandbox
from tap_zitadel.proto import decoded
from tap_zitadel.tap import TapZitadel
from tests.running import BIN, ROOT
from tests.zitadel.expected import DEFAULT, OPT_IN, TABLES
from tests.zitadel.runs import small

if TYPE_CHECKING:
    from collections.abc import Iterator

SANDBOX = Sandbox(small(), zitadel_version=(5, 0))
SNAPSHOT = ROOT / "tests/snapshots/tap-zitadel.json"


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    with SANDBOX:
        yield


def discovered() -> dict[str, Any]:
    catalog: dict[str, Any] = json.loads(offline("--discover").stdout)
    return catalog


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tap without configuration, and with a proxy that leads nowhere."""
    environment = {"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [BIN / "tap-zitadel", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def about(entry: dict[str, Any], *breadcrumb: str) -> dict[str, Any]:
    """The metadata of a stream, or of one of its fields."""
    found: dict[str, Any] = next(
        each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == list(breadcrumb)
    )
    return found


def everything() -> dict[str, Any]:
    """The catalog with all streams selected: the suite looks also at those that are not."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(discovered(), indent=1, ensure_ascii=False) + "\n")
    catalog: dict[str, Any] = json.loads(SNAPSHOT.read_text())
    for entry in catalog["streams"]:
        about(entry)["selected"] = True
    return catalog


# Some columns are empty for this server, which the suite warns of.
TestTapZitadel = pytest.mark.filterwarnings("ignore:No records were available")(
    get_tap_test_class(TapZitadel, config=dict(SANDBOX.zitadel_config), catalog=everything())
)


def reviewed() -> dict[str, Any]:
    """The catalog as it was reviewed: its entries by the names of the streams."""
    catalog = json.loads(SNAPSHOT.read_text())
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def test_about_needs_no_credentials() -> None:
    told = json.loads(offline("--about", "--format=json").stdout)
    settings = told["settings"]["properties"]
    secret = {name for name, spec in settings.items() if spec.get("secret")}
    assert secret == {"pat", "private_key", "client_secret"}
    assert told["settings"]["required"] == ["instance_url"]
    assert "batch" not in told["capabilities"]
    assert all("description" in setting for setting in settings.values())
    own = {"organization_id", "external_domain", "api_version", "event_payload", "client_id"}
    assert own < settings.keys()
    assert settings["api_version"]["default"] == "auto"
    assert settings["event_payload"]["default"] == "none"


def test_discovery_needs_no_credentials_and_the_catalog_is_as_reviewed() -> None:
    """Any change of a schema, a key or a replication method is a visible diff.

    `UPDATE_SNAPSHOTS=1` writes the snapshot anew.
    """
    found = offline("--discover")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == json.loads(SNAPSHOT.read_text())


def test_streams_are_declared_in_the_order_they_are_read() -> None:
    assert list(reviewed()) == [
        "instance", "organizations", "organization_domains", "users", "projects",
        "project_roles", "project_grants", "authorizations", "authorization_roles",
        "administrators", "applications", "personal_access_tokens", "machine_keys",
        "application_keys", "identity_providers", "groups", "group_users", "events",
        "organization_metadata", "user_metadata", "user_auth_methods", "user_idp_links",
        "sessions", "policies", "sync_runs",
    ]  # fmt: skip


def test_what_is_personal_or_takes_a_request_for_each_is_not_selected_by_default() -> None:
    opt_in = [
        name
        for name, entry in reviewed().items()
        if about(entry).get("selected-by-default") is False
    ]
    assert opt_in == [
        "organization_metadata", "user_metadata", "user_auth_methods", "user_idp_links",
        "sessions", "policies",
    ] == list(OPT_IN)  # fmt: skip
    assert len(DEFAULT) == 18


def test_meltano_selects_the_same_by_default() -> None:
    """`select:` in meltano.yml is kept in step with the tap."""
    plan = (ROOT / "meltano.yml").read_text()
    block = plan.partition("  - name: tap-zitadel\n")[2].partition("\n  # end")[0]
    chosen = block.partition("    select:\n")[2].splitlines()
    assert chosen == [f"    - {table}.*" for table in DEFAULT]


def test_all_keys_and_columns_are_compared_with_the_company() -> None:
    """What tests expect has the same tables, keys and columns as the catalog."""
    company = SANDBOX.company
    assert SANDBOX.zitadel_server.company is company
    catalog = reviewed()
    assert [*TABLES, "sync_runs"] == list(catalog)
    for table, (rows, keys) in TABLES.items():
        entry = catalog[table]
        assert entry["key_properties"] == list(keys)
        columns = entry["schema"]["properties"].keys() - {"_sync_id"}
        assert all(row.keys() == columns for row in rows(company)), table


def test_administrators_may_be_incremental_and_only_events_are() -> None:
    catalog = reviewed()
    methods = {name: entry["replication_method"] for name, entry in catalog.items()}
    assert methods.pop("events") == "INCREMENTAL"
    assert set(methods.values()) == {"FULL_TABLE"}
    keys = {name: about(entry).get("valid-replication-keys") for name, entry in catalog.items()}
    assert {name: value for name, value in keys.items() if value} == {
        "administrators": ["change_date"],
        "events": ["creation_date"],
    }
    for stream, key in (("administrators", "change_date"), ("events", "creation_date")):
        assert about(catalog[stream], "properties", key)["inclusion"] == "automatic"


def test_no_column_has_the_name_of_a_secret() -> None:
    """Metadata of credentials only."""
    columns = {name for e in reviewed().values() for name in e["schema"]["properties"]}
    assert not columns & {"token", "secret", "key_details", "client_secret", "public_key"}


def test_no_column_breaks_the_statement_by_which_loaders_mark_removed_rows() -> None:
    """target-postgres 0.8.1 binds these names in it, and dies of a column that has one."""
    columns = {name for e in reviewed().values() for name in e["schema"]["properties"]}
    assert not columns & {"deletedate", "version"}


@pytest.mark.parametrize(
    ("sent", "value"),
    [("YcO8", "aü"), ("AGEA", "a"), ("/w==", "/w=="), ("no base64", "no base64"), (None, None)],
)
def test_values_of_metadata_are_text_that_a_warehouse_takes(
    sent: str | None, value: str | None
) -> None:
    assert decoded(sent) == value
