"""Test `holdfast scan https://…` of a site with forbidden addresses and invalid sitemaps."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Self

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import document, page, redirect, status
from crawler.demo.web import Behaviour, FakeWeb
from tests.acceptance.folder import Folder, error_lines
from tests.web.proxies import Proxy

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class Listener:
    """Counts connections to a port of loopback, and answers none."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=10)


@pytest.fixture
def inside() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def index(*urls: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{entries}</sitemapindex>".encode()


def urlset(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
    return f"<urlset {NAMESPACE}>{entries}</urlset>".encode()


def site(
    background: BackgroundLoop, folder: Folder, pages: dict[str, Behaviour], *sitemaps: str
) -> FakeWeb:
    """Start a site whose robots.txt declares these sitemaps, and configure the folder to find it."""
    robots = "".join(f"Sitemap: {url}\n" for url in sitemaps).encode()
    web = background.start(
        FakeWeb(
            {
                "wiki.test": {
                    "/robots.txt": document(robots, "text/plain"),
                    "*": status(404),
                    **pages,
                }
            }
        )
    )
    mapping = "\n".join(
        f"{json.dumps(name)} = {json.dumps(target)}" for name, target in web.connect_to().items()
    )
    folder.write(
        "holdfast.toml",
        f'[hosts."*"]\ninterval = 0.0\ntimeout = 5\n[network.connect_to]\n{mapping}\n',
    )
    return web


def cited(folder: Folder) -> set[str]:
    """Return the citations that were found on the site's pages."""
    return {url for (url,) in folder.query("SELECT url FROM link")}


def links(*urls: str) -> Behaviour:
    return page("Links", markup="".join(f'<a href="{url}">x</a> ' for url in urls))


def test_only_http_urls_are_fetched(
    background: BackgroundLoop, folder: Folder, inside: Listener, tmp_path: Path
) -> None:
    secret = folder.write("secret.xml", urlset("http://wiki.test/docs/found-in-a-file.html"))
    os.mkfifo(tmp_path / "pipe")
    ftp = f"ftp://127.0.0.1:{inside.port}/sitemap.xml"
    data = "data:text/xml," + urlset("http://wiki.test/docs/found-in-data.html").decode().replace(
        " ", "%20"
    )
    others = [
        ftp,
        secret.as_uri(),
        f"file://{tmp_path}/pipe",
        "file:///dev/zero",
        data,
        "s3://bucket/key",
        "gopher://127.0.0.1/",
        "http://[",
    ]
    within = [
        f"http://{host}:{inside.port}/x"
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]")
    ]
    web = site(
        background,
        folder,
        {
            "/index.xml": document(
                index(
                    *others,
                    *within,
                    "http://wiki.test/moved.xml",
                    "http://wiki.test/moved-inside.xml",
                ),
                "application/xml",
            ),
            "/pages.xml": document(
                urlset(
                    *others, "http://wiki.test/docs/a.html", f"ftp://wiki.test:{inside.port}/docs/x"
                ),
                "application/xml",
            ),
            "/moved.xml": redirect(302, ftp),
            "/moved-inside.xml": redirect(302, within[1]),
            "/docs/": links(
                "https://good.example/",
                "to-file",
                "to-ftp",
                "to-inside",
                "ftp://wiki.test/docs/y",
                secret.as_uri(),
            ),
            "/docs/to-file": redirect(302, secret.as_uri()),
            "/docs/to-ftp": redirect(302, ftp),
            "/docs/to-inside": redirect(302, within[2]),
            "/docs/a.html": links("https://a.example/"),
        },
        *others,
        *within,
        "http://wiki.test/index.xml",
        "http://wiki.test/pages.xml",
    )
    done = folder.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0, done.stderr
    lines = error_lines(done)
    assert any(
        "declares sitemaps that are no http or https URLs: they are skipped" in line
        for line in lines
    )
    assert inside.connections == 0
    assert {"https://good.example/", "https://a.example/"} <= cited(folder)
    assert not [visit for visit in web.visits if "found-in" in visit.url]


SITEMAPS = {
    "gzipped": (gzip.compress(urlset("http://wiki.test/docs/a.html")), "application/gzip"),
    "gzipped twice over, as XML": (
        gzip.compress(urlset("http://wiki.test/docs/a.html")),
        "text/xml",
    ),
    "without an end": (urlset("http://wiki.test/docs/a.html")[:-12], "application/xml"),
    "with an unknown entity": (
        urlset("http://wiki.test/docs/a.html").replace(b"<url>", b"&none;<url>"),
        "application/xml",
    ),
    "plain text": (b"http://wiki.test/docs/a.html\n", "text/plain"),
    "index that names itself": (
        index("http://wiki.test/map.xml", "http://wiki.test/good.xml"),
        "application/xml",
    ),
}


@pytest.mark.parametrize("kind", SITEMAPS)
def test_sitemaps_of_any_encoding_and_compression_are_read(
    background: BackgroundLoop, folder: Folder, kind: str
) -> None:
    pages = {
        "/map.xml": document(*SITEMAPS[kind]),
        "/good.xml": document(urlset("http://wiki.test/docs/a.html"), "application/xml"),
        "/docs/": links("https://good.example/"),
        "/docs/a.html": links("https://a.example/"),
    }
    site(background, folder, pages, "http://wiki.test/map.xml")
    done = folder.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0
    assert cited(folder) == {"https://good.example/", "https://a.example/"}
    assert [line for line in error_lines(done) if "cannot fetch" in line] == []


BROKEN = {
    "empty": (b"", "application/xml"),
    "not XML": (b"\x00\xff\xfe<<<>", "application/xml"),
    "no sitemap": (b"<html><body>Not found</body></html>", "text/html"),
    "a broken archive": (b"\x1f\x8b\x08\x00broken", "application/gzip"),
}


@pytest.mark.parametrize("kind", [*BROKEN, "a bomb"])
def test_an_invalid_sitemap_is_one_line(
    background: BackgroundLoop, folder: Folder, kind: str
) -> None:
    if kind == "a bomb":  # made only here, as it takes a third of a second
        served = document(gzip.compress(b" " * 64_000_000), "application/gzip")
    else:
        served = document(*BROKEN[kind])
    pages = {"/map.xml": served, "/docs/": links("https://good.example/")}
    site(background, folder, pages, "http://wiki.test/map.xml")
    done = folder.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0
    assert cited(folder) == {"https://good.example/"}
    assert [line for line in error_lines(done) if "map.xml" in line] == [
        line
        for line in error_lines(done)
        if "http://wiki.test/map.xml is not a readable sitemap: it lists no pages" in line
    ]
    assert sum("map.xml" in line for line in error_lines(done)) == 1


@pytest.mark.parametrize("name", ["base64", "idna", "undefined", "rot13"])
def test_pages_with_an_invalid_charset_or_base_are_read(
    background: BackgroundLoop, folder: Folder, name: str
) -> None:
    odd = page(
        "Odd",
        markup='<a href="https://odd.example/">x</a>',
        headers={"Content-Type": f"text/html; charset={name}"},
    )
    based = page("Based", markup='<base href="http://["><a href="https://based.example/">x</a>')
    start = page(
        "Start",
        markup='<a href="odd.html">x</a> <a href="based.html">x</a> <a href="https://good.example/">x</a>',
    )
    site(background, folder, {"/docs/": start, "/docs/odd.html": odd, "/docs/based.html": based})
    done = folder.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0
    assert cited(folder) == {
        "https://good.example/",
        "https://odd.example/",
        "https://based.example/",
    }
    assert sum("cannot read its links" in line for line in error_lines(done)) == 1


def test_a_page_that_the_parser_cannot_read_in_time_is_searched_and_the_others_are_read(
    background: BackgroundLoop, folder: Folder
) -> None:
    """The parser compares each attribute of an element with all others: this page takes minutes."""
    attributes = " ".join(f"a{number}=b" for number in range(500_000))
    slow = f'<a href="https://slow.example/">x</a><a {attributes}>x</a>'
    web = site(
        background,
        folder,
        {
            "/sitemap.xml": document(
                urlset("http://wiki.test/docs/slow.html", "http://wiki.test/docs/next.html"),
                "application/xml",
            ),
            "/docs/": links("https://first.example/"),
            "/docs/slow.html": document(slow.encode(), "text/html"),
            "/docs/next.html": links("https://next.example/"),
        },
        "http://wiki.test/sitemap.xml",
    )
    done = folder.holdfast("scan", "http://wiki.test/docs/")
    assert done.returncode == 0, done.stderr
    lines = error_lines(done)
    assert any(
        "/docs/slow.html: its links to other pages are not followed: the parser took longer" in line
        for line in lines
    ), lines
    assert cited(folder) == {
        "https://first.example/",
        "https://slow.example/",
        "https://next.example/",
    }
    assert web.visits_to("http://wiki.test/docs/next.html")


SPELLINGS = [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "169.254.169.254",
]


def test_a_redirect_through_a_proxy_cannot_reach_a_private_address(
    background: BackgroundLoop, folder: Folder, inside: Listener
) -> None:
    moved = {
        f"/docs/{number}": redirect(302, f"http://{host}:{inside.port}/")
        for number, host in enumerate(SPELLINGS)
    }
    start = links("https://good.example/", *(path.removeprefix("/docs/") for path in moved))
    web = site(background, folder, {"/docs/": start, **moved})
    proxy = background.start(Proxy(web.connect_to()))
    folder.write("holdfast.toml", '[hosts."*"]\ninterval = 0.0\n')
    done = folder.holdfast(
        "scan",
        "http://wiki.test/docs/",
        env={"http_proxy": f"http://{proxy.address}", "no_proxy": ""},
    )
    assert done.returncode == 0, done.stderr
    error_lines(done)
    assert cited(folder) == {"https://good.example/"}
    assert {visit.url.partition("wiki.test")[2] for visit in web.visits} >= set(moved)
    assert set(proxy.requests) == {"wiki.test:80"}
    assert inside.connections == 0


@pytest.mark.parametrize(
    "proxy", ["http://pro xy:3128", "http://a:b@:1", "ftp://127.0.0.1:1", "http://127.0.0.1:99999"]
)
def test_an_invalid_proxy_is_one_error(folder: Folder, proxy: str) -> None:
    folder.write("a.md", "[a](http://a.example/) [b](http://b.example/)\n")
    folder.write("holdfast.toml", "")
    done = folder.holdfast("run", "a.md", env={"http_proxy": proxy})
    assert done.returncode == 3
    (line,) = error_lines(done)
    assert line.startswith("holdfast: environment variable http_proxy: invalid proxy address: ")
    assert proxy not in line
