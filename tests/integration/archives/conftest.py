"""Provide a fake archive to each test, and a client that is configured to use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from crawler.archive_clients.wayback import WaybackClient
from crawler.demo.background import run_in_thread
from tests.integration.archives.clients import client_of
from tests.web.archive import RunningWayback


async def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    """Return the response of the web to the archive: a page, a 404 or a redirect, or refuse it."""
    if "refuses" in url:
        raise ConnectionRefusedError(url)
    rest, _, number = url.rpartition("/")
    if "hops" in rest and int(number):
        return 301, {"Location": f"{rest}/{int(number) - 1}"}, b""
    return (
        (404 if "missing" in url else 200),
        {"Content-Type": "text/html; charset=utf-8"},
        url.encode(),
    )


@pytest.fixture
def archive() -> Iterator[RunningWayback]:
    with run_in_thread(RunningWayback(fetch=fetch)) as archive:
        yield archive


@pytest.fixture
def client(archive: RunningWayback) -> Iterator[WaybackClient]:
    with closing(client_of(archive.endpoint)) as client:
        yield client
