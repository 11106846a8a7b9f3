"""Test that copies with missing images and style sheets come after complete ones in reports and fixes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from crawler.demo import responses
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.pywb import running_pywb
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs

SITE = "http://harbour.test"
STORY, REPORT = f"{SITE}/story", f"{SITE}/report"
WAYBACK = "https://web.archive.org/web"
NEAR, FAR = "20210801000000", "20210601000000"
LOST = "3 of 9 images and style sheets missing"
WALL = SimulatedFault(status=200, body="<title>Just a moment...</title>", mimetype="text/html")
LOGIN = SimulatedFault(status=302, headers={"Location": "https://login.test/web/account"})


def page(version: str) -> bytes:
    """Return a page with nine parts that readers see, and some that they do not."""
    images = "".join(f'<img src="/{version}/{number}.png" width=300>' for number in range(6))
    texts = "".join(f"<p>{text}</p>" for text in paragraphs(3))
    return (
        f'<title>The harbour lights</title><link rel="stylesheet" href="/site.css">{images}'
        '<link rel="stylesheet" href="/print.css" media="print"><link rel="icon" href="/x.ico">'
        '<iframe src="map.html"></iframe><img src="/logo.png">'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><img src="/dot.gif" width="1">'
        '<img src="https://www.google-analytics.com/collect?v=1"><iframe src="about:blank"></iframe>'
        f'<script src="/app.js"></script>{texts}'
    ).encode()


def held(original: str, timestamp: str, **changes: object) -> StoredSnapshot:
    is_css, is_png = original.endswith(".css"), original.endswith(".png")
    mimetype = "text/css" if is_css else "image/png" if is_png else "text/html"
    kept = {"body": b"\x89PNG", "mimetype": mimetype, **changes}
    return StoredSnapshot(original=original, timestamp=timestamp, **kept)  # type: ignore[arg-type]


def shared() -> list[StoredSnapshot]:
    """Return the parts that all pages of the site share, which the archive captured some days later."""
    return [
        held(f"{SITE}/{name}", "20210611000000") for name in ("site.css", "logo.png", "map.html")
    ]


def images(version: str, timestamp: str, *numbers: int) -> list[StoredSnapshot]:
    return [held(f"{SITE}/{version}/{number}.png", timestamp) for number in numbers]


def copies() -> list[StoredSnapshot]:
    """Return two copies each of two pages; images of the nearer ones are not archived in several ways."""
    soft = b"<!doctype html><title>Not found</title>"
    return [
        *(held(url, NEAR, body=page("v2")) for url in (STORY, REPORT)),
        *(held(url, FAR, body=page("v1")) for url in (STORY, REPORT)),
        *shared(),
        *images("v1", "20210601000010", 0, 1, 2, 3, 4, 5),
        *images("v2", "20210801000010", 0, 1, 2),
        held(f"{SITE}/v2/4.png", "20210801000010", status=404),
        held(f"{SITE}/v2/5.png", "20210801000010", mimetype="text/html", body=soft),
    ]


@pytest.fixture
def archive(background: BackgroundLoop) -> RunningWayback:
    archive = background.start(RunningWayback())
    archive.snapshots += copies()
    return archive


@pytest.fixture
def wiki(folder: Folder, background: BackgroundLoop, archive: RunningWayback) -> Folder:
    """Return a wiki that cites two dead pages, of each of which two copies exist."""
    internet = background.start(Internet({"harbour.test": {ANY: status(404)}}))
    folder.configure(internet, archive)
    cited = "".join(
        f"- [The harbour lights]({url}), accessed 2021-08-05\n" for url in (STORY, REPORT)
    )
    copied = "".join(
        f"- [copy]({WAYBACK}/{timestamp}/{url})\n"
        for timestamp in (NEAR, FAR)
        for url in (STORY, REPORT)
    )
    folder.write("wiki/a.md", cited)
    folder.write("wiki/b.md", copied)
    return folder


def best(folder: Folder) -> str | None:
    rows = {row["url"]: row for row in folder.report()}
    return str(rows[STORY]["best_mirror"])


def parts(folder: Folder) -> dict[str, tuple[int, int] | None]:
    """Return the numbers of checked and of missing parts by the copy's time."""
    rows = {row["url"]: row for row in folder.report()}
    return {
        mirror["timestamp"]: mirror["parts"]
        and (mirror["parts"]["checked"], mirror["parts"]["missing"])
        for mirror in rows[STORY]["mirrors"]
    }


