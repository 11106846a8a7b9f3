"""A web server for one folder of files: read-only, for the host names it was started for.

A browser sends any page's requests to a server on this machine, so the Host header is what keeps strangers out: a page
of theirs whose name was made to lead here (DNS rebinding) still names itself in it.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from crawler.http.urls import canonical_host

logger = logging.getLogger(__name__)

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_IDLE_SECONDS: Final = 60.0
_NO_PATH = re.compile(
    r"[\x00-\x1f\x7f\\]|[\ud800-\udfff]"
)  # after unescaping; a browser sends none of them
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


class SiteServer(ThreadingHTTPServer):
    """Serves the files of a folder.

    Args:
        folder: what is served; not what symbolic links in it lead to outside of it, nor dot files.
        host: the address or name to listen on.
        port: 0 chooses a free one.
        names: further host names that requests may be for, each with or without a port.

    Raises:
        InvalidUrl: if a name is none.
        OSError: if nothing can listen there.
    """

    def __init__(self, folder: Path, host: str, port: int, names: Iterable[str] = ()) -> None:
        own_name = _known_name(host)
        self._names = {_known_name(name) for name in names}
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), partial(SiteHandler, directory=str(folder.resolve())))
        self._port = int(self.server_address[1])
        self._names |= {f"{name}:{self._port}" for name in (*_LOOPBACK_NAMES, own_name)}
        self.url = f"http://{own_name}:{self._port}/"

    def answers_for(self, host: str, address: str) -> bool:
        """Tell whether a request is for us.

        Args:
            host: its Host header.
            address: the address of this machine that it came to; to be named by a number is no stranger's doing.
        """
        name, port = _split(host)
        own = f"{_known_name(address)}:{self._port}"
        return not {name, f"{name}:{port or 80}"}.isdisjoint({*self._names, own})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what ended a request, in one line: browsers go away at any moment."""
        error = sys.exc_info()[1]
        level = (
            logging.DEBUG if isinstance(error, (ConnectionError, TimeoutError)) else logging.WARNING
        )
        logger.log(level, "a request ended with %s", type(error).__name__)


class SiteHandler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD with files of one folder, and lists none."""

    server: SiteServer
    timeout: ClassVar[float] = _IDLE_SECONDS
    _file = ""  # what the request is for

    def do_GET(self) -> None:
        if self._accepts():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._accepts():
            super().do_HEAD()

    def translate_path(self, path: str) -> str:
        return self._file

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  the name is the library's
        """Say nothing: a person looks at the page, not at the terminal."""

    def _accepts(self) -> bool:
        """Find the file a request is for, or send the error that it deserves."""
        hosts = self.headers.get_all("Host") or ()
        path = _unescaped(self.path)
        if len(hosts) != 1 or path is None:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        if not self.server.answers_for(hosts[0], str(self.connection.getsockname()[0])):
            self.send_error(
                HTTPStatus.MISDIRECTED_REQUEST,
                explain="serve was not started for this host name: see --allow-host",
            )
            return False
        file = _file_of(Path(self.directory), path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return False
        self._file = str(file)
        return True


def _unescaped(target: str) -> str | None:
    """Return the path of a request target without its escapes; None where it is none a file can have."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if not path.startswith("/") or _BAD_ESCAPE.search(path):
        return None
    found = unquote(path, errors="surrogateescape")
    return None if _NO_PATH.search(found) else found


def _file_of(root: Path, path: str) -> Path | None:
    """Return the file that a path names, or the folder where its final slash is missing; None for what is not served."""
    names = path.split("/")[1:]
    if any(name.startswith(".") for name in names):
        return None
    try:
        found = root.joinpath(*filter(None, names)).resolve(strict=True)
        if found.is_dir() and path.endswith("/"):
            found = (found / "index.html").resolve(strict=True)
        elif not found.is_dir() and path.endswith("/"):
            return None
    except (OSError, RuntimeError):  # not there, too long a name, links that lead to one another
        return None
    within = found.is_relative_to(root) and not any(
        name.startswith(".") for name in found.relative_to(root).parts
    )
    return found if within and (found.is_dir() or found.is_file()) else None


def _known_name(name: str) -> str:
    """Return a host name, with its port if it has one, in the spelling that `answers_for` compares. Raises InvalidUrl."""
    if address := _address(name):
        return canonical_host(str(address))
    host, port = _split(name)
    known = canonical_host(host).removesuffix(".")
    return f"{known}:{port}" if port else known


def _split(host: str) -> tuple[str, str]:
    """Return name and port of a Host header, the name in lower case and without its final dot."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", host.strip())
    name, port = (match[1], match[2] or "") if match else (host, "")
    return name.lower().removesuffix("."), port


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Return the address that is written as a name, without its scope; IPv4 connections to an IPv6 socket are from IPv4."""
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
