"""What a tenant's processes are told: their own, and of nobody else's anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from orchestrate.errors import TenantsError
from orchestrate.model import environment as model_environment
from orchestrate.model import variables
from orchestrate.run_tenant import command, environment, load_all, run
from tests.orchestrate.written import entry, written
from tests.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from orchestrate.tenants import Tenants

CREDENTIALS = {
    "ACME_ID": "acme-id",
    "ACME_SECRET": "S3CRET-acme",
    "GLOBEX_ID": "globex-id",
    "GLOBEX_SECRET": "S3CRET-globex",
}
OUTER = {
    **CREDENTIALS,
    "PATH": "/usr/bin",
    "TARGET_POSTGRES_SQLALCHEMY_URL": "postgresql://warehouse",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow",
}


@pytest.fixture
def tenants(tmp_path: Path) -> Tenants:
    """Two tenants of one vendor."""
    acme = entry("acme", leave_out=["roles", "hooks"])
    acme["settings"] |= {"max_retries": 2, "allow_http": True}
    return written(tmp_path, acme, entry("globex"), models=2)


def test_a_tenant_gets_its_own_settings_and_credentials_and_no_other_ones(tenants: Tenants) -> None:
    told = environment(tenants, tenants["acme"], OUTER, OUTER.get)
    assert "globex" not in json.dumps(told).lower()
    assert not [name for name in told if name in CREDENTIALS or name.startswith("AIRFLOW")]
    assert told["TAP_LOGTO_BASE_URL"] == "https://acme.example"
    assert told["TAP_LOGTO_CLIENT_ID"] == "acme-id"
    assert told["TAP_LOGTO_CLIENT_SECRET"] == "S3CRET-acme"
    assert (told["TAP_LOGTO_MAX_RETRIES"], told["TAP_LOGTO_ALLOW_HTTP"]) == ("2", "true")
    assert told["TAP_LOGTO__LOAD_SCHEMA"] == "logto_acme"
    assert json.loads(told["TAP_LOGTO__SELECT"]) == ["*.*", "!roles.*", "!hooks.*"]
    assert told["TARGET_POSTGRES_SQLALCHEMY_URL"] == "postgresql://warehouse"


def test_a_credential_that_is_not_the_tenants_is_empty(tmp_path: Path) -> None:
    """Else a token in the environment, or in the project's .env, went to this tenant's server."""
    settings = {"instance_url": "https://acme.example"}
    acme = entry("acme", "tap-zitadel", settings=settings, credentials={"private_key": "ACME_KEY"})
    tenants = written(tmp_path, acme)
    outer = {**OUTER, "ACME_KEY": "S3CRET-key", "TAP_ZITADEL_PAT": "S3CRET-of-somebody-else"}
    told = environment(tenants, tenants["acme"], outer, outer.get)
    assert told["TAP_ZITADEL_PRIVATE_KEY"] == "S3CRET-key"
    assert told["TAP_ZITADEL_PAT"] == told["TAP_ZITADEL_CLIENT_SECRET"] == ""
    assert "somebody-else" not in json.dumps(told)


def test_no_credential_is_in_the_command_line(tenants: Tenants) -> None:
    for each in tenants:
        line = command(tenants, each)
        assert line[1:] == ["run", "--state-id-suffix", each.id, "tap-logto", "target-postgres"]
        assert not any(value in word for word in line for value in CREDENTIALS.values())


def test_each_has_a_system_directory_that_shares_only_the_plugins(tenants: Tenants) -> None:
    folders = [
        environment(tenants, each, OUTER, OUTER.get)["MELTANO_SYS_DIR_ROOT"] for each in tenants
    ]
    assert len(set(folders)) == 2
    for folder in folders:
        assert sorted(os.listdir(folder)) == ["extractors", "loaders"]
        assert os.path.realpath(f"{folder}/loaders") == os.path.realpath(ROOT / ".meltano/loaders")
        assert os.stat(folder).st_mode & 0o077 == 0


def test_a_credential_that_is_not_there_is_named_by_its_setting_only(tenants: Tenants) -> None:
    """What stands for the variable may be the secret, by mistake."""
    lacking = {name: value for name, value in OUTER.items() if name != "ACME_SECRET"}
    with pytest.raises(TenantsError) as found:
        environment(tenants, tenants["acme"], lacking, lacking.get)
    assert "acme has no credential" in str(found.value)
    assert "its client_secret is not set" in str(found.value)
    assert "ACME_SECRET" not in str(found.value)


def test_who_lacks_a_credential_keeps_nobody_else_from_being_loaded(
    tenants: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the second, `meltano` is run, which fails: there is no such environment."""
    folder = tenants.path.parent / "no-project"
    folder.mkdir()
    (folder / "meltano.yml").write_text((ROOT / "meltano.yml").read_text())
    (folder / ".meltano").symlink_to(ROOT / ".meltano")
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(folder))
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "no-such-environment")
    elsewhere = written(tenants.path.parent, entry("acme"), entry("globex"))
    loaded: list[str] = []
    only_globex = {name: OUTER[name] for name in ("GLOBEX_ID", "GLOBEX_SECRET")}
    failures = load_all(elsewhere, ["acme", "globex"], only_globex.get, loaded.append)
    assert list(failures) == ["acme", "globex"]
    assert "has no credential" in failures["acme"]
    assert failures["globex"].startswith("exit code 1")
    assert loaded == []


def test_who_is_not_there_is_an_error_that_names_the_nearest(tenants: Tenants) -> None:
    line = [sys.executable, "-m", "orchestrate.run_tenant", "acm", "--tenants", str(tenants.path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "has no tenant 'acm'; is acme meant?" in done.stderr


def test_a_program_is_asked_to_end_if_this_one_has_to(tmp_path: Path) -> None:
    """As when Airflow ends a task: Meltano ends its run in order."""
    child = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
    child += "open('ready', 'w').close()\ntime.sleep(60)"
    parent = (
        "import signal, sys\nfrom pathlib import Path\nfrom orchestrate.run_tenant import run\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        f"run([sys.executable, '-c', {child!r}], Path({str(tmp_path)!r}), {{}})"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT) as process:
        while not (tmp_path / "ready").exists():
            assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=30) == 3


def test_the_exit_code_of_a_program_is_passed_on(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "raise SystemExit(7)"], tmp_path, {}) == 7


def test_models_have_schemas_folders_and_sources_of_their_own(tenants: Tenants) -> None:
    first, second = tenants.models
    told = [model_environment(tenants, model, OUTER) for model in (first, second)]
    for name in ("DBT_SCHEMA", "DBT_TARGET_PATH", "DBT_LOG_PATH"):
        assert told[0][name] != told[1][name]
    for each in told:
        assert not [name for name in each if name in CREDENTIALS or name.startswith("AIRFLOW")]
    given = {"DBT_VARS": yaml.safe_dump({"stale_hours": 48})}
    found = [variables(tenants, model, given) for model in (first, second)]
    assert {each["stale_hours"] for each in found} == {48}
    sources = [source for each in found for source in each["identity_sources"]]
    assert sorted((each["id"], each["system"], each["schema"]) for each in sources) == [
        ("acme", "logto", "logto_acme"),
        ("globex", "logto", "logto_globex"),
    ]
    left_out = [name for each in found for name in each["streams_left_out"]]
    assert left_out == ["acme.roles", "acme.hooks"]
