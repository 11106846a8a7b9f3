"""Test `holdfast scan https://…` of pages with invalid charsets: they are read, and links followed."""

from __future__ import annotations

import json

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import FakeWeb
from tests.acceptance.folder import Folder
from tests.web.faults import written

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=base64\r\nConnection: close\r\n\r\n"
START = (
    b'<meta charset=idna><p><a href="https://a.example/">A</a> <a href="linked.html">on</a> \xff'
)


def test_pages_with_an_invalid_charset_are_read_and_their_links_followed(
    folder: Folder, background: BackgroundLoop
) -> None:
    pages = {
        "/docs/": written("a charset that is none", HEAD, lambda: [START]),
        "/docs/linked.html": page("Linked", markup='<a href="https://b.example/">B</a>'),
        "*": status(404),
    }
    site = background.start(FakeWeb({"wiki.test": pages}))
    mapping = "\n".join(
        f"{json.dumps(name)} = {json.dumps(target)}" for name, target in site.connect_to().items()
    )
    folder.write("holdfast.toml", f'[hosts."*"]\ninterval = 0.0\n[network.connect_to]\n{mapping}\n')
    done = folder.holdfast("scan", "--format", "jsonl", "http://wiki.test/docs/")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert {json.loads(line)["url"] for line in done.stdout.splitlines()} == {
        "https://a.example/",
        "https://b.example/",
    }
