"""Test whether a proxy answers: one that hangs accepts connections, and sends nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from crawler.http.connection_map import HostPort, unbracketed
from crawler.http.connectivity import MAX_CONNECTIONS, any_true
from crawler.http.safe_resolver import ResolveError, SafeResolver
from crawler.http.urls import InvalidUrl, canonical_host

_TIMEOUT_SECONDS = 6.0  # for all endpoints together; through Tor a connection takes seconds
_DEFAULT_PORTS: Final = {"https": 443}
# RFC 1928: version 5, one method, without authentication; and a request to connect to a name
_SOCKS5_NO_AUTHENTICATION: Final = 0
_SOCKS5_METHODS: Final = b"\x05\x01\x00"
_SOCKS5_CONNECT: Final = b"\x05\x01\x00\x03"
_SOCKS5_LONGEST_NAME: Final = 255  # bytes; the length is sent as one byte
# SOCKS 4a: a request to connect, with an invalid address in place of that of the name
_SOCKS4_CONNECT: Final = b"\x04\x01"
_SOCKS4_NO_ADDRESS: Final = b"\x00\x00\x00\x01\x00"


class ProxiedEndpoint(NamedTuple):
    """An endpoint that is connected to through a proxy.

    Attributes:
        proxy: The URL of the proxy.
        endpoint: The host name and port.
    """

    proxy: str
    endpoint: HostPort


async def any_proxy_answers(routes: Sequence[ProxiedEndpoint], resolver: SafeResolver) -> bool:
    """Return whether a proxy answers any request to connect to an endpoint, even by a refusal.

    What the answer is does not matter: the requests themselves show what the proxy cannot reach.
    No credentials are sent, as a request for them is an answer, too.

    Args:
        routes: The endpoints; only the first `MAX_CONNECTIONS` are tried.
        resolver: Resolves the names of the proxies. It was made with their hosts and ports, which
            it otherwise refuses if they are private.
    """
    tasks = [asyncio.create_task(_answers(route, resolver)) for route in routes[:MAX_CONNECTIONS]]
    return await any_true(tasks, seconds=_TIMEOUT_SECONDS)


async def _answers(route: ProxiedEndpoint, resolver: SafeResolver) -> bool | None:
    """Return whether a proxy answers one request to connect, on its first address that accepts."""
    has_scheme = "://" in route.proxy
    parts = urlsplit(route.proxy if has_scheme else f"http://{route.proxy}")
    host, scheme = parts.hostname or "", parts.scheme.lower()
    port = parts.port or _DEFAULT_PORTS.get(scheme, 80)
    context = ssl.create_default_context() if scheme == "https" else None
    try:
        addresses = [each["host"] for each in await resolver.resolve(host, port)]
    except ResolveError:
        return False
    for address in addresses:
        name = host if context else None
        try:
            connection = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=name
            )
        except ssl.SSLError:
            return True  # it answered, by a certificate that is not trusted here
        except OSError:
            continue
        return await _answers_on(connection, scheme, route.endpoint)
    return False


async def _answers_on(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], scheme: str, endpoint: HostPort
) -> bool:
    """Return whether a request to connect to an endpoint is answered on a connection to a proxy."""
    reader, writer = connection
    try:
        host, port = canonical_host(endpoint[0]), endpoint[1]
        if scheme.startswith("socks4"):
            request = _socks4_request(host, port)
        elif scheme.startswith("socks"):
            writer.write(_SOCKS5_METHODS)
            _, method = await reader.readexactly(2)
            if method != _SOCKS5_NO_AUTHENTICATION or len(host) > _SOCKS5_LONGEST_NAME:
                return True  # the proxy has answered, even if nothing more can be requested
            request = _socks5_request(host, port)
        else:
            request = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        writer.write(request)
        return bool(await reader.read(1))
    except (OSError, EOFError, InvalidUrl):
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _socks4_request(host: str, port: int) -> bytes:
    """Return the SOCKS 4a request to connect to a host."""
    return _SOCKS4_CONNECT + port.to_bytes(2) + _SOCKS4_NO_ADDRESS + host.encode() + b"\x00"


def _socks5_request(host: str, port: int) -> bytes:
    """Return the SOCKS 5 request to connect to a host of at most 255 characters."""
    name = unbracketed(host).encode()
    return _SOCKS5_CONNECT + bytes([len(name)]) + name + port.to_bytes(2)
