"""A YAML file, of which each place has a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from orchestrate.errors import TenantsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Step = str | int
"""The name of a field, or the number of an item."""

_PLACE = re.compile(r" - at (?:key in )?`(\$.*)`$")
_HINTS = {
    "id": "an id is at most 40 lower-case letters, digits and hyphens, and begins with a letter",
    "customer": "a customer is named like an id, in lower-case letters, digits and hyphens",
    "schema": "a schema is at most 63 lower-case letters, digits and underscores",
    "credentials": "name the environment variable that holds it, such as ACME_CLIENT_SECRET; the "
    "secret itself does not belong into this file",
}
"""What is meant, where a pattern would be shown."""


class Document:
    """The text of a YAML file, for errors that name the line and the tenant."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        try:
            self._root = yaml.compose(text, Loader=Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            why = getattr(error, "problem", None) or "it cannot be parsed"
            line = f", line {mark.line + 1}" if mark else ""
            raise TenantsError(f"{path}{line}: this is not YAML: {why}.") from None

    def explain(self, error: str) -> str:
        """An error of msgspec's, with its line and what to do about it."""
        found = _PLACE.search(error)
        text = _PLACE.sub("", error)
        words = re.findall(r"\w+", found[1]) if found else []
        steps = [int(word) if word.isdigit() else word for word in words]
        hint = next((_HINTS[step] for step in reversed(steps) if step in _HINTS), "")
        return self.at(steps, hint if hint and " regex " in text else text)

    def at(self, steps: Sequence[Step], problem: str) -> str:
        """A problem, with the place that steps lead to."""
        node, tenant, field = self._root, "", ""
        for step in steps:
            below = _below(node, step)
            if below is None:
                break
            node = below
            if isinstance(step, int):
                tenant = f", tenant {_scalar(_below(node, 'id')) or f'number {step + 1}'}"
            elif step != "tenants":
                field = f" {step}:"
        line = node.start_mark.line + 1 if node else 1
        end = "" if problem.endswith("?") else "."
        return f"{self._path}, line {line}{tenant}:{field} {problem}{end}"


def _below(node: Any, step: Step) -> Any:
    """What is at a step below a node, or None."""
    if isinstance(step, int):
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        return items[step] if step < len(items) else None
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == step), None)


def _scalar(node: Any) -> str | None:
    return node.value if isinstance(node, yaml.ScalarNode) else None
