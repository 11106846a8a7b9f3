"""Test conditional requests of later checks, and cited fragments."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import Behaviour, Visit
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.texts import missing

CHAPTERS = page(
    "Chapters", "One page, many chapters.", markup='<h2 id="there">There</h2><a name="also"></a>'
)
TAGGED, LYING, STRICT = "http://tagged.test/a", "http://lying.test/a", "http://strict.test/a"
BOOK = "http://book.test/chapters"


class Versions:
    """A page with a version that a test changes; it returns 304 for the present one."""

    def __init__(self, *, is_lying: bool = False, is_strict: bool = False) -> None:
        self.tag = 'W/"1"'
        self.behaviour: Behaviour = page("A page", "The text that was cited.")
        self._is_lying, self._is_strict = is_lying, is_strict

    def become_missing(self) -> None:
        self.tag, self.behaviour = 'W/"2"', missing("en")

    async def __call__(self, request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        named = request.headers.get("If-None-Match")
        if named and self._is_strict:
            return web.Response(status=412)
        if named and (self._is_lying or named == self.tag):
            return web.Response(status=304)
        response = await self.behaviour.handle(request, visit)
        response.headers["ETag"] = self.tag
        return response


@pytest.fixture
def versions() -> dict[str, Versions]:
    return {
        "tagged.test": Versions(),
        "lying.test": Versions(is_lying=True),
        "strict.test": Versions(is_strict=True),
    }


@pytest.fixture
def internet(background: BackgroundLoop, versions: dict[str, Versions]) -> Internet:
    sites = {host: {"/a": Behaviour("versions", answer)} for host, answer in versions.items()}
    return background.start(Internet({**sites, "book.test": {"/chapters": CHAPTERS}}))


@pytest.fixture
def wiki(folder: Folder, internet: Internet, background: BackgroundLoop) -> Folder:
    folder.configure(internet, background.start(RunningWayback()))
    return folder


def check(wiki: Folder, *urls: str) -> dict[str, str]:
    """Return the line that `holdfast check` prints for each URL."""
    done = wiki.holdfast("check", "--fail-on", "never", *urls)
    error_lines(done)
    lines = done.stdout.splitlines()
    return {
        url: line for line in lines for url in urls if re.search(rf"{re.escape(url)}(?: |$)", line)
    }


def test_an_unchanged_page_is_alive_and_a_changed_one_is_judged_at_once(
    wiki: Folder, internet: Internet, versions: dict[str, Versions]
) -> None:
    urls = (TAGGED, LYING, STRICT)
    assert all(line.startswith("alive") for line in check(wiki, *urls).values())
    second = check(wiki, *urls)
    assert "304, unchanged" in second[TAGGED]
    assert "304, unchanged" in second[LYING]
    assert second[STRICT].startswith("alive")
    for version in versions.values():
        version.become_missing()
    third = check(wiki, *urls)
    assert "soft-404" in third[TAGGED]
    assert "soft-404" in third[STRICT]
    # Who answers 304 to everything is believed until the next whole answer, two checks later.
    assert [check(wiki, LYING)[LYING].split()[0] for _ in range(2)] == ["alive", "broken"]
    kinds = [visit.method for visit in internet.visits_to(TAGGED)]
    assert "HEAD" not in kinds


def test_each_cited_fragment_is_judged_and_shown(wiki: Folder) -> None:
    wiki.write(
        "wiki/a.md",
        f"- [a]({BOOK}#there)\n- [b]({BOOK}#missing)\n- [c]({BOOK}#also)\n- [d]({BOOK}#lost)\n",
    )
    done = wiki.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    report = wiki.holdfast("report", "--format", "markdown").stdout
    shown = [line for line in report.splitlines() if "fragment-missing" in line]
    assert len(shown) == 2, report
    assert all(name in line for name, line in zip(("#missing", "#lost"), shown, strict=True))
    assert all(place in line for place, line in zip(("a.md:2", "a.md:4"), shown, strict=True))
    history = wiki.holdfast("history", f"{BOOK}#there").stdout
    assert "fragment-missing: the page has no part #missing" in history
    lines = check(wiki, f"{BOOK}#there", f"{BOOK}#missing", f"{BOOK}#other")
    assert [line.endswith("fragment-missing") for line in lines.values()] == [False, True, True]
    # A part that came back is no longer missing, and one that nobody cites is not looked for.
    wiki.write("wiki/a.md", f"- [a]({BOOK}#there)\n")
    wiki.holdfast("run", "wiki", "--fail-on", "never")
    assert "fragment-missing" not in wiki.holdfast("report", "--format", "markdown").stdout
