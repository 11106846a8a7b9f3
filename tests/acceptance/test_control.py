"""Test limits and signals of a job: how much it does, when it stops, and what stays due."""

from __future__ import annotations

import json
import signal
from collections import Counter
from datetime import timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import delayed
from crawler.demo.web import ANY, LOOPBACK, Behaviour
from tests.acceptance.folder import PATIENCE, Folder, configuration, error_lines, wait_for
from tests.acceptance.seed import article
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.proxies import Proxy

QUICK, SLOW, SILENT = (f"{word}.example" for word in ("quick", "slow", "silent"))


@pytest.fixture(scope="session")
def own_internet(background: BackgroundLoop) -> Internet:
    """Start a web with hosts that respond at once, late, or not at all."""
    page = article("公告")
    sites: dict[str, dict[str, Behaviour]] = {
        QUICK: {ANY: page},
        SLOW: {ANY: delayed(0.2, page)},
        SILENT: {ANY: delayed(PATIENCE, page)},
    }
    return background.start(
        Internet(
            sites | {f"host-{number}.example": {ANY: delayed(0.05, page)} for number in range(8)}
        )
    )


@pytest.fixture
def web(own_internet: Internet) -> Internet:
    own_internet.reset()
    return own_internet


@pytest.fixture
def wiki(folder: Folder, web: Internet, wayback: RunningWayback) -> Folder:
    """Return a folder with a configuration that leads to it; each test writes its own page."""
    folder.write(
        "holdfast.toml",
        configuration(web.connect_to(wildcard=True), wayback.endpoint).replace(
            "timeout = 5", "timeout = 60\nconcurrency = 1"
        ),
    )
    return folder


def cite(wiki: Folder, *hosts: str, times: int) -> None:
    """Write and scan a page that cites a number of URLs of each host."""
    wiki.write(
        "page.md",
        "".join(f"- <http://{host}/{number}>\n" for host in hosts for number in range(times)),
    )
    assert wiki.run_in_process("scan", "page.md").returncode == 0


def pages_requested(web: Internet) -> int:
    """Return the number of requests for cited URLs, without those for robots.txt."""
    return sum(not visit.url.endswith("/robots.txt") for visit in web.visits)


def outcome(wiki: Folder) -> str | None:
    """Return the outcome of the last job that the store has."""
    found: str | None = wiki.query("SELECT outcome FROM run ORDER BY id DESC LIMIT 1")[0][0]
    return found


# --- how much


def test_links_beyond_the_limit_stay_due(wiki: Folder, web: Internet) -> None:
    cite(wiki, QUICK, "host-1.example", times=6)
    done = wiki.holdfast("check", "--limit", "4")
    assert done.returncode == 0, done.stderr
    assert "4 probes" in "\n".join(error_lines(done))
    assert pages_requested(web) == wiki.count("probe") == 4
    assert Counter(wiki.states().values()) == {"alive": 4, "unchecked": 8}


def test_host_and_all_check_only_the_links_of_a_host_due_or_not(
    wiki: Folder, web: Internet
) -> None:
    cite(wiki, QUICK, "host-1.example", times=3)
    assert wiki.holdfast("check", "--host", QUICK).returncode == 0
    assert {visit.host for visit in web.visits} == {QUICK}
    assert pages_requested(web) == 3
    assert wiki.holdfast("check", "--host", QUICK, "--all").returncode == 0
    assert {url for visit in web.visits for url in [visit.host]} == {QUICK}
    assert wiki.count("probe") == 6


# --- requests


def test_requests_to_a_host_use_its_rules(wiki: Folder, web: Internet) -> None:
    cite(wiki, QUICK, "host-1.example", times=3)
    rules = wiki.path / "holdfast.toml"
    more = f"""
[hosts."{QUICK}"]
user_agent = "Curious/1"
method = "get"
headers = {{ accept-language = "ja", Cookie = "consent=yes" }}
[hosts."host-1.*"]
skip = true
"""
    rules.write_text(rules.read_text(encoding="utf-8") + more, encoding="utf-8")
    for _ in range(2):  # the second time it would have been by HEAD
        done = wiki.holdfast("check", "--all")
        assert done.returncode == 0, done.stderr
        assert "3 probes" in done.stderr
        assert "3 links skipped by the configuration" in done.stderr
    sent = [
        (
            visit.host,
            visit.method,
            *(visit.headers[name] for name in ("User-Agent", "Accept-Language", "Cookie")),
        )
        for visit in web.visits
    ]
    assert sent == [(QUICK, "GET", "Curious/1", "ja", "consent=yes")] * 6
    assert Counter(wiki.states().values()) == {"alive": 3, "skipped": 3}


