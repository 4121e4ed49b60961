"""A Meltano Hub on this machine: this project's definitions, and those of its loaders."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from tests.local_http import serve
from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.local_http import LocalServer, Reply

API = "/meltano/api/v1/plugins/"

Definitions = dict[str, dict[str, dict[str, Any]]]


@contextmanager
def hub(pip_url: str) -> Iterator[LocalServer]:
    """A Hub that installs the taps from `pip_url`, since the package is not on the index yet."""
    definitions = {"extractors": taps(pip_url), "loaders": loaders()}

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if path.startswith("/hub/"):  # As in the repository, from where the README takes them.
            name = path.removeprefix("/hub/").removesuffix(".yml")
            return 200, {}, yaml.safe_dump(definitions["extractors"][name]).encode()
        kind, name = path.removeprefix(API).split("/")
        found = definitions.get(kind, {})
        root = f"http://{headers['host']}{API}{kind}"
        told = index(found, root) if name == "index" else found[name.split("--")[0]]
        return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()

    with serve(answer) as server:
        yield server


def taps(pip_url: str) -> dict[str, dict[str, Any]]:
    """The definitions in hub/."""
    texts = {tap: (ROOT / f"hub/{tap}.yml").read_text() for tap in TAPS}
    return {tap: {**yaml.safe_load(text), "pip_url": pip_url} for tap, text in texts.items()}


def loaders() -> dict[str, dict[str, Any]]:
    """The loaders of meltano.yml, without what it configures."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["loaders"]
    return {
        each["name"]: {"variant": "default", **{k: v for k, v in each.items() if k != "config"}}
        for each in plugins
    }


def index(definitions: dict[str, dict[str, Any]], root: str) -> dict[str, Any]:
    """The Hub's list of plugins of a kind."""
    return {
        name: {
            "name": name,
            "logo_url": None,
            "default_variant": each["variant"],
            "variants": {
                each["variant"]: {
                    "name": each["variant"],
                    "ref": f"{root}/{name}--{each['variant']}",
                }
            },
        }
        for name, each in definitions.items()
    }
