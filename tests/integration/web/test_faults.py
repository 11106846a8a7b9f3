"""Test that the faulty servers of the test internet fail as they describe."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import zlib

import aiohttp
import pytest

from crawler.demo.responses import page
from crawler.demo.web import FakeWeb
from tests.integration.web.client import ask, open_socket, read_raw
from tests.web.internet import Internet


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("reset", ConnectionResetError),
        ("empty-reply", http.client.RemoteDisconnected),
        ("reset-in-body", ConnectionResetError),
        ("short-body", http.client.IncompleteRead),
        ("bad-chunks", http.client.IncompleteRead),
        ("invalid-status-line", http.client.BadStatusLine),
        ("not-http", http.client.BadStatusLine),
        ("huge-header", http.client.LineTooLong),
        ("endless-headers", http.client.HTTPException),
    ],
)
def test_non_http_answer_is_sent(web: Internet, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(web, f"http://faults.test/{path}")
    assert [visit.url for visit in web.visits] == [f"http://faults.test/{path}"]


def test_faults_answer_head_with_a_head_alone(web: Internet) -> None:
    answer = ask(web, "http://faults.test/short-body", "HEAD")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "5000", b"")


def test_http_1_0_ends_with_the_connection(web: Internet) -> None:
    raw = read_raw(web, "http://faults.test/http-1.0")
    assert raw.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Length" not in raw
    assert raw.endswith(b"</html>")


def test_body_is_longer_than_its_content_length(web: Internet) -> None:
    head, _, body = read_raw(web, "http://faults.test/long-body").partition(b"\r\n\r\n")
    promised = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    assert len(body) > promised


def test_megabyte_header_is_sent(web: Internet) -> None:
    assert len(read_raw(web, "http://faults.test/huge-header", at_most=1 << 21)) > 1 << 20


@pytest.mark.parametrize("path", ["endless-body", "endless-headers"])
def test_endless_body_never_ends(web: Internet, path: str) -> None:
    assert len(read_raw(web, f"http://faults.test/{path}", at_most=4 << 20)) >= 4 << 20


def test_a_gzip_bomb_unpacks_to_far_more_than_it_is(web: Internet) -> None:
    _, _, body = read_raw(web, "http://faults.test/gzip-bomb", at_most=200_000).partition(
        b"\r\n\r\n"
    )
    unpacked, rest = 0, body
    while True:
        member = zlib.decompressobj(wbits=31)
        unpacked += len(member.decompress(rest))
        if not member.eof:
            break
        rest = member.unused_data
    assert unpacked > 500 * len(body)


@pytest.mark.parametrize(("path", "most"), [("slow-drip", 200), ("slow-head", 10)])
def test_a_drip_sends_little_and_does_not_end(web: Internet, path: str, most: int) -> None:
    assert 0 < len(read_raw(web, f"http://faults.test/{path}", seconds=1.2)) < most


@pytest.mark.parametrize(
    "url", ["http://faults.test/silence", "http://deaf.test/", "http://head.test/silence"]
)
def test_server_accepts_and_stays_silent(web: Internet, url: str) -> None:
    method = "HEAD" if "head.test" in url else "GET"
    with pytest.raises(TimeoutError):
        read_raw(web, url, method=method, seconds=0.3)


def test_silence_instead_of_connecting(web: Internet) -> None:
    with pytest.raises(TimeoutError):
        open_socket(web, "http://black-hole.test/", seconds=0.3)


def trusting(web: Internet) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(web.ca_file))


@pytest.mark.parametrize(
    "url", ["https://ok.test/", "https://redirect.test/secured", "https://xn--r8jz45g.test/"]
)
def test_valid_certificates_are_accepted(web: Internet, url: str) -> None:
    answer = ask(web, url, tls=trusting(web))
    assert answer.status == 200
    assert web.visits[-1].url == url


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ("expired.test", "certificate has expired"),
        ("not-yet-valid.test", "certificate is not yet valid"),
        ("wrong-host.test", "Hostname mismatch"),
        ("self-signed.test", "self-signed certificate"),
        ("unknown-authority.test", "unable to get local issuer certificate"),
    ],
)
def test_invalid_certificates_are_rejected(web: Internet, host: str, complaint: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
        ask(web, f"https://{host}/", tls=trusting(web))
    assert ask(web, f"http://{host}/").status == 200


def test_plain_http_where_tls_is_expected(web: Internet) -> None:
    with pytest.raises(ssl.SSLError):
        ask(web, "https://no-tls.test/", tls=trusting(web))


def test_nothing_is_trusted_without_the_authority(web: Internet) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(web, "https://ok.test/", tls=ssl.create_default_context())


def test_a_web_runs_inside_a_loop_and_ends_its_visitors() -> None:
    async def visit() -> tuple[int, bool]:
        async with aiohttp.ClientSession() as session:
            async with (
                FakeWeb({"a.test": {"/": page("A page", "Text.")}}) as web,
                session.get(
                    f"http://{web.connect_to()['a.test:80']}/", headers={"Host": "a.test"}
                ) as got,
            ):
                status = got.status
            try:
                await session.get(str(got.url))
            except aiohttp.ClientConnectionError:
                return status, True
            return status, False

    assert asyncio.run(visit()) == (200, True)
