"""Run without a working network: nothing counts against links, and one line says so."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY, Behaviour, closed_port
from tests.acceptance.folder import Folder, configuration, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.proxies import Proxy

HOSTS = [f"host-{number}.test" for number in range(6)]
CITED = "".join(f"- [link](http://{host}/page)\n" for host in HOSTS)
LIVING = page(title(1), *paragraphs(1, count=3))
PORTAL = "http://portal.test/login"


def web_of(behaviour: Behaviour, *, but: Mapping[str, Behaviour] = {}) -> Internet:
    hosts = {host: {ANY: but.get(host, behaviour)} for host in HOSTS}
    return Internet({**hosts, "portal.test": {ANY: LIVING}})


def outcomes(folder: Folder) -> list[str]:
    return [row[0].strip('"') for row in folder.query("SELECT outcome FROM run ORDER BY id")]


@pytest.mark.parametrize(
    "answer",
    [redirect(302, PORTAL), redirect(307, PORTAL), status(403), status(407), status(502), status(503)],
    ids=["portal", "portal-307", "403", "407", "502", "503"],
)  # fmt: skip
def test_a_portal_that_responds_for_all_hosts_counts_against_none(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback, answer: Behaviour
) -> None:
    folder.write("wiki/a.md", CITED)
    folder.configure(background.start(web_of(answer)), wayback)
    done = folder.holdfast("run", "wiki")
    assert done.returncode == 1
    assert done.stderr.count("no network: something else answers for all 6 hosts") == 1
    assert "no network" in error_lines(done)[-1]
    assert set(folder.states().values()) == {"unchecked"}
    assert outcomes(folder) == ["network-down"]
    report = (folder.path / ".holdfast" / "report.md").read_text("utf-8")
    assert "the network went down; the remaining links are still due." in report

    folder.configure(background.start(web_of(LIVING)), wayback)
    assert folder.holdfast("run", "wiki").returncode == 0
    assert set(folder.states().values()) == {"alive"}


def test_a_network_that_refuses_all_connections_is_none(
    folder: Folder, background: BackgroundLoop
) -> None:
    folder.write("wiki/a.md", CITED)
    with closed_port() as nowhere:
        every = {"*:80": nowhere, "*:443": nowhere}
        folder.write("holdfast.toml", configuration(every, f"http://{nowhere}"))
        done = folder.holdfast("run", "wiki")
        assert done.returncode == 1
        assert error_lines(done)[-1].startswith("holdfast: no network: could not reach ")
        assert set(folder.states().values()) == {"unchecked"}
        assert folder.count("probe") == folder.count("lookup") == 0


def test_no_limit_is_named_as_the_cause_of_what_a_missing_network_left(
    folder: Folder, background: BackgroundLoop
) -> None:
    folder.write("wiki/a.md", f"{CITED}\n[no page](b.md)\n")
    with closed_port() as nowhere:
        every = {"*:80": nowhere, "*:443": nowhere}
        limited = f'[hosts."{HOSTS[0]}"]\nper_day = 50\n'
        settings = configuration(every, f"http://{nowhere}") + limited
        folder.write("holdfast.toml", settings)
        assert folder.holdfast("run", "wiki").returncode == 1
    title, report = folder.run_in_process("report").stdout.split("\n", 1)
    assert folder.path.name in title.replace("\\", "")  # a name that contains "limit"
    assert "limit" not in report
    assert "6 were not reached and stay due." in report
    chinese = folder.run_in_process("report", "--lang", "zh").stdout
    assert "尚未检查：6 个链接" in chinese
    assert "`b.md`：" in chinese


@pytest.mark.parametrize("number", [502, 403], ids=str)
def test_one_responding_host_shows_that_the_network_is_up(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback, number: int
) -> None:
    folder.write("wiki/a.md", CITED)
    web = web_of(status(number), but={HOSTS[3]: LIVING})
    folder.configure(background.start(web), wayback)
    assert folder.holdfast("run", "wiki", "--fail-on", "never").returncode == 0
    states = folder.states()
    assert states.pop(f"http://{HOSTS[3]}/page") == "alive"
    assert set(states.values()) == {"suspect" if number == 502 else "blocked"}


def test_earlier_failures_do_not_count_as_a_network_outage(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    folder.write("wiki/a.md", CITED)
    web = web_of(status(502), but={HOSTS[3]: LIVING})
    folder.configure(background.start(web), wayback)
    folder.holdfast("run", "wiki", "--fail-on", "never")
    failing = [f"http://{host}/page" for host in HOSTS if host != HOSTS[3]]
    done = folder.holdfast("check", *failing)
    assert "no network" not in done.stderr
    query = "SELECT json_group_array(consecutive_failures) FROM link WHERE state = 'suspect'"
    assert json.loads(folder.query(query)[0][0]) == [2] * len(failing)


def test_two_failing_hosts_are_no_network_outage(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    folder.write("wiki/a.md", "".join(CITED.splitlines(keepends=True)[:2]))
    folder.configure(background.start(web_of(status(502))), wayback)
    assert folder.holdfast("run", "wiki", "--fail-on", "never").returncode == 0
    assert set(folder.states().values()) == {"suspect"}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_an_archive_on_this_machine_that_is_away_is_no_missing_network(
    folder: Folder, background: BackgroundLoop, name: str
) -> None:
    """One refusing host beside it is that host's own failure."""
    folder.write("wiki/a.md", CITED.splitlines(keepends=True)[0])
    with closed_port() as nowhere:
        away = f"http://{name}:{nowhere.rpartition(':')[2]}"
        every = {"*:80": nowhere, "*:443": nowhere}
        folder.write("holdfast.toml", configuration(every, away))
        done = folder.holdfast("run", "wiki", "--fail-on", "never")
        assert "no network" not in done.stderr
        assert done.returncode == 0, done.stderr
        assert "querying archives: 1 of 1; 1 unknown" in done.stderr
        assert set(folder.states().values()) == {"suspect"}
        done = folder.holdfast("archive")
        assert done.returncode == 0, done.stderr


