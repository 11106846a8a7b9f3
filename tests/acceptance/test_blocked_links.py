"""Links that block us again and again: what archives saw since then is told, and the state stays blocked."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, complaints
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
    complaints(done)
    assert done.returncode == 0, done.stderr


def test_reports_say_what_archives_were_served(folder: Folder, background: BackgroundLoop) -> None:
    urls = (SERVED, WALLED, UNKNOWN, OLD, OTHER)
    sites = {url.split("/")[2]: {ANY: status(403)} for url in urls}
    wayback = background.start(RunningWayback())
    folder.lead_to(background.start(Internet(sites)), wayback)
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
    assert words[OTHER] is None  # another text than before: perhaps no page at all
    table = csv.DictReader(folder.holdfast("report", "--format", "csv").stdout.splitlines())
    reasons = {row["url"]: row["reason_text"] for row in table}
    assert all(text in reasons[url] for url, text in told.items())
    document = folder.holdfast("report", "--format", "json").stdout
    rows = {
        row["url"]: row["observed_reason"] for row in json.loads(document)["archive_observations"]
    }
    assert rows == {SERVED: "ok", WALLED: "soft-404"}
    shown = folder.holdfast("report", "--format", "html").stdout
    data = json.loads(shown.partition('id="data">')[2].partition("</script>")[0])
    seen = {row[0]: row[OTHERS] for row in data["rows"]}
    day = (captured.date() - date(1970, 1, 1)).days
    assert {url: seen[url][:2] for url in urls} == {
        SERVED: [1, day], WALLED: [0, day], UNKNOWN: [], OLD: [], OTHER: []
    }  # fmt: skip


def test_other_archives_are_asked_for_what_they_were_served(
    folder: Folder, background: BackgroundLoop
) -> None:
    wayback, other = background.start(RunningWayback()), background.start(RunningWayback())
    folder.lead_to(
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
    folder.let_pass(timedelta(days=8))
    folder.execute("UPDATE link SET state_since = state_since - ?", 8 * 86_400 * 1_000_000)
    run(folder)
    (row,) = (row for row in folder.report() if row["url"] == SERVED)
    assert (row["state"], row["seen_by_others"]["word"]) == ("blocked", "served-to-others")
    assert row["seen_by_others"]["service"] == "ours"
