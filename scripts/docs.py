"""`make docs`: write what follows from the taps themselves into files that people read.

`--about --format=json` is the one source of settings, the stream classes that of streams.
`--check` writes nothing and fails where a file differs.
"""

from __future__ import annotations

import argparse
import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from identity_sdk.singer.settings import SHARED_SETTINGS
from scripts import ROOT, staging, stream_pages
from scripts.model import tables_text
from scripts.project import HOME, OWN_PROJECT
from scripts.questions import check_questions, queries, questions_page, where_to_ask
from scripts.request_counts import requests_table
from scripts.tables import (
    columns_table,
    controls_table,
    permissions_table,
    settings_table,
    streams_table,
    taps_table,
)
from scripts.vendors import VENDORS, Vendor

if TYPE_CHECKING:
    from pathlib import Path


REQUESTS = ROOT / "docs" / "completeness.md"
"""The page that says how many requests the taps make."""


def setting(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A setting as Meltano describes it."""
    types = [kind for kind in spec["type"] if kind != "null"]
    # What is empty or odd in the environment Meltano takes for false, or fails over. As text it
    # reaches the tap, which reads it.
    text = types[0] in ("boolean", "integer", "number")
    kind = "string" if text else types[0]
    described: dict[str, Any] = {"name": name, "label": spec.get("title", name)}
    if "enum" in spec:
        described["kind"] = "options"
        described["options"] = [
            {"label": each or "default", "value": each} for each in ("", *spec["enum"])
        ]
    else:
        described["kind"] = "date_iso8601" if spec.get("format") == "date-time" else kind
    if spec.get("secret"):
        described["sensitive"] = True
    if "default" in spec:
        described["value"] = json.dumps(spec["default"]) if text else spec["default"]
    described["description"] = " ".join(spec.get("description", "").split())
    return described


def plugin(vendor: Vendor) -> dict[str, Any]:
    """An extractor in meltano.yml, complete in itself."""
    about = vendor.about
    return {
        "name": vendor.tap.name,
        "namespace": vendor.tap.name.replace("-", "_"),
        "label": vendor.label,
        "pip_url": "-e .",
        "executable": vendor.tap.name,
        "capabilities": about["capabilities"],
        "settings_group_validation": [list(group) for group in vendor.groups],
        "settings": [setting(n, s) for n, s in about["settings"]["properties"].items()],
    }


def hub_definition(vendor: Vendor) -> str:
    """The definition for Meltano Hub, keys in alphabetical order as its linter wants."""
    about = vendor.about
    name = vendor.tap.name.removeprefix("tap-")
    common = plugin(vendor)
    for each in common["settings"]:
        if each.get("sensitive"):
            each["kind"] = "password"  # The Hub's word; Meltano's own is `sensitive`.
    definition = {
        **common,
        "description": about["description"].splitlines()[0],
        "domain_url": vendor.domain,
        "keywords": ["api", "identity", "meltano_sdk"],
        "log_parser": "singer-sdk",
        "logo_url": f"/assets/logos/extractors/{name}.svg",
        "maintenance_status": "active",
        "pip_url": "identity-taps",
        "quality": "silver",
        "repo": HOME,
        "supported_python_versions": about["supported_python_versions"],
        "variant": "identity-taps",
    }
    return yaml_text(definition, sort=True)


def yaml_text(value: Any, *, sort: bool = False) -> str:
    """YAML as Meltano's linter wants it."""
    text: str = yaml.safe_dump(value, sort_keys=sort, allow_unicode=True, width=100)
    return text


def generated() -> dict[str, str]:
    """What stands between the marks, by the name in the mark."""
    parts = queries() | dict(stream_pages.parts())
    for vendor in VENDORS:
        name = vendor.tap.name
        parts[f"settings {name}"] = settings_table(vendor)
        parts[f"streams {name}"] = streams_table(vendor)
        parts[f"permissions {name}"] = permissions_table(vendor)
    shared = {setting.name for setting in SHARED_SETTINGS}
    parts["shared settings"] = settings_table(VENDORS[0], shared)
    parts["columns sync_runs"] = columns_table("identity_sdk/singer", "sync_runs")
    parts["controls"] = controls_table()
    parts["own project"] = OWN_PROJECT
    parts["taps"] = taps_table()
    parts["tables of the model"] = tables_text()
    systems = {each.system: (each.label, where_to_ask(each.package, "../")) for each in VENDORS}
    systems["identity"] = ("Every tap", "These run on the raw tables of any tap, in any engine.")
    parts["questions"] = questions_page(systems)
    return parts


def filled(text: str, parts: dict[str, str], kind: str = "generated") -> str:
    """A text with each marked part renewed.

    Args:
        kind: Whether parts are `generated` from the code, or `measured`.

    Raises:
        KeyError: A mark names a part that does not exist.
    """

    def renew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{parts[match[2]]}\n{match[3]}"

    mark = re.compile(rf"(<!-- {kind}: (.*?) -->)\n.*?(<!-- end -->)", re.DOTALL)
    return mark.sub(renew, text)


def meltano_yml(text: str) -> str:
    """meltano.yml with its extractors renewed."""
    entries = yaml_text([plugin(vendor) for vendor in VENDORS])
    indented = "".join(f"  {line}\n" for line in entries.splitlines())
    mark = re.compile(r"(  # generated: extractors.*?\n).*?(  # end\n)", re.DOTALL)
    return mark.sub(lambda match: match[1] + indented + match[2], text)


def files() -> dict[Path, str]:
    """Every file that `make docs` writes, as it should be."""
    parts = generated()
    written = [ROOT / "README.md", staging.TRANSFORM / "README.md", *(ROOT / "docs").glob("*.md")]
    texts = {path: path.read_text() for path in written} | stream_pages.pages()
    wanted = {path: filled(text, parts) for path, text in texts.items()}
    model = staging.TRANSFORM / "README.md"
    check_questions(text for path, text in wanted.items() if path != model)
    wanted[ROOT / "meltano.yml"] = meltano_yml((ROOT / "meltano.yml").read_text())
    for vendor in VENDORS:
        wanted[ROOT / "hub" / f"{vendor.tap.name}.yml"] = hub_definition(vendor)
    return wanted | staging.files(vendor.tap for vendor in VENDORS)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    wanted = files()
    leftovers = staging.leftovers(wanted) | stream_pages.leftovers(wanted)
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if check and (stale or leftovers):
        names = ", ".join(str(path.relative_to(ROOT)) for path in (*stale, *leftovers))
        raise SystemExit(f"Run `make docs`: {names} differ from what the taps say.")
    # A run now and then makes a request more, so that this is no reason to say that docs are stale.
    wanted[REQUESTS] = filled(wanted[REQUESTS], {"requests": requests_table()}, "measured")
    for path in {*stale, REQUESTS}:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    for path in leftovers:
        path.unlink()


if __name__ == "__main__":
    main()
