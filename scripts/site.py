"""`make site`: the docs as a web site, in site/, which opens from disk as well as from a server.

The pages are put together in .site/, with the links between them as they are there; what else of
the repository they link to is linked to where the project is at home.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from scripts import ROOT
from scripts.diagrams import diagrams
from scripts.project import HOME
from scripts.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SITE = ROOT / ".site"
ZENSICAL = SITE / "bin" / "zensical"
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "RELEASING.md": "releasing.md",
    "SECURITY.md": "security.md",
    "benchmarks/RESULTS.md": "performance.md",
    "benchmarks/SCALE.md": "performance-model.md",
    "orchestrate/README.md": "orchestrate.md",
    "transform/README.md": "model.md",
}
"""Pages outside of docs/, and their names in the site; the README gives way to its home page."""


NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
"""Before the page of questions: the search finds each question on the page of its stream."""


def placed() -> dict[Path, str]:
    """Where each file of the repository that is in the site stands there."""
    found = {path: path.relative_to(ROOT / "docs").as_posix() for path in in_docs()}
    outside = {ROOT / source: target for source, target in ELSEWHERE.items()}
    found |= {path: target for path, target in outside.items() if path.exists()}
    return found | {path: f"benchmarks/{path.name}" for path in ROOT.glob("benchmarks/*.png")}


def in_docs() -> Iterator[Path]:
    return (path for path in (ROOT / "docs").rglob("*") if path.suffix not in ("", ".txt"))


def assemble(target: Path) -> None:
    """Put the pages and what they show into a folder."""
    places = placed()
    drawn = diagrams()
    for source, place in places.items():
        if source == ROOT / "README.md":
            continue
        file = target / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            hidden = NOT_SEARCHED if place == "questions.md" else ""
            file.write_text(hidden + with_diagrams(nested(relinked(source, places)), drawn))
        else:
            shutil.copyfile(source, file)


def with_diagrams(text: str, drawn: Mapping[str, str]) -> str:
    """A page with the diagrams that its marks name."""
    mark = re.compile(r"<!-- site: diagram (\w+) -->")
    return mark.sub(lambda match: drawn[match[1]], text)


def nested(text: str) -> str:
    """A page whose lists have the room that Python-Markdown wants around what is inside of them.

    That is four spaces before it, where other readers take as many as the item's marker, and an
    empty line after it.
    """
    lines: list[str] = []
    marker, inside, fenced = 0, False, False
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        if line and not line.startswith(" "):
            item = None if fenced else re.match(r"([-*]|\d+\.) +", line)
            lines += [""] if item and inside and lines[-1] else []
            marker, inside = len(item[0]) if item else 0, False
        elif line.startswith(" " * max(marker, 1)) and marker:
            inside |= not lines[-1] or bool(re.match(r" +([-*]|\d+\.) ", line))
            line = " " * (4 - marker) * inside + line
        lines.append(line)
    return "\n".join(lines)


def relinked(source: Path, places: Mapping[Path, str]) -> str:
    """A page with its links to files of the repository as they are in the site.

    Raises:
        SystemExit: A file that it links to does not exist.
    """

    def link(match: re.Match[str]) -> str:
        path, anchor = match[1], match[2] or ""
        file = Path(os.path.normpath(source.parent / path))
        if file in places:
            here = Path(places[source]).parent
            return f"]({os.path.relpath(places[file], here)}{anchor})"
        if not file.exists():
            raise SystemExit(f"{source.relative_to(ROOT)} links to {path}, which does not exist")
        kind = "tree" if file.is_dir() else "blob"
        return f"]({HOME}/{kind}/main/{file.relative_to(ROOT).as_posix()}{anchor})"

    parts = re.split(r"(^ *```.*?^ *```$)", source.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
    return "".join(part if i % 2 else links.sub(link, part) for i, part in enumerate(parts))


def configuration(pages: set[str]) -> dict[str, Any]:
    """mkdocs.yml with the streams below their taps, for the pages that are there."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    config["nav"] = list(present(config["nav"], pages))
    (taps,) = (each["Taps"] for each in config["nav"] if "Taps" in each)
    for vendor in VENDORS:
        (own,) = (each[vendor.label] for each in taps if vendor.label in each)
        names = [stream.name for stream in vendor.tap.stream_types]
        own += [{name: f"streams/{vendor.system}/{name}.md"} for name in names]
    if others := sorted(pages - set(named(config["nav"]))):
        config["nav"].append({"More": others})
    return config


def present(nav: list[Any], pages: set[str]) -> Iterator[Any]:
    """The entries of a navigation whose pages are there."""
    for entry in nav:
        ((title, value),) = entry.items()
        if isinstance(value, list):
            yield {title: list(present(value, pages))}
        elif value in pages:
            yield entry


def named(nav: list[Any]) -> Iterator[str]:
    """The pages of a navigation."""
    for entry in nav:
        for value in entry.values():
            yield from named(value) if isinstance(value, list) else [value]


def build(folder: Path) -> Path:
    """Build the site in a folder, and return where it is.

    Raises:
        SystemExit: The site has a link or an anchor that leads nowhere, or was not built.
    """
    docs = folder / "docs"
    shutil.rmtree(docs, ignore_errors=True)
    assemble(docs)
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    config = folder / "mkdocs.yml"
    config.write_text(yaml.safe_dump(configuration(pages), sort_keys=False, allow_unicode=True))
    command = [str(ZENSICAL), "build", "--strict", "--clean", "--config-file", str(config)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise SystemExit("The site was not built.")
    (folder / "site" / "404.html").unlink()  # Its paths are right at the root of a host only.
    return folder / "site"


def main() -> None:
    """The command line."""
    built = build(SITE)
    shutil.rmtree(ROOT / "site", ignore_errors=True)
    shutil.move(built, ROOT / "site")


if __name__ == "__main__":
    main()
