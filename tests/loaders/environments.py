"""A virtual environment of its own for each loader, made by uv and kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

WORK = Path(__file__).parent / ".work"
UV = ROOT / ".bootstrap/bin/uv"


class NotInstalled(Exception):
    """What cannot be installed from the registry; the message says why, in one line."""


class Lacking(NotInstalled):
    """What this machine lacks, so that nothing is said about the loader."""


def environment(name: str, requirements: Sequence[str], python: str = "") -> Path:
    """The folder of an environment that has some distributions, made anew if they changed.

    Args:
        python: Version of the interpreter, if it must be another than the harness's.

    Raises:
        NotInstalled: They cannot be installed together.
        Lacking: There is no such interpreter.
    """
    folder = WORK / "environments" / name
    noted, wanted = folder / "ready.json", json.dumps([*requirements, python])
    if noted.exists() and noted.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    interpreter = python or str(ROOT / ".venv/bin/python")
    try:
        _uv("venv", "--quiet", "--no-project", "--python", interpreter, str(folder))
    except NotInstalled as error:
        raise Lacking(f"needs Python {python}") from error
    _uv("pip", "install", "--quiet", "--python", str(folder), *requirements)
    noted.write_text(wanted)
    return folder


def _uv(*arguments: str) -> None:
    done = subprocess.run(
        [UV, *arguments], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise NotInstalled(" ".join(done.stderr.split()))
