"""Test that replays of another page are not believed, and that true copies are not lost by it."""

from __future__ import annotations

import pytest
from aiohttp import web

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

READ = "2021-08-05"
NEAR, FAR = "20210804000000", "20200101000000"
WAYBACK = "https://web.archive.org/web"
LIGHTS = (
    "The council kept all twelve lights of the harbour burning through the winter, and the keeper rowed to "
    "the mole each evening with oil for the lamps. Fishermen paid for the oil by a share of the herring. "
)
SOUP = (
    "Cut two onions and a carrot, fry them in butter until they are soft, add three tins of tomatoes and a "
    "spoon of sugar, and let it simmer for half an hour. Serve with bread that is a day old and with cream. "
)
WEATHER = (
    "Tomorrow a ridge of high pressure moves in from the west, and it stays dry with long sunny spells. "
    "In the evening clouds gather over the hills, and a thunderstorm is possible in the southern valleys. "
)


def html(title: str, text: str, canonical: str = "") -> bytes:
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<title>{title}</title>{head}<body><p>{text * 3}</p></body>".encode()


SOUP_PAGE = html("Tomato soup for four", SOUP)


def soup(canonical: str) -> bytes:
    return html("Tomato soup for four", SOUP, canonical)


def held(original: str, timestamp: str, body: bytes) -> StoredSnapshot:
    return StoredSnapshot(original=original, timestamp=timestamp, body=body)


LIGHTS_PAGE = html("The harbour lights", LIGHTS)
# A broken link, the text of its citation, and the nearest copy: one of another page.
WRONG: dict[str, tuple[str, bytes]] = {
    "http://dead.test/2019/harbour-lights.html": ("Harbour lights", SOUP_PAGE),
    "http://dead.test/news/winter_at_the_harbour": ("The lights of the harbour", SOUP_PAGE),
    "http://dead.test/a/7": (
        "Twelve lights for the harbour",
        soup("http://dead.test/recipes/soup"),
    ),
    "http://dead.test/b/8": ("the lights of the harbour", soup("http://kitchen.test/soup")),
}
# The same with a copy that may be of the cited page.
TRUE: dict[str, tuple[str, bytes]] = {
    "http://dead.test/c/1": ("here", soup("http://dead.test/recipes/soup")),
    "http://dead.test/c/2": ("another recipe says otherwise", SOUP_PAGE),
    "http://dead.test/c/harbour-lights": ("a study of tomatoes", SOUP_PAGE),
    "http://dead.test/d/tomato-soup": ("how the council cooks", SOUP_PAGE),
    "http://dead.test/?p=4711": ("the council on lights", soup("http://dead.test/2019/4711-suppe")),
    "http://dead.test/e/5": ("Twelve lights of the council", soup("http://dead.test/")),
    "http://dead.test/f/harbour-lights": ("Hafenlichter und Netze", SOUP_PAGE),
    "http://dead.test/g/hafen-lichter": (
        "The lights of the harbour",
        html("Aus der Stadt", "Der Rat hat beschlossen, dass die Lampen an der Mole nicht mehr mit Öl brennen. " * 2),
    ),
}  # fmt: skip


class MistakenWayback(RunningWayback):
    """An archive that names another original in the Link header of what it replays."""

    named = ""

    async def _handle_replay(self, request: web.Request) -> web.Response:
        response = await super()._handle_replay(request)
        if self.named and "Link" in response.headers:
            first, _, rest = response.headers["Link"].partition(">")
            response.headers["Link"] = f"<{self.named}>{rest}" if first else ""
        return response


@pytest.fixture
def archive(background: BackgroundLoop) -> MistakenWayback:
    return background.start(MistakenWayback())


def run(folder: Folder, cited: dict[str, str]) -> dict[str, str]:
    """Run once over a page that cites some links; return the copy named for each."""
    lines = [f"- [{text}]({url}), accessed {READ}\n" for url, text in cited.items()]
    folder.write("wiki/a.md", "".join(lines))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return {
        row["url"]: (row["best_mirror"] or "").removeprefix(f"{WAYBACK}/")
        for row in folder.report()
        if row["role"] == "link"
    }


