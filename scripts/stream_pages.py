"""The page of each stream, `docs/streams/SYSTEM/STREAM.md`: written by hand between marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts import ROOT
from scripts.questions import all_questions, where_to_ask
from scripts.streams import needed, properties, replication
from scripts.tables import columns_table
from scripts.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from identity_sdk.singer.stream import IdentityStream
    from scripts.vendors import Vendor

FOLDER = ROOT / "docs" / "streams"


def path_of(vendor: Vendor, stream: type[IdentityStream]) -> Path:
    """Where the page of a stream is."""
    return FOLDER / vendor.system / f"{stream.name}.md"


def pages() -> dict[Path, str]:
    """The page of each stream as it is, or an empty one."""
    return {
        path: path.read_text() if path.exists() else new_page(vendor, stream)
        for vendor in VENDORS
        for stream in vendor.tap.stream_types
        for path in [path_of(vendor, stream)]
    }


def leftovers(wanted: Iterable[Path]) -> set[Path]:
    """Pages of streams that are no more."""
    return set(FOLDER.glob("*/*.md")) - set(wanted)


def new_page(vendor: Vendor, stream: type[IdentityStream]) -> str:
    """The page of a stream that nobody has written about yet."""
    marks = {
        part: f"<!-- generated: {part} {vendor.tap.name} {stream.name} -->\n<!-- end -->\n"
        for part in ("facts", "questions", "columns")
    }
    return (
        f"# {stream.name} ({vendor.tap.name})\n\n{marks['facts']}\n"
        f"## Questions\n\n{marks['questions']}\n## Columns\n\n{marks['columns']}"
    )


def parts() -> Iterator[tuple[str, str]]:
    """What stands between the marks of the pages, by the name in the mark."""
    for vendor in VENDORS:
        for stream in vendor.tap.stream_types:
            name = f"{vendor.tap.name} {stream.name}"
            yield f"facts {name}", facts(vendor, stream)
            yield f"questions {name}", questions(vendor, stream)
            yield f"columns {name}", columns_table(vendor.package, stream.name)


def facts(vendor: Vendor, stream: type[IdentityStream]) -> str:
    """How a stream is read, in a table."""
    parent: type[IdentityStream] | None = getattr(stream, "parent", None)
    told = {
        "tap": f"[{vendor.tap.name}](../../{vendor.system}.md)",
        "key": ", ".join(f"`{column}`" for column in stream.primary_keys),
        "replication": replication(stream),
        "parent": _link(parent) if parent else "",
        "needs": ", ".join(f"`{each}`" for each in needed(stream)),
        "cost": stream.about()["cost"],
        "in the catalog": (
            "opt-in: only if `opt_in_streams` names it" if stream.opt_in else "by default"
        ),
        "cross-checked with": ", ".join(map(_link, stream.compares_with)),
        "staging view": f"`stg_{vendor.system}__{stream.name}`",
        "columns": str(len(properties(vendor.package, stream.name))),
    }
    rows = [f"| {name} | {value} |" for name, value in told.items() if value]
    return "\n".join(["| | |", "|---|---|", *rows])


def _link(stream: type[IdentityStream]) -> str:
    return f"[`{stream.name}`]({stream.name}.md)"


def questions(vendor: Vendor, stream: type[IdentityStream]) -> str:
    """The questions to a stream, with their SQL."""
    asked = [
        f"### {each.words}\n\n{each.answer}"
        for each in all_questions()
        if (each.system, each.stream) == (vendor.system, stream.name)
    ]
    return "\n\n".join([where_to_ask(vendor.package, "../../../"), *asked])
