"""Test the archive transport: certificates, proxies, no redirects, no cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive_clients.transport import Transport
from crawler.demo.archive import FakeWayback
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop, run_in_thread
from crawler.demo.web import ANY, FakeWeb, serve
from store.vocabulary import CaptureStatus, LookupOutcome
from tests.integration.archives.clients import client_of
from tests.web.archive import RunningWayback
from tests.web.certificates import Authority
from tests.web.faults import written
from tests.web.proxies import Proxy

PAGE = "https://example.org/"
READ = datetime(2021, 8, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def ca_file(authority: Authority, tmp_path: Path) -> str:
    authority.write_certificate(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def tls_archive(authority: Authority) -> Iterator[str]:
    """Start an archive with TLS and a certificate for `localhost`, and return its address."""
    archive = FakeWayback([StoredSnapshot(original=PAGE, timestamp="20210101000000")])
    context = authority.context_for("localhost")
    with run_in_thread(serve(archive.app, tls=context)) as address:
        yield f"https://localhost:{address.rpartition(':')[2]}"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)


def test_an_unknown_authority_is_not_trusted(tls_archive: str) -> None:
    with closing(client_of(tls_archive)) as client:
        lookup = client.nearest(PAGE, READ)
    assert lookup.outcome is LookupOutcome.UNKNOWN
    assert "certificate verify failed" in lookup.detail


def test_only_the_configured_authority_is_trusted(
    tls_archive: str, ca_file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Authority().write_certificate(tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with closing(client_of(tls_archive, ca_file=ca_file)) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.FOUND
    with closing(client_of(tls_archive, ca_file=str(tmp_path / "other.pem"))) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN


def test_the_systems_authorities_are_trusted(
    tls_archive: str, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    with closing(client_of(tls_archive)) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.FOUND


def test_a_configured_authority_is_trusted_in_addition_to_the_system_ones(
    tls_archive: str, ca_file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Authority().write_certificate(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    with closing(client_of(tls_archive, ca_file=str(tmp_path / "other.pem"))) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.FOUND


def test_a_socks_proxy_is_used(background: BackgroundLoop, archive: RunningWayback) -> None:
    address_of_archive = archive.endpoint.partition("://")[2]
    proxy = background.start(Proxy({"web.archive.example:80": address_of_archive}))
    address = f"socks5h://{proxy.address}"
    with closing(client_of("http://web.archive.example", proxy=address)) as client:
        assert client.nearest("http://a.example/x", READ).outcome is LookupOutcome.NONE
    assert set(proxy.requests) == {"web.archive.example:80"}


def test_a_configured_proxy_overrides_the_environment(
    archive: RunningWayback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with closing(client_of("http://web.archive.example", proxy=archive.endpoint)) as client:
        client.nearest(PAGE, READ)
    assert archive.requests[0].target.startswith("http://web.archive.example/cdx/search/cdx?")


def test_a_missing_certificate_authority_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pem"):
        Transport(user_agent="t", ca_file=str(tmp_path / "nowhere.pem"))


def test_proxies_come_from_the_environment(
    archive: RunningWayback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", archive.endpoint)
    monkeypatch.delenv("no_proxy", raising=False)
    with closing(client_of("http://web.archive.example")) as client:
        client.nearest(PAGE, READ)
    assert archive.requests[0].target.startswith("http://web.archive.example/cdx/search/cdx?")


def test_redirects_are_not_followed_and_cookies_are_not_stored(archive: RunningWayback) -> None:
    archive.faults["other"] = SimulatedFault(
        status=302, headers={"Location": "/elsewhere", "Set-Cookie": "a=b"}
    )
    with closing(Transport(user_agent="t")) as transport:
        responses = [transport.get(f"{archive.endpoint}/here", timeout=5) for _ in range(2)]
    assert [response.status for response in responses] == [302, 302]
    assert [request.target for request in archive.requests] == ["/here", "/here"]
    assert [request.headers.get("Cookie") for request in archive.requests] == [None, None]


@pytest.mark.parametrize(
    "location", [b"http://[", b"/caf\xe9", b"//a:b:c/", b"\xff\xfe", b"http://us[er@a.example/"]
)
def test_an_invalid_location_is_accepted(background: BackgroundLoop, location: bytes) -> None:
    head = (
        b"HTTP/1.1 302 Found\r\nLocation: "
        + location
        + b"\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -1200\r\nContent-Length: 0\r\n\r\n"
    )
    web = background.start(FakeWeb({ANY: {ANY: written("hostile", head)}}))
    endpoint = f"http://{web.connect_to(wildcard=True)['*:80']}"
    with closing(Transport(user_agent="t")) as transport:
        assert transport.get(f"{endpoint}/", timeout=5).status == 302
    with closing(client_of(endpoint)) as client:
        assert client.nearest(PAGE, READ).outcome is LookupOutcome.UNKNOWN
        assert client.save(PAGE).status is not CaptureStatus.CAPTURED


def test_a_mapped_host_is_verified_by_its_own_certificate(
    authority: Authority, ca_file: str
) -> None:
    archive = FakeWayback([StoredSnapshot(original=PAGE, timestamp="20210101000000")])
    context = authority.context_for("web.archive.org")
    with run_in_thread(serve(archive.app, tls=context)) as address:
        mapping = {"*:443": address}
        with closing(
            client_of("https://web.archive.org", ca_file=ca_file, connect_to=mapping)
        ) as client:
            assert client.nearest(PAGE, READ).outcome is LookupOutcome.FOUND
        # A mapped host is connected to without the proxy, as by probes.
        with closing(
            client_of(
                "https://web.archive.org",
                ca_file=ca_file,
                connect_to=mapping,
                proxy="http://127.0.0.1:9",
            )
        ) as client:
            assert client.nearest(PAGE, READ).outcome is LookupOutcome.FOUND
