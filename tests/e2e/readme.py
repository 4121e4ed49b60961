"""The commands that the README shows, as people copy them."""

from __future__ import annotations

import re

from tests.running import ROOT

BLOCKS: list[str] = re.findall(r"^```\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)


def block(beginning: str) -> str:
    """The one block of commands that begins so."""
    (found,) = (each for each in BLOCKS if each.startswith(beginning))
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