def run(folder: Folder, *more: str) -> str:
    done = folder.holdfast("run", "wiki", "--fail-on", "never", *more)
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_copy_that_has_its_parts_is_named_although_another_is_nearer(
    wiki: Folder, archive: RunningWayback
) -> None:
    run(wiki)
    assert parts(wiki) == {NEAR: (9, 3), FAR: (9, 0)}
    assert best(wiki) == f"{WAYBACK}/{FAR}/{STORY}"
    patch = wiki.holdfast("fix", "wiki", "--suspects").stdout
    assert f"+- [The harbour lights]({WAYBACK}/{FAR}/{STORY}" in patch
    assert f"{LOST}\n" in wiki.holdfast("history", STORY).stdout
    in_chinese = wiki.holdfast("history", "--lang", "zh", STORY).stdout
    assert "查验的 9 个图片和样式表中缺失 3 个\n" in in_chinese


def test_an_archive_is_left_for_the_copy_that_has_its_parts(
    folder: Folder, background: BackgroundLoop, archive: RunningWayback
) -> None:
    long_url = f'<input id="SHARE_LONGLINK" value="http://archive.today/20210805110426/{STORY}">'
    left = responses.page("The harbour lights", *paragraphs(3), markup=long_url)
    web = {"harbour.test": {ANY: status(404)}, "archive.is": {"/aaaa1": left, ANY: status(404)}}
    folder.configure(background.start(Internet(web)), archive)
    folder.write(
        "wiki/a.md", f'[Lights](https://archive.is/aaaa1 "{STORY}"), accessed 2021-08-05\n'
    )
    folder.write("wiki/b.md", f"{WAYBACK}/{NEAR}/{STORY} {WAYBACK}/{FAR}/{STORY}\n")
    run(folder)
    assert parts(folder)[NEAR] == (9, 3)
    patch = folder.holdfast("fix", "--leave", "archive.today").stdout
    assert f"+[Lights]({WAYBACK}/{FAR}/{STORY}" in patch


def test_reports_show_the_missing_parts_of_the_only_copy(
    wiki: Folder, archive: RunningWayback
) -> None:
    (wiki.path / "wiki/b.md").unlink()
    archive.snapshots[:] = [each for each in archive.snapshots if each.timestamp != FAR]
    run(wiki)
    assert best(wiki) == f"{WAYBACK}/{NEAR}/{STORY}"
    document = json.loads(wiki.holdfast("report", "--format", "json").stdout)
    assert '"parts": {"checked": 9, "missing": 3,' in json.dumps(document)
    assert LOST in wiki.holdfast("report", "--format", "markdown").stdout
    page = wiki.holdfast("report", "--format", "html").stdout
    assert "{missing} of {checked} images and style sheets missing" in page
    chinese = wiki.holdfast("report", "--format", "markdown", "--lang", "zh")
    assert "查验的 9 个图片和样式表中缺失 3 个" in chinese.stdout


def test_shared_parts_are_requested_once_in_months(wiki: Folder, archive: RunningWayback) -> None:
    run(wiki)
    asked = Counter(request.target.partition("_/")[2] for request in archive.requests_of("part"))
    # The redirect to the capture's own time, and the capture.
    assert asked[f"{SITE}/logo.png"] == asked[f"{SITE}/site.css"] == 2
    assert not [url for url in asked if not url.startswith(SITE) or "dot" in url or "ico" in url]
    run(wiki)
    assert len(archive.requests_of("part")) == sum(asked.values())
    wiki.execute("UPDATE mirror SET parts_due_at = 0")
    wiki.execute("DELETE FROM archived_part WHERE url LIKE '%logo%'")
    run(wiki)
    again = archive.requests_of("part")[sum(asked.values()) :]
    assert {request.target.partition("_/")[2] for request in again} == {f"{SITE}/logo.png"}


