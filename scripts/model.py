"""The tables of the access model, as the properties of the dbt project describe them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from scripts import staging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDERS = {
    "marts/_identity_access.yml": "Access",
    "marts/_identity_people.yml": "People",
    "marts/_identity_context.yml": "Context",
    "marts/_identity_evidence.yml": "Evidence",
    "history/_identity_history.yml": "History",
    "findings/_findings.yml": "Findings",
}


@dataclass(frozen=True)
class ModelTable:
    """A table of the model.

    Attributes:
        key: The columns of which no two rows have the same values.
        refers: The tables that columns refer to, with the column of each.
    """

    name: str
    subject: str
    description: str
    columns: list[dict[str, Any]]
    key: list[str]
    refers: list[tuple[str, str]]


def model_tables() -> list[ModelTable]:
    """All tables `identity_…` of the model, in the order of their files."""
    described = [
        (subject, each)
        for file, subject in FOLDERS.items()
        for each in yaml.safe_load((staging.TRANSFORM / "models" / file).read_text())["models"]
        if each["name"].startswith("identity_")
    ]
    owners = keyed_by_one_column([each for _, each in described])
    names = {each["name"] for _, each in described}
    return [
        ModelTable(
            each["name"],
            subject,
            " ".join(each["description"].split()),
            each["columns"],
            key_of(each),
            list(references(each["columns"], owners, names - {each["name"]})),
        )
        for subject, each in described
    ]


def key_of(model: dict[str, Any]) -> list[str]:
    """The columns of the test of its key."""
    tests = [test["one_row_per"] for test in model.get("data_tests", []) if "one_row_per" in test]
    columns: list[str] = tests[0]["arguments"]["columns"] if tests else []
    return columns


def keyed_by_one_column(models: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Each column that alone is the key of a single table, with the table."""
    found: dict[str, list[str]] = {}
    for each in models:
        if len(key := key_of(each)) == 1:
            found.setdefault(key[0], []).append(each["name"])
    return {column: names[0] for column, names in found.items() if len(names) == 1}


def references(
    columns: list[dict[str, Any]], owners: Mapping[str, str], names: set[str]
) -> Iterator[tuple[str, str]]:
    """Each id with the table that it is tested against, or else that its description names."""
    for column in columns:
        name = column["name"]
        told = re.findall(r"ref\('(identity_\w+)'\)", str(column.get("data_tests", "")))
        told += re.findall(r"`(identity_\w+)`", column["description"])
        told += [owners[name]] if name in owners else []
        if name.endswith("_id") and name != "source_id" and told and told[0] in names:
            yield name, told[0]


def tables_text() -> str:
    """Every table of the model with its columns."""
    parts = []
    for table in model_tables():
        rows = [
            f"| `{column['name']}` | {column.get('data_type', '')} "
            f"| {' '.join(column['description'].split())} |"
            for column in table.columns
        ]
        heading = f"### {table.name}\n\n{table.description}"
        parts.append("\n".join([heading, "", "| column | type | |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)
