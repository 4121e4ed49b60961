"""singer_sdk's own suite, and what works before there is any configuration."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import get_tap_test_class

from sandbox.company import Company
from sandbox.server import Sandbox
from tap_rudderstack.tap import TapRudderStack
from tests.running import BIN, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SANDBOX = Sandbox(Company.made_up())
SNAPSHOT = ROOT / "tests/snapshots/tap-rudderstack.json"


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    with SANDBOX:
        yield


# Some columns are empty for this server, which the suite warns of.
TestTapRudderStack = pytest.mark.filterwarnings("ignore:No records were available")(
    get_tap_test_class(TapRudderStack, config=dict(SANDBOX.rudderstack_config))
)


def offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tap without configuration, and with a proxy that leads nowhere."""
    environment = {"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.run(
        [BIN / "tap-rudderstack", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_about_needs_no_credentials() -> None:
    about = json.loads(offline("--about", "--format=json").stdout)
    settings = about["settings"]["properties"]
    assert settings["service_access_token"]["secret"] is True
    assert about["settings"]["required"] == ["service_access_token"]
    assert "batch" not in about["capabilities"]
    assert all("description" in setting for setting in settings.values())


def test_discovery_needs_no_credentials_and_the_catalog_is_as_reviewed() -> None:
    """Any change of a schema, a key or a replication method is a visible diff.

    `UPDATE_SNAPSHOTS=1` writes the snapshot anew.
    """
    found = offline("--discover")
    assert found.returncode == 0, found.stderr
    catalog = json.loads(found.stdout)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(json.dumps(catalog, indent=1, ensure_ascii=False) + "\n")
    assert catalog == json.loads(SNAPSHOT.read_text())


def test_streams_are_declared_in_the_order_they_are_read() -> None:
    names = [entry["tap_stream_id"] for entry in json.loads(SNAPSHOT.read_text())["streams"]]
    assert names == ["users", "user_emails", "groups", "group_members", "audit_logs", "sync_runs"]


def test_every_field_is_described() -> None:
    schemas = [*ROOT.glob("tap_*/schemas/*.json"), *ROOT.glob("identity_sdk/singer/schemas/*.json")]
    assert len(schemas) >= 5
    for path in schemas:
        for name, field in json.loads(path.read_text())["properties"].items():
            assert field.get("description", "").endswith("."), f"{path.name}: {name}"


def test_nothing_shipped_imports_the_sandbox_or_another_tap() -> None:
    packages = [path for path in ROOT.glob("tap_*") if path.is_dir()]
    for package in [ROOT / "identity_sdk", *packages]:
        for path in package.rglob("*.py"):
            assert not forbidden(path, package), path


def forbidden(path: Path, package: Path) -> list[str]:
    """Imports that run the wrong way."""
    own = package.name
    imports = [
        line.split()[1].split(".")[0]
        for line in path.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    return [
        name
        for name in imports
        if name in ("sandbox", "tests", "scripts") or (name.startswith("tap_") and name != own)
    ]
