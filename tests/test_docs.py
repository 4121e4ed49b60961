"""What is written for people and for Meltano Hub is what the taps say of themselves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import referencing
import yaml

from sandbox.company import Company, Person
from sandbox.server import Sandbox
from sandbox.warehouse import Database
from scripts.docs import ROOT, VENDORS, files
from tests.running import Pipe, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

HUB_SCHEMA = ROOT.parent / "shared/hub-schema"
TAPS = [vendor.tap.name for vendor in VENDORS]


def test_make_docs_has_been_run() -> None:
    stale = [str(path) for path, text in files().items() if path.read_text() != text]
    assert not stale, "run `make docs`"
    done = subprocess.run([sys.executable, "-m", "scripts.docs", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0


def hub_registry() -> referencing.Registry[Any]:
    resources = []
    for path in HUB_SCHEMA.rglob("*.json"):
        schema = json.loads(path.read_text())
        schema["$id"] = f"http://hub.invalid/{path.relative_to(HUB_SCHEMA)}"
        resources.append((schema["$id"], referencing.Resource.from_contents(schema)))
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    return registry


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.skipif(not HUB_SCHEMA.exists(), reason="the Hub's own schemas are not at hand")
def test_the_definition_is_valid_for_the_hub(tap: str) -> None:
    definition = yaml.safe_load((ROOT / f"hub/{tap}.yml").read_text())
    schema = {"$ref": "http://hub.invalid/plugin_definitions/extractors.schema.json"}
    validator = jsonschema.Draft7Validator(schema, registry=hub_registry())
    assert list(validator.iter_errors(definition)) == []
    broken = {**definition, "settings": [{**definition["settings"][0], "kind": "passwrd"}]}
    assert list(validator.iter_errors(broken)), "the schema is not applied"


@pytest.mark.parametrize("tap", TAPS)
def test_keys_are_sorted_and_the_logo_exists(tap: str) -> None:
    text = (ROOT / f"hub/{tap}.yml").read_text()
    definition = yaml.safe_load(text)
    assert list(definition) == sorted(definition)
    assert (ROOT / "hub/logos" / Path(definition["logo_url"]).name).exists()
    secrets = [s["name"] for s in definition["settings"] if s.get("sensitive")]
    assert secrets
    assert all(group for group in definition["settings_group_validation"])


@pytest.mark.parametrize("tap", TAPS)
def test_meltano_adds_the_tap_from_its_definition(tap: str, project: Project) -> None:
    definition = project.definition.read_text()
    extractors = re.compile(r"  extractors:.*?(?=  loaders:)", re.DOTALL)
    project.definition.write_text(extractors.sub("", definition))
    reference = str(ROOT / f"hub/{tap}.yml")
    added = project.meltano(
        "add", "--plugin-type", "extractor", "--from-ref", reference, "--no-install", tap
    )
    assert added.returncode == 0, added.stderr
    plugins = yaml.safe_load(project.definition.read_text())["plugins"]["extractors"]
    assert [plugin["name"] for plugin in plugins] == [tap]
    assert plugins[0]["pip_url"] == "identity-taps"


def test_every_setting_reaches_the_tap_through_meltano(project: Project) -> None:
    """Also those with a fraction, which Meltano cannot pass on as decimals."""
    assert (
        project.load(
            TAP_RUDDERSTACK_MAX_SHRINK="0.9",
            TAP_RUDDERSTACK_REQUEST_TIMEOUT="60.5",
            TAP_RUDDERSTACK_REQUESTS_PER_SECOND="250.5",
            TAP_RUDDERSTACK_MAX_CONCURRENCY="2",
            TAP_RUDDERSTACK_ON_MISSING_SCOPE="skip",
            TAP_RUDDERSTACK_START_DATE="2026-01-05T09:00:30Z",
        )
        == 0
    )
    rows = project.database.query("select min(created_at) as first from tap_rudderstack.audit_logs")
    assert rows[0]["first"] is not None


QUERY = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def queries() -> Iterator[Any]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, query in enumerate(QUERY.findall(path.read_text()), 1):
            yield pytest.param(query, id=f"{path.name}-{number}")


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory, warehouse: Any) -> Iterator[Pipe]:
    """A warehouse in which something of everything has happened."""
    company = Company.made_up(people=60, groups=15, memberships=150)
    with Sandbox(company) as sandbox:
        pipe = Pipe(tmp_path_factory.mktemp("docs"), warehouse.database("docs"), sandbox)
        assert pipe.run() == 0
        people = [person for person in company.people.values() if company.groups_of(person)]
        company.suspend(people[0])
        company.remove(people[1])
        company.found("Team of nobody")
        group = company.groups_of(people[2])[0]
        company.leave(group, people[2])
        assert isinstance(people[2], Person)
        assert pipe.run() == 0
        yield pipe


@pytest.mark.parametrize("query", list(queries()))
def test_the_questions_of_the_documentation_have_answers(query: str, reviewed: Pipe) -> None:
    inside = Database(f"{reviewed.database.url}&options=-csearch_path%3Dtap_rudderstack", "")
    rows = inside.query(query)
    assert rows or "may be empty" in query
