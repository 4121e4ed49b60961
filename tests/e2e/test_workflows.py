"""The workflows call what developers call, with as few rights as they need."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.running import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
WITHOUT_MAKE = {"windows"}
"""The make targets are for POSIX systems."""

if not WORKFLOWS:
    pytest.skip("a source distribution has no workflows", allow_module_level=True)


def jobs() -> dict[str, dict[str, Any]]:
    """All jobs, by their names."""
    found = [yaml.safe_load(path.read_text())["jobs"] for path in WORKFLOWS]
    return {name: job for each in found for name, job in each.items()}


def test_jobs_call_the_make_targets_of_the_project() -> None:
    called: dict[str, set[str]] = {}
    for name, job in jobs().items():
        commands = [step["run"] for step in job["steps"] if "run" in step]
        called[name] = {match[1] for each in commands if (match := re.match(r"make (\S+)", each))}
        assert called[name] <= TARGETS
        assert called[name] or name in {*WITHOUT_MAKE, "publish"}
    of_a_change = set(re.findall(r"^make (\S+)", (ROOT / ".ci/run").read_text(), re.MULTILINE))
    assert of_a_change == called["check"] | called["test"]
    assert called["build"] == of_a_change | {"dist"}


def test_only_what_uploads_may_ask_for_a_token() -> None:
    """And it runs nothing of this project."""
    for path in WORKFLOWS:
        permissions = yaml.safe_load(path.read_text())["permissions"]
        assert permissions in ({}, {"contents": "read"}), path.name
    rights = {name: job["permissions"] for name, job in jobs().items() if "permissions" in job}
    assert rights == {"build": {"contents": "read"}, "publish": {"id-token": "write"}}
    assert [step for step in jobs()["publish"]["steps"] if "run" in step] == []


def test_actions_are_pinned_to_a_major_version() -> None:
    used = [step["uses"] for job in jobs().values() for step in job["steps"] if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@(release/)?v\d+", each)] == []
    ours = [step for job in jobs().values() for step in job["steps"] if "checkout@" in str(step)]
    assert all(step["with"] == {"persist-credentials": False} for step in ours)
