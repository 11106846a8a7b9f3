"""Test that copies and lookups behind `archives.proxy` do not fail when it ends, hangs or is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY, closed_port
from tests.acceptance.folder import Folder, configuration, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title
from tests.web.proxy_process import ProxyProcess

HOSTS = tuple(f"site{number}.test" for number in range(6))
LINKS = [f"http://{host}/{number}" for number in range(4) for host in HOSTS]
CITED_ORIGINALS = [f"{url}x" for url in LINKS[:12]]
CITED = [f"https://web.archive.org/web/20210805110426/{url}" for url in CITED_ORIGINALS]
LIVING = page(title(1), *paragraphs(1, count=3))


@contextmanager
def proxy_that(kind: str, place: str, most: int) -> Iterator[str]:
    if kind == "unknown":
        yield "proxy.invalid:3128"
    elif kind == "refuses":
        with closed_port() as nowhere:
            yield nowhere
    else:
        with ProxyProcess({place: place}, most=most, hangs=kind == "hangs") as proxy:
            yield proxy.address


def configure(folder: Folder, web: Internet, wayback: RunningWayback, proxy: str) -> None:
    """Write a configuration with short timeouts, as each request to a proxy that hangs lasts so long."""
    folder.configure(web, wayback, more=f'\n[archives]\nproxy = "http://{proxy}"\n')
    text = (folder.path / "holdfast.toml").read_text("utf-8")
    text = text.replace("timeout = 5", "timeout = 1").replace(
        "lookups_per", "timeout = 1\nlookups_per"
    )
    folder.write("holdfast.toml", text)


@pytest.fixture
def web(folder: Folder, background: BackgroundLoop, wayback: RunningWayback) -> Internet:
    folder.write("wiki/a.md", "".join(f"- <{url}>\n" for url in [*LINKS, *CITED]))
    for url in [*LINKS, *CITED_ORIGINALS]:
        held = StoredSnapshot(original=url, timestamp="20210805110426", body=LIVING.html)
        wayback.snapshots.append(held)
    return background.start(Internet({host: {ANY: LIVING} for host in HOSTS}))


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("hangs", 0), ("hangs", 4), ("hangs", 20), ("ends", 4), ("ends", 20),
        ("refuses", 0), ("unknown", 0),
    ],
)  # fmt: skip
def test_an_archive_proxy_that_does_not_respond_makes_no_copy_fail(
    folder: Folder, web: Internet, wayback: RunningWayback, kind: str, most: int
) -> None:
    with proxy_that(kind, wayback.endpoint.partition("://")[2], most) as address:
        configure(folder, web, wayback, address)
        done = folder.holdfast("run", "wiki")
    assert done.returncode == 0, done.stderr
    assert set(folder.states().values()) == {"alive"}
    assert set(folder.states("mirror").values()) <= {"alive", "unchecked"}
    assert "unchecked" in folder.states("mirror").values() or most > len(CITED)
    (warning,) = [line for line in error_lines(done) if line.startswith("warning: ")]
    assert warning.startswith(f"warning: the proxy {address} (archives.proxy) does not respond: ")
    assert len(wayback.requests) <= most


@pytest.fixture(params=["address", "name"])
def endpoint(request: pytest.FixtureRequest, wayback: RunningWayback) -> str:
    """The archive's address; its name resolves nowhere, so that only the proxy leads to it."""
    return wayback.endpoint if request.param == "address" else "http://archive.test"


def configure_endpoint(folder: Folder, web: Internet, endpoint: str, proxy: str) -> None:
    text = configuration(web.connect_to(), endpoint)
    folder.write("holdfast.toml", f'{text}\n[archives]\nproxy = "{proxy}"\n')


def test_copies_and_lookups_use_the_archive_proxy_alone(
    folder: Folder, web: Internet, wayback: RunningWayback, endpoint: str
) -> None:
    place = wayback.endpoint.partition("://")[2]
    with ProxyProcess({place: place, "archive.test:80": place}) as proxy:
        configure_endpoint(folder, web, endpoint, f"http://{proxy.address}")
        done = folder.holdfast("run", "wiki")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    assert set(folder.states().values()) == set(folder.states("mirror").values()) == {"alive"}
    assert folder.count("lookup") > 0


def test_a_check_of_copies_alone_needs_no_other_network(
    folder: Folder, web: Internet, wayback: RunningWayback, endpoint: str
) -> None:
    place = wayback.endpoint.partition("://")[2]
    folder.holdfast("scan", "wiki")
    with ProxyProcess({place: place, "archive.test:80": place}) as proxy:
        configure_endpoint(folder, web, endpoint, proxy.address)
        done = folder.holdfast("check", *CITED)
    assert done.returncode == 0, done.stderr
    assert set(folder.states("mirror").values()) == {"alive"}
    assert set(folder.states().values()) == {"unchecked"}


def test_the_archive_command_names_the_setting(folder: Folder, web: Internet) -> None:
    folder.holdfast("scan", "wiki")
    with closed_port() as nowhere:
        configure_endpoint(folder, web, "https://web.archive.org", f"http://user:secret@{nowhere}")
        done = folder.holdfast("archive")
    assert done.returncode == 1, done.stderr
    *_, warning, last = error_lines(done)
    assert warning.startswith(f"warning: the proxy {nowhere} (archives.proxy) does not respond")
    assert last == (
        "holdfast: cannot reach the archive, nothing was requested: "
        "check the connection or archives.proxy, then run again"
    )
    assert "secret" not in done.stderr
