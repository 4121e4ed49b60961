"""The report in a real browser, on a screen, on a phone and on paper."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.review.browser import CHROMIUM, Browser
from tests.review.conftest import empty_duckdb, report_of
from tests.review.small import SmallModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

CUT_OFF = """
[...document.querySelectorAll('main *, header *')]
  .filter(each => !each.closest('.hidden, .scroll, thead') && !each.closest('svg'))
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 120))
"""
"""Elements that stick out at the right."""

UNREADABLE = """
(() => {
  const light = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(each => each / 255)
      .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = each => {
    const color = getComputedStyle(each).backgroundColor;
    return color !== 'rgba(0, 0, 0, 0)' ? color : behind(each.parentElement);
  };
  return [...document.querySelectorAll('body *')]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(each => !each.closest('.hidden, .skip'))
    .filter(each => {
      const [a, b] = [light(getComputedStyle(each).color), light(behind(each))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    })
    .map(each => each.outerHTML.slice(0, 120));
})()
"""
"""Text with less contrast than WCAG 2.2 (1.4.3) asks for."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests."""
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report; which engine it comes from makes no difference."""
    folder = tmp_path_factory.mktemp("page")
    report = report_of(SmallModel(), empty_duckdb(folder), folder).report
    return report.folder / "access-review.html"


def told(browser: Browser, *methods: str) -> list[Any]:
    return [event["params"] for event in browser.events if event["method"] in methods]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_readable(browser: Browser, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width, dark=dark, phone=width < 600)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(CUT_OFF) == []
    assert browser.value(UNREADABLE) == []


def test_it_asks_for_nothing_and_reports_no_error(browser: Browser, page: Path) -> None:
    browser.events.clear()
    browser.open(page)
    browser.value("1")
    requests = told(browser, "Network.requestWillBeSent")
    assert [each["request"]["url"] for each in requests] == [page.as_uri()]
    assert told(browser, "Log.entryAdded", "Runtime.consoleAPICalled") == []
    assert told(browser, "Runtime.exceptionThrown") == []


def test_the_policy_lets_nothing_in(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.events.clear()
    browser.value(
        "document.body.insertAdjacentHTML('beforeend',"
        '\'<img src=x.png onerror="document.title = 1"><p style="color: red">\')'
    )
    browser.value("document.head.append(Object.assign(document.createElement('script'),"
                  "{textContent: 'document.title = 2'}))")  # fmt: skip
    assert str(browser.value("document.title")).startswith("Access review")
    assert len(told(browser, "Log.entryAdded")) >= 3


def test_its_links_lead_somewhere(browser: Browser, page: Path) -> None:
    browser.open(page)
    links = browser.value("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash)")
    assert len(set(links)) > 30
    assert browser.value(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash)"
        ".filter(hash => !document.getElementById(hash.slice(1)))"
    ) == []  # fmt: skip
    browser.value("document.querySelector('td.answer a b').closest('a').click()")
    assert browser.value("document.querySelector(':target table tbody').rows.length") > 0
    assert abs(browser.value("document.querySelector(':target').getBoundingClientRect().top")) < 60


def test_it_is_sound_for_a_screen_reader(browser: Browser, page: Path) -> None:
    browser.open(page, 390, phone=True)
    levels = browser.value("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    tables = browser.value("document.querySelectorAll('table').length")
    assert roles.count("table") == tables
    assert {"main", "navigation", "banner", "columnheader"} <= set(roles)
    unnamed = [
        node for node in nodes
        if not node["ignored"] and node["role"]["value"] in ("table", "link", "region")
        and not node.get("name", {}).get("value")
    ]  # fmt: skip
    assert unnamed == []


def test_the_keyboard_reaches_everything(browser: Browser, page: Path) -> None:
    browser.open(page)
    reached = []
    for _ in range(4):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", windowsVirtualKeyCode=9)
        reached.append(browser.value("document.activeElement.textContent"))
    assert reached[:2] == ["Skip to the report", "Is the evidence current?"]
    assert browser.value(
        "[...document.querySelectorAll('.scroll')].every(each => each.tabIndex === 0)"
    )


def test_no_table_is_cut_on_paper(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.call("Emulation.setEmulatedMedia", media="print")
    # A4 without its margins, at 96 pixels an inch.
    width = round((210 - 2 * 12) / 25.4 * 96)
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=1000, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip
    wide = "[...document.querySelectorAll('table')].filter(t => t.scrollWidth > t.clientWidth + 1"
    assert browser.value(f"{wide} || t.getBoundingClientRect().right > {width + 1}).length") == 0
    assert browser.value(
        "[...document.querySelectorAll('.scroll')]"
        ".every(each => getComputedStyle(each).overflowX === 'visible')"
    )
    assert browser.value("getComputedStyle(document.querySelector('.stack thead')).display") == (
        "table-header-group"
    )
    path = page.parent.parent / "printed.pdf"
    browser.pdf(path)
    assert path.read_bytes().startswith(b"%PDF")
    browser.call("Emulation.setEmulatedMedia", media="")
