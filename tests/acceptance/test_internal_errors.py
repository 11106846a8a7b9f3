"""Test internal errors: each is confined to its unit of work, and the command ends as usual."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import Done, Folder
from tests.acceptance.seed import article
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.receivers import running_hook

FINE = ["http://a.test/one", "http://a.test/two", "http://b.test/one"]
GONE = ["http://c.test/one", "http://d.test/one"]
BAD, BAD_GONE, BAD_HOST = "http://a.test/poison", "http://c.test/poison", "http://poison.test/one"
LINKS = [FINE[0], BAD, *FINE[1:], GONE[0], BAD_GONE, GONE[1], BAD_HOST]
CAPTURED = "20210301080000"
HOOKED = '\n[notify.webhook]\nurl = "{url}"\nretry_wait = 0.0\n'

# By name: the function that fails, the word in its arguments at which it does, the unit of work that
# the run then counts, and the key of the command in `COMMANDS`.
UNITS = {
    "probe": ("crawler.probing.session:HostSession.probe", BAD, "probe", "run"),
    "probe's target": ("crawler.probing.link_prober:probe_target", BAD, "probe", "run"),
    "answer": ("crawler.scrapy_ext.engine_fetch:to_fetch_response", BAD, "probe", "run"),
    "judging": ("crawler.probing.link_prober:judge", BAD, "probe", "run"),
    "judging a mirror": ("crawler.probing.link_prober:judge_mirror", BAD, "probe", "run"),
    "the response to a random URL": (
        "crawler.probing.site_knowledge:SiteState.sibling_for",
        BAD,
        "site",
        "run",
    ),
    "where redirects end": (
        "crawler.probing.site_knowledge:SiteState.record_redirect",
        BAD,
        "site",
        "run",
    ),
    "host": ("crawler.jobs.lease_pool:lease_host", "poison.test", "host", "run"),
    "lookup": (
        "crawler.archive_clients.wayback:WaybackClient.nearest",
        BAD_GONE,
        "lookup",
        "run",
    ),
    "lookup, stored": ("crawler.preservation.lookups:store_lookup", BAD_GONE, "item", "run"),
    "one archive": ("crawler.preservation.archive_step:look_up_due", "wayback", "archive", "run"),
    "capture": ("crawler.archive_clients.wayback:WaybackClient.save", FINE[1], "capture", "run"),
    "capture, before its request": (
        "crawler.preservation.captures:begin_capture",
        FINE[1],
        "capture",
        "run",
    ),
    "probe, stored": ("store.work.history:_ProbeBatch.add_probe", BAD, "item", "run"),
    "probe, emitted": ("crawler.pipelines:ProbeResult", BAD, "item", "run"),
    "mirror assessed": ("crawler.preservation.mirror_review:assess_mirror", BAD, "mirror", "run"),
    "comparison": ("crawler.drift.job:_compare", BAD, "comparison", "run"),
    "parts looked for": ("crawler.page_parts.part_finder:PartFinder.find", BAD, "parts", "run"),
    "parts, stored": ("crawler.page_parts.job:store_parts", BAD, "item", "run"),
    "page read": ("crawler.scan.reader:read_source", "poison.md", "page", "run"),
    "page stored": ("crawler.scan.page_recorder:record_pages", "poison.md", "page", "run"),
    "monitor": ("crawler.monitoring.log:LogMonitor.record_item", BAD, "monitor", "run"),
    "search": (
        "crawler.moves.baselines:BaselineFinder._find_archived_redirects",
        BAD_GONE,
        "search",
        "find-moved",
    ),
    "site listing": (
        "crawler.moves.site_listing:SiteListing.collect",
        "c.test",
        "search",
        "find-moved",
    ),
    "searches of a site": ("crawler.moves.job:SiteSearch", BAD_GONE, "host", "find-moved"),
    "local copy": (
        "crawler.local_capture.page_fetcher:PageFetcher.fetch_page",
        BAD,
        "local-copy",
        "local",
    ),
    "page requisites": (
        "crawler.local_capture.page_fetcher:requisites_of",
        BAD,
        "local-copy",
        "local",
    ),
    "own mirror read back": ("crawler.local_capture.verify:_verify", BAD, "mirror", "local"),
}
# The functions that fail a whole step of a run: it ends with exit code 1, after the other steps.
STEPS = {
    "check": "crawler.cli.steps.check_steps:due_hosts",
    "archive": "crawler.cli.steps.archive_steps:lookups_due",
    "parts": "crawler.cli.steps.archive_steps:due_copies",
    "compare": "crawler.cli.steps.archive_steps:due_comparisons",
    "report": "crawler.cli.job_end:write_reports",
}
COMMANDS = {
    "run": ("run", "wiki", "--fail-on", "never"),
    "find-moved": ("archive", "--find-moved"),
    "local": ("archive", "--to", "local"),
}


def _sites() -> dict[str, dict[str, Behaviour]]:
    sites: dict[str, dict[str, Behaviour]] = {}
    for url in LINKS:
        host, _, path = url.removeprefix("http://").partition("/")
        is_gone = url in (*GONE, BAD_GONE)
        sites.setdefault(host, {ANY: status(404)})[f"/{path}"] = (
            status(404) if is_gone else article(url)
        )
    return sites


@pytest.fixture(scope="module")
def prepared(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Folder]:
    """Return a wiki that cites living and dead pages, two of them with copies, and was not scanned."""
    internet, wayback = background.start(Internet(_sites())), background.start(RunningWayback())
    copy = f"https://web.archive.org/web/{CAPTURED}"
    for url in (FINE[0], BAD, GONE[0], BAD_GONE):
        wayback.snapshots.append(
            StoredSnapshot(
                original=url,
                timestamp=CAPTURED,
                body=article(f"was {url}").html + b"<img src=/map.png width=600>",
            )
        )
    folder = Folder(tmp_path_factory.mktemp("units"))
    folder.configure(
        internet, wayback, more="\n[archives]\ncapture = true\n[drift]\nper_run = 10\n"
    )
    links = "".join(f"- <{url}>\n" for url in LINKS)
    copies = "".join(f"- [a copy]({copy}/{url})\n" for url in (FINE[0], BAD))
    folder.write("wiki/a.md", links + copies)
    folder.write("wiki/poison.md", f"<{FINE[2]}>\n")
    yield folder
    folder.close()


@pytest.fixture
def wiki(prepared: Folder, tmp_path: Path) -> Folder:
    shutil.copytree(prepared.path, tmp_path / "wiki")
    return Folder(tmp_path / "wiki")


@pytest.fixture(scope="module")
def checked(prepared: Folder, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return the same wiki after a run, with the dead pages confirmed."""
    path = tmp_path_factory.mktemp("checked") / "wiki"
    shutil.copytree(prepared.path, path)
    folder = Folder(path)
    assert folder.holdfast("run", "wiki", "--fail-on", "never").returncode == 0
    folder.execute("UPDATE link SET state = 'broken' WHERE state = 'suspect'")
    return folder


