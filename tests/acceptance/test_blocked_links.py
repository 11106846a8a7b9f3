"""Test blocked links: reports name what archives captured since, and the state stays blocked."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, redirect, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs

SERVED, WALLED, UNKNOWN, OLD, OTHER = (
    f"http://{name}.test/a" for name in ("served", "walled", "unknown", "old", "other")
)
OTHERS = 22  # in a row of the HTML report
WALL = b"<title>Just a moment...</title><body>Enable JavaScript and cookies to continue<script>window._cf_chl_opt={}</script>"


def page() -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(2))
    return f"<title>The harbour</title><body>{text}</body>".encode()


def other_page() -> bytes:
    text = "".join(f"<p>{words}</p>" for words in ("Confirm where you are from, and go on.",) * 9)
    return f"<title>Welcome</title><body>{text}</body>".encode()


def run(folder: Folder) -> None:
    done = folder.holdfast("run", "a.md", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr


def age_history(folder: Folder, days: int) -> None:
    folder.age_history(timedelta(days=days))
    folder.execute("UPDATE link SET state_since = state_since - ?", days * 86_400 * 1_000_000)


def test_reports_show_the_status_that_archives_recorded(
    folder: Folder, background: BackgroundLoop
) -> None:
    urls = (SERVED, WALLED, UNKNOWN, OLD, OTHER)
    sites = {url.split("/")[2]: {ANY: status(403)} for url in urls}
    wayback = background.start(RunningWayback())
    folder.configure(background.start(Internet(sites)), wayback)
    before = "https://web.archive.org/web/20210318094502"
    wayback.snapshots.append(
        StoredSnapshot(original=OTHER, timestamp="20210318094502", body=page())
    )
    folder.write(
        "a.md", "".join(f"- <{url}>\n" for url in urls) + f"- [archived]({before}/{OTHER})\n"
    )
    run(folder)
    captured = datetime.now(UTC) - timedelta(days=2)
    bodies = {SERVED: page(), WALLED: WALL}
    wayback.snapshots += [
        StoredSnapshot(original=url, timestamp=f"{captured:%Y%m%d%H%M%S}", body=body)
        for url, body in bodies.items()
    ]
    wayback.snapshots.append(StoredSnapshot(original=OLD, timestamp="20150101000000", body=page()))
    wayback.snapshots.append(
        StoredSnapshot(original=OTHER, timestamp=f"{captured:%Y%m%d%H%M%S}", body=other_page())
    )
    age_history(folder, 8)
    run(folder)
    assert set(folder.states().values()) == {"blocked"}
    expected = {
        SERVED: f"served to others on {captured:%Y-%m-%d} (wayback)",
        WALLED: f"not served to others either on {captured:%Y-%m-%d} (wayback)",
    }
    markdown = folder.holdfast("report", "--format", "markdown").stdout
    assert all(markdown.count(f"- {text}") == 1 for text in expected.values()), markdown
    words = {row["url"]: row.get("seen_by_others") for row in folder.report()}
    assert {url: (words[url] or {}).get("word") for url in (SERVED, WALLED)} == {
        SERVED: "served-to-others",
        WALLED: "not-served-to-others",
    }
    assert words[UNKNOWN] is None
    assert words[OLD] is None
    assert words[OTHER] is None  # another text than before: perhaps no page at all
    table = csv.DictReader(folder.holdfast("report", "--format", "csv").stdout.splitlines())
    reasons = {row["url"]: row["reason_text"] for row in table}
    assert all(text in reasons[url] for url, text in expected.items())
    document = folder.holdfast("report", "--format", "json").stdout
    rows = {
        row["url"]: row["observed_reason"] for row in json.loads(document)["archive_observations"]
    }
    assert rows == {SERVED: "ok", WALLED: "soft-404"}
    shown = folder.holdfast("report", "--format", "html").stdout
    data = json.loads(shown.partition('id="data">')[2].partition("</script>")[0])
    seen = {row[0]: row[OTHERS] for row in data["rows"]}
    day = (captured.date() - date(1970, 1, 1)).days
    assert {url: [each[:2] for each in seen[url]] for url in urls} == {
        SERVED: [[1, day]], WALLED: [[0, day]], UNKNOWN: [], OLD: [], OTHER: []
    }  # fmt: skip


def test_other_archives_are_looked_up_for_the_status_they_recorded(
    folder: Folder, background: BackgroundLoop
) -> None:
    wayback, other = background.start(RunningWayback()), background.start(RunningWayback())
    folder.configure(
        background.start(Internet({"served.test": {ANY: status(403)}})),
        wayback,
        more=f'\n[archives.memento.ours]\ntimemap = "{other.endpoint}/web/timemap/link/"\n'
        "lookups_per_minute = 6000\n",
    )
    folder.write("a.md", f"- <{SERVED}>\n")
    run(folder)
    captured = datetime.now(UTC) - timedelta(days=2)
    other.snapshots.append(
        StoredSnapshot(original=SERVED, timestamp=f"{captured:%Y%m%d%H%M%S}", body=page())
    )
    age_history(folder, 8)
    run(folder)
    (row,) = (row for row in folder.report() if row["url"] == SERVED)
    assert (row["state"], row["seen_by_others"]["word"]) == ("blocked", "served-to-others")
    assert row["seen_by_others"]["service"] == "ours"


def xml(root: str, *addresses: str) -> Behaviour:
    kind = "sitemap" if root == "sitemapindex" else "url"
    body = "".join(f"<{kind}><loc>{each}</loc></{kind}>" for each in addresses)
    return document(f"<{root}>{body}</{root}>".encode(), "application/xml")


def robots(*lines: str) -> Behaviour:
    return document("\n".join(("User-agent: *", "Disallow: /x/", *lines)).encode(), "text/plain")


def many_maps(host: str) -> dict[str, Behaviour]:
    names = [f"/map{number}.xml" for number in range(40)]
    maps = {
        name: xml("sitemapindex", *(f"http://{host}{each}x" for each in names)) for name in names
    }
    return maps | {"/sitemap.xml": xml("sitemapindex", *(f"http://{host}{each}" for each in names))}


@cache  # a body of 90 MB is made only where it is used
def served_lists() -> Mapping[str, tuple[dict[str, Behaviour], str]]:
    """Return by host what it serves, and the path of the list that names its link; empty: none does."""
    return {
        "usual.test": ({"/sitemap.xml": xml("urlset", "https://www.usual.test/a/")}, "/sitemap.xml"),
        "named.test": (
            {"/robots.txt": robots("Sitemap: /maps/index.xml"),
             "/maps/index.xml": xml("sitemapindex", "/maps/1.xml.gz"),
             "/maps/1.xml.gz": document(gzip.compress(b"<urlset><url><loc>http://named.test/a</loc></url></urlset>"), "application/gzip")},
            "/maps/1.xml.gz"),
        "feed.test": (
            {"/feed": document(b"<rss><item><link>http://feed.test/a</link></item></rss>", "application/rss+xml")}, "/feed"),
        "other.test": ({"/sitemap.xml": xml("urlset", "http://other.test/b", "http://else.test/a")}, ""),
        "wall.test": ({"/sitemap.xml": document(WALL, "text/html")}, ""),
        "endless.test": (many_maps("endless.test"), ""),
        "elsewhere.test": ({"/robots.txt": robots("Sitemap: http://usual.test/all.xml")}, ""),
        "bomb.test": ({"/sitemap.xml": document(gzip.compress(b" " * 90_000_000), "application/gzip")}, ""),
        "led.test": ({"/sitemap.xml": redirect(302, "http://led.test/x/sitemap.xml")}, ""),
    }  # fmt: skip


def test_site_that_lists_a_blocked_link_still_offers_it(
    folder: Folder, background: BackgroundLoop
) -> None:
    sites = {host: {**served, ANY: status(403)} for host, (served, _) in served_lists().items()}
    sites["busy.test"] = {"/sitemap.xml": xml("urlset", "/a"), ANY: status(429)}
    internet = background.start(Internet(sites))
    folder.configure(internet, background.start(RunningWayback()))
    folder.write("a.md", "".join(f"- <http://{host}/a>\n" for host in sites))
    run(folder)
    lists = [visit.url for visit in internet.visits if not visit.url.endswith("/a")]
    assert not lists, "a first refusal is no reason to look for more"
    for _ in range(2):
        age_history(folder, 8)
        seen = len(internet.visits)
        run(folder)
    assert [visit.url for visit in internet.visits[seen:] if not visit.url.endswith("/a")] == []
    assert set(folder.states().values()) == {"blocked"}
    rows = folder.report()
    found = {row["host"]: row["site_listing"] for row in rows if "site_listing" in row}
    sources = {host: f"http://{host}{path}" for host, (_, path) in served_lists().items() if path}
    assert {host: each["source"] for host, each in found.items()} == sources
    assert {each["word"] for each in found.values()} == {"listed-by-site"}
    requests = [visit.url for visit in internet.visits if visit.host == "endless.test"]
    assert len([url for url in requests if not url.endswith(("/a", "/robots.txt"))]) <= 5
    assert all(visit.url.endswith("/a") for visit in internet.visits if visit.host == "busy.test")
    markdown = folder.holdfast("report", "--format", "markdown").stdout
    read_at = found["usual.test"]["at"][:10]
    listed = f"still listed by the site itself on {read_at}"
    assert markdown.count(f"{listed} (<http://usual.test/sitemap.xml>)") == 1, markdown
    expected = f"{listed} (http://usual.test/sitemap.xml)"
    table = csv.DictReader(folder.holdfast("report", "--format", "csv").stdout.splitlines())
    assert expected in {row["url"]: row["reason_text"] for row in table}["http://usual.test/a"]
    for name in ("junit", "sarif"):
        assert expected in folder.holdfast("report", "--format", name).stdout
    shown = folder.holdfast("report", "--format", "html").stdout
    data = json.loads(shown.partition('id="data">')[2].partition("</script>")[0])
    others = {row[0]: row[OTHERS] for row in data["rows"]}
    assert others["http://feed.test/a"][0][2] == "http://feed.test/feed"
    assert others["http://other.test/a"] == []


def test_site_that_lists_a_blocked_link_no_more_is_no_evidence(
    folder: Folder, background: BackgroundLoop
) -> None:
    lists: dict[str, Behaviour] = {
        "/sitemap.xml": xml("urlset", "http://usual.test/a"),
        ANY: status(403),
    }
    internet = background.start(Internet({"usual.test": lists}))
    folder.configure(internet, background.start(RunningWayback()))
    folder.write("a.md", "- <http://usual.test/a>\n")
    for days in (0, 8, 100):
        if days == 100:
            lists["/sitemap.xml"] = xml("urlset", "http://usual.test/b")
        if days:
            age_history(folder, days)
        run(folder)
        (row,) = folder.report()
        assert (row.get("site_listing") is not None) is (days == 8)
