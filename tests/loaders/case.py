"""A loader as a user sets it up, and how it is run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.loaders.environments import WORK, NotInstalled, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loaders.destinations import Destination
    from tests.loaders.services import Services

LAST_WORDS = 9000
PLACE = re.compile(r"(?<!{){(\w+)}(?!})")
ERROR = re.compile(r"((\w+\.)+[A-Z]\w*|\w*(Error|Exception)): ")
"""How Python begins the line that names an error."""
PATIENCE = 180
"""Seconds for one run of a loader; a sound one takes ten at most."""


class LoadFailed(Exception):
    """A loader that cannot be started, or ends with an error; the message is its own."""


@dataclass(frozen=True)
class Case:
    """A loader with its settings.

    Attributes:
        loader: Its distribution on the package index.
        into: Makes the destination that it writes to.
        settings: Of the loader; texts have places that the destination fills.
        label: Tells it from other cases of the same loader.
        companions: What must be installed with it, or at which version.
        python: Version of its interpreter, if it must be another than the harness's.
        command: What starts it, if it is not what follows from the distribution's name: an
            executable of its environment and arguments, which have places too.
        schemas_only: Whether it is given no records, for want of its database.
        tap: Settings of the taps.
        sound: Whether no row may be lost or changed, and every removal must be told.
        remark: What does not work, and whose fault it is.
    """

    loader: str
    version: str
    into: Callable[[str, Path, Services], Destination]
    settings: dict[str, Any]
    label: str = ""
    companions: tuple[str, ...] = ()
    python: str = ""
    command: tuple[str, ...] = ()
    schemas_only: bool = False
    tap: dict[str, Any] = field(default_factory=dict)
    sound: bool = False
    remark: str = ""

    @property
    def name(self) -> str:
        """A name that is fit for a folder and for a database."""
        return re.sub(r"\W+", "_", f"{self.loader} {self.label}".strip()).lower()

    @property
    def shown(self) -> dict[str, Any]:
        """Its settings that are the same for everybody."""
        same = {n: v for n, v in self.settings.items() if not PLACE.search(json.dumps(v))}
        return {name: filled(value, {}) for name, value in same.items()}

    def folder(self) -> Path:
        """An empty folder of its own."""
        folder = WORK / "cases" / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def installed(self) -> list[str]:
        """The command that starts it, installed in an environment of its own."""
        requirements = (f"{self.loader}=={self.version}", *self.companions)
        name = re.sub(r"\W+", "_", " ".join((*requirements, self.python)))
        usual = self.loader[self.loader.index("target-") :]
        executable, *arguments = self.command or (usual,)
        command = environment(name, requirements, self.python) / "bin" / executable
        if not command.exists():
            raise NotInstalled(f"installs no command `{executable}`")
        return [str(command), *arguments]

    def load(
        self, command: list[str], destination: Destination, schema: str, messages: bytes
    ) -> None:
        """Run it with some messages.

        Raises:
            LoadFailed: It did not end with success.
        """
        places = {**destination.places, "schema": schema}
        config = destination.folder / f"{schema}.json"
        config.write_text(json.dumps(filled(self.settings, places)))
        try:
            done = subprocess.run(
                [*(filled(word, places) for word in command), "--config", config],
                input=messages, capture_output=True,
                cwd=destination.folder, env={**clean(), **destination.environment},
                check=False, timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LoadFailed(f"not done after {PATIENCE} seconds") from error
        (destination.folder / "loader.log").write_bytes(done.stderr)
        if done.returncode:
            raise LoadFailed(last_words(done.stderr.decode(errors="replace")))


def clean() -> dict[str, str]:
    """The environment without what is meant for this project's Python."""
    return {name: v for name, v in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}


def filled(settings: Any, places: dict[str, Any]) -> Any:
    """Settings with their places filled; a text that is a place alone takes its value's type."""
    if isinstance(settings, dict):
        return {name: filled(value, places) for name, value in settings.items()}
    if isinstance(settings, str):
        alone = PLACE.fullmatch(settings)
        return places[alone[1]] if alone else settings.format_map(places)
    return settings


def last_words(log: str) -> str:
    """The line of a log that names the error."""
    lines = [line.strip() for line in log[-LAST_WORDS:].splitlines() if line.strip()]
    errors = [line for line in lines if ERROR.match(line)]
    return (errors or lines or ["no word"])[-1]