def test_another_page_is_passed_over_and_the_next_copy_is_named(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    internet = background.start(Internet({"dead.test": {ANY: status(404)}}))
    folder.configure(internet, archive)
    for url, (_, wrong) in WRONG.items():
        archive.snapshots += [held(url, NEAR, wrong), held(url, FAR, LIGHTS_PAGE)]
    named = run(folder, {url: text for url, (text, _) in WRONG.items()})
    assert named == {url: f"{FAR}/{url}" for url in WRONG}
    flaws = {row[0] for row in folder.query("SELECT flaw FROM mirror WHERE quality = 'unusable'")}
    assert flaws == {
        "its canonical URL and its text are those of another page",
        "it has no word of the citation or of the page's name in its URL",
    }
    patch = folder.holdfast("fix", "wiki", "--suspects").stdout
    assert NEAR not in patch


def test_another_page_alone_is_no_replacement(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    internet = background.start(Internet({"dead.test": {ANY: status(404)}}))
    folder.configure(internet, archive)
    archive.snapshots += [held(url, NEAR, wrong) for url, (_, wrong) in WRONG.items()]
    named = run(folder, {url: text for url, (text, _) in WRONG.items()})
    assert set(named.values()) == {""}
    assert folder.holdfast("fix", "wiki", "--suspects").stdout == ""


def test_what_may_be_the_cited_page_is_named_as_before(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    internet = background.start(Internet({"dead.test": {ANY: status(404)}}))
    folder.configure(internet, archive)
    archive.snapshots += [held(url, NEAR, body) for url, (_, body) in TRUE.items()]
    named = run(folder, {url: text for url, (text, _) in TRUE.items()})
    assert named == {url: f"{NEAR}/{url}" for url in TRUE}


@pytest.mark.parametrize(
    ("original", "is_named"),
    [
        ("http://other.test/soup", False),
        ("https://web.archive.org/web/2021/http://other.test/soup", False),
        ("http://dead.test/b", False),
        ("https://www.dead.test:443/a/", True),
        ("https://dead.test/a?utm_source=x", True),
        ("/a", True),
    ],
)
def test_the_original_that_the_archive_names_decides(
    folder: Folder,
    background: BackgroundLoop,
    archive: MistakenWayback,
    original: str,
    *,
    is_named: bool,
) -> None:
    internet = background.start(Internet({"dead.test": {ANY: status(404)}}))
    folder.configure(internet, archive)
    url = "http://dead.test/a"
    archive.snapshots.append(held(url, NEAR, LIGHTS_PAGE))
    archive.named = original
    assert run(folder, {url: "here"}) == {url: f"{NEAR}/{url}" if is_named else ""}


def test_a_copy_of_another_page_is_not_added_to_a_living_link(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    """The copy is compared with the living page, unless that may have changed since."""
    page = document(LIGHTS_PAGE, "text/html")
    internet = background.start(Internet({"alive.test": {"/a": page, "/b": page, "/c": page}}))
    folder.configure(internet, archive)
    wrong, true, changed = (f"http://alive.test/{name}" for name in "abc")
    archive.snapshots += [
        held(wrong, NEAR, soup("http://kitchen.test/recipes")),
        held(true, NEAR, html("The harbour lights", LIGHTS, "http://alive.test/harbour")),
        held(changed, NEAR, SOUP_PAGE),
    ]
    run(folder, {wrong: "here", true: "here", changed: "here"})
    patch = folder.holdfast("fix", "wiki", "--add-copies").stdout
    added = [url for url in (wrong, true, changed) if f"{NEAR}/{url}" in patch]
    assert added == [true, changed], patch


def test_a_copy_without_the_cited_words_that_the_living_page_has_is_not_added(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    page = document(LIGHTS_PAGE, "text/html")
    internet = background.start(Internet({"alive.test": {"/a": page}}))
    folder.configure(internet, archive)
    url = "http://alive.test/a"
    archive.snapshots += [held(url, NEAR, SOUP_PAGE), held(url, FAR, LIGHTS_PAGE)]
    run(folder, {url: "the lights of the council"})
    patch = folder.holdfast("fix", "wiki", "--add-copies").stdout
    assert f"{FAR}/{url}" in patch
    assert NEAR not in patch


def test_a_changed_page_is_led_to_the_copy_that_shows_what_was_cited(
    folder: Folder, background: BackgroundLoop, archive: MistakenWayback
) -> None:
    page = document(html("The weather of tomorrow", WEATHER), "text/html")
    internet = background.start(Internet({"alive.test": {"/a": page}}))
    folder.configure(internet, archive)
    url = "http://alive.test/a"
    archive.snapshots.append(held(url, NEAR, html("The harbour lights", LIGHTS, "http://x.test/1")))
    assert run(folder, {url: "The harbour lights"}) == {url: f"{NEAR}/{url}"}
