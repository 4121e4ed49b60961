"""What is written for people and for Meltano Hub is what the taps say of themselves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import referencing
import yaml

from scripts.questions import all_questions
from tests.api_facts import facts, resolved, schema_of
from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from tests.running import Project

HUB_SCHEMA = ROOT.parent / "shared/hub-schema"


def test_make_docs_has_been_run() -> None:
    command = [sys.executable, "-m", "scripts.docs", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run `make docs`: {done.stderr}"


@pytest.mark.parametrize("tap", TAPS)
def test_the_definition_is_one_that_the_hub_takes(tap: str) -> None:
    known = facts("hub")
    shape = resolved(known["Definition"], known)
    validator = jsonschema.Draft202012Validator(schema_of(shape, closed=True))
    definition = yaml.safe_load((ROOT / f"hub/{tap}.yml").read_text())
    assert list(validator.iter_errors(definition)) == []
    versions = definition["supported_python_versions"]
    assert all(re.fullmatch(r"3\.\d+", version) for version in versions)
    assert list(validator.iter_errors(broken(definition))), "the facts are not applied"
    assert list(validator.iter_errors({**definition, "catalogue": "x"})), "they are not closed"


def broken(definition: dict[str, Any]) -> dict[str, Any]:
    return {**definition, "settings": [{**definition["settings"][0], "kind": "passwrd"}]}


def hub_registry() -> referencing.Registry[Any]:
    resources = []
    for path in HUB_SCHEMA.rglob("*.json"):
        schema = json.loads(path.read_text())
        schema["$id"] = f"http://hub.invalid/{path.relative_to(HUB_SCHEMA)}"
        resources.append((schema["$id"], referencing.Resource.from_contents(schema)))
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    return registry


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.skipif(
    not HUB_SCHEMA.exists(),
    reason="checks against the Hub's schemas themselves, not in the project",
)
def test_the_definition_is_valid_for_the_hub(tap: str) -> None:
    definition = yaml.safe_load((ROOT / f"hub/{tap}.yml").read_text())
    schema = {"$ref": "http://hub.invalid/plugin_definitions/extractors.schema.json"}
    validator = jsonschema.Draft7Validator(schema, registry=hub_registry())
    assert list(validator.iter_errors(definition)) == []
    assert list(validator.iter_errors(broken(definition))), "the schema is not applied"


@pytest.mark.parametrize("tap", TAPS)
def test_keys_are_sorted_and_the_logo_exists(tap: str) -> None:
    text = (ROOT / f"hub/{tap}.yml").read_text()
    definition = yaml.safe_load(text)
    assert list(definition) == sorted(definition)
    assert (ROOT / "hub/logos" / Path(definition["logo_url"]).name).exists()
    secrets = [setting for setting in definition["settings"] if setting.get("sensitive")]
    assert secrets
    assert {setting["kind"] for setting in secrets} == {"password"}
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


@pytest.mark.parametrize("tap", TAPS)
def test_every_stream_has_a_page_with_its_facts_columns_and_a_question(tap: str) -> None:
    pages = ROOT / "docs/streams" / tap.removeprefix("tap-")
    names = [stream.name for stream in TAPS[tap].stream_types]
    assert sorted(page.stem for page in pages.iterdir()) == sorted(names)
    for name in names:
        page = (pages / f"{name}.md").read_text()
        for part in ("facts", "questions", "columns"):
            assert f"<!-- generated: {part} {tap} {name} -->" in page
        assert re.search("^### .+[?.]\n\n(.+\n\n)?```sql$", page, re.MULTILINE), name
        assert "One row" in page, name


def test_getting_started_has_the_commands_of_the_readme() -> None:
    fence = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    readme, start = (
        {block.partition("\n")[0]: block for block in fence.findall((ROOT / page).read_text())}
        for page in ("README.md", "docs/start.md")
    )
    assert readme.keys() & start.keys()
    for first in readme.keys() & start.keys():
        assert start[first] == readme[first]


def test_no_two_questions_to_a_tap_have_the_same_words() -> None:
    asked = Counter((each.system, each.words) for each in all_questions())
    assert [question for question, times in asked.items() if times > 1] == []
