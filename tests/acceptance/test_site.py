"""Test `holdfast scan https://…`: a site is read by its sitemap and links, as its robots.txt allows."""

from __future__ import annotations

import json

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, page, redirect, status
from crawler.demo.web import Behaviour, FakeWeb
from tests.acceptance.folder import Folder

ROBOTS = b"User-agent: Holdfast\nDisallow: /docs/private/\n\nUser-agent: *\nDisallow: /\n\nSitemap: http://wiki.test/maps/index.xml\n"
INDEX = b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://wiki.test/maps/1.xml</loc></sitemap></sitemapindex>'
MAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://wiki.test/docs/mapped.html</loc></url><url><loc>http://wiki.test/elsewhere.html</loc></url></urlset>"""
START = """<p><a href="https://a.example/source">A source</a> (accessed 2022-02-25)
<a href="linked.html#part">on</a> <a href="private/x.html">private</a> <a href="/outside.html">outside</a> <a href="moved">moved</a>
<a href="photo.png">photo</a> <a href="missing.html">missing</a></p>"""
SITES = {
    "wiki.test": {
        "/robots.txt": document(ROBOTS, "text/plain"),
        "/maps/index.xml": document(INDEX, "application/xml"),
        "/maps/1.xml": document(MAP, "application/xml"),
        "/docs/": page("Start", markup=START),
        "/docs/linked.html": page(
            "Linked",
            markup='<a href="https://web.archive.org/web/20210805110426/https://b.example/">copy</a>',
        ),
        "/docs/mapped.html": page("Mapped", markup='<a href="https://c.example/">c</a>'),
        "/docs/private/x.html": page(
            "Private", markup='<a href="https://never.example/">never</a>'
        ),
        "/docs/moved": redirect(302, "/docs/target.html"),
        "/docs/target.html": page("Target", markup='<a href="https://d.example/">d</a>'),
        "/docs/photo.png": document(b"\x89PNG", "image/png"),
        "/outside.html": page("Outside", markup='<a href="https://never.example/">never</a>'),
        "*": status(404),
    }
}
CITED = {
    "http://wiki.test/docs/": {"https://a.example/source"},
    "http://wiki.test/docs/linked.html": {
        "https://web.archive.org/web/20210805110426/https://b.example/"
    },
    "http://wiki.test/docs/mapped.html": {"https://c.example/"},
    "http://wiki.test/docs/target.html": {"https://d.example/"},
}


@pytest.fixture(scope="module")
def site(background: BackgroundLoop) -> FakeWeb:
    return background.start(FakeWeb(SITES))


@pytest.fixture
def at(site: FakeWeb, folder: Folder) -> Folder:
    """Return a folder whose configuration leads to the site."""
    site.reset()
    mapping = "\n".join(
        f"{json.dumps(name)} = {json.dumps(target)}" for name, target in site.connect_to().items()
    )
    folder.write("holdfast.toml", f'[hosts."*"]\ninterval = 0.0\n[network.connect_to]\n{mapping}\n')
    return folder


def test_pages_of_the_sitemap_and_linked_ones_are_printed(at: Folder, site: FakeWeb) -> None:
    done = at.holdfast("scan", "--format", "jsonl", "http://wiki.test/docs/")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["page"], set()).add(row["url"])
    assert found == CITED
    assert {row["accessed"] for row in rows if row["url"] == "https://a.example/source"} == {
        "2022-02-25"
    }
    assert not (at.path / ".holdfast").exists()


def test_disallowed_pages_and_pages_outside_the_folder_are_not_requested(
    at: Folder, site: FakeWeb
) -> None:
    at.holdfast("scan", "http://wiki.test/docs/")
    requested = {visit.url.partition("wiki.test")[2] for visit in site.visits}
    assert "/docs/private/x.html" not in requested
    assert "/outside.html" not in requested
    assert "/elsewhere.html" not in requested


def test_citations_of_a_site_are_stored(at: Folder) -> None:
    done = at.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0, done.stderr
    assert "4 pages of published sites read" in done.stderr
    kept = at.query(
        "SELECT page.path, citation.url FROM citation JOIN page ON page.id = citation.page_id ORDER BY 1, 2"
    )
    assert kept == sorted((page, url) for page, urls in CITED.items() for url in urls)


REMOVED = page("Removed", markup='<a href="https://b.example/">b</a>')
UNLISTED = page("Unlisted", markup='<a href="https://c.example/">c</a>')
LISTING = page("Listing", markup='<a href="a.html">a</a> <a href="b.html">b</a>')
EMPTIED = page("Listing", markup='<a href="https://a.example/">a</a>')


