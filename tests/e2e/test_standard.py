"""singer_sdk's own suite for every tap, and what works before there is any configuration."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from singer_sdk.testing import get_tap_test_class

from sandbox.server import Sandbox
from tests.closing import serving
from tests.running import BIN, ROOT, discovered, spawn_tap
from tests.standard import standard_of
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))
NEVER_COLUMNS = {"token", "secret", "client_secret"}
"""Names of secrets. No stream of any tap has such a field: metadata of credentials only."""
LOADERS_BREAK = {"deletedate", "version"}
"""target-postgres 0.8.1 binds these names in the statement that marks removed rows, and dies of
a column that has one."""
PACKAGES = [ROOT / "identity_sdk", *(path for path in ROOT.glob("tap_*") if path.is_dir())]


def snapshot_of(tap: str) -> Path:
    return ROOT / f"tests/snapshots/{tap}.json"


def renewed(tap: str) -> None:
    """Write the snapshot anew; at once, for other processes of the tests do the same."""
    catalog, snapshot = discovered(tap), snapshot_of(tap)
    draft = snapshot.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(catalog, indent=1, ensure_ascii=False) + "\n")
    draft.replace(snapshot)


if UPDATE:  # The suites below take the snapshots for their catalogs.
    for each in TAPS:
        renewed(each)

STANDARDS = {tap: standard_of(tap) for tap in TAPS}
SANDBOXES = {tap: Sandbox(each.company(), **each.served) for tap, each in STANDARDS.items()}
every_tap = pytest.mark.parametrize("tap", TAPS)


@pytest.fixture(scope="session", autouse=True)
def served() -> Iterator[None]:
    """For the session: a process may come back to this module, and a sandbox starts only once."""
    with ExitStack() as stack:
        for sandbox in SANDBOXES.values():
            stack.enter_context(serving(sandbox))
        yield


def reviewed(tap: str) -> dict[str, Any]:
    """The catalog as it was reviewed: its entries by the names of the streams."""
    catalog = json.loads(snapshot_of(tap).read_text())
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def about(entry: dict[str, Any], *breadcrumb: str) -> dict[str, Any]:
    """The metadata of a stream, or of one of its fields."""
    found: dict[str, Any] = next(
        each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == list(breadcrumb)
    )
    return found


def suite(tap: str) -> Any:
    """singer_sdk's suite, with all streams: it looks also at those that are not selected."""
    entries = reviewed(tap)
    names = [*(stream.name for stream in TAPS[tap].stream_types), "sync_runs"]
    if names != list(entries):
        new = ", ".join(set(names) ^ set(entries)) or "their order"
        told = f"{tap}: the snapshot of the catalog differs in {new}; write it anew with "
        raise ValueError(f"{told}UPDATE_SNAPSHOTS=1 make test ARGS=tests/e2e/test_standard.py")
    for entry in entries.values():
        about(entry)["selected"] = True
    made = get_tap_test_class(
        TAPS[tap],
        config={**SANDBOXES[tap].configs[tap], "opt_in_streams": "all"},
        catalog={"streams": list(entries.values())},
    )
    # Some columns are empty for these servers, which the suite warns of.
    return pytest.mark.filterwarnings("ignore:No records were available")(made)


globals().update({f"Test{cls.__name__}": suite(tap) for tap, cls in TAPS.items()})