def test_a_remapped_link_is_stored_with_its_original_url(wiki: Folder, web: Internet) -> None:
    """An address of our own is asked only if it is allowed, remapped or not."""
    cited = {
        f"http://{host}.example/a": reason
        for host, reason in (("old", "ok"), ("inner", "unsafe-address"))
    }
    wiki.write("page.md", "".join(f"<{url}>\n" for url in cited))
    rules, inside = wiki.path / "holdfast.toml", web.connect_to(wildcard=True)["*:80"]
    remap = f"\n[remap]\n'http://old\\.example/(\\w+)' = 'http://{QUICK}/\\1?x'\n'http://inner\\.example' = 'http://{inside}'\n"
    rules.write_text(rules.read_text(encoding="utf-8") + remap, encoding="utf-8")
    assert wiki.run_in_process("scan", "page.md").returncode == 0
    done = wiki.holdfast("check")
    assert done.returncode == 0, done.stderr
    assert [visit.url for visit in web.visits] == [f"http://{QUICK}/a?x"]
    assert dict(wiki.query("SELECT url, reason FROM link")) == cited
    requested = [
        json.loads(requests)[0]["url"] for (requests,) in wiki.query("SELECT requests FROM probe")
    ]
    assert sorted(requested) == sorted([f"http://{QUICK}/a?x", f"http://{inside}/a"])


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_proxy_in_the_environment_is_used(
    folder: Folder, background: BackgroundLoop, web: Internet, scheme: str
) -> None:
    """Nothing here resolves these names: the proxy leads to them."""
    secret = web.server_context_for(LOOPBACK) if scheme == "https" else None
    proxy = background.start(
        Proxy({f"{QUICK}:80": web.connect_to(wildcard=True)["*:80"]}, tls=secret)
    )
    folder.write("holdfast.toml", configuration({}, "http://127.0.0.1:1", ca_file=web.ca_file))
    address = (
        f"{scheme}://reader:s3cret@{proxy.address}"
        if scheme != "socks5"
        else f"{scheme}://{proxy.address}"
    )
    done = folder.holdfast("check", f"http://{QUICK}/a", "-vv", env={"http_proxy": address})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["alive", "ok"]
    assert proxy.requests == [f"{QUICK}:80"]
    assert "s3cret" not in done.stderr


def test_a_reached_deadline_is_exit_code_0(wiki: Folder, web: Internet) -> None:
    cite(wiki, SLOW, times=200)
    done = wiki.holdfast("run", "page.md", "--deadline", "9s", "--fail-on", "any")
    assert done.returncode == 0, done.stderr
    assert "the deadline was reached; the rest stays due" in "\n".join(error_lines(done))
    assert outcome(wiki) == "deadline"
    assert 0 < wiki.count("probe") < 200
    assert wiki.count("probe") == wiki.count("link", "state = 'alive'")
    assert wiki.count("link", "state = 'unchecked'") == 200 - wiki.count("probe")


def test_urls_of_the_command_line_are_probed_at_once_and_their_verdicts_printed(
    wiki: Folder, web: Internet
) -> None:
    urls = [f"http://{QUICK}/a", f"http://{QUICK}/b", "http://127.0.0.1:9/"]
    done = wiki.holdfast("check", *urls)
    assert done.returncode == 0
    error_lines(done)
    printed = {line.split()[2]: line.split()[:2] for line in done.stdout.splitlines()}
    assert printed == {
        urls[0]: ["alive", "ok"],
        urls[1]: ["alive", "ok"],
        urls[2]: ["skipped", "unsafe-address"],
    }
    assert [visit.url for visit in web.visits] == urls[:2]


# --- when it stops


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_stopped_job_finishes_and_stores_requests_in_progress(
    wiki: Folder, web: Internet, number: signal.Signals
) -> None:
    cite(wiki, SLOW, times=200)
    running = wiki.start("run", "page.md")
    wait_for(lambda: pages_requested(web) >= 3, running)
    running.send_signal(number)
    _, output = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, output
    assert "stopping: finishing requests in progress" in output
    assert "Traceback" not in output
    assert outcome(wiki) == "interrupted"
    assert 3 <= pages_requested(web) < 100
    assert wiki.count("probe") == pages_requested(web)
    assert wiki.count("host", "lease_until IS NOT NULL") == 0
    assert f"http://{SLOW}/0" in {row["url"] for row in wiki.report()}


