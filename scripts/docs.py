"""`make docs`: write what follows from the taps themselves into files that people read.

`--about --format=json` is the one source of settings, the stream classes that of streams.
`--check` writes nothing and fails where a file differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from identity_sdk.singer.settings import SHARED_SETTINGS
from scripts import ROOT, staging
from scripts.project import HOME, OWN_PROJECT
from scripts.questions import check_questions, questions
from scripts.streams import is_incremental, kind, properties, sentence
from tap_kinde.tap import TapKinde
from tap_logto.tap import TapLogto
from tap_rudderstack.tap import TapRudderStack
from tap_zitadel.tap import TapZitadel

if TYPE_CHECKING:
    from collections.abc import Collection

    from identity_sdk.singer.stream import IdentityStream
    from identity_sdk.singer.tap import IdentityTap


@dataclass(frozen=True)
class Vendor:
    """What the Hub wants to know and no tap can say of itself.

    Attributes:
        groups: Sets of settings, one of which must be given.
    """

    tap: type[IdentityTap]
    label: str
    domain: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def about(self) -> dict[str, Any]:
        """What the tap says of itself."""
        command = [str(Path(sys.executable).parent / self.tap.name), "--about", "--format=json"]
        said = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
        about: dict[str, Any] = json.loads(said)
        return about


VENDORS = (
    Vendor(
        TapKinde,
        "Kinde",
        "https://kinde.com/",
        (("base_url", "client_id", "client_secret"),),
    ),
    Vendor(
        TapLogto,
        "Logto",
        "https://logto.io/",
        (("base_url", "client_id", "client_secret"),),
    ),
    Vendor(
        TapRudderStack,
        "RudderStack",
        "https://www.rudderstack.com/",
        (("service_access_token",),),
    ),
    Vendor(
        TapZitadel,
        "ZITADEL",
        "https://zitadel.com/",
        (
            ("instance_url", "pat"),
            ("instance_url", "private_key"),
            ("instance_url", "client_id", "client_secret"),
        ),
    ),
)


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


def settings_table(vendor: Vendor, names: Collection[str] | None = None) -> str:
    """The settings for people, without those of singer_sdk; or those of certain names."""
    properties = vendor.about["settings"]["properties"]
    own = {k: v for k, v in properties.items() if not re.match("stream_map|faker|flattening", k)}
    if names is not None:
        own = {name: spec for name, spec in own.items() if name in names}
    required = vendor.about["settings"]["required"]
    rows = ["| setting | default | |", "|---|---|---|"]
    for name, spec in own.items():
        default = json.dumps(spec["default"]).strip('"') if "default" in spec else ""
        marks = [
            word
            for word, on in (("required", name in required), ("secret", spec.get("secret")))
            if on
        ]
        description = " ".join(spec["description"].split())
        rows.append(
            f"| `{name}` | {', '.join(marks) or (f'`{default}`' if default else '')} "
            f"| {description} |"
        )
    return "\n".join(rows)


def streams_table(vendor: Vendor) -> str:
    """The streams, their keys and what they need."""
    rows = [
        "| stream | one row is | key | replication | needs |",
        "|---|---|---|---|---|",
    ]
    for stream in vendor.tap.stream_types:
        key = ", ".join(stream.primary_keys)
        replication = (
            f"incremental on {stream.replication_key}" if is_incremental(stream) else "full"
        )
        if stream.incremental_key:
            replication += f", or incremental on {stream.incremental_key}"
        opt_in = " (opt-in)" if stream.opt_in else ""
        rows.append(
            f"| `{stream.name}`{opt_in} | {sentence(stream)} | {key} | {replication} "
            f"| {stream.permission or ''} |"
        )
    rows.append(
        "| `sync_runs` | what one run read of one stream, and how completely "
        "| sync_id, stream | appended | |"
    )
    return "\n".join(rows)


def permissions_table(vendor: Vendor) -> str:
    """What to grant for which streams, what the default streams need first."""
    needing: dict[str, list[type[IdentityStream]]] = {}
    for stream in sorted(vendor.tap.stream_types, key=lambda each: each.opt_in):
        for permission in needed(stream):
            needing.setdefault(permission, []).append(stream)
    rows = ["| scope | streams |", "|---|---|"]
    for permission, streams in needing.items():
        told = ", ".join(
            f"`{each.name}`" + (" (opt-in)" if each.opt_in else "") for each in streams
        )
        rows.append(f"| `{permission}` | {told} |")
    return "\n".join(rows)


def needed(stream: type[IdentityStream] | None) -> list[str]:
    """The permission of a stream, and those of the streams that it is read for."""
    found: list[str] = []
    while stream is not None:
        found += [stream.permission] if stream.permission else []
        stream = getattr(stream, "parent", None)
    return list(dict.fromkeys(reversed(found)))


def columns_table(package: str, stream: str) -> str:
    """The columns of a stream."""
    rows = ["| column | type | |", "|---|---|---|"]
    for name, spec in properties(package, stream).items():
        rows.append(f"| `{name}` | {kind(spec)} | {spec['description']} |")
    return "\n".join(rows)


def controls_table() -> str:
    """The questions of the access review, with what they answer to in the standards."""
    rows = [
        "| control | question | severity | SOC 2 | ISO 27001 | NIST 800-53 | CIS 8 |",
        "|---|---|---|---|---|---|---|",
    ]
    names = ("question", "severity", "soc2", "iso27001", "nist_800_53", "cis_8")
    with (staging.TRANSFORM / "seeds" / "identity_controls.csv").open() as file:
        for control in csv.DictReader(file):
            cells = " | ".join(control[name] for name in names)
            rows.append(f"| `{control['control_id']}` | {cells} |")
    return "\n".join(rows)


def generated() -> dict[str, str]:
    """What stands between the marks, by the name in the mark."""
    parts = questions()
    for vendor in VENDORS:
        name = vendor.tap.name
        parts[f"settings {name}"] = settings_table(vendor)
        parts[f"streams {name}"] = streams_table(vendor)
        parts[f"permissions {name}"] = permissions_table(vendor)
        for stream in vendor.tap.stream_types:
            columns = columns_table(name.replace("-", "_"), stream.name)
            parts[f"columns {name} {stream.name}"] = columns
    shared = {setting.name for setting in SHARED_SETTINGS}
    parts["shared settings"] = settings_table(VENDORS[0], shared)
    parts["columns sync_runs"] = columns_table("identity_sdk/singer", "sync_runs")
    parts["controls"] = controls_table()
    parts["own project"] = OWN_PROJECT
    return parts


def filled(text: str, parts: dict[str, str]) -> str:
    """A text with each marked part renewed.

    Raises:
        KeyError: A mark names a part that does not exist.
    """

    def renew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{parts[match[2]]}\n{match[3]}"

    mark = re.compile(r"(<!-- generated: (.*?) -->)\n.*?(<!-- end -->)", re.DOTALL)
    return mark.sub(renew, text)


def meltano_yml(text: str) -> str:
    """meltano.yml with its extractors renewed."""
    entries = yaml_text([plugin(vendor) for vendor in VENDORS])
    indented = "".join(f"  {line}\n" for line in entries.splitlines())
    mark = re.compile(r"(  # generated: extractors.*?\n).*?(  # end\n)", re.DOTALL)
    return mark.sub(lambda match: match[1] + indented + match[2], text)


def check_pages() -> None:
    """See whether each stream has its place in the page of its tap.

    Raises:
        SystemExit: One has none; says what to add.
    """
    for vendor in VENDORS:
        page = ROOT / f"docs/{vendor.tap.name.removeprefix('tap-')}.md"
        for stream in vendor.tap.stream_types:
            mark = f"<!-- generated: columns {vendor.tap.name} {stream.name} -->"
            if mark not in page.read_text():
                section = f"### {stream.name}"
                sys.exit(f"{page.relative_to(ROOT)} lacks `{section}` with {mark} and <!-- end -->")


def files() -> dict[Path, str]:
    """Every file that `make docs` writes, as it should be."""
    check_pages()
    parts = generated()
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    wanted = {path: filled(path.read_text(), parts) for path in pages}
    check_questions(wanted.values())
    model = staging.TRANSFORM / "README.md"
    wanted[model] = filled(model.read_text(), parts)
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
    leftovers = staging.leftovers(wanted)
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if check and (stale or leftovers):
        names = ", ".join(str(path.relative_to(ROOT)) for path in (*stale, *leftovers))
        raise SystemExit(f"Run `make docs`: {names} differ from what the taps say.")
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    for path in leftovers:
        path.unlink()


if __name__ == "__main__":
    main()
