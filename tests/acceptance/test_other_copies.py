"""Test that one run finds every copy of dead pages in an archive, and no wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import OVERLOADED, SimulatedFault
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, status
from crawler.demo.web import ANY, closed_port
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs
from tests.web.proxies import Proxy

READ = "2021-08-05"
WAYBACK = "https://web.archive.org/web"
HOSTS = (
    "order",
    "escape",
    "track",
    "session",
    "errors",
    "mobile",
    "case",
    "worse",
    "next",
    "hop",
    "sink",
    "loop",
)


def html(title: str, *texts: str, head: str = "") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f"<title>{title}</title>{head}<body>{body}</body>".encode()


def held(original: str, timestamp: str = "20210701000000", **changes: object) -> StoredSnapshot:
    kept = {"body": html("The harbour lights", *paragraphs(2)), **changes}
    return StoredSnapshot(original=original, timestamp=timestamp, **kept)  # type: ignore[arg-type]


def redirect(original: str, target: str, timestamp: str = "20210701000000") -> StoredSnapshot:
    return held(original, timestamp, status=301, headers={"Location": target}, body=b"")


GONE = html("Not found", "Sorry, the page you requested was not found.")
WALL = html("Just a moment...", "Checking your browser before accessing.")
SHORT_ERROR = (
    b"<title>Harbour Gazette</title><h1>404 Not Found</h1>"
    b"<p>The address you asked for leads nowhere on this server.</p>"
)
BLANK = b"<html><head><title>Harbour Gazette</title></head><body> <div></div></body></html>"
ID = "0123456789abcdef0123456789abcdef"
CANONICAL = '<link rel="canonical" href="http://mobile.test/story/8">'

# A cited page that is gone, the text of its citation, what the archive has, and the copy to name.
COPIES: dict[str, tuple[str, list[StoredSnapshot], str]] = {
    "http://order.test/x?b=2&a=1": (
        "order",
        [held("http://order.test/x?a=1&b=2")],
        "20210701000000/http://order.test/x?a=1&b=2",
    ),
    "http://escape.test/Hop_%28net%29": (
        "escape",
        [held("http://escape.test/Hop_(net)")],
        "20210701000000/http://escape.test/Hop_(net)",
    ),
    "http://track.test/x?utm_source=feed&id=1": (
        "track",
        [held("http://track.test/x?id=1")],
        "20210701000000/http://track.test/x?id=1",
    ),
    f"http://session.test/show.php?PHPSESSID={ID}&t=7": (
        "session",
        [held(f"http://session.test/show.php?PHPSESSID={ID[::-1]}&t=7")],
        "20210701000000/http://session.test/show.php?t=7",
    ),
    f"http://session.test/item/7;jsessionid={ID}": (
        "session in path",
        [held("http://session.test/item/7")],
        "20210701000000/http://session.test/item/7",
    ),
    "http://errors.test/a/first": (
        "errors",
        [
            held("http://errors.test/a/first", "20210804000000", body=SHORT_ERROR),
            held("http://errors.test/a/first", "20210803000000", body=BLANK),
            held("http://errors.test/a/first", "20200101000000"),
        ],
        "20200101000000/http://errors.test/a/first",
    ),
    "http://errors.test/a/alone": (
        "one error page",
        [held("http://errors.test/a/alone", body=SHORT_ERROR)],
        "",
    ),
    "http://errors.test/a/blank": (
        "one blank page",
        [held("http://errors.test/a/blank", body=BLANK)],
        "",
    ),
    "http://mobile.test/story/8": (
        "mobile",
        [held("http://m.mobile.test/story/8", body=html("M", *paragraphs(5), head=CANONICAL))],
        "20210701000000/http://m.mobile.test/story/8",
    ),
    "http://case.test/Story/AbC": (
        "The harbour lights",
        [held("http://case.test/story/abc")],
        "20210701000000/http://case.test/story/abc",
    ),
    "http://worse.test/Story/AbC": (  # of another page
        "Twelve boats came home",
        [held("http://worse.test/story/abc")],
        "",
    ),
    "http://next.test/a/page": (
        "next",
        [
            held("http://next.test/a/page", "20210804000000", body=GONE),
            held("http://next.test/a/page", "20210803000000", body=WALL),
            held("http://next.test/a/page", "20210802000000", body=b""),
            redirect("http://next.test/a/page", "http://next.test/", "20210801000000"),
            held("http://next.test/a/page", "20200101000000"),
        ],
        "20200101000000/http://next.test/a/page",
    ),
    "http://hop.test/news/ferry.html": (
        "hop",
        [
            redirect("http://hop.test/news/ferry.html", "http://new.test/ferry"),
            redirect("http://hop.test/news/harbour.html", "http://new.test/harbour"),
            held("http://new.test/ferry", "20210701000100"),
        ],
        "20210701000100/http://new.test/ferry",
    ),
    "http://sink.test/news/ferry.html": (
        "sink",
        [
            redirect("http://sink.test/news/ferry.html", "http://new.test/shop"),
            redirect("http://sink.test/news/harbour.html", "http://new.test/shop"),
            held("http://new.test/shop", "20210701000100"),
        ],
        "",
    ),
    "http://loop.test/news/ferry.html": (
        "loop",
        [
            redirect("http://loop.test/news/ferry.html", "http://loop.test/news/b.html"),
            redirect("http://loop.test/news/b.html", "http://loop.test/news/ferry.html"),
        ],
        "",
    ),
}


@pytest.fixture
def archive(background: BackgroundLoop) -> RunningWayback:
    return background.start(RunningWayback())


@pytest.fixture
def internet(background: BackgroundLoop) -> Internet:
    return background.start(Internet({f"{host}.test": {ANY: status(404)} for host in HOSTS}))


def best(folder: Folder) -> dict[str, str]:
    """Return the copy that the report names for each link, without the archive's address."""
    return {
        row["url"]: (row["best_mirror"] or "").removeprefix(f"{WAYBACK}/")
        for row in folder.report()
        if row["role"] == "link"
    }


