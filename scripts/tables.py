"""Tables of the docs, told from the taps, their schemas and the seeds of `transform/`."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from scripts import staging
from scripts.questions import all_questions
from scripts.streams import kind, needed, properties, replication, sentence
from scripts.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Collection

    from identity_sdk.singer.stream import IdentityStream
    from scripts.vendors import Vendor


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
    """The streams, each with a link to its page; what they need, unless all need the same."""
    streams = vendor.tap.stream_types
    columns = sum(len(properties(vendor.package, each.name)) for each in streams)
    opt_in = sum(each.opt_in for each in streams)
    needs = {each.permission for each in streams}
    asked = sum(question.system == vendor.system for question in all_questions())
    rows = [
        f"{len(streams)} streams with {columns} columns; {opt_in or 'none'} of them opt-in. "
        f"[{asked} questions](questions.md#{vendor.system}) are answered from them.",
        "",
        f"| stream | one row is | replication |{' needs |' * (len(needs) > 1)}",
        f"|---|---|---|{'---|' * (len(needs) > 1)}",
    ]
    for stream in streams:
        link = f"[`{stream.name}`](streams/{vendor.system}/{stream.name}.md)"
        told = [f"{link}{' (opt-in)' * stream.opt_in}", sentence(stream), replication(stream)]
        told += [stream.permission or ""] if len(needs) > 1 else []
        rows.append(f"| {' | '.join(told)} |")
    rows.append(
        "| [`sync_runs`](completeness.md#sync_runs) | what one run read of one stream, and how "
        f"completely | appended |{' |' * (len(needs) > 1)}"
    )
    return "\n".join(rows)


def taps_table() -> str:
    """What each tap brings, in figures."""
    rows = [
        "| tap | streams | of them opt-in | columns | questions |",
        "|---|---:|---:|---:|---:|",
    ]
    asked = [question.system for question in all_questions()]
    sums = [0, 0, 0, 0]
    for vendor in VENDORS:
        streams = vendor.tap.stream_types
        figures = [
            len(streams),
            sum(each.opt_in for each in streams),
            sum(len(properties(vendor.package, each.name)) for each in streams),
            asked.count(vendor.system),
        ]
        sums = [one + other for one, other in zip(sums, figures, strict=True)]
        told = " | ".join(map(str, figures))
        rows.append(f"| [{vendor.tap.name}]({vendor.system}.md) | {told} |")
    rows.append(f"| **all** | {' | '.join(map(str, sums))} |")
    return "\n".join(rows)


def permissions_table(vendor: Vendor) -> str:
    """What to grant for which streams, what the default streams need first."""
    needing: dict[str, list[type[IdentityStream]]] = {}
    for stream in sorted(vendor.tap.stream_types, key=lambda each: each.opt_in):
        for permission in needed(stream):
            needing.setdefault(permission, []).append(stream)
    rows = ["| permission | streams |", "|---|---|"]
    for permission, streams in needing.items():
        told = ", ".join(
            f"`{each.name}`" + (" (opt-in)" if each.opt_in else "") for each in streams
        )
        rows.append(f"| `{permission}` | {told} |")
    return "\n".join(rows)


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