HIDDEN = [f"http://host-{number}.invalid/page" for number in range(12)]  # they never resolve


@pytest.mark.parametrize("number", [3, 9, 10, 12])
def test_many_hosts_that_fail_alike_are_no_proof_of_a_network(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback, number: int
) -> None:
    """The archive's name may be the only one that resolves. A few hosts may all be dead."""
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in HIDDEN[:number]))
    web = background.start(web_of(LIVING))
    folder.write("holdfast.toml", configuration(web.connect_to(), wayback.endpoint))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    expected = f"no network: all {number} hosts requested fail alike (names that do not resolve)"
    if number < 10:
        assert done.returncode == 0, done.stderr
        assert set(folder.states().values()) == {"suspect"}
        return
    assert done.returncode == 1, done.stderr
    assert done.stderr.count(expected) == 1
    assert set(folder.states().values()) == {"unchecked"}
    assert outcomes(folder) == ["network-down"]


def test_three_hosts_that_fail_alike_do_not_count_if_a_host_that_was_alive_fails_too(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    folder.write("wiki/a.md", CITED.splitlines(keepends=True)[0])
    web = background.start(web_of(LIVING))
    folder.write("holdfast.toml", configuration(web.connect_to(), wayback.endpoint))
    folder.holdfast("run", "wiki")
    folder.write("wiki/b.md", "".join(f"- <{url}>\n" for url in HIDDEN[:3]))
    folder.write("holdfast.toml", configuration({}, wayback.endpoint))  # its name is unknown now
    done = folder.holdfast("run", "wiki")
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("no network: all 3 hosts requested fail alike") == 1
    assert outcomes(folder) == ["finished", "network-down"]


def test_hosts_that_fail_alike_count_once_a_host_was_alive(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    """A host that was alive in an earlier run, and is not due, is connected to for that."""
    folder.write("wiki/a.md", CITED.splitlines(keepends=True)[0])
    web = background.start(web_of(LIVING))
    folder.write("holdfast.toml", configuration(web.connect_to(), wayback.endpoint))
    folder.holdfast("run", "wiki")
    folder.write("wiki/b.md", "".join(f"- <{url}>\n" for url in HIDDEN[:4]))
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert "no network" not in done.stderr
    assert "unchecked" not in folder.states().values()
    assert outcomes(folder) == ["finished", "finished"]


# Of a folder whose configuration maps nothing: only a proxy leads to the web and the archive.
UNMAPPED = configuration({}, "http://archive.test")


def through(proxy: str) -> Mapping[str, str]:
    """Return an environment that names a proxy for all requests."""
    return {"http_proxy": f"http://{proxy}", "https_proxy": f"http://{proxy}", "no_proxy": ""}


def test_behind_a_proxy_of_the_environment_no_name_needs_to_resolve(
    folder: Folder, background: BackgroundLoop
) -> None:
    folder.write("wiki/a.md", CITED)
    folder.write("holdfast.toml", UNMAPPED)
    web = background.start(web_of(LIVING)).connect_to(wildcard=True)["*:80"]
    proxy = background.start(Proxy({f"{host}:80": web for host in HOSTS}))
    folder.holdfast("scan", "wiki")
    done = folder.holdfast("check", env=through(proxy.address))
    assert done.returncode == 0, done.stderr
    assert set(folder.states().values()) == {"alive"}


@pytest.mark.parametrize("place", ["environment", "configuration"])
def test_a_proxy_that_refuses_connections_is_no_network(folder: Folder, place: str) -> None:
    folder.write("wiki/a.md", CITED)
    with closed_port() as nowhere:
        configured = f'[network]\nproxy = "http://{nowhere}"\n'
        is_configured = place == "configuration"
        text = UNMAPPED.replace("[network]\n", configured, 1) if is_configured else UNMAPPED
        folder.write("holdfast.toml", text)
        done = folder.holdfast("run", "wiki", env={} if is_configured else through(nowhere))
        assert done.returncode == 1
        expected = f"holdfast: no network: could not reach the proxy {nowhere}; nothing was checked"
        assert error_lines(done)[-1].startswith(expected)
    assert set(folder.states().values()) == {"unchecked"}
    assert outcomes(folder) == ["network-down"]
    assert folder.count("probe") == folder.count("lookup") == 0


def test_a_proxy_that_lets_no_request_through_counts_against_no_host(
    folder: Folder, background: BackgroundLoop
) -> None:
    """Over https the proxy's error is no response of a host, but a failure of the connection."""
    folder.write("wiki/a.md", CITED.replace("http:", "https:"))
    folder.write("holdfast.toml", UNMAPPED)
    proxy = background.start(Proxy({}))
    done = folder.holdfast("run", "wiki", env=through(proxy.address))
    assert done.returncode == 1
    found = "no network: something else answers for all 6 hosts requested (errors of the proxy)"
    assert done.stderr.count(found) == 1
    assert set(folder.states().values()) == {"unchecked"}
    assert outcomes(folder) == ["network-down"]


def test_a_url_without_a_verdict_is_printed_once(
    folder: Folder, background: BackgroundLoop, wayback: RunningWayback
) -> None:
    folder.configure(background.start(web_of(status(511))), wayback)
    done = folder.holdfast("check", f"http://{HOSTS[0]}/page")
    assert done.stdout == f"not checked  no network  http://{HOSTS[0]}/page\n"
