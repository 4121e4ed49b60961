"""`tenants.yml`: what it says, and what is wrong with it, by line and tenant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orchestrate import ROOT
from orchestrate.errors import TenantsError
from orchestrate.tenants import TAPS, main, read_tenants
from tests.orchestrate.written import entry, written

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = """\
models: 2
tenants:
- id: acme
  tap: tap-logto
  settings: {base_url: https://acme.example}
  credentials: {client_id: ACME_ID, client_secret: ACME_SECRET}
"""
SECRET = "wJalr-S3CRET"

KINDE = "settings: {base_url: x}, credentials: {client_id: A, client_secret: B}"
RUDDERSTACK = "- id: globex\n  tap: tap-rudderstack\n"
TOKEN = f"{RUDDERSTACK}  credentials: {{service_access_token: A}}\n"

WRONG = [
    (
        f"- {{id: acme, tap: tap-kinde, {KINDE}}}",
        "line 7, tenant acme: id: acme is that of another tenant (acme) too",
    ),
    (
        f"- {{id: Globex, tap: tap-kinde, {KINDE}}}",
        "line 7, tenant Globex: id: an id is at most 40 lower-case letters",
    ),
    (
        f"- {{id: globex, tap: tap-kindle, {KINDE}}}",
        "line 7, tenant globex: tap: Invalid enum value 'tap-kindle'",
    ),
    (
        "- {id: globex, tap: tap-kinde}",
        "line 7, tenant globex: Object missing required field `credentials`",
    ),
    (
        f"{TOKEN}  setings: {{}}",
        "line 7, tenant globex: Object contains unknown field `setings`",
    ),
    (
        "- id: globex\n  tap: tap-kinde\n  credentials: {client_id: A}",
        "line 8, tenant globex: tap: tap-kinde needs base_url and client_id and client_secret",
    ),
    (
        f"{TOKEN}  settings: {{scim_bas_url: x}}",
        "line 10, tenant globex: settings: tap-rudderstack has no setting scim_bas_url; "
        "is scim_base_url meant?",
    ),
    (
        f"{RUDDERSTACK}  credentials:\n    service_access_token: {SECRET}",
        "line 10, tenant globex: credentials: name the environment variable that holds it",
    ),
    (
        f"{RUDDERSTACK}  credentials: {{}}\n  settings:\n    service_access_token: {SECRET}",
        "line 11, tenant globex: service_access_token: service_access_token is a secret: name "
        "under `credentials` the environment variable",
    ),
    (
        f"{TOKEN}  leave_out: [grups]",
        "line 10, tenant globex: leave_out: tap-rudderstack has no stream grups; is groups meant?",
    ),
    (
        f"{TOKEN}  schema: logto_acme",
        "line 10, tenant globex: schema: logto_acme is that of another tenant (acme) too",
    ),
    ("- id: [", "line 8: this is not YAML"),
    ("chunk: 0", "chunk: Expected `int` >= 1"),
]


@pytest.mark.parametrize(("addition", "problem"), WRONG)
def test_what_is_wrong_is_named_by_line_and_tenant(
    addition: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "tenants.yml"
    path.write_text(f"{BEGINNING}{addition}\n")
    with pytest.raises(TenantsError) as found:
        read_tenants(path)
    assert problem in str(found.value)
    assert str(found.value).startswith(f"{path}, line ")
    assert SECRET not in str(found.value)


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    wrong = [entry(name, leave_out=["no_such"]) for name in ("acme", "globex")]
    with pytest.raises(TenantsError) as found:
        written(tmp_path, *wrong)
    assert [line.split(":")[0].split(", ")[2] for line in str(found.value).splitlines()] == [
        "tenant acme",
        "tenant globex",
    ]


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(TenantsError, match="Copy orchestrate/tenants"):
        read_tenants(tmp_path / "tenants.yml")


def test_the_example_holds_and_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(ROOT / "orchestrate/tenants.example.yml")
    main(["--tenants", path])
    assert capsys.readouterr().out.split() == [
        "acme",
        "globex",
        "initech-logto",
        "initech-zitadel",
    ]
    main(["--tenants", path, "--tap", "tap-zitadel"])
    assert capsys.readouterr().out.split() == ["initech-zitadel"]


def test_each_tap_has_a_pool() -> None:
    """Airflow never starts a task whose pool does not exist."""
    pools = json.loads((ROOT / "orchestrate/pools.json").read_text())
    assert pools.keys() == {*TAPS, "identity-models"}
    assert 'pool="identity-models"' in (ROOT / "orchestrate/dags/identity.py").read_text()


def test_chunks_hold_each_tenant_of_a_tap_once(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(7)]
    tenants = written(tmp_path, *(entry(name) for name in names), entry("k", "tap-kinde"), chunk=3)
    assert tenants.chunks("tap-logto") == [names[:3], names[3:6], names[6:]]
    assert tenants.chunks("tap-kinde") == [["k"]]
    assert tenants.chunks("tap-zitadel") == []


def test_a_tenant_stays_in_its_model_and_customers_are_not_parted(tmp_path: Path) -> None:
    many = [entry(f"t{number}") for number in range(200)]
    both = [entry("acme-kinde", "tap-kinde", customer="acme"), entry("acme", customer="acme")]
    before = written(tmp_path, *many, *both, models=4)
    after = written(tmp_path, entry("new"), *reversed(many), *both, models=4)
    assert {each.id: after.model_of(each) for each in before} == {
        each.id: before.model_of(each) for each in before
    }
    assert after.model_of(after["acme"]) == after.model_of(after["acme-kinde"])
    sizes = [len(members) for members in before.models.values()]
    assert sum(sizes) == 202
    assert len(sizes) == 4
    assert min(sizes) > 30
    assert list(written(tmp_path, *many).models) == ["identity"]
