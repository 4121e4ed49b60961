"""Answers queries of a database whose driver this project does not have.

Run by a Python that has the driver. Standard input is a JSON object: the name of a driver, its
arguments, and queries. Standard output has for each query a list of its rows.
"""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import closing
from typing import Any


def answer(cursor: Any, query: str) -> list[dict[str, Any]]:
    """The rows of a query, by the names of their columns in lower case."""
    cursor.execute(query)
    names = [column[0].lower() for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def main() -> None:
    asked = json.load(sys.stdin)
    driver = importlib.import_module(asked["driver"])
    with closing(driver.connect(**asked["arguments"])) as connection:
        cursor = connection.cursor()
        answers = [answer(cursor, query) for query in asked["queries"]]
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
