"""Numbers inside the sentences of the docs are those of the code."""

from __future__ import annotations

import re

import pytest
import yaml

from access_review import query, workbook
from identity_sdk.report import key_sample
from scripts.stream_pages import path_of
from scripts.vendors import VENDORS
from tap_kinde import client as kinde
from tap_logto.tap import TapLogto
from tap_zitadel import client as zitadel
from tap_zitadel import event_windows
from tests.chaos import growth
from tests.running import ROOT

FIGURES = [
    ("completeness", f"a sample of {key_sample.SIZE} keys"),
    ("faults", f"{growth.ORGANIZATIONS} organizations and {growth.PEOPLE} people"),
    ("kinde", f"pages of p = {kinde.MOST_ROWS}"),
    ("kinde", f"1 for up to {kinde.MOST_ROWS} rows"),
    ("review", f"more than about {query.LISTED:,} findings"),
    ("review", f"long tables ({query.LISTED_ROWS} rows)"),
    ("review", f"more than {workbook.LONGEST_SHEET:,} rows"),
    ("zitadel", f"pages hold {zitadel.MOST_ROWS} rows"),
    ("zitadel", f"/{zitadel.MOST_ROWS - 1}⌋ + 1"),
    ("zitadel", f"at most {event_windows.MOST_EVENTS} events"),
]


@pytest.mark.parametrize(("page", "figure"), FIGURES)
def test_a_figure_is_that_of_the_code(page: str, figure: str) -> None:
    assert figure in " ".join((ROOT / f"docs/{page}.md").read_text().split())


def test_the_limit_of_logto_cloud_is_the_one_that_the_tap_keeps_to() -> None:
    page = (ROOT / "docs/logto.md").read_text()
    ((requests, seconds),) = re.findall(r"allows (\d+) requests in (\d+) seconds", page)
    config = {"base_url": "https://x.logto.app", "client_id": "x", "client_secret": "x"}
    assert TapLogto(config=config).default_rate_limit == int(requests) / int(seconds)


def test_overlaps_are_those_of_the_streams() -> None:
    """Each page that names one names its stream's."""
    found = {}
    for vendor in VENDORS:
        for stream in vendor.tap.stream_types:
            text = " ".join(path_of(vendor, stream).read_text().split())
            if told := re.search(r"(\d+) seconds of overlap", text):
                found[vendor.system, stream.name] = stream.overlap.seconds == int(told[1])
    assert found == {("logto", "audit_logs"): True, ("rudderstack", "audit_logs"): True}


def test_the_defaults_of_the_models_variables_are_those_of_its_project() -> None:
    project = yaml.safe_load((ROOT / "transform/dbt_project.yml").read_text())["vars"]
    page = (ROOT / "transform/README.md").read_text().partition("## Variables")[2]
    told = dict(re.findall(r"^\| `(\w+)` \| *(.*?) *\|", page.partition("\n## ")[0], re.MULTILINE))
    assert told.keys() == project.keys()
    for name, default in told.items():
        if default.startswith("`"):
            assert yaml.safe_load(default.strip("`")) == project[name], name
        else:
            assert name == "identity_sources" or not (default or project[name]), name