@pytest.mark.parametrize(
    "fault",
    [
        SimulatedFault(status=503),
        SimulatedFault(status=429, headers={"Retry-After": "7200"}),
        SimulatedFault(status=403),
        WALL,
        LOGIN,
    ],
    ids=["overloaded", "rate limit", "refusal", "wall", "login"],
)
def test_an_ill_archive_or_a_wall_shows_nothing_and_is_left_alone(
    wiki: Folder, archive: RunningWayback, fault: SimulatedFault
) -> None:
    archive.faults["part"] = fault
    run(wiki)
    assert parts(wiki) == {NEAR: None, FAR: None}
    assert best(wiki) == f"{WAYBACK}/{NEAR}/{STORY}"
    assert len(archive.requests_of("part")) <= 6  # of four copies with nine parts each
    archive.faults.clear()
    run(wiki)  # the first copy rests for some days
    wiki.execute("UPDATE mirror SET parts_due_at = 0")
    wiki.execute("UPDATE host SET next_allowed_at = NULL")
    run(wiki)
    assert parts(wiki) == {NEAR: (9, 3), FAR: (9, 0)}


def test_an_archive_that_denies_even_the_copy_itself_is_ill(
    wiki: Folder, archive: RunningWayback
) -> None:
    wiki.holdfast("scan", "wiki")
    assert wiki.holdfast("check").returncode == 0
    archive.faults |= {kind: SimulatedFault(status=404) for kind in ("part", "replay")}
    assert wiki.holdfast("archive").returncode == 0
    assert not wiki.query("SELECT url FROM archived_part")
    assert not wiki.query("SELECT id FROM mirror WHERE parts_checked IS NOT NULL")


def test_a_limit_of_zero_requests_no_part(wiki: Folder, archive: RunningWayback) -> None:
    settings = (wiki.path / "holdfast.toml").read_text()
    wiki.write("holdfast.toml", f"{settings}\n[archives]\npart_checks_per_run = 0\n")
    run(wiki)
    assert archive.requests_of("part") == []


def test_limits_of_the_archive_hold_for_parts(wiki: Folder, archive: RunningWayback) -> None:
    rule = '\n[hosts."web.archive.org"]\nper_day = 14\n'
    settings = (wiki.path / "holdfast.toml").read_text()
    wiki.write("holdfast.toml", settings + rule)
    run(wiki)
    assert 1 <= len(archive.requests_of("part")) <= 10  # four probes of copies went before


def test_an_archive_that_did_not_respond_to_lookups_gets_no_further_requests(
    wiki: Folder, archive: RunningWayback
) -> None:
    archive.faults |= dict.fromkeys(("cdx", "available"), SimulatedFault(status=503))
    wiki.write("wiki/c.md", "".join(f"- <{SITE}/lost/{number}>\n" for number in range(6)))
    wiki.holdfast("run", "wiki", "--fail-on", "never")
    assert archive.requests_of("part") == []


def test_a_run_counts_what_was_checked_and_a_dry_one_what_would_be(wiki: Folder) -> None:
    wiki.holdfast("scan", "wiki")
    wiki.holdfast("check")
    plan = wiki.holdfast("archive", "--dry-run")
    assert ", the parts of 4 archive copies, " in plan.stdout + plan.stderr
    done = wiki.holdfast("archive", "-v", "--log-format", "json")
    assert "images and styles of 4 archive copies checked, 2 incomplete" in done.stderr
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    events = [record for record in logged if record.get("event") == "parts"]
    assert sorted((event["checked"], event["missing"]) for event in events) == [
        (9, 0), (9, 0), (9, 3), (9, 3)
    ]  # fmt: skip


