"""Test evidence of mementos: it clears a page or supports a verdict, and is never the only reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, redirect
from crawler.demo.web import ANY, Behaviour, Visit
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs

CAPTURED = "20210301080000"
ARCHIVE = "web.archive.org"
# The site serves this page for every URL, and it has the sentence of an error page.
SUSPICIOUS, SUSPICIOUS_UNARCHIVED = "http://poem.test/poem", "http://poem2.test/poem"
# The title has one word that is typical of domain hijackers, and the text is another one now.
TAKEN_OVER, TAKEN_OVER_UNARCHIVED = "http://sold.test/page", "http://sold2.test/page"
# Only the text has changed.
REWRITTEN = "http://new.test/page"


def html(title: str, *texts: str) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<title>{title}</title><body>{body}</body>".encode()


POEM = html(
    "A poem",
    "Sorry, the page you are looking for does not exist, said the lamp to the reader.",
    *paragraphs(1, count=1),
)
ORIGINAL = html("The harbour", *paragraphs(2))
TAKEN_OVER_PAGE = html("Online casino and harbour", *paragraphs(3))
REWRITTEN_PAGE = html("The harbour", *paragraphs(4))


@pytest.fixture
def wiki(background: BackgroundLoop, folder: Folder) -> Folder:
    """Return a wiki that cites five pages; three of them have a memento."""
    poem, taken_over, rewritten = (
        document(body, "text/html") for body in (POEM, TAKEN_OVER_PAGE, REWRITTEN_PAGE)
    )
    sites = {
        "poem.test": {ANY: poem},
        "poem2.test": {ANY: poem},
        "sold.test": {"/page": taken_over},
        "sold2.test": {"/page": taken_over},
        "new.test": {"/page": rewritten},
    }
    internet, wayback = background.start(Internet(sites)), background.start(RunningWayback())
    archived = {SUSPICIOUS: POEM, TAKEN_OVER: ORIGINAL, REWRITTEN: ORIGINAL}
    for url, body in archived.items():
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=CAPTURED, body=body))
    folder.configure(internet, wayback, sibling_days=90)
    lines = [
        f"- [a]({url}) ([archived](https://{ARCHIVE}/web/{CAPTURED}/{url}))\n" for url in archived
    ]
    lines += [f"- [b]({url})\n" for url in (SUSPICIOUS_UNARCHIVED, TAKEN_OVER_UNARCHIVED)]
    folder.write("wiki/a.md", "".join(lines))
    folder.holdfast("scan", "wiki")
    return folder


def check(wiki: Folder, *arguments: str) -> str:
    done = wiki.holdfast("check", "--fail-on", "never", *arguments)
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done.stdout


def reasons(wiki: Folder) -> dict[str, str]:
    """Return the reasons of all links, by URL."""
    return dict(wiki.query("SELECT url, reason FROM link WHERE role = 'link'"))


JUDGED_WITHOUT_MEMENTOS = {
    SUSPICIOUS: "soft-404",
    SUSPICIOUS_UNARCHIVED: "soft-404",
    TAKEN_OVER: "ok",
    TAKEN_OVER_UNARCHIVED: "ok",
    REWRITTEN: "ok",
}
JUDGED_WITH_MEMENTOS = JUDGED_WITHOUT_MEMENTOS | {SUSPICIOUS: "ok", TAKEN_OVER: "hijacked"}


def test_check_judges_by_what_mementos_showed(wiki: Folder) -> None:
    check(wiki, "--host", ARCHIVE)
    check(wiki)
    assert reasons(wiki) == JUDGED_WITH_MEMENTOS


def test_checking_single_urls_judges_by_what_mementos_showed(wiki: Folder) -> None:
    check(wiki, "--host", ARCHIVE)
    check(wiki, SUSPICIOUS, TAKEN_OVER)
    found = reasons(wiki)
    assert (found[SUSPICIOUS], found[TAKEN_OVER]) == ("ok", "hijacked")


def test_rejudging_judges_by_what_mementos_showed(wiki: Folder) -> None:
    for url in JUDGED_WITHOUT_MEMENTOS:
        check(wiki, "--host", url.split("/")[2])
    assert reasons(wiki) == JUDGED_WITHOUT_MEMENTOS
    check(wiki, "--host", ARCHIVE)
    assert wiki.holdfast("db", "rejudge", "--write").returncode == 0
    assert reasons(wiki) == JUDGED_WITH_MEMENTOS


def test_run_judges_by_what_mementos_showed(wiki: Folder) -> None:
    check(wiki, "--host", ARCHIVE)
    done = wiki.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    assert reasons(wiki) == JUDGED_WITH_MEMENTOS


def test_lost_page_is_evidence_for_the_other_pages_of_its_host(
    folder: Folder, background: BackgroundLoop
) -> None:
    """One page has a memento and shows that the site lost its pages; the other has none."""
    firm = document(
        html("Roofs and gutters", "Free inspection after each storm. Call us."), "text/html"
    )
    closed = {host: {ANY: document(b"", "text/html")} for host in ("empty.test", "single.test")}
    internet = background.start(
        Internet({**closed, "firm.test": {ANY: firm}, "plain.test": {ANY: firm}})
    )
    wayback = background.start(RunningWayback())
    archived = [f"http://{host}/harbour" for host in ("empty.test", "firm.test")]
    for url in archived:
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=CAPTURED, body=ORIGINAL))
    folder.configure(internet, wayback, sibling_days=90)
    lone = [
        f"http://{host}/lamp/1" for host in ("empty.test", "firm.test", "single.test", "plain.test")
    ]
    lines = [
        f"- [Harbour]({url}) ([copy](https://{ARCHIVE}/web/{CAPTURED}/{url}))\n" for url in archived
    ]
    folder.write(
        "a.md", "".join(lines) + "".join(f"- [Leuchtturm, Hafenlampen]({url})\n" for url in lone)
    )
    for _ in range(2):
        done = folder.holdfast("run", "a.md", "--fail-on", "never")
        error_lines(done)
        folder.age_history(timedelta(days=1))
    found = reasons(folder)
    assert {url: found[url] for url in lone} == dict.fromkeys(lone[:2], "soft-404") | dict.fromkeys(
        lone[2:], "ok"
    )


def gate(where: str) -> Behaviour:
    """Return a site that first shows visitors a request for consent, at the same address or at another one."""
    asks = document(
        html("Your choices", "Our 640 partners use cookies. Press Agree to read on."), "text/html"
    )

    async def answer(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        target = where.format(path=request.path, token=sum(map(ord, request.path)))
        is_there = not where or request.path_qs == target
        return await (asks if is_there else redirect(302, target)).handle(request, visit)

    return Behaviour("a gate", answer)


def test_an_interstitial_before_every_page_is_a_wall(
    folder: Folder, background: BackgroundLoop
) -> None:
    gates = {"here": "", "path": "/hinweis", "query": "{path}?notice=1", "token": "/w?t=81"}
    sites = {f"{name}.test": {ANY: gate(where)} for name, where in gates.items()}
    wayback = background.start(RunningWayback())
    urls = [f"http://{host}/harbour/{number}" for host in sites for number in range(3)]
    for url in urls:
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=CAPTURED, body=ORIGINAL))
    folder.configure(background.start(Internet(sites)), wayback, sibling_days=90)
    folder.write(
        "a.md",
        "".join(
            f"- [Harbour]({url}) ([copy](https://{ARCHIVE}/web/{CAPTURED}/{url}))\n" for url in urls
        ),
    )
    for _ in range(2):
        error_lines(folder.holdfast("run", "a.md", "--fail-on", "never"))
        assert {reasons(folder)[url] for url in urls} == {"challenge"}
        folder.age_history(timedelta(days=8))