@pytest.fixture
def away() -> Iterator[str]:
    """Yield the address of a server that refuses connections."""
    with closed_port() as address:
        yield f"http://{address}"


def test_the_right_copy_is_named_after_one_run_and_no_wrong_one(
    folder: Folder, internet: Internet, archive: RunningWayback
) -> None:
    folder.configure(internet, archive)
    lines = []
    for url, (text, snapshots, _) in COPIES.items():
        archive.snapshots += snapshots
        lines.append(f"- [{text}]({url}), accessed {READ}\n")
    folder.write("wiki/a.md", "".join(lines))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    assert best(folder) == {url: copy for url, (_, _, copy) in COPIES.items()}
    spellings = {
        mirror["url"].removeprefix(f"{WAYBACK}/"): mirror["spelling"]
        for row in folder.report()
        if row["role"] == "link"
        for mirror in row["mirrors"]
    }
    assert spellings["20210701000000/http://order.test/x?a=1&b=2"] == "query-order"
    assert spellings["20210701000100/http://new.test/ferry"] == "archived-redirect"
    assert spellings["20210701000000/http://session.test/item/7"] == "session-id"
    assert not [seen for seen in archive.requests if ID in str(seen)]
    # What is settled is not asked for again.
    asked = len(archive.requests_of("cdx"))
    folder.holdfast("run", "wiki", "--fail-on", "never")
    assert len(archive.requests_of("cdx")) == asked


