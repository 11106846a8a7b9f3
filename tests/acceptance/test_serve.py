"""The report site from the command line: written by `report --site`, shown by `serve`."""

from __future__ import annotations

import http.client
import re
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.acceptance.folder import Folder, one_line

PAGE = "# 河\n\n见 [公告](http://gone.example/stop)。\n"


@pytest.fixture
def scanned(folder: Folder) -> Folder:
    folder.write("notes/河.md", PAGE)
    assert folder.here("scan", "notes").returncode == 0
    return folder


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def port(scanned: Folder, request: pytest.FixtureRequest) -> Iterator[int]:
    """Where the site is served, until the process is told to end."""
    serving = scanned.start("serve", "--port", "0")
    assert serving.stderr is not None
    match = re.match(r"http://127\.0\.0\.1:(\d+)/", serving.stderr.readline())
    assert match
    yield int(match[1])
    serving.send_signal(request.param)
    assert serving.wait(timeout=20) == 0


def asked(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_the_site_is_shown_and_nothing_else(port: int) -> None:
    status, index = asked(port, "/")
    assert status == 200
    assert "data/links.json" in index
    assert "http://gone.example/stop" in asked(port, "/data/links.json")[1]
    assert asked(port, "/link/0/1.html")[0] == 200
    assert [asked(port, path)[0] for path in ("/link/", "/data/", "/../holdfast.db", "/%2e%2e/%2e%2e/etc/passwd")] == [404] * 4
    assert asked(port, "/", "POST")[0] == 501


def test_a_port_that_is_taken(scanned: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = one_line(scanned.here("serve", "--port", str(taken.getsockname()[1])), 3)
    assert "try another --port" in line


def test_a_site_for_each_wiki_and_a_page_that_leads_to_them(folder: Folder) -> None:
    folder.write("holdfast.toml", "[wikis.'河边']\npages = ['a']\n[wikis.b]\npages = ['b']\n")
    folder.write("a/河.md", PAGE)
    folder.write("b/x.md", "[x](http://b.example/)\n")
    assert folder.here("scan").returncode == 0
    done = folder.here("report", "--site", "public")
    assert done.stderr.splitlines() == ["report: public/index.html"]
    index = (folder.path / "public" / "index.html").read_text(encoding="utf-8")
    assert 'href="%E6%B2%B3%E8%BE%B9/index.html"' in index
    assert "gone.example" in (folder.path / "public/河边/data/links.json").read_text(encoding="utf-8")
    assert "gone.example" not in (folder.path / "public/b/data/links.json").read_text(encoding="utf-8")
    assert folder.here("report", "--site", "public").returncode == 0


def test_a_folder_with_something_else_in_it(scanned: Folder) -> None:
    assert "notes holds something else" in one_line(scanned.here("report", "--site", "notes"), 3)
    assert (scanned.path / "notes/河.md").read_text(encoding="utf-8") == PAGE
