"""Test the report site from the command line: `report --site` and `serve`."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.acceptance.folder import Folder, one_line

PAGE = "# 河\n\n见 [公告](http://gone.example/stop)。\n"


@pytest.fixture
def scanned(folder: Folder) -> Folder:
    folder.write("notes/河.md", PAGE)
    assert folder.run_in_process("scan", "notes").returncode == 0
    return folder


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def port(scanned: Folder, request: pytest.FixtureRequest) -> Iterator[int]:
    """Serve the site until the test ends, and return its port."""
    serving = scanned.start("serve", "--port", "0")
    assert serving.stderr is not None
    match = re.match(r"http://127\.0\.0\.1:(\d+)/", serving.stderr.readline())
    assert match
    yield int(match[1])
    serving.send_signal(request.param)
    assert serving.wait(timeout=20) == 0


def test_a_site_without_its_option_is_named_in_the_error(folder: Folder) -> None:
    done = folder.run_in_process("serve", "public")
    assert done.returncode == 3
    assert "unexpected argument 'public': to serve a site, use --site public" in done.stderr


def request(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_only_files_of_the_site_are_served(port: int) -> None:
    status, index = request(port, "/")
    assert status == 200
    assert "data/links.json" in index
    assert "http://gone.example/stop" in request(port, "/data/links.json")[1]
    assert request(port, "/link/gone.example/1.html")[0] == 200
    assert [
        request(port, path)[0]
        for path in ("/link/", "/data/", "/../holdfast.db", "/%2e%2e/%2e%2e/etc/passwd")
    ] == [404] * 4
    assert request(port, "/", "POST")[0] == 501


def raw(port: int, request: bytes, address: str = "127.0.0.1") -> bytes:
    """Send bytes as a request, and return the first line of the response, or all of one without lines."""
    with socket.create_connection((address, port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer.partition(b"\r\n")[0]


def named(port: int, host: str, address: str = "127.0.0.1") -> int:
    """Return the status of a request for the front page with this Host header."""
    line = raw(
        port, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), address
    )
    return int(line.split()[1])


@contextmanager
def serving(folder: Folder, *arguments: str) -> Iterator[tuple[int, Callable[[], str]]]:
    """Serve, and yield the port and a function that returns the output at the end."""
    process = folder.start("serve", "--port", "0", *arguments)
    assert process.stderr is not None
    match = re.match(r"http://\S+:(\d+)/", process.stderr.readline())
    assert match

    def end() -> str:
        process.send_signal(signal.SIGTERM)
        return process.communicate(timeout=20)[1]

    yield int(match[1]), end


def test_only_configured_host_names_are_served(scanned: Folder) -> None:
    with serving(scanned, "--allow-host", "Wiki.lan", "--allow-host", "wiki.example:9000") as (
        port,
        _,
    ):
        own = (f"localhost:{port}", f"LOCALHOST.:{port}", f"127.0.0.1:{port}", f"[::1]:{port}")
        added = ("wiki.lan", f"wiki.lan:{port}", "wiki.lan:1", "wiki.example:9000")
        strangers = (
            "evil.example",
            f"evil.example:{port}",
            "localhost",
            "localhost:1",
            "127.0.0.1",
            "wiki.example",
            f"x.localhost:{port}",
        )
        forged = (
            f"localhost:{port}@evil.example",
            f"evil.example:{port}, localhost:{port}",
            "[",
            f"127.0.0.2:{port}",
            "",
        )
        assert {host: named(port, host) for host in (*own, *added)} == dict.fromkeys(
            (*own, *added), 200
        )
        assert {host: named(port, host) for host in (*strangers, *forged)} == dict.fromkeys(
            (*strangers, *forged), 421
        )
        twice = b"GET / HTTP/1.1\r\nHost: localhost:%d\r\nHost: evil.example\r\n\r\n" % port
        assert b" 400 " in raw(port, twice)
        assert b" 400 " in raw(port, b"GET / HTTP/1.1\r\n\r\n")


def test_silent_connections_do_not_block_others(scanned: Folder) -> None:
    with serving(scanned) as (port, end), ExitStack() as opened:
        idle = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(200)
        ]
        assert request(port, "/")[0] == 200
        idle[0].settimeout(20)
        assert idle[0].recv(1) == b""  # the oldest one was closed
        idle[-1].sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        assert idle[-1].recv(100).startswith(b"HTTP/1.0 200")
        assert "Traceback" not in end()


def test_the_address_of_the_machine_is_accepted_as_host_name(scanned: Folder) -> None:
    with serving(scanned, "--host", "0.0.0.0") as (port, _):  # noqa: S104  that is what is tried
        assert named(port, f"127.0.0.3:{port}", "127.0.0.3") == 200
        assert named(port, f"127.0.0.4:{port}", "127.0.0.3") == 421
        assert named(port, f"wiki.lan:{port}", "127.0.0.3") == 421


def test_server_listens_on_ipv6(scanned: Folder) -> None:
    with serving(scanned, "--host", "::1") as (port, _):
        assert named(port, f"[::1]:{port}", "::1") == 200


REQUESTS = [
    *(
        b"GET /%00 HTTP/1.1",
        b"GET /a%00.html HTTP/1.1",
        b"GET /%0d%0aX:1 HTTP/1.1",
        b"GET /%7f HTTP/1.1",
        b"GET /..%5c..%5cx HTTP/1.1",
    ),
    *(
        b"GET /%zz HTTP/1.1",
        b"GET /% HTTP/1.1",
        b"GET /%ff%fe HTTP/1.1",
        b"GET http://[/ HTTP/1.1",
        b"GET http://localhost/ HTTP/1.1",
    ),
    *(
        b"GET * HTTP/1.1",
        b"GET x HTTP/1.1",
        b"GET /%1b[2J HTTP/1.1",
        b"GET / HTTP/1.1 x",
        b"GET / HTTP/9",
        b"\xff\x00 \x80",
        b"GET",
    ),
]


def test_malformed_request_lines_are_answered_with_an_error(scanned: Folder) -> None:
    with serving(scanned) as (port, end):
        seen = {
            line: raw(port, line + b"\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % port)
            for line in REQUESTS
        }
        assert all(
            b"400" in answer or b"505" in answer or b"DOCTYPE" in answer for answer in seen.values()
        ), seen
        for line in (
            b"GET /" + b"a" * 5_000,
            b"GET /%2e%2e/%2e%2e/etc/passwd",
            b"HEAD /../x",
            b"GET //evil.example/..",
        ):
            assert b" 404 " in raw(
                port, line + b" HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % port
            )
        assert b" 414 " in raw(port, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n")
        with socket.create_connection(
            ("127.0.0.1", port)
        ) as gone:  # who does not wait for the answer
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.sendall(b"GET /data/links.json HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
        assert named(port, f"localhost:{port}") == 200
        assert end() == ""


def test_dot_files_and_targets_of_links_outside_are_not_served(scanned: Folder) -> None:
    assert scanned.run_in_process("report", "--site", "public").returncode == 0
    public = scanned.path / "public"
    scanned.write("secret/index.html", "secret")
    scanned.write("public/.env", "secret")
    scanned.write("public/.git/config", "secret")
    (public / "link.html").symlink_to(scanned.path / "secret/index.html")
    (public / "folder").symlink_to(scanned.path / "secret")
    (public / "hidden.txt").symlink_to(public / ".env")
    (public / "round").symlink_to(public / "round")
    scanned.write("public/sub/x", "")
    (public / "sub/index.html").symlink_to(scanned.path / "secret/index.html")
    (public / "good.html").symlink_to(public / "index.html")
    os.mkfifo(public / "pipe")
    with serving(scanned, "--site", "public") as (port, end):
        hidden = [
            "/.env",
            "/.git/config",
            "/link.html",
            "/folder/index.html",
            "/folder/",
            "/folder",
            "/hidden.txt",
            "/round",
            "/sub/",
            "/pipe",
        ]
        assert {path: request(port, path)[0] for path in hidden} == dict.fromkeys(hidden, 404)
        assert [
            request(port, path)[0]
            for path in ("/", "/good.html", "/index.html?x=.", "/index.html/", "/sub")
        ] == [
            200,
            200,
            200,
            404,
            301,
        ]
        assert end() == ""


def test_an_invalid_host_name_is_reported_at_once(scanned: Folder) -> None:
    assert "invalid host name 'http://wiki.lan/'" in one_line(
        scanned.run_in_process("serve", "--port", "0", "--allow-host", "http://wiki.lan/"), 3
    )


def test_port_in_use_is_reported(scanned: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = one_line(scanned.run_in_process("serve", "--port", str(taken.getsockname()[1])), 3)
    assert "try another --port" in line


def test_several_wikis_have_a_site_each_and_a_front_page(folder: Folder) -> None:
    folder.write("holdfast.toml", "[wikis.'河边']\npages = ['a']\n[wikis.b]\npages = ['b']\n")
    folder.write("a/河.md", PAGE)
    folder.write("b/x.md", "[x](http://b.example/)\n")
    assert folder.run_in_process("scan").returncode == 0
    done = folder.run_in_process("report", "--site", "public")
    assert done.stderr.splitlines() == ["report: public/index.html"]
    index = (folder.path / "public" / "index.html").read_text(encoding="utf-8")
    assert 'href="%E6%B2%B3%E8%BE%B9/index.html"' in index
    assert "gone.example" in (folder.path / "public/河边/data/links.json").read_text(
        encoding="utf-8"
    )
    assert "gone.example" not in (folder.path / "public/b/data/links.json").read_text(
        encoding="utf-8"
    )
    assert folder.run_in_process("report", "--site", "public").returncode == 0
    (folder.path / "public" / "index.html").unlink()
    (folder.path / "public" / "index.html").mkdir()
    line = one_line(folder.run_in_process("report", "--site", "public"), 1)
    assert line == "holdfast: cannot write public: Is a directory: use another folder with --site"


def test_report_refuses_a_site_folder_with_other_files(scanned: Folder) -> None:
    assert "notes is not a site of Holdfast" in one_line(
        scanned.run_in_process("report", "--site", "notes"), 3
    )
    assert (scanned.path / "notes/河.md").read_text(encoding="utf-8") == PAGE
