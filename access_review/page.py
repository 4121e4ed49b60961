"""The report as one HTML page, which needs no network, no script and no other file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from access_review import text

if TYPE_CHECKING:
    from access_review.content import Content

NAME = "access-review.html"


def render(content: Content) -> str:
    """The page of a report."""
    styles = files("access_review").joinpath("templates/report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("report.html.j2")
    # The styles are ours, and hashed as they stand: the only text that is not escaped.
    return template.render(report=content, styles=Markup(styles), policy=policy)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("access_review"),
        autoescape=True,
        finalize=text.shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "when": text.when,
        "day": text.day,
        "until": text.until,
        "number": text.number,
        "counted": text.counted,
    }
    environment.filters.update(filters)
    return environment
