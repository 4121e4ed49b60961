"""The docs site: complete in itself, and usable from disk, on a phone and without scripts."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from scripts.questions import all_questions
from scripts.site import ZENSICAL, build
from tests.e2e.site_links import problems
from tests.review.browser import CHROMIUM, Browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLANTED = {
    '<script src="https://cdn.example/x.js"></script>': "loads https://cdn.example/x.js",
    '<link rel="stylesheet" href="//fonts.example/x.css">': "loads //fonts.example/x.css",
    '<img src="nothing.png">': "loads nothing.png",
    "<style>@import 'https://fonts.example/x.css';</style>": "loads https://fonts.example/x.css",
    '<p style="background: url(https://x.example/x.png)">': "loads https://x.example/x.png",
    '<a href="nothing.html">': "links to nothing.html",
    '<a href="page.html#nothing">': "links to page.html#nothing",
    '<a href="../outside.html">': "links to ../outside.html",
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew; links and anchors of its sources are checked by the builder."""
    if not ZENSICAL.exists():
        pytest.skip("the site's builder is not installed (make .site/ready)")
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with Browser(tmp_path) as browser:
        yield browser


@pytest.mark.parametrize(("element", "problem"), PLANTED.items())
def test_a_foreign_host_or_a_dead_link_is_found(element: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f'<p id="here"><a href="#here">{element}')
    assert list(problems(tmp_path)) == [f"page.html {problem}"]


def test_pages_load_nothing_from_elsewhere_and_their_links_lead_somewhere(site: Path) -> None:
    assert len(list(site.rglob("streams/*/*.html"))) > 90
    assert list(problems(site)) == []


def test_no_page_shows_markdown_as_it_is_written(site: Path) -> None:
    """Lists and tables inside of lists, above all, which need more room there."""
    apart = re.compile(r"<(pre|code|script|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
    written = re.compile(r"^.*(?:\*\*|```|\]\(|^ *(?:[-*|]|\d+\.) ).*$", re.MULTILINE)
    assert written.findall(apart.sub("", "<p>\n- one\n2. two **three**</p> <code>**</code>"))
    for page in site.rglob("*.html"):
        article = page.read_text().partition("<article")[2].partition("</article>")[0]
        assert written.findall(apart.sub("", article)) == [], page.name


def test_the_search_finds_a_question_from_disk(site: Path, browser: Browser) -> None:
    browser.open(site / "index.html")
    wait_until(lambda: browser.value("!!document.querySelector('.md-search__button')"))
    browser.value("document.querySelector('.md-search__button').click()")
    inside = "[...document.querySelectorAll('*')].map(each => each.shadowRoot).find(Boolean)"
    wait_until(lambda: browser.value(f"!!{inside}?.activeElement"))
    browser.call("Input.insertText", text="second factor")
    wait_until(
        lambda: browser.value(f"{inside}.textContent.includes('Which users have no second factor')")
    )
    asked = [
        each["params"]["request"]["url"]
        for each in browser.events
        if each.get("method") == "Network.requestWillBeSent"
    ]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}
    assert any(url.endswith("search.js") for url in asked)


def test_questions_are_filtered_by_system_topic_and_words(site: Path, browser: Browser) -> None:
    def shown() -> int:
        found: int = browser.value(
            "[...document.querySelectorAll('details[data-topic]')]"
            ".filter(each => each.checkVisibility()).length"
        )
        return found

    page = site / "questions.html"
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page, width=390, phone=True)
    assert shown() == len(all_questions())
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    browser.open(page, width=390, phone=True)
    wait_until(lambda: browser.value("!!document.querySelector('.filter')"))
    assert shown() == len(all_questions())
    for name, value in (("system", "logto"), ("topic", "Sign-in"), ("words", "second FACTOR")):
        browser.value(
            f"(form => {{ form.elements.{name}.value = '{value}';"
            " form.dispatchEvent(new Event('input')); })(document.querySelector('.filter'))"
        )
    wanted = [
        each
        for each in all_questions()
        if (each.system, each.subject) == ("logto", "Sign-in")
        and "second factor" in f"{each.words} {each.answer}".lower()
    ]
    assert shown() == len(wanted) > 0
    assert browser.value("document.documentElement.scrollWidth") == 390


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
