"""Test pages that no public archive may copy: the same run captures them locally and reports them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import PageBehaviour, document, page, status
from crawler.demo.web import ANY, Behaviour, FakeWeb
from tests.acceptance.folder import Done, Folder, error_lines
from tests.fleet.workers import worker_fleet
from tests.integration.conftest import postgresql as _postgresql
from tests.postgresql import Cluster
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.walls import login_form, paywall

postgresql = _postgresql  # the server the integration tests have, too

KEYS = {"HOLDFAST_WAYBACK_KEY": "AKEY", "HOLDFAST_WAYBACK_SECRET": "SSECRET"}
LOCAL = "\n[archives.local]\nfrom_probes = true\n"
CAPTURE = "poll_wait = 0.05\n\n[archives]\ncapture = true\n"
REFUSED = "http://refusing.test/news/1"
FREE = "http://refusing.test/about"


def article(number: int) -> PageBehaviour:
    return page(title(number), *paragraphs(number, count=3))


def site(robots: str | Behaviour, *names: str) -> dict[str, Behaviour]:
    rules = robots if not isinstance(robots, str) else text(robots)
    articles = {f"/{name}": article(number) for number, name in enumerate(names, start=1)}
    return {ANY: status(404), "/robots.txt": rules, **articles}


def text(robots: str) -> Behaviour:
    return document(robots.encode(), "text/plain")


REFUSING = site("User-agent: archive.org_bot\nDisallow: /news/\n", "news/1", "about")


class World:
    """A wiki that cites some pages, a web with them, and an archive without a copy."""

    def __init__(
        self, folder: Folder, background: BackgroundLoop, sites: Mapping[str, Any], more: str
    ) -> None:
        self.folder = folder
        self.internet = background.start(Internet({name: dict(of) for name, of in sites.items()}))
        self.wayback = background.start(RunningWayback(fetch=self.internet.fetch))
        self.wayback.captures.keys = {"AKEY:SSECRET"}
        folder.configure(self.internet, self.wayback, more=more, archive_robots_days=7)

    def cite(self, *urls: str) -> None:
        lines = (f"<{url}>" for url in urls)
        self.folder.write("wiki/page.md", "\n\n".join(lines))

    def run(self, *options: str, **settings: Any) -> Done:
        done = self.folder.holdfast("run", "wiki", "--fail-on", "never", *options, **settings)
        error_lines(done)
        assert done.returncode == 0, done.stderr
        return done

    def refused(self) -> dict[str, dict[str, Any]]:
        done = self.folder.holdfast("report", "--format", "json")
        refused = json.loads(done.stdout)["archives_refused"]
        return {link.pop("url"): link for link in refused["links"]}

    def answer_robots(self, robots: Behaviour) -> None:
        of = {**self.internet.sites["refusing.test"], "/robots.txt": robots}
        self.internet.sites = {**self.internet.sites, "refusing.test": of}

    def robots_requests(self) -> list[str]:
        return [visit.url for visit in self.internet.visits if visit.url.endswith("/robots.txt")]


def world(
    folder: Folder, background: BackgroundLoop, sites: Mapping[str, Any], more: str = ""
) -> World:
    return World(folder, background, sites, more)


def why(kind: str, detail: str = "", *, kept: bool, public_copy: bool = False) -> dict[str, Any]:
    return {"kind": kind, "detail": detail, "kept": kept, "public_copy": public_copy}


def test_page_that_robots_txt_keeps_from_archives_is_kept_the_same_night(
    folder: Folder, background: BackgroundLoop
) -> None:
    its = world(folder, background, {"refusing.test": REFUSING}, LOCAL)
    its.cite(REFUSED, FREE)
    done = its.run()
    assert "no public archive may copy 1 page: 1 kept here, 0 not" in done.stderr
    assert its.refused() == {REFUSED: why("robots", "archive.org_bot", kept=True)}
    assert its.robots_requests() == ["http://refusing.test/robots.txt"]
    assert folder.states() == {REFUSED: "alive", FREE: "alive"}  # it changes no verdict


def test_without_a_local_archive_it_is_named(folder: Folder, background: BackgroundLoop) -> None:
    its = world(folder, background, {"refusing.test": REFUSING})
    its.cite(REFUSED, FREE)
    done = its.run()
    assert "no public archive may copy 1 page: 0 kept here, 1 not" in done.stderr
    assert its.refused() == {REFUSED: why("robots", "archive.org_bot", kept=False)}
    assert not (folder.path / ".holdfast/archive").exists()

    written = folder.holdfast("report", "--format", "markdown", "--lang", "zh").stdout
    assert "公共存档服务不得复制 1 个页面：本地已保存 0 个，未保存 1 个" in written
    (row,) = [row for row in folder_rows(folder) if row["url"] == REFUSED]
    assert row["archives_refused"] == why("robots", "archive.org_bot", kept=False)
    html = folder.holdfast("report", "--format", "html").stdout
    assert '"archives-refused"' in html
    assert '<a href="#in=archives-refused">' in html


def folder_rows(folder: Folder) -> list[dict[str, Any]]:
    done = folder.holdfast("report", "--format", "jsonl")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_page_whose_probe_did_not_save_it_is_saved_after_the_refusal(
    folder: Folder, background: BackgroundLoop
) -> None:
    """The local archive is set up after the first night; the page is not due for a check."""
    its = world(folder, background, {"refusing.test": REFUSING})
    its.cite(REFUSED, FREE)
    its.run()
    folder.configure(its.internet, its.wayback, more=LOCAL, archive_robots_days=7)
    before = its.robots_requests()
    its.run()
    assert its.refused() == {REFUSED: why("robots", "archive.org_bot", kept=True)}
    assert folder.count("mirror", "service = 'local'") == 1  # not of what archives may copy
    assert its.robots_requests() == before  # read once a week


def test_site_that_allows_archives_again_is_no_longer_named(
    folder: Folder, background: BackgroundLoop
) -> None:
    its = world(folder, background, {"refusing.test": REFUSING})
    its.cite(REFUSED)
    its.run()
    assert set(its.refused()) == {REFUSED}
    its.answer_robots(status(503))
    folder.age_history(timedelta(days=10))
    its.run()
    assert set(its.refused()) == {REFUSED}  # no answer: what was known still counts
    its.answer_robots(text("User-agent: *\nAllow: /\n"))
    folder.age_history(timedelta(days=10))
    done = its.run()
    assert its.refused() == {}
    assert "no public archive" not in done.stderr
    assert len(its.robots_requests()) == 3


def test_new_link_at_a_site_that_was_read_is_named_too(
    folder: Folder, background: BackgroundLoop
) -> None:
    sites = {"refusing.test": site("User-agent: *\nDisallow: /\n", "news/1", "news/2")}
    its = world(folder, background, sites)
    its.cite(REFUSED)
    its.run()
    second = "http://refusing.test/news/2"
    its.cite(REFUSED, second)
    folder.age_history(timedelta(days=1))
    its.run()
    assert its.refused() == dict.fromkeys([REFUSED, second], why("robots", "*", kept=False))


@pytest.mark.parametrize(
    ("robots", "refused"),
    [
        ("User-agent: ia_archiver\nDisallow: /\n", "ia_archiver"),
        ("User-Agent : IA_Archiver\nUser-agent: GPTBot\nDisallow: /\n", "ia_archiver"),
        ("User-agent: *\nDisallow: /news\n", "*"),
        # The archive's own rules replace those for all robots.
        ("User-agent: *\nDisallow: /\n\nUser-agent: archive.org_bot\nAllow: /\n", None),
        ("User-agent: ia_archiver\nDisallow:\n\nUser-agent: *\nDisallow: /\n", None),
        ("User-agent: ia_archiver\nDisallow: /\n\nUser-agent: archive.org_bot\nAllow: /\n", None),
        ("User-agent: GPTBot\nDisallow: /\n", None),
        ("User-agent: Archive-It\nDisallow: /\n", None),
        ("<!doctype html><title>Disallow: /</title>", None),
        ("", None),
    ],
)
def test_robots_txt_is_read_as_the_archives_robots_would(
    folder: Folder, background: BackgroundLoop, robots: str, refused: str | None
) -> None:
    its = world(folder, background, {"refusing.test": site(robots, "news/1")})
    its.cite(REFUSED)
    its.run()
    found = its.refused().get(REFUSED, {}).get("detail")
    assert found == refused


def test_setting_switches_it_off(folder: Folder, background: BackgroundLoop) -> None:
    its = world(folder, background, {"refusing.test": REFUSING})
    folder.configure(its.internet, its.wayback, archive_robots_days=0)
    its.cite(REFUSED)
    its.run()
    assert its.robots_requests() == []
    assert its.refused() == {}


def test_walls_are_named_and_not_kept(folder: Folder, background: BackgroundLoop) -> None:
    walls = {ANY: status(404), "/pay": paywall(), "/members/7": login_form(), "/401": status(401)}
    its = world(folder, background, {"walls.test": walls}, LOCAL)
    its.cite(*(f"http://walls.test/{name}" for name in ("pay", "members/7", "401")))
    done = its.run()
    assert its.refused() == {
        "http://walls.test/pay": why("paywall", kept=False),
        "http://walls.test/members/7": why("login-wall", kept=False),
        "http://walls.test/401": why("login-wall", kept=False),
    }
    assert "no public archive may copy 3 pages: 0 kept here, 3 not" in done.stderr
    assert its.robots_requests() == []  # nothing there is alive


def test_refusal_of_a_capture_service_counts_for_the_whole_site(
    folder: Folder, background: BackgroundLoop
) -> None:
    site_refuses, page_refuses = "http://blocking.test/1", "http://choosy.test/1"
    names = {
        "blocking.test": site(status(404), "1", "2"),
        "choosy.test": site(status(404), "1", "2"),
    }
    its = world(folder, background, names, CAPTURE + LOCAL.replace("true", "false"))
    its.wayback.captures.job_failures[site_refuses] = "error:blocked"
    its.wayback.captures.job_failures[page_refuses] = "error:no-access"
    its.cite(site_refuses, page_refuses)
    its.run(env=KEYS)
    assert its.refused() == {
        site_refuses: why("service", "wayback: blocked", kept=False),
        page_refuses: why("service", "wayback: no-access", kept=False),
    }
    assert folder.states() == dict.fromkeys([site_refuses, page_refuses], "alive")

    its.cite(site_refuses, page_refuses, "http://blocking.test/2", "http://choosy.test/2")
    its.wayback.captures.job_failures["http://blocking.test/2"] = "error:celery"
    its.run(env=KEYS)
    refused = its.refused()
    assert refused["http://blocking.test/2"] == why("service", "wayback: blocked", kept=False)
    assert "http://choosy.test/2" not in refused
    assert "http://choosy.test/2" in its.wayback.captures.submitted_urls
    assert "http://blocking.test/2" in its.wayback.captures.submitted_urls  # asked all the same


def test_capture_that_succeeds_later_ends_the_refusal_of_its_site(
    folder: Folder, background: BackgroundLoop
) -> None:
    first, second = "http://blocking.test/1", "http://blocking.test/2"
    its = world(folder, background, {"blocking.test": site(status(404), "1", "2")}, CAPTURE)
    its.wayback.captures.job_failures[first] = "error:blocked"
    its.cite(first)
    its.run(env=KEYS)
    assert set(its.refused()) == {first}
    folder.age_history(timedelta(days=2))
    its.cite(first, second)
    its.run(env=KEYS)
    assert its.refused() == {}


def test_page_refused_to_a_capture_service_is_kept_the_same_night(
    folder: Folder, background: BackgroundLoop
) -> None:
    url = "http://blocking.test/1"
    its = world(folder, background, {"blocking.test": site(status(404), "1")})
    its.cite(url)
    its.run()  # checked, and not captured yet
    folder.configure(its.internet, its.wayback, more=CAPTURE + LOCAL, archive_robots_days=7)
    its.wayback.captures.job_failures[url] = "error:robots-txt"
    its.run(env=KEYS)
    assert its.refused() == {url: why("service", "wayback: robots-txt", kept=True)}


def test_refusals_do_not_stop_captures_and_earlier_copies_are_reported(
    folder: Folder, background: BackgroundLoop
) -> None:
    its = world(folder, background, {"refusing.test": REFUSING}, CAPTURE)
    its.cite(REFUSED)
    done = its.run(env=KEYS)
    assert its.wayback.captures.submitted_urls == [REFUSED]
    folder.age_history(timedelta(hours=25))
    done = its.run(env=KEYS)
    assert its.refused() == {
        REFUSED: why("robots", "archive.org_bot", kept=False, public_copy=True)
    }
    sentence = "0 kept here, 1 not (1 of these with a public copy from another time)"
    assert sentence in done.stderr


def test_a_site_with_all_pages_archived_gets_no_request(
    folder: Folder, background: BackgroundLoop
) -> None:
    its = world(folder, background, {"open.test": site("", "1")})
    url = "http://open.test/1"
    body = article(1).html
    its.wayback.snapshots.append(
        StoredSnapshot(original=url, timestamp="20260101000000", body=body)
    )
    its.cite(url)
    its.run()
    assert len(its.robots_requests()) == 1  # nobody knew of the copy yet
    folder.age_history(timedelta(days=30))
    its.run()
    assert len(its.robots_requests()) == 1


def test_check_once_and_dry_run_look_no_further(folder: Folder, background: BackgroundLoop) -> None:
    its = world(folder, background, {"refusing.test": REFUSING})
    its.cite(REFUSED)
    error_lines(folder.holdfast("check", "--once", "wiki/page.md"))
    assert its.robots_requests() == []
    its.run()
    planned = folder.holdfast("archive", "--to", "local", "--dry-run")
    assert "public archives may not copy it" in planned.stdout


@pytest.mark.postgresql
def test_workers_of_a_fleet_find_out_too(
    tmp_path: Path, background: BackgroundLoop, postgresql: Cluster
) -> None:
    articles = {
        "/0": article(1),
        "/1": article(2),
        "/robots.txt": text("User-agent: *\nDisallow: /1\n"),
    }
    web = background.start(FakeWeb({"h0.example": {ANY: status(404), **articles}}))
    with worker_fleet(tmp_path, postgresql, web, interval=0.05, speedup=10, concurrency=4) as fleet:
        fleet.prepare(1, 2)
        rules = tmp_path / "holdfast.toml"
        rules.write_text(
            rules.read_text().replace("archive_robots_days = 0", "archive_robots_days = 7")
        )
        assert fleet.plan() == 0
        assert fleet.start("worker", "--once").wait() == 0
        found = json.loads(Folder(tmp_path).holdfast("report", "--format", "json").stdout)
    assert found["archives_refused"]["links"] == [
        {"url": "http://h0.example/1", **why("robots", "*", kept=False)}
    ]