@pytest.mark.parametrize("style", ["title", "beside", "footnote"])
def test_a_patch_cites_the_capture_at_the_end_of_a_redirect(
    folder: Folder, internet: Internet, archive: RunningWayback, style: str
) -> None:
    folder.configure(internet, archive)
    lines = []
    for url in ("http://hop.test/news/ferry.html", "http://order.test/x?b=2&a=1"):
        text, snapshots, _ = COPIES[url]
        archive.snapshots += snapshots
        lines.append(f"- [{text}]({url}), accessed {READ}\n")
    folder.write("wiki/a.md", "".join(lines))
    folder.holdfast("run", "wiki", "--fail-on", "never")
    done = folder.holdfast("fix", "wiki", "--suspects", "--style", style, "--write")
    assert done.returncode == 0, done.stderr
    page = (folder.path / "wiki/a.md").read_text()
    # Beside the link it would read as a copy of another page, so it takes the link's place.
    cited = "http://hop.test/news/ferry.html"
    assert f'[hop]({WAYBACK}/20210701000100/http://new.test/ferry "{cited}")' in page
    assert f"{WAYBACK}/20210701000000/http://order.test/x?a=1&b=2" in page
    folder.holdfast("run", "wiki", "--fail-on", "never")
    again = folder.holdfast("fix", "wiki", "--suspects", "--style", style)
    assert again.stdout == "", again.stdout


def test_a_cited_copy_that_shows_another_one_or_an_error_page_is_replaced(
    folder: Folder, internet: Internet, archive: RunningWayback
) -> None:
    drifting, broken = "http://next.test/drift", "http://hop.test/broken"
    archive.snapshots += [
        held(drifting, "20200301000000"),
        redirect(broken, "http://hop.test/404Error.aspx", "20200301000000"),
        held(broken, "20190301000000"),
    ]
    folder.configure(internet, archive)
    folder.write(
        "wiki/a.md",
        f'- [a]({WAYBACK}/20190101000000/{drifting} "{drifting}")\n'
        f'- [b]({WAYBACK}/20200301000000/{broken} "{broken}")\n',
    )
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    assert best(folder) == {
        drifting: f"20200301000000/{drifting}",
        broken: f"20190301000000/{broken}",
    }
    patch = folder.holdfast("fix", "wiki").stdout
    assert f"+- [a]({WAYBACK}/20200301000000/{drifting}" in patch


def test_the_target_of_a_dead_short_link_is_proposed_while_it_is_alive(
    folder: Folder, background: BackgroundLoop, archive: RunningWayback
) -> None:
    short, story, other = "http://goo.gl/Ab12", "http://story.test/2015/ferry", "http://goo.gl/Zz9"
    text = html("Twelve boats came home", *paragraphs(6))
    web = {
        "goo.gl": {ANY: status(404)},
        "story.test": {"/2015/ferry": document(text, "text/html"), ANY: status(404)},
    }
    internet = background.start(Internet(web))
    archive.snapshots += [
        redirect(short, story),
        held(story, "20210701000100", body=text),
        redirect(other, "http://story.test/2015/gone"),
        held("http://story.test/2015/gone", "20210701000100"),
    ]
    folder.configure(internet, archive)
    folder.write("wiki/a.md", f"- [a]({short}), accessed {READ}\n- [b]({other}), accessed {READ}\n")
    folder.holdfast("run", "wiki", "--fail-on", "never")
    assert best(folder)[short] == f"20210701000100/{story}"
    folder.write("wiki/b.md", "- <http://story.test/2015/lost>\n")
    folder.holdfast("run", "wiki", "--fail-on", "never")
    folder.execute("UPDATE link SET state = 'broken' WHERE role = 'link' AND state = 'suspect'")
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    error_lines(done)
    assert folder.query("SELECT link.url FROM search JOIN link ON link.id = link_id") == [
        (short,),
        (other,),
    ]
    proposed = "SELECT link.url, proposal.url FROM proposal JOIN link ON link.id = link_id"
    assert folder.query(proposed) == [(short, story)]