def test_a_copy_without_parts_is_put_off(wiki: Folder, archive: RunningWayback) -> None:
    body = b"<title>The harbour lights</title>" + paragraphs(3)[0].encode()
    archive.snapshots[:] = [held(url, NEAR, body=body) for url in (STORY, REPORT)]
    (wiki.path / "wiki/b.md").unlink()
    run(wiki)
    assert wiki.query("SELECT parts_checked, parts_due_at > 0 FROM mirror") == [(None, 1)] * 2
    assert archive.requests_of("part") == []


def test_parts_are_requested_at_the_rewritten_urls_of_the_archive(
    folder: Folder, background: BackgroundLoop
) -> None:
    archive = background.start(RunningWayback())
    host = "web.archive.bibalex.org"
    styles = "".join(
        f'<link rel="stylesheet" href="/web/{NEAR}cs_/{SITE}/{name}.css">' for name in "ab"
    )
    images = "".join(f'<img src="/web/{NEAR}im_/{SITE}/{name}.png">' for name in "ab")
    toolbar = '<link rel="stylesheet" href="/static/toolbar.css"><img src="/static/logo.png">'
    texts = "".join(f"<p>{text}</p>" for text in paragraphs(3))
    archive.snapshots += [
        held(STORY, NEAR, body=f"<title>Lights</title>{toolbar}{styles}{images}{texts}".encode()),
        held(f"{SITE}/a.css", NEAR),
        held(f"{SITE}/a.png", NEAR),
        held(f"{SITE}/b.png", NEAR),
    ]
    folder.configure(background.start(Internet({"harbour.test": {ANY: status(404)}})), archive)
    settings = (folder.path / "holdfast.toml").read_text()
    place = archive.endpoint.removeprefix("http://")
    mapping = f'[network.connect_to]\n"{host}:80" = "{place}"\n'
    folder.write("holdfast.toml", settings.replace("[network.connect_to]\n", mapping))
    folder.write("wiki/a.md", f"[copy](http://{host}/web/{NEAR}/{STORY})\n")
    run(folder)
    assert parts(folder) == {NEAR: (4, 1)}
    asked = {request.headers["Host"] for request in archive.requests_of("part")}
    assert asked == {host}


def warc_record(url: str, moment: str, mimetype: str, body: bytes, code: str = "200 OK") -> bytes:
    http = f"HTTP/1.1 {code}\r\nContent-Type: {mimetype}\r\nContent-Length: {len(body)}\r\n\r\n"
    block = http.encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: {moment}\r\nWARC-Record-ID: <urn:uuid:{uuid4()}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def test_parts_are_requested_from_a_real_replay(
    folder: Folder, background: BackgroundLoop, pywb_programs: Path, tmp_path: Path
) -> None:
    records = [
        warc_record(STORY, "2021-08-01T00:00:00Z", "text/html", page("v2")),
        warc_record(f"{SITE}/site.css", "2021-08-03T00:00:00Z", "text/css", b"p { margin: 0 }"),
        warc_record(f"{SITE}/logo.png", "2019-08-03T00:00:00Z", "image/png", b"\x89PNG"),
        warc_record(f"{SITE}/map.html", "2021-08-01T00:00:01Z", "text/html", b"<p>Map"),
        warc_record(f"{SITE}/v2/0.png", "2021-08-01T00:00:01Z", "image/png", b"", "404 Not Found"),
        *(
            warc_record(f"{SITE}/v2/{number}.png", "2021-08-01T00:00:01Z", "image/png", b"\x89PNG")
            for number in range(1, 5)
        ),
    ]
    file, home = tmp_path / "pages.warc", tmp_path / "pywb"
    file.write_bytes(b"".join(records))
    home.mkdir()
    internet = background.start(Internet({"harbour.test": {ANY: status(404)}}))
    with running_pywb(pywb_programs, home, [file]) as pywb:
        archive = SimpleNamespace(endpoint=pywb.endpoint.removesuffix("/web"))
        folder.configure(internet, archive)  # type: ignore[arg-type]
        folder.write("wiki/a.md", f"[copy]({WAYBACK}/{NEAR}/{STORY})\n")
        run(folder)
    # One image is of another year, one was captured as an error, and one never.
    assert parts(folder) == {NEAR: (9, 3)}