def offline(tap: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the tap without credentials, and with a proxy that leads nowhere."""
    prefix = tap.replace("-", "_").upper()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        **{f"{prefix}_{name}": value for name, value in settings.items()},
    }
    return subprocess.run(
        [BIN / tap, *arguments], capture_output=True, text=True, env=environment, check=False
    )


# Settings


@every_tap
def test_about_needs_no_credentials(tap: str) -> None:
    told, expected = json.loads(offline(tap, "--about", "--format=json").stdout), STANDARDS[tap]
    settings = told["settings"]["properties"]
    assert {name for name, spec in settings.items() if spec.get("secret")} == expected.secret
    assert told["settings"]["required"] == list(expected.required)
    assert "batch" not in told["capabilities"]
    assert all("description" in setting for setting in settings.values())


@every_tap
def test_a_run_without_settings_fails_and_names_them(tap: str, tmp_path: Path) -> None:
    run = spawn_tap(tmp_path, {}, tap=tap)
    assert (run.code, run.output) == (1, "")
    for name in STANDARDS[tap].required:
        assert f"`{name}` is missing" in run.log
    assert "Traceback" not in run.log


@every_tap
def test_a_tap_has_its_own_settings_besides_those_of_all(tap: str) -> None:
    settings = TAPS[tap].config_jsonschema["properties"]
    shared = set.intersection(*({*each.config_jsonschema["properties"]} for each in TAPS.values()))
    own = {name: settings[name].get("default") for name in settings.keys() - shared}
    assert own == STANDARDS[tap].settings


# The catalog


@every_tap
def test_discovery_needs_no_credentials_and_the_catalog_is_as_reviewed(tap: str) -> None:
    """Any change of a schema, a key or a replication method is a visible diff.

    `UPDATE_SNAPSHOTS=1` writes the snapshot anew.
    """
    found = offline(tap, "--discover", "--config", "ENV", OPT_IN_STREAMS="all")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == json.loads(snapshot_of(tap).read_text())


@every_tap
def test_streams_are_declared_in_the_order_they_are_read(tap: str) -> None:
    assert tuple(reviewed(tap)) == STANDARDS[tap].streams


@every_tap
def test_opt_in_streams_are_in_no_catalog_unless_they_are_named(tap: str) -> None:
    """They are listed here, so that no new stream is among the others by oversight."""
    expected = STANDARDS[tap]
    found = offline(tap, "--discover")
    assert found.returncode == 0, found.stderr
    names = [entry["tap_stream_id"] for entry in json.loads(found.stdout)["streams"]]
    assert names == [*expected.default, "sync_runs"]
    about = json.loads(offline(tap, "--about", "--format=json").stdout)["streams"]
    assert [each["name"] for each in about] == [s for s in expected.streams if s != "sync_runs"]
    assert tuple(each["name"] for each in about if each["opt_in"]) == expected.opt_in
    assert all(each["cost"] and "{" not in each["cost"] for each in about)


@every_tap
@pytest.mark.parametrize("file", ["meltano.yml", "hub"])
def test_meltano_reads_what_the_catalog_has(tap: str, file: str) -> None:
    """A `select` in a definition would change what `meltano select` and `--exclude` mean."""
    if file == "hub":
        plugin = yaml.safe_load((ROOT / f"hub/{tap}.yml").read_text())
    else:
        plugins = yaml.safe_load((ROOT / file).read_text())["plugins"]["extractors"]
        (plugin,) = (each for each in plugins if each["name"] == tap)
    assert "select" not in plugin
    (setting,) = (each for each in plugin["settings"] if each["name"] == "opt_in_streams")
    assert setting["kind"] == "string"


@every_tap
def test_all_keys_and_columns_are_compared_with_the_company(tap: str) -> None:
    """What tests expect has the same tables, keys and columns as the catalog."""
    expected, sandbox, catalog = STANDARDS[tap], SANDBOXES[tap], reviewed(tap)
    assert sandbox.configs[tap]  # It serves from now on, and computes what it will tell.
    assert [*expected.tables, *expected.elsewhere, "sync_runs"] == list(catalog)
    for table, (rows, keys) in expected.tables.items():
        entry = catalog[table]
        assert entry["key_properties"] == list(keys)
        columns = entry["schema"]["properties"].keys() - {"_sync_id"}
        made = list(rows(sandbox.company, *expected.context))
        assert made, table
        assert all(row.keys() == columns for row in made), table


@every_tap
def test_some_streams_are_incremental_and_some_may_be(tap: str) -> None:
    expected, catalog = STANDARDS[tap], reviewed(tap)
    methods = {name: entry["replication_method"] for name, entry in catalog.items()}
    assert {methods.pop(name) for name in expected.incremental} == {"INCREMENTAL"}
    assert set(methods.values()) == {"FULL_TABLE"}
    keys = {name: about(entry).get("valid-replication-keys") for name, entry in catalog.items()}
    replicated = {**expected.may_be_incremental, **expected.incremental}
    assert {name: value for name, value in keys.items() if value} == {
        name: [key] for name, key in replicated.items()
    }
    for stream, key in replicated.items():
        assert about(catalog[stream], "properties", key)["inclusion"] == "automatic"


@every_tap
def test_fields_that_hold_secrets_are_in_no_schema(tap: str) -> None:
    """Neither those of this tap's API, nor those of any other."""
    never = NEVER_COLUMNS.union(*(e.secret_columns.get("*", ()) for e in STANDARDS.values()))
    for stream, entry in reviewed(tap).items():
        of_the_stream = STANDARDS[tap].secret_columns.get(stream, frozenset())
        assert entry["schema"]["properties"].keys().isdisjoint(never | of_the_stream), stream


@every_tap
def test_no_column_breaks_the_statement_by_which_loaders_mark_removed_rows(tap: str) -> None:
    for stream, entry in reviewed(tap).items():
        assert entry["schema"]["properties"].keys().isdisjoint(LOADERS_BREAK), stream


@every_tap
def test_every_field_is_described(tap: str) -> None:
    package = ROOT / tap.replace("-", "_")
    schemas = [*package.glob("schemas/*.json"), *ROOT.glob("identity_sdk/singer/schemas/*.json")]
    assert len(schemas) == len(STANDARDS[tap].streams)
    for path in schemas:
        for name, field in json.loads(path.read_text())["properties"].items():
            assert field.get("description", "").endswith("."), f"{path.name}: {name}"


# The packages


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_nothing_shipped_imports_the_sandbox_or_another_tap(package: Path) -> None:
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
