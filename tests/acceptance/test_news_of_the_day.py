"""Test that a page replaced by a front page with news of the day is confirmed as broken."""

from __future__ import annotations

from html import escape
from pathlib import Path
from random import Random

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder
from tests.worlds.archive import WorldArchive
from tests.worlds.copies import NEAR
from tests.worlds.serving import PageRequest, PageResponse, Site, World, html
from tests.worlds.sites import always, site
from tests.worlds.texts import THINGS, article
from tests.worlds.truth import LIVING, Cited, InventedWeb, Truth
from tests.worlds.watch import DAYS, Watch

HOST = "gazette.example"
TITLE = "Zephyr pavilion, a chronicle of kites"


def paragraphs(seed: str, count: int) -> str:
    """Return paragraphs of an article."""
    text = article("en", f"gazette {seed}", paragraphs=count)
    return "".join(f"<p>{escape(each)}</p>" for each in text.paragraphs)


def front(request: PageRequest) -> PageResponse:
    """Return the front page: small print, news of the day, and headlines that vary at each request."""
    draw = Random(f"{request.target} {request.number} {request.day}")
    headlines = "".join(
        f"<li>{escape(article('en', f'gazette {draw.random()}').title)}</li>" for _ in range(6)
    )
    # The news of each day have a word of the citation, between other words than the day before.
    before, after = Random(request.day).sample(THINGS["en"].split(", "), 2)
    news = f"<p>{before} kites {after}</p>{paragraphs(f'day {request.day}', 2)}"
    body = f"{paragraphs('terms', 1)}{news}<ul>{headlines}</ul>"
    return html(f"<html><head><title>Gazette</title></head><body>{body}</body></html>")


def page(title: str) -> str:
    """Return a page with an article."""
    text = f"<h1>{title}</h1><p>{title}</p>{paragraphs(title, 4)}"
    return f"<html><head><title>{title}</title></head><body>{text}</body></html>"


def gazette() -> InventedWeb:
    """Return a web of one site: a dead page, of which there is a copy, and a living one."""
    web, url, about = InventedWeb(), f"http://{HOST}/kites/zephyr", "Masthead of the Gazette"
    pages: dict[str, Site] = {"/about": always(html(page(about))), "/": front}
    web.add_site(HOST, site(pages, front))
    web.add_snapshot(url, NEAR, page(TITLE))
    web.cite(Cited(url=url, kind="news instead", truth=Truth.DEAD, text=TITLE, mirror=NEAR))
    living = f"http://{HOST}/about"
    web.cite(
        Cited(url=living, kind="about", truth=Truth.LIVING, text=about, accepted_states=LIVING)
    )
    return web


def test_news_that_change_every_day_do_not_clear_a_suspect_link(
    background: BackgroundLoop, tmp_path: Path
) -> None:
    web = gazette()
    world = background.start(World(web.sites))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path)
    watch = Watch(web, folder, world, archive)
    for day in DAYS:
        watch.run(day)
    dead, _living = web.cited
    said = [watch.describe(dead, night) for night in watch.nights]
    assert watch.said(dead, watch.nights[-1])["state"] == "broken", "\n".join(said)
    assert not watch.false_alarms()
    assert not watch.unseen()
    folder.close()
