"""The interface of HTTP clients: each sends one request and reads the beginning of the response.

A client follows no redirects, stores no cookies and decodes no bodies. It resolves the host with
our resolver for every request, before it connects.
"""

from __future__ import annotations

import errno
from typing import Final, Protocol

from crawler.http.fetch import FetchRequest, FetchResponse
from store.vocabulary import Fault
from store.vocabulary.secrets import remove_credentials

TOO_MANY_BYTES: Final = "far more bytes than requested, without an end"

# Error numbers of the system for a connection that could not be opened.
CONNECT_FAULTS: Final = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.EHOSTUNREACH: Fault.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Fault.HOST_UNREACHABLE,
    errno.ENETDOWN: Fault.UNREACHABLE,
    errno.ETIMEDOUT: Fault.CONNECT_TIMEOUT,
    # Our own machine opens no connection: it has no IPv6, a firewall, too many open files.
    errno.EAFNOSUPPORT: Fault.UNREACHABLE,
    errno.EADDRNOTAVAIL: Fault.UNREACHABLE,
    errno.EACCES: Fault.UNREACHABLE,
    errno.EPERM: Fault.UNREACHABLE,
    errno.EMFILE: Fault.UNREACHABLE,
    errno.ENFILE: Fault.UNREACHABLE,
    errno.ENOBUFS: Fault.UNREACHABLE,
    errno.ENOMEM: Fault.UNREACHABLE,
}


class RequestFailed(Exception):
    """A request without a usable response.

    Attributes:
        fault: What went wrong.
        detail: The same in words, for a person. It is stored, so credentials are removed:
            libraries name the URL of a proxy with its password.
    """

    def __init__(self, fault: Fault, detail: str) -> None:
        detail = remove_credentials(detail)
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail


class ProxyFailed(RequestFailed):
    """A request that ended at the proxy: nothing is known of the host.

    Args:
        detail: What the proxy did, for a person.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(Fault.PROXY_FAILED, f"through the proxy: {detail}")


class UnsupportedRequest(Exception):
    """Raised if this client cannot send a request or return its response, but another client may.

    Attributes:
        bytes_received: Bytes received for the request so far; they count against its limit.
    """

    def __init__(self, detail: str, *, bytes_received: int = 0) -> None:
        super().__init__(detail)
        self.bytes_received = bytes_received


class HttpClient(Protocol):
    """Sends requests; faults are raised."""

    async def send(self, request: FetchRequest) -> FetchResponse:
        """Return the response to a request, its body in its content coding.

        The permit is entered when all else is ready; the request is then sent at once.

        Raises:
            RequestFailed: There is no usable response.
            UnsupportedRequest: Another client may be able to do it.
        """

    async def close(self) -> None:
        """Close all connections."""
