"""Facts about vendors' APIs that stand in the project, and how to hold answers against them.

A shape is a mapping for an object, a list of one for a list of such, or words with `|` between:
types of JSON Schema, or the values that there are; after `=` all are values. A word may also name a
shape, and `like` takes over the fields of one. Of fields, `name~` may be null, `name-` may be
absent, `name>` is in newer versions only, `name<` in older ones only, and `*` is any name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "facts"
TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")

Shape = Any
Places = dict[str, set[str]]
"""By place, such as `$.users[].id`: which types or values may be there, and `?` if nothing may."""


def facts(name: str) -> dict[str, Any]:
    """A table of facts."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


def resolved(shape: Shape, shapes: dict[str, Shape], *, newest: bool = True) -> Shape:
    """A shape of a version, with those in it that are named."""
    if isinstance(shape, str):
        return resolved(shapes[shape], shapes, newest=newest) if shape in shapes else shape
    if isinstance(shape, list):
        return [resolved(shape[0], shapes, newest=newest)]
    fields: dict[str, tuple[str, Shape]] = {}
    for key, value in shape.items():
        name, marks = _marked(key)
        if key == "like":
            of = resolved(value, shapes, newest=newest)
            fields |= {_marked(inner)[0]: (inner, each) for inner, each in of.items()}
        elif ("<" if newest else ">") not in marks:
            kept = name + "".join(mark for mark in marks if mark in "~-")
            fields[name] = kept, resolved(value, shapes, newest=newest)
    return dict(fields.values())


def schema_of(shape: Shape, *, closed: bool = False) -> dict[str, Any]:
    """JSON Schema of a shape that is resolved; if it is closed, nothing may be added to it."""
    if isinstance(shape, str):
        return _any_of(shape)
    if isinstance(shape, list):
        return {"type": ["array"], "items": schema_of(shape[0], closed=closed)}
    made: dict[str, Any] = {"type": ["object"], "properties": {}, "required": []}
    if closed:
        made["additionalProperties"] = False
    for key, value in shape.items():
        name, marks = _marked(key)
        inner = schema_of(value, closed=closed)
        if "~" in marks:
            kind, null = ("type", "null") if "type" in inner else ("enum", None)
            inner = {**inner, kind: [*inner[kind], null]}
        if name == "*":
            made["additionalProperties"] = inner
            continue
        made["properties"][name] = inner
        if "-" not in marks:
            made["required"].append(name)
    return made


def _any_of(shape: str) -> dict[str, Any]:
    words = shape.removeprefix("=").split("|")
    if shape == "any":
        return {"type": list(TYPES)}
    types = [word for word in words if word in TYPES and not shape.startswith("=")]
    return {"type": types} if types else {"enum": words}


def places(shape: Shape, place: str = "$") -> Places:
    """What a shape that is resolved says of each place."""
    if isinstance(shape, str):
        return {place: set(shape.split("|"))}
    if isinstance(shape, list):
        return {place: {"array"}, **places(shape[0], f"{place}[]")}
    found: Places = {place: {"object"}}
    for key, value in shape.items():
        name, marks = _marked(key)
        inner = places(value, f"{place}.{name}")
        inner[f"{place}.{name}"] |= {{"~": "null", "-": "?"}[mark] for mark in marks}
        found |= inner
    return found


def documented(schema: Any, document: dict[str, Any], place: str = "$") -> Places:
    """What a schema of an OpenAPI document says of each place; of alternatives, all they say."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found: Places = {place: {"null"} if schema.get("nullable") else set()}
    if alternatives := schema.get("oneOf") or schema.get("anyOf"):
        each = [documented(one, document, place) for one in alternatives]
        for where in {where for one in each for where in one}:
            lacking = any(where not in one and _parent(where) in one for one in each)
            words = set.union(*(one.get(where, set()) for one in each))
            found[where] = found.get(where, set()) | words | ({"?"} if lacking else set())
        return found
    if "items" in schema:
        found[place] |= {"array"}
        return found | documented(schema["items"], document, f"{place}[]")
    if "enum" in schema:
        found[place] |= {str(value) for value in schema["enum"]}
    elif "type" in schema:
        found[place] |= {schema["type"]}
    for name, inner in schema.get("properties", {}).items():
        deeper = documented(inner, document, f"{place}.{name}")
        if "required" in schema and name not in schema["required"]:
            deeper[f"{place}.{name}"] |= {"?"}
        found |= deeper
    if isinstance(more := schema.get("additionalProperties"), dict) and "type" in more:
        found |= documented(more, document, f"{place}.*")
    return found


def disagreements(stated: Places, told: Places) -> set[str]:
    """Where a document tells what the facts do not state, or has no such place.

    Facts may state less: any text instead of certain ones, an object without its fields.
    """
    parents = set(map(_parent, stated))
    free = {p for p, words in stated.items() if "object" in words and p not in parents}
    wrong = stated.keys() - told.keys()
    for place, words in told.items():
        if any(place.startswith((f"{each}.", f"{each}[")) for each in free):
            continue
        here = stated.get(place, set())
        values = words - {*TYPES, "?"} if "string" in here else set()
        if place not in stated or words - here - values:
            wrong.add(place)
    return wrong


def _parent(place: str) -> str:
    return re.sub(r"(\[\]|\.[^.\[]+)$", "", place)


def _marked(key: str) -> tuple[str, str]:
    """A field's name, and its marks."""
    name = key.rstrip("~-<>")
    return name, key[len(name) :]