def inject(folder: Folder, place: str, word: str, *arguments: str) -> Done:
    return folder.holdfast(place, word, *arguments, module="tests.acceptance.injected")


def totals(folder: Folder) -> dict[str, int]:
    found: dict[str, int] = json.loads(
        folder.query("SELECT totals FROM run ORDER BY id DESC LIMIT 1")[0][0]
    )
    return {
        name.removeprefix("internal-error:"): count
        for name, count in found.items()
        if name.startswith("internal-error:")
    }


@pytest.mark.parametrize("row", UNITS.values(), ids=UNITS.keys())
def test_an_internal_error_in_one_unit_does_not_affect_the_others(
    row: tuple[str, str, str, str], wiki: Folder, checked: Folder, tmp_path: Path
) -> None:
    (place, word, unit, command), folder = row, wiki
    if command != "run":
        shutil.copytree(checked.path, tmp_path / "checked")
        folder = Folder(tmp_path / "checked")
    done = inject(folder, place, word, *COMMANDS[command])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "words from outside" not in done.stdout + done.stderr
    assert totals(folder).keys() == {unit}, done.stderr
    count = sum(totals(folder).values())
    output = [line for line in done.stderr.splitlines() if " retried later" in line]
    assert len(output) == 1, done.stderr
    assert f"warning: {count} internal error" in output[0]
    assert f"(Unexpected in {unit} of " in output[0]
    states = folder.states()
    assert {url: states[url] for url in FINE} == dict.fromkeys(FINE, "alive")
    assert all(states[url] in {"suspect", "broken"} for url in GONE)
    if command == "run" and unit != "archive":
        looked_up = {
            url for (url,) in folder.query("SELECT url FROM lookup JOIN link ON link.id = link_id")
        }
        assert looked_up >= set(GONE)
    assert (folder.path / ".holdfast" / "report.jsonl").exists()


