"""What the pages of a built site load, and where they lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOADED = {
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "image": "href",
    "link": "href", "object": "data", "script": "src", "source": "src", "use": "href",
    "video": "src",
}  # fmt: skip
"""Elements that make a browser load something, with the attribute that says what."""


@dataclass
class Page(HTMLParser):
    """A page: what it loads, where its links lead, and what one can link to in it."""

    path: Path
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    style: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text())

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.style = tag == "style"
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.loads += in_css(values.get("style", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if target := values.get(LOADED.get(tag, "")):
            self.loads.append(target)

    @override
    def handle_data(self, data: str) -> None:
        self.loads += in_css(data) if self.style else []


def in_css(text: str) -> list[str]:
    """What a style sheet loads."""
    found = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
    return [one or other for one, other in found]


def problems(site: Path) -> Iterator[str]:
    """What pages and style sheets load from elsewhere or in vain, and links that lead nowhere."""
    pages = {path: Page(path) for path in site.rglob("*.html")}
    for path, page in pages.items():
        for target in page.loads:
            if not is_own(target, path, site):
                yield f"{path.relative_to(site)} loads {target}"
        for target in page.links:
            if leads_nowhere(target, path, pages):
                yield f"{path.relative_to(site)} links to {target}"
    for path in site.rglob("*.css"):
        for target in in_css(path.read_text()):
            if not is_own(target, path, site):
                yield f"{path.relative_to(site)} loads {target}"


def is_own(target: str, path: Path, site: Path) -> bool:
    """Whether what is loaded is in the site, or in the page itself."""
    url = urlsplit(target)
    if url.scheme == "data" or not (url.scheme or url.netloc or url.path):
        return True
    file = file_of(url.path, path)
    return not (url.scheme or url.netloc) and file.is_relative_to(site) and file.is_file()


def file_of(target: str, path: Path) -> Path:
    """What a path in a page means."""
    return (path.parent / unquote(target)).resolve() if target else path


def leads_nowhere(target: str, path: Path, pages: dict[Path, Page]) -> bool:
    """Whether a link to the site itself has no page, file or anchor; other hosts are not asked."""
    url = urlsplit(target)
    if url.scheme or url.netloc:
        return url.scheme not in ("http", "https", "mailto")
    file = file_of(url.path, path)
    if file.suffix != ".html":
        return not file.is_file()
    known = pages.get(file)
    return known is None or bool(url.fragment and unquote(url.fragment) not in known.anchors)