def test_an_archive_that_is_away_is_left_after_five_lookups_with_one_warning(
    folder: Folder, internet: Internet, archive: RunningWayback, away: str
) -> None:
    folder.configure(internet, archive)
    config = (folder.path / "holdfast.toml").read_text()
    folder.write("holdfast.toml", config.replace(archive.endpoint, away))
    urls = [f"http://order.test/{number}" for number in range(40)]
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in urls))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    warnings = [line for line in error_lines(done) if "cannot be reached" in line]
    assert len(warnings) == 1, done.stderr
    assert "35 lookups are left for the next run" in warnings[0]
    # Nobody knows whether there are copies.
    assert folder.query("SELECT outcome, count(*) FROM lookup GROUP BY 1") == [("unknown", 5)]
    shown = folder.holdfast("report", "--format", "json", "--output", "-").stdout
    assert json.loads(shown)["sections"]["without-mirror"] == []
    folder.write("holdfast.toml", config)
    archive.snapshots += [held(url) for url in urls]
    folder.holdfast("run", "wiki", "--fail-on", "never")
    assert folder.count("lookup", "outcome = 'found'") == 35


def test_spent_lookups_are_a_warning_if_other_archives_are_used(
    folder: Folder, internet: Internet, archive: RunningWayback, away: str
) -> None:
    urls = [f"http://order.test/{number}" for number in range(5)]
    archive.snapshots += [held(url) for url in urls]
    folder.configure(
        internet,
        archive,
        more=f'\n[archives.memento.ours]\ntimemap = "{archive.endpoint}/web/timemap/link/"\n'
        "lookups_per_minute = 6000\n",
    )
    config = (folder.path / "holdfast.toml").read_text()
    wayback, mark, ours = config.partition("[archives.memento.ours]")
    folder.write("holdfast.toml", wayback.replace(archive.endpoint, away) + mark + ours)
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in urls))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    (warning,) = [line for line in error_lines(done) if "cannot be reached" in line]
    assert "left for the next run" not in warning
    outcomes = "SELECT service, outcome, count(*) FROM lookup GROUP BY 1, 2 ORDER BY 1"
    assert folder.query(outcomes) == [("ours", "found", 5), ("wayback", "unknown", 5)]
    # What the Wayback Machine was not asked for, because it did not respond, the others are.
    more = [f"http://track.test/{number}" for number in range(9)]
    archive.snapshots += [held(url) for url in more]
    folder.write("wiki/b.md", "".join(f"- <{url}>\n" for url in more))
    folder.holdfast("run", "wiki", "--fail-on", "never")
    assert folder.count("lookup", "service = 'ours' AND outcome = 'found'") == 14


def test_archives_are_reached_by_a_proxy_of_their_own(
    folder: Folder, background: BackgroundLoop, internet: Internet, archive: RunningWayback
) -> None:
    url = "http://order.test/a/page"
    archive.snapshots.append(held(url))
    place = archive.endpoint.partition("://")[2]
    proxy = background.start(Proxy({place: place}))
    folder.configure(internet, archive, more=f'\n[archives]\nproxy = "http://{proxy.address}"\n')
    folder.write("wiki/a.md", f"- <{url}>\n")
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    error_lines(done)
    assert best(folder) == {url: f"20210701000000/{url}"}
    assert set(proxy.requests) == {place}
    # Sites, and the archive itself if it is reached directly, need no proxy.
    assert internet.visits


def test_mementos_that_are_ill_are_bounded_and_named_by_none(
    folder: Folder, internet: Internet, archive: RunningWayback
) -> None:
    urls = {f"http://order.test/ill/{name}": name for name in ("gbk", "empty", "cut", "huge")}
    text = "港口的灯塔在夜里亮着，渔民们看着它回家。" * 30
    bodies = {
        "gbk": b"<meta charset=gbk><title>\xc6\xf0</title>" + text.encode("gbk"),
        "empty": b"",
        "cut": b"<!doctype html><title>The har",
        "huge": b"<title>x</title>" + b"<p>" * 3_000_000,
    }
    archive.snapshots += [held(url, body=bodies[name]) for url, name in urls.items()]
    folder.configure(internet, archive)
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in urls))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0
    error_lines(done)
    assert best(folder)["http://order.test/ill/gbk"]


