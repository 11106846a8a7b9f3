"""A read-only web server for the files of one folder.

Any website that a browser shows can send requests to a server on this machine, also under a host
name of its own that resolves to this machine (DNS rebinding). The server therefore responds only to
requests whose Host header has one of the names that it was started for.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from crawler.http.urls import canonical_host

logger = logging.getLogger("holdfast.cli")

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_IDLE_SECONDS: Final = 60.0
_MAX_CONNECTIONS: Final = 64  # far more than a browser opens
# No path that a browser requests has these characters after unescaping.
_INVALID_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\\]|[\ud800-\udfff]")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


class SiteServer(ThreadingHTTPServer):
    """Serves the files of a folder.

    Args:
        folder: The files to serve, without dot files and without targets of symbolic links outside.
        host: The address or name to listen on.
        port: The port to listen on; 0 to choose a free one.
        names: Further host names to accept in requests, with or without a port.

    Raises:
        InvalidUrl: A host name is invalid.
        OSError: The address or port cannot be used.
    """

    request_queue_size = 128  # connections that wait to be accepted

    def __init__(self, folder: Path, host: str, port: int, names: Iterable[str] = ()) -> None:
        own_name = _normalize(host)
        self._names = {_normalize(name) for name in names}
        self._connections: dict[socket.socket, None] = {}  # the oldest first
        self._lock = Lock()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), partial(SiteHandler, directory=str(folder.resolve())))
        self._port = int(self.server_address[1])
        self._names |= {f"{name}:{self._port}" for name in (*_LOOPBACK_NAMES, own_name)}
        self.url = f"http://{own_name}:{self._port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection. If there are too many, close the oldest one."""
        with self._lock:
            self._connections[request] = None
            oldest = None
            if len(self._connections) > _MAX_CONNECTIONS:
                oldest = next(iter(self._connections))
                del self._connections[oldest]
        if oldest is not None:
            with suppress(OSError):  # its thread may have closed it
                oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and forget it."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def accepts(self, host: str, address: str) -> bool:
        """Return whether to answer a request.

        Args:
            host: The Host header of the request.
            address: The address of this machine that it was sent to. It is always accepted as a
                host name, because DNS rebinding is not possible with an address.

        Returns:
            Whether the Host header names this server.
        """
        name, port = _split(host)
        name_with_port = f"{name}:{port or 80}"
        if name_with_port == f"{_normalize(address)}:{self._port}":
            return True
        return name in self._names or name_with_port in self._names

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the error that ended a request, in one line."""
        error = sys.exc_info()[1]
        # Browsers close connections at any moment.
        is_expected = isinstance(error, (ConnectionError, TimeoutError))
        level = logging.DEBUG if is_expected else logging.INFO
        logger.log(level, "a request ended with %s", type(error).__name__)


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves GET and HEAD requests for the files of one folder. Folders are not listed."""

    server: SiteServer
    timeout: ClassVar[float] = _IDLE_SECONDS
    _file = ""  # path of the requested file

    def do_GET(self) -> None:
        """Send the requested file, or an error."""
        if self._accepts():
            super().do_GET()

    def do_HEAD(self) -> None:
        """Send the headers of the requested file, or an error."""
        if self._accepts():
            super().do_HEAD()

    def translate_path(self, path: str) -> str:
        """Return the file that was found for the request."""
        return self._file

    def list_directory(self, path: Any) -> None:
        """Send an error instead of a list of files."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add headers that keep other sites from using the files."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  as the parent
        """Log nothing: the user looks at the page, not at the terminal."""

    def _accepts(self) -> bool:
        """Find the requested file, or send an error. Returns whether it was found."""
        hosts = self.headers.get_all("Host") or ()
        path = _unescaped(self.path)
        if len(hosts) != 1 or path is None:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return False
        if not self.server.accepts(hosts[0], str(self.connection.getsockname()[0])):
            self.send_error(
                HTTPStatus.MISDIRECTED_REQUEST,
                explain="holdfast serve does not accept this host name: add it with --allow-host",
            )
            return False
        file = _find_file(Path(self.directory), path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return False
        self._file = str(file)
        return True


def _unescaped(target: str) -> str | None:
    """Return the unescaped path of a request target; None if no file can have that path."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if not path.startswith("/") or _BAD_ESCAPE.search(path):
        return None
    unescaped = unquote(path, errors="surrogateescape")
    return None if _INVALID_CHARACTERS.search(unescaped) else unescaped


def _find_file(root: Path, path: str) -> Path | None:
    """Return the file that a path names; None if there is none, or it must not be served.

    For a folder without the final slash it is the folder, so that the client is redirected.
    """
    names = path.split("/")[1:]
    if any(name.startswith(".") for name in names):
        return None
    try:
        file = root.joinpath(*filter(None, names)).resolve(strict=True)
        if file.is_dir() and path.endswith("/"):
            file = (file / "index.html").resolve(strict=True)
        elif not file.is_dir() and path.endswith("/"):
            return None
    except (OSError, RuntimeError):  # it does not exist, its name is too long, or a link loop
        return None
    if not file.is_relative_to(root):
        return None
    is_hidden = any(name.startswith(".") for name in file.relative_to(root).parts)
    is_servable = file.is_dir() or file.is_file()
    return file if is_servable and not is_hidden else None


def _normalize(name: str) -> str:
    """Return a host name, with its port if any, in normal form. Raises InvalidUrl."""
    if address := _address(name):
        return canonical_host(str(address))
    host, port = _split(name)
    canonical = canonical_host(host).removesuffix(".")
    return f"{canonical}:{port}" if port else canonical


def _split(host: str) -> tuple[str, str]:
    """Return name and port of a Host header, the name in lower case and without its final dot."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", host.strip())
    name, port = (match[1], match[2] or "") if match else (host, "")
    return name.lower().removesuffix("."), port


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host name consists of, without its scope, or None.

    An IPv4-mapped address is returned as IPv4, because an IPv6 socket shows IPv4 clients that way.
    """
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
