"""Test that `holdfast check` requests no private address: no spelling and no redirect leads there."""

from __future__ import annotations

from urllib.parse import quote

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, page, redirect, status
from crawler.demo.web import ANY, FakeWeb
from tests.acceptance.folder import Folder, configuration
from tests.web.archive import RunningWayback

ADDRESSES = [
    *(
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "100.100.100.200",
        "240.0.0.1",
        "0.0.0.0",  # noqa: S104
    ),
    *(
        "[::1]",
        "[::5db8:d822]",
        "[::ffff:0:5db8:d822]",
        "[64:ff9b:1::1]",
        "[fec0::1]",
        "[5f00::1]",
        "[3fff::1]",
        "[100::1]",
        "[2001:20::1]",
    ),
    *(
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "[2a00:1::5efe:7f00:1]",
        "[fd00:ec2::254]",
        "[4000::1]",
    ),
]
SPELLINGS = [
    "2130706433",
    "0x7f.1",
    "0177.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "１２７.1",
    "%31%32%37.1",
    "localhost",
    "a.localhost",
    "LOCALHOST.",
]
METADATA = "http://metadata.google.internal/computeMetadata/v1/"


def test_links_into_the_private_network_are_skipped(
    background: BackgroundLoop, folder: Folder, seed_wayback: RunningWayback
) -> None:
    inside = [*(f"http://{host}:1/" for host in (*ADDRESSES, *SPELLINGS)), METADATA]
    moved = {f"/{number}": redirect(302, url) for number, url in enumerate(inside)}
    web = background.start(FakeWeb({"moved.test": {**moved}}))
    folder.write("holdfast.toml", configuration(web.connect_to(), seed_wayback.endpoint))
    cited = [*inside, *(f"http://moved.test{path}?{quote(path)}" for path in moved)]
    folder.write("page.md", "\n\n".join(f"<{url}>" for url in cited) + "\n")
    assert folder.holdfast("scan", "page.md").returncode == 0
    done = folder.holdfast("check")
    assert done.returncode == 0, done.stderr
    reasons = dict(folder.query("SELECT url, reason FROM link"))
    assert len(reasons) > len(ADDRESSES) + len(moved)  # several spellings are one link
    assert {url: reason for url, reason in reasons.items() if reason != "unsafe-address"} == {}
    assert len(web.visits) >= len(moved)


def test_robots_txt_and_sitemaps_cannot_lead_into_the_private_network(
    background: BackgroundLoop, folder: Folder, wayback: RunningWayback
) -> None:
    inside = background.start(FakeWeb({ANY: {ANY: page("Inside")}}))
    (secret,) = {f"http://{address}" for address in inside.connect_to(wildcard=True).values()}
    sitemaps = f"Sitemap: {secret}/map.xml\nSitemap: http://moved.test/map.xml\n"
    index = f"<sitemapindex><sitemap><loc>{secret}/1.xml</loc></sitemap><sitemap><loc>http://moved.test/2.xml</loc></sitemap></sitemapindex>"
    head = f'<link rel="canonical" href="{secret}/new">'
    web = background.start(
        FakeWeb(
            {
                "rules.test": {
                    "/robots.txt": redirect(302, f"{secret}/robots.txt"),
                    ANY: page("Fine", "A page that is there."),
                },
                "moved.test": {
                    "/robots.txt": document(sitemaps.encode(), "text/plain"),
                    "/map.xml": document(index.encode(), "application/xml"),
                    "/2.xml": redirect(302, f"{secret}/2.xml"),
                    "/": page(
                        "Home", "The old page", markup=f'<a href="{secret}/new">New</a>', head=head
                    ),
                    ANY: status(404),
                },
            }
        )
    )
    # The memento of the old page: without one, nothing is searched for.
    old = "<title>The old page</title><p>" + "What the old page said of the harbour. " * 20
    wayback.snapshots.append(
        StoredSnapshot(
            original="http://moved.test/old",
            timestamp="20200101000000",
            body=old.encode(),
            headers={"Content-Type": "text/html"},
        )
    )
    settings = configuration(web.connect_to(), wayback.endpoint)
    folder.write("holdfast.toml", settings.replace("[network]", "[network]\nobey_robots = true", 1))
    folder.write("page.md", "<http://rules.test/a>\n\n[The old page](http://moved.test/old)\n")
    assert folder.holdfast("scan", "page.md").returncode == 0
    assert folder.holdfast("check").returncode == 0
    folder.execute("UPDATE link SET state = 'broken' WHERE state = 'suspect'")
    done = folder.holdfast("archive", "--find-moved")
    assert "1 broken link searched for" in done.stderr, done.stderr
    requested = {visit.url for visit in web.visits}
    assert {"http://rules.test/robots.txt", "http://moved.test/2.xml"} <= requested
    assert [visit.url for visit in inside.visits] == []
    assert folder.states() == {"http://rules.test/a": "alive", "http://moved.test/old": "broken"}