@pytest.mark.parametrize("is_down", [False, True])
def test_pages_that_the_site_removed_are_removed(
    folder: Folder, background: BackgroundLoop, is_down: bool
) -> None:
    """A page that nothing lists any more is kept, and so are all if the site shows no page."""

    def scan(pages: dict[str, Behaviour]) -> None:
        web = background.start(FakeWeb({"wiki.test": {**pages, "*": status(404)}}))
        address = web.connect_to()["wiki.test:80"]
        settings = '[hosts."*"]\ninterval = 0.0\n[network.connect_to]\n'
        folder.write("holdfast.toml", f'{settings}"wiki.test:80" = "{address}"\n')
        folder.holdfast("scan", "http://wiki.test/")

    scan({"/": LISTING, "/a.html": REMOVED, "/b.html": UNLISTED})
    scan({} if is_down else {"/": EMPTIED, "/b.html": UNLISTED})
    present = folder.query(
        "SELECT page.path, citation.url FROM citation JOIN page ON page.id = citation.page_id "
        "WHERE page.gone_run_id IS NULL AND citation.gone_run_id IS NULL ORDER BY 1, 2"
    )
    kept = ("http://wiki.test/b.html", "https://c.example/")
    removed = ("http://wiki.test/a.html", "https://b.example/")
    entry = ("http://wiki.test/", "https://a.example/")
    assert present == ([removed, kept] if is_down else [entry, kept])


APPLICATION = page("An application", "Every address shows it.", markup="<div id=root></div>")
ENTRY = page("Entry", markup='<a href="https://a.example/">a</a>')
ONE_MAP = document(b"<urlset><url><loc>/mapped.html</loc></url></urlset>", "application/xml")
MAPPED = page("Mapped", markup='<a href="https://c.example/">c</a>')


@pytest.mark.parametrize(
    ("special", "warnings", "has_mapped"),
    [
        # an application that answers everything, but has no robots.txt
        (
            {"/sitemap.xml": APPLICATION},
            ["http://plain.test/sitemap.xml is not a readable sitemap: it lists no pages"],
            False,
        ),
        ({"/sitemap.xml": ONE_MAP, "/mapped.html": MAPPED}, [], True),
        ({"/robots.txt": status(410), "/sitemap.xml": ONE_MAP, "/mapped.html": MAPPED}, [], True),
        ({}, [], False),  # neither file
        ({"/robots.txt": APPLICATION, "/sitemap.xml": ONE_MAP, "/mapped.html": MAPPED}, [], True),
        (
            {"/robots.txt": status(403), "/sitemap.xml": ONE_MAP, "/mapped.html": MAPPED},
            ["cannot fetch http://plain.test/robots.txt"],
            True,
        ),
        # declared and missing
        (
            {"/robots.txt": document(b"Sitemap: /map.xml", "text/plain")},
            ["cannot fetch http://plain.test/map.xml"],
            False,
        ),
    ],
)
def test_a_site_need_not_have_a_robots_txt_or_a_sitemap(
    folder: Folder,
    background: BackgroundLoop,
    special: dict[str, Behaviour],
    warnings: list[str],
    has_mapped: bool,
) -> None:
    web = background.start(FakeWeb({"plain.test": {"/": ENTRY, **special, "*": status(404)}}))
    address = web.connect_to()["plain.test:80"]
    folder.write(
        "holdfast.toml",
        f'[hosts."*"]\ninterval = 0.0\n[network.connect_to]\n"plain.test:80" = "{address}"\n',
    )
    done = folder.holdfast("scan", "--format", "jsonl", "http://plain.test/")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "plain.test/" in line]
    shown = [line for line in lines if "reading" not in line]
    assert len(shown) == len(warnings), done.stderr
    assert all(warning in line for warning, line in zip(warnings, shown, strict=True)), shown
    assert "Traceback" not in done.stderr
    found = {json.loads(line)["url"] for line in done.stdout.splitlines()}
    assert found == {"https://a.example/"} | ({"https://c.example/"} if has_mapped else set())
    assert web.visits_to("http://plain.test/robots.txt")


@pytest.mark.parametrize("arguments", [(), ("--format", "jsonl")])
def test_a_site_that_cannot_be_reached_is_one_line(
    folder: Folder, arguments: tuple[str, ...]
) -> None:
    done = folder.holdfast("scan", *arguments, "https://nowhere.invalid/")
    assert done.returncode == 1
    assert done.stdout == ""
    *reading, problem = done.stderr.splitlines()
    assert set(reading) <= {"reading https://nowhere.invalid/"}
    assert problem.startswith("holdfast: https://nowhere.invalid/ cannot be reached: ")
    assert problem.endswith(": check its address, and open it in a browser")


def test_site_and_output_are_not_used_together(folder: Folder) -> None:
    done = folder.run_in_process("report", "--site", "public", "--output", "report.html")
    assert done.returncode == 3
    assert done.stderr == (
        "holdfast: --site public and --output report.html cannot be used together: "
        "--site names the folder of the website, so leave out --output\n"
    )
