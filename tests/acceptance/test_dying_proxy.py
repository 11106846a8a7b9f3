"""Test that a proxy which ends or hangs while a job runs makes no living link fail, and that the job ends."""

from __future__ import annotations

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY
from tests.acceptance.folder import PATIENCE, Folder
from tests.acceptance.test_no_network import UNMAPPED, outcomes, through
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.proxy_process import ProxyProcess

HOSTS = tuple(f"site{number}.test" for number in range(6))
LINKS = [f"http://{host}/{number}" for number in range(5) for host in HOSTS]
LIVING = page(title(1), *paragraphs(1, count=3))
DOWN = "the network is down: no requests are sent until it is up again"


@pytest.fixture
def own_web(folder: Folder, background: BackgroundLoop) -> Internet:
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in LINKS))
    return background.start(Internet({host: {ANY: LIVING} for host in HOSTS}))


@pytest.mark.parametrize("most", [0, 8, 20])
def test_a_network_proxy_that_ends(folder: Folder, own_web: Internet, most: int) -> None:
    folder.write("holdfast.toml", UNMAPPED)
    web = own_web.connect_to(wildcard=True)["*:80"]
    with ProxyProcess({f"{host}:80": web for host in HOSTS}, most=most) as proxy:
        done = folder.holdfast("run", "wiki", "--deadline", "15s", env=through(proxy.address))
    assert set(folder.states().values()) <= {"alive", "unchecked"}
    assert "unchecked" in folder.states().values()
    said = [DOWN in done.stderr, "no network: could not reach the proxy" in done.stderr]
    assert any(said), done.stderr
    assert outcomes(folder) in (["deadline"], ["network-down"])


def test_a_network_proxy_that_is_started_again(folder: Folder, own_web: Internet) -> None:
    folder.write("holdfast.toml", UNMAPPED)
    web = own_web.connect_to(wildcard=True)["*:80"]
    places = {f"{host}:80": web for host in HOSTS}
    with ProxyProcess(places, most=12) as proxy:
        running = folder.start("run", "wiki", "--fail-on", "never", env=through(proxy.address))
        proxy.wait(PATIENCE)
    with ProxyProcess(places, port=int(proxy.address.rpartition(":")[2])) as proxy:
        running.wait(PATIENCE)
        assert set(folder.states().values()) <= {"alive", "unchecked"}
        folder.holdfast("check", env=through(proxy.address))
        assert set(folder.states().values()) == {"alive"}


# A short timeout, as each request to a proxy that hangs lasts so long.
HURRIED = UNMAPPED.replace("timeout = 5", "timeout = 1")


@pytest.mark.parametrize("most", [0, 20])
def test_a_network_proxy_that_hangs(folder: Folder, own_web: Internet, most: int) -> None:
    folder.write("holdfast.toml", HURRIED)
    web = own_web.connect_to(wildcard=True)["*:80"]
    with ProxyProcess({f"{host}:80": web for host in HOSTS}, most=most, hangs=True) as proxy:
        done = folder.holdfast("run", "wiki", "--deadline", "25s", env=through(proxy.address))
    assert set(folder.states().values()) <= {"alive", "unchecked"}
    assert "unchecked" in folder.states().values()
    said = [DOWN in done.stderr, "no network: could not reach the proxy" in done.stderr]
    assert any(said), done.stderr
    assert outcomes(folder) in (["deadline"], ["network-down"])
