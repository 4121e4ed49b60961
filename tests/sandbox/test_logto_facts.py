"""The emulated Logto answers as its servers say of themselves."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from sandbox.logto import LogtoServer
from sandbox.logto.endpoints import ENDPOINTS
from tests.api_facts import disagreements, documented, facts, places, resolved, schema_of
from tests.logto.emulator import CONTRACTS, Served, load, paths_of, small

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = (1, 36), (1, 42)


@pytest.fixture(scope="module", params=[OLD, NEW], ids=["1.36", "1.42"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A small company, at an old and at a new version."""
    with Served(LogtoServer(small(), version=request.param)) as served:
        yield served


@pytest.fixture(scope="module")
def new() -> Iterator[Served]:
    with Served(LogtoServer(small())) as served:
        yield served


# What is known of all servers

FACTS = facts("logto")


def _validator_of(path: str, version: tuple[int, int]) -> jsonschema.Draft202012Validator:
    shape = resolved(FACTS[path], FACTS, newest=version == NEW)
    return jsonschema.Draft202012Validator(schema_of(shape))


def _patterns(version: tuple[int, int]) -> list[str]:
    return [each.path for each in ENDPOINTS if each.since <= version < each.until]


def test_all_that_is_served_is_as_the_facts_say(served: Served) -> None:
    for pattern in _patterns(served.server.version):
        validator = _validator_of(pattern, served.server.version)
        for path in paths_of(served.server.company, pattern):
            rows = served.rows(path)
            assert list(validator.iter_errors(rows)) == [], path
            shorter: object = [{}] if isinstance(rows, list) else {}
            assert list(validator.iter_errors(shorter)), "the facts are not applied"


def test_all_options_are_served_as_the_facts_say(new: Served) -> None:
    for path, pattern in _options(new).items():
        assert list(_validator_of(pattern, NEW).iter_errors(new.rows(path))) == [], path


def _options(served: Served) -> dict[str, str]:
    """Paths with options, and those of their endpoints."""
    user = next(iter(served.server.company.people))
    return {
        "/resources?includeScopes=true": "/resources",
        "/organizations?showFeatured=true": "/organizations",
        "/hooks?includeExecutionStats=true": "/hooks",
        f"/users/{user}?includeSsoIdentities=true": "/users/{id}",
        "/users?includePasswordHash=true": "/users",
        "/dashboard/users/active?date=2026-01-05": "/dashboard/users/active",
    }


# What the server says of itself

DOC_BUGS = {
    ("/api/applications", "oidcClientMetadata.redirectUris"),
    ("/api/applications/{}", "oidcClientMetadata.redirectUris"),
    ("/api/sign-in-exp", "color.primaryColor"),
    ("/api/sign-in-exp", "color.darkPrimaryColor"),
    ("/api/users/{}/sessions", "lastSubmission"),
}
"""Where the OpenAPI document is known to be wrong: what it says is not what is answered."""


@functools.cache
def _document(version: tuple[int, int]) -> dict[str, Any]:
    old = "logto-recorded/v1.36.0/management.openapi.json"
    name = "logto-openapi.json" if version == NEW else old
    if not (CONTRACTS / name).exists():
        pytest.skip("checks against the server's OpenAPI document itself, not in the project")
    document = load(CONTRACTS / name)
    found: dict[str, Any] = document.get("body", document)
    return found


@functools.cache
def _documented(version: tuple[int, int]) -> dict[str, Any]:
    """The schemas of what is answered, by path."""
    found = {}
    for path, methods in _document(version)["paths"].items():
        answers = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if schema := answers.get("application/json", {}).get("schema"):
            found[_anonymous(path)] = schema
    return found


def _schemas(version: tuple[int, int]) -> dict[str, Any]:
    components = _document(version)["components"].get("schemas", {})
    shared = _without_nullable({"schemas": components})
    return {
        path: jsonschema.Draft202012Validator({**_without_nullable(schema), "components": shared})
        for path, schema in _documented(version).items()
    }


def _anonymous(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _without_nullable(schema: Any) -> Any:
    """What OpenAPI says by `nullable`, in plain JSON Schema."""
    if isinstance(schema, list):
        return [_without_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _without_nullable(each) for name, each in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def _place(error: jsonschema.ValidationError) -> str:
    names = [each for each in error.absolute_path if isinstance(each, str)]
    return ".".join(name for name in names if name != "sessions")


def test_all_that_is_served_is_what_the_servers_own_description_says(served: Served) -> None:
    version = served.server.version
    schemas, wrong = _schemas(version), set()
    for pattern in _patterns(version):
        name = _anonymous(f"/api{pattern}")
        for path in paths_of(served.server.company, pattern):
            for error in schemas[name].iter_errors(served.rows(path)):
                wrong.add((name, _place(error)))
    assert wrong == DOC_BUGS if version == NEW else wrong <= DOC_BUGS


def test_all_options_are_served_as_the_servers_own_description_says(new: Served) -> None:
    schemas = _schemas(NEW)
    for path, pattern in _options(new).items():
        assert not list(schemas[_anonymous(f"/api{pattern}")].iter_errors(new.rows(path)))


@pytest.mark.parametrize("version", [OLD, NEW], ids=["1.36", "1.42"])
def test_the_facts_are_those_of_the_servers_own_description(version: tuple[int, int]) -> None:
    """But for the URIs of applications, which it calls objects."""
    wrong = set()
    for pattern in _patterns(version):
        shape = resolved(FACTS[pattern], FACTS, newest=version == NEW)
        schema = _documented(version)[_anonymous(f"/api{pattern}")]
        wrong |= disagreements(places(shape), documented(schema, _document(version)))
    assert {place.rpartition(".")[2] for place in wrong} == {
        "redirectUris[]", "postLogoutRedirectUris[]",
    }  # fmt: skip
