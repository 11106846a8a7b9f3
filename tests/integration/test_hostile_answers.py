"""Test hostile servers in one run with ordinary ones: each link is judged, and the run ends."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page
from crawler.demo.web import ANY, Behaviour, FakeWeb
from store.vocabulary import Reason
from tests.integration.liveness_run import PATIENCE, Probed, probe_in_subprocess
from tests.web.faults import written

TEXT = (
    "The council met on Tuesday and heard from those who live by the harbour, from the fishermen and from the school. "
    * 4
)
BODY = f"<title>Harbour lights</title><p>{TEXT}".encode()
LONG = "q" * 6_000


def answering(head: bytes, body: bytes = BODY) -> Behaviour:
    """Send a head unchanged, and a body."""
    return written("hostile", b"HTTP/1.1 " + head + b"Connection: close\r\n\r\n", lambda: [body])


def html(charset: bytes) -> Behaviour:
    return answering(b"200 OK\r\nContent-Type: text/html; charset=" + charset + b"\r\n")


def leading(location: bytes) -> Behaviour:
    return answering(b"301 Moved\r\nLocation: " + location + b"\r\n", b"")


HOSTILE: Mapping[str, tuple[Behaviour, Reason]] = {
    **{
        f"{name}.test": (html(name.encode()), Reason.OK)
        for name in ("base64", "idna", "undefined", "punycode", "rot13", "hex", "zip")
    },
    "meta.test": (
        answering(b"200 OK\r\nContent-Type: text/html\r\n", b'<meta charset="base64">' + BODY),
        Reason.OK,
    ),
    "never.test": (
        answering(b"503 Busy\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -1200\r\n", b"busy"),
        Reason.SERVER_ERROR,
    ),
    "digits.test": (
        answering(b"503 Busy\r\nRetry-After: " + b"9" * 5_000 + b"\r\n", b"busy"),
        Reason.SERVER_ERROR,
    ),
    "cookie.test": (
        answering(
            b'200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a="\\\\\\377\xe9; Expires=0\r\n'
        ),
        Reason.OK,
    ),
    "latin.test": (leading(b"http://pages.test/caf\xe9"), Reason.MOVED_PERMANENTLY),
    "utf8.test": (leading("http://pages.test/微".encode()), Reason.MOVED_PERMANENTLY),
    "long.test": (leading(f"http://pages.test/{LONG}".encode()), Reason.MOVED_PERMANENTLY),
    "endless.test": (leading(b"http://pages.test/" + b"q" * 20_000), Reason.INTERRUPTED),
    "nowhere.test": (leading(b"http://["), Reason.BAD_RESPONSE),
}
PAGES = {path: page("Harbour lights", TEXT) for path in ("/caf%E9", "/%E5%BE%AE", f"/{LONG}")}


@pytest.fixture(scope="module")
def probed(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Probed]:
    sites = {host: {ANY: behaviour} for host, (behaviour, _) in HOSTILE.items()}
    web = background.start(
        FakeWeb(
            {
                **sites,
                "pages.test": PAGES,
                **{f"innocent{number}.test": {ANY: page("Fine", TEXT)} for number in range(20)},
            }
        )
    )
    urls = [
        f"http://{host}/"
        for host in (*HOSTILE, *(f"innocent{number}.test" for number in range(20)))
    ]
    overrides = {
        "network.connect_to": web.connect_to(),
        "network.concurrency": 4,
        "hosts": {"*": {"interval": 0.0, "timeout": 60.0, "retry_wait": 0.1}},
    }
    found = probe_in_subprocess(
        tmp_path_factory.mktemp("hostile"), urls, overrides, rounds=1, seconds=PATIENCE
    )
    return {row.url: row for row in found}


@pytest.mark.parametrize("host", HOSTILE)
def test_a_hostile_answer_is_judged(probed: Mapping[str, Probed], host: str) -> None:
    row = probed[f"http://{host}/"]
    assert row.reason == HOSTILE[host][1], row


def test_all_harmless_urls_are_requested(probed: Mapping[str, Probed]) -> None:
    assert [probed[f"http://innocent{number}.test/"].reason for number in range(20)] == [
        Reason.OK
    ] * 20
