"""Links that block us again and again: what archives saw since then is told, and the state stays blocked."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, complaints
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs

SERVED, WALLED, UNKNOWN, OLD = (
    f"http://{name}.test/a" for name in ("served", "walled", "unknown", "old")
)
WALL = b"<title>Just a moment...</title><body>Enable JavaScript and cookies to continue<script>window._cf_chl_opt={}</script>"


def page() -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(2))
    return f"<title>The harbour</title><body>{text}</body>".encode()


def run(folder: Folder) -> None:
    done = folder.holdfast("run", "a.md", "--fail-on", "never")
    complaints(done)
    assert done.returncode == 0, done.stderr


def test_reports_say_what_archives_were_served(folder: Folder, background: BackgroundLoop) -> None:
    urls = (SERVED, WALLED, UNKNOWN, OLD)
    sites = {url.split("/")[2]: {ANY: status(403)} for url in urls}
    wayback = background.start(RunningWayback())
    folder.lead_to(background.start(Internet(sites)), wayback)
    folder.write("a.md", "".join(f"- <{url}>\n" for url in urls))
    run(folder)
    captured = datetime.now(UTC) - timedelta(days=2)
    bodies = {SERVED: page(), WALLED: WALL}
    wayback.snapshots += [
        StoredSnapshot(original=url, timestamp=f"{captured:%Y%m%d%H%M%S}", body=body)
        for url, body in bodies.items()
    ]
    wayback.snapshots.append(StoredSnapshot(original=OLD, timestamp="20150101000000", body=page()))
    folder.let_pass(timedelta(days=8))
    folder.execute("UPDATE link SET state_since = state_since - ?", 8 * 86_400 * 1_000_000)
    run(folder)
    assert set(folder.states().values()) == {"blocked"}
    told = {
        SERVED: f"served to others on {captured:%Y-%m-%d} (wayback)",
        WALLED: f"not served to others either on {captured:%Y-%m-%d} (wayback)",
    }
    markdown = folder.holdfast("report", "--format", "markdown").stdout
    assert all(markdown.count(f"- {text}") == 1 for text in told.values()), markdown
    words = {row["url"]: row.get("seen_by_others") for row in folder.report()}
    assert {url: (words[url] or {}).get("word") for url in (SERVED, WALLED)} == {
        SERVED: "served-to-others",
        WALLED: "not-served-to-others",
    }
    assert words[UNKNOWN] is None
    assert words[OLD] is None
    table = csv.DictReader(folder.holdfast("report", "--format", "csv").stdout.splitlines())
    reasons = {row["url"]: row["reason_text"] for row in table}
    assert all(text in reasons[url] for url, text in told.items())
    document = folder.holdfast("report", "--format", "json").stdout
    rows = {
        row["url"]: row["observed_reason"] for row in json.loads(document)["archive_observations"]
    }
    assert rows == {SERVED: "ok", WALLED: "soft-404"}