def test_a_probe_with_an_internal_error_is_unsure_and_retried_ever_later(wiki: Folder) -> None:
    place, word, *_ = UNITS["probe"]
    waits = []
    for _ in range(3):
        assert inject(wiki, place, word, *COMMANDS["run"]).returncode == 0
        ((state, reason, detail, wait),) = wiki.query(
            "SELECT state, reason, detail, next_probe_at - checked_at FROM link WHERE url = ?", BAD
        )
        assert (state, reason) == ("unsure", "internal-error")
        assert detail.startswith("internal-error: Unexpected at ")
        waits.append(timedelta(microseconds=wait) / timedelta(days=1))
        wiki.age_history(timedelta(microseconds=wait) + timedelta(minutes=1))
    assert waits[0] == pytest.approx(1.05, abs=0.06)
    assert waits[0] * 1.9 < waits[1] < waits[2] / 1.9
    assert wiki.holdfast(*COMMANDS["run"]).returncode == 0
    assert wiki.states()[BAD] == "alive"


def test_a_lookup_with_an_internal_error_is_retried_ever_later(wiki: Folder) -> None:
    place, word, *_ = UNITS["lookup"]
    waits = []
    for _ in range(3):
        assert inject(wiki, place, word, *COMMANDS["run"]).returncode == 0
        ((outcome, detail, wait),) = wiki.query(
            "SELECT outcome, lookup.detail, next_lookup_at - requested_at FROM lookup JOIN link ON link.id = link_id WHERE url = ?",
            BAD_GONE,
        )
        assert (outcome, detail.partition(":")[0]) == ("unknown", "internal-error")
        waits.append(wait // 3_600_000_000)
        wiki.age_history(timedelta(hours=waits[-1], minutes=1))
    assert waits == [12, 24, 48]


def test_only_the_verbose_log_has_the_traceback(wiki: Folder) -> None:
    place, word, *_ = UNITS["judging"]
    done = inject(wiki, place, word, *COMMANDS["run"], "-v")
    assert done.returncode == 0
    assert done.stderr.count("Traceback") == 1
    assert "tests.acceptance.injected" in done.stderr or "injected.py" in done.stderr


@pytest.mark.parametrize("place", STEPS.values(), ids=STEPS.keys())
def test_the_other_steps_are_done_after_one_failed(place: str, wiki: Folder) -> None:
    done = inject(wiki, place, "", *COMMANDS["run"])
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "(Unexpected in step of " in done.stderr
    assert wiki.count("link", "state = 'alive'") or place == STEPS["check"]
    assert wiki.count("lookup") or place in {STEPS["archive"], STEPS["check"]}
    assert (wiki.path / ".holdfast" / "report.jsonl").exists() or place == STEPS["report"]


def test_a_notification_lost_to_an_internal_error_is_sent_by_the_next_run(
    checked: Folder, tmp_path: Path
) -> None:
    shutil.copytree(checked.path, tmp_path / "notified")
    folder = Folder(tmp_path / "notified")
    long_failing = (
        "first_failed_at = first_failed_at - 864000000000, consecutive_failures = 3,"
        " failing_microseconds = 864000000000"
    )
    folder.execute(
        f"UPDATE link SET next_probe_at = 0, state = 'suspect', {long_failing} WHERE state = 'broken'"
    )
    with running_hook() as hook:
        file = folder.path / "holdfast.toml"
        file.write_text(file.read_text() + HOOKED.format(url=hook.url))
        done = inject(
            folder, "crawler.notifications.webhook:WebhookChannel.deliver", "", *COMMANDS["run"]
        )
        assert done.returncode == 0, done.stderr
        assert (
            "warning: notification not delivered: an internal error while sending to the webhook at"
            in done.stderr
        )
        assert "(Unexpected in notification of the webhook at" in done.stderr
        again = folder.holdfast(*COMMANDS["run"])
        assert "notification sent to the webhook" in again.stderr, again.stderr
