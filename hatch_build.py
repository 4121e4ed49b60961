"""What the package index needs to know, and what follows from the address of the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?P<image>!?)(?P<text>\[[^\]]*\])\((?P<path>(?!https?:|#)[^)]+)\)")
"""A link of the README to a file of the repository."""


class ProjectHook(MetadataHookInterface):
    """Gives the project its links, and its README links that work outside of the repository."""

    def update(self, metadata: dict[str, Any]) -> None:
        home, tag = self.config["home"], f"v{metadata['version']}"
        metadata["urls"] = {
            "Homepage": home,
            "Documentation": f"{home}/tree/{tag}/docs",
            "Changelog": f"{home}/blob/main/CHANGELOG.md",
            "Issues": f"{home}/issues",
        }

        def absolute(link: re.Match[str]) -> str:
            kind = "raw" if link["image"] else "blob"
            return f"{link['image']}{link['text']}({home}/{kind}/{tag}/{link['path']})"

        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": LINK.sub(absolute, readme),
        }