def test_doctor_lists_the_other_archives_that_respond(
    folder: Folder, internet: Internet, archive: RunningWayback, away: str
) -> None:
    archive.snapshots.append(held("http://example.com/"))
    folder.configure(
        internet,
        archive,
        more=f'\n[archives]\npresets = ["arquivo.pt"]\n'
        f'[archives.memento.ours]\ntimemap = "{archive.endpoint}/web/timemap/link/"\n'
        f'[archives.memento.theirs]\ntimemap = "{away}/timemap/"\n',
    )
    done = folder.holdfast("doctor", "--archives")
    lines = done.stdout.splitlines()
    assert "ok      ours responds" in lines
    assert any("theirs does not respond: " in line for line in lines)
    assert any("Vefsafn.is does not respond (not used: add it" in line for line in lines)
    assert any(line.startswith("note    Arquivo.pt does not respond: ") for line in lines)
    wrong = '[archives]\npresets = ["archivo"]\n'
    folder.write("holdfast.toml", wrong)
    refused = folder.holdfast("doctor")
    assert refused.returncode != 0
    assert "unknown preset 'archivo': use one of all, arquivo.pt" in refused.stderr


def test_a_dry_run_shows_the_number_of_waiting_lookups(
    folder: Folder, internet: Internet, archive: RunningWayback
) -> None:
    folder.configure(internet, archive)
    folder.write("wiki/a.md", "".join(f"- <http://order.test/{number}>\n" for number in range(9)))
    folder.holdfast("scan", "wiki")
    done = folder.holdfast("archive", "--dry-run", "--limit", "2")
    assert "2 lookups now and 7 in later runs" in done.stderr


@pytest.mark.parametrize(
    "fault",
    [
        OVERLOADED,
        SimulatedFault(status=200, body="<html>"),
        SimulatedFault(status=200, mimetype="application/json", body="[" * 100_000),
    ],
    ids=["503", "a page", "nested"],
)
def test_an_index_that_is_ill_makes_lookups_unknown(
    folder: Folder, internet: Internet, archive: RunningWayback, fault: SimulatedFault
) -> None:
    archive.faults["cdx"] = archive.faults["available"] = fault
    folder.configure(internet, archive)
    folder.write("wiki/a.md", "".join(f"- <http://order.test/{number}>\n" for number in range(3)))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0
    error_lines(done)
    assert folder.query("SELECT DISTINCT outcome FROM lookup") == [("unknown",)]


@pytest.mark.parametrize(
    ("fragments", "shown"), [(("#part-2", "#part-2"), "#part-2"), (("#part-2", ""), "")]
)
def test_a_report_names_the_copy_with_the_part_that_all_citations_name(
    folder: Folder,
    internet: Internet,
    archive: RunningWayback,
    fragments: tuple[str, str],
    shown: str,
) -> None:
    url = "http://order.test/a/page"
    archive.snapshots.append(held(url))
    folder.configure(internet, archive)
    folder.write("wiki/a.md", "".join(f"- [lights]({url}{each})\n" for each in fragments))
    folder.holdfast("run", "wiki", "--fail-on", "never")
    github = folder.holdfast("report", "--format", "github", "--output", "-").stdout
    copy = f"{WAYBACK}/20210701000000/{url}"
    assert {line.partition("archive copy: ")[2] for line in github.splitlines()} == {copy + shown}
    folder.execute("UPDATE link SET state = 'broken' WHERE state = 'suspect'")
    terminal = folder.holdfast("report").stdout
    assert f"{copy}{shown}" in terminal
    assert bool(shown) or f"{copy}#" not in terminal