def test_a_host_that_never_responds_does_not_delay_a_stop(wiki: Folder, web: Internet) -> None:
    """The servers would answer in minutes; the job ends long before, and the links stay due."""
    cite(wiki, SILENT, QUICK, times=2)
    running = wiki.start("run", "page.md")
    wait_for(lambda: len(web.visits_to(SILENT)) == 1 and len(web.visits_to(QUICK)) == 2, running)
    running.send_signal(signal.SIGTERM)
    _, output = running.communicate(timeout=PATIENCE / 2)  # the silence lasts longer
    assert running.returncode == 0, output
    assert "Traceback" not in output
    assert {url for url, state in wiki.states().items() if state == "alive"} == {
        f"http://{QUICK}/0",
        f"http://{QUICK}/1",
    }
    assert wiki.count("link", f"state = 'unchecked' AND url LIKE 'http://{SILENT}/%'") == 2
    assert wiki.count("host", "lease_until IS NOT NULL") == 0


def test_a_second_stop_request_stops_at_once(wiki: Folder, web: Internet) -> None:
    cite(wiki, SILENT, times=2)
    running = wiki.start("run", "page.md")
    wait_for(lambda: web.visits, running)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    output = ""
    while "again to stop at once" not in output:
        line = running.stderr.readline()
        assert line, output
        output += line
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=PATIENCE / 2)
    assert running.returncode == 130, rest
    assert "stopped at once" in rest
    assert "Traceback" not in rest


def test_the_run_after_a_killed_one_checks_the_remaining_links(wiki: Folder, web: Internet) -> None:
    """Results that were written stay. The lease of a dead process on another machine expires after a minute."""
    cite(wiki, SLOW, times=24)
    running = wiki.start("check")
    wait_for(lambda: wiki.count("probe") >= 2, running)
    running.kill()
    running.communicate()
    kept = wiki.query("SELECT id, link_id FROM probe ORDER BY id")
    assert 2 <= len(kept) < 24

    wiki.execute("UPDATE host SET lease_owner = 'elsewhere:' || lease_owner")
    requested = pages_requested(web)
    early = wiki.holdfast("check")
    assert early.returncode == 0, early.stderr
    assert pages_requested(web) == requested
    assert "held by another run" in "\n".join(error_lines(early))

    wiki.age_history(timedelta(seconds=61))
    assert wiki.holdfast("check").returncode == 0
    assert set(wiki.states().values()) == {"alive"}
    assert wiki.query("SELECT id, link_id FROM probe ORDER BY id")[: len(kept)] == kept
    assert wiki.query("SELECT count(*), count(DISTINCT link_id) FROM probe") == [(24, 24)]
    assert wiki.query("PRAGMA integrity_check") == [("ok",)]


def test_two_jobs_at_once_share_the_hosts(wiki: Folder, web: Internet) -> None:
    hosts = [f"host-{number}.example" for number in range(8)]
    cite(wiki, *hosts, times=10)
    jobs = [wiki.start("check") for _ in range(2)]
    for job in jobs:
        _, output = job.communicate(timeout=PATIENCE)
        assert job.returncode == 0, output
        assert "database is locked" not in output
        assert "Traceback" not in output
    assert set(Counter(visit.url for visit in web.visits).values()) == {1}
    assert wiki.query("SELECT count(*), count(DISTINCT link_id) FROM probe") == [(80, 80)]
    assert set(wiki.states().values()) == {"alive"}


def test_a_run_prints_its_estimate_first(wiki: Folder) -> None:
    wiki.write(
        "holdfast.toml",
        (wiki.path / "holdfast.toml")
        .read_text("utf-8")
        .replace("interval = 0.0", "interval = 2.0", 1)
        .replace("lookups_per_minute = 6000", "lookups_per_minute = 10"),
    )
    cite(wiki, QUICK, times=100)
    done = wiki.holdfast("run", "--deadline", "3s", "--lookups", "20")
    assert done.returncode == 0, done.stderr
    # 100 x 1.3 x 2 s; 10 x 1.1 + 10 x 2 requests; 10 copies.
    assert (
        "about 7 min: 4 min for 100 probes on 1 host, 3 min for 20 lookups in archives, "
        "0 s to check about 10 copies found\n"
        f"  {QUICK}: 100 probes, 4 min\n"
    ) in done.stderr
