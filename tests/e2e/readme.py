"""The commands that the documentation shows, as people copy them."""

from __future__ import annotations

import re

from tests.running import ROOT

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def block(beginning: str, page: str = "README.md") -> str:
    """The one block of commands on a page that begins so."""
    blocks: list[tuple[str, str]] = BLOCK.findall((ROOT / page).read_text())
    (found,) = (text for kind, text in blocks if not kind and text.startswith(beginning))
    return found


def filled(commands: str, values: dict[str, str]) -> str:
    """Commands with what stands for people's own values replaced.

    Raises:
        AssertionError: The commands lack one of them.
    """
    for placeholder, value in values.items():
        assert placeholder in commands, placeholder
        commands = commands.replace(placeholder, value)
    return commands
