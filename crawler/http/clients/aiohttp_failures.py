"""Translate exceptions of aiohttp to `RequestFailed`: a fault, and a detail for people."""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import Final

import aiohttp

from crawler.http.clients.interface import CONNECT_FAULTS, ProxyFailed, RequestFailed
from crawler.http.safe_resolver import ResolveError
from store.vocabulary import Fault
from store.vocabulary.secrets import remove_credentials

_MAX_DETAIL: Final = 200  # characters
_FAULTS: Final[tuple[tuple[tuple[type[BaseException], ...], Fault], ...]] = (
    ((aiohttp.ConnectionTimeoutError,), Fault.CONNECT_TIMEOUT),
    ((TimeoutError, asyncio.TimeoutError), Fault.TIMEOUT),
    ((aiohttp.InvalidURL,), Fault.INVALID_URL),
    ((aiohttp.ClientPayloadError,), Fault.TRUNCATED),
    ((aiohttp.ServerDisconnectedError,), Fault.RESET),
    ((aiohttp.ClientResponseError, ValueError), Fault.BAD_RESPONSE),
)


def failure_of(error: BaseException) -> RequestFailed | None:
    """Return the failure that an exception of aiohttp stands for.

    Returns:
        None if the exception is no failure of the request, but an error of ours.
    """
    for cause in _causes(error):
        failure = _failure_of_cause(cause)
        if failure:
            return failure
    if isinstance(error, aiohttp.ClientResponseError) and error.request_info.method == "CONNECT":
        # Only the proxy has responded. The exception's own text has the URL with the password.
        return ProxyFailed(_status_line(error))
    if isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        return ProxyFailed(_first_line(error))
    for kinds, fault in _FAULTS:
        if isinstance(error, kinds):
            return RequestFailed(fault, _first_line(error))
    if isinstance(error, OSError):
        fault = CONNECT_FAULTS.get(error.errno or 0, Fault.RESET)
        # Not `strerror`: asyncio writes "Connect call failed" and the address there.
        detail = os.strerror(error.errno) if error.errno and error.errno > 0 else _first_line(error)
        return RequestFailed(fault, detail)
    if isinstance(error, aiohttp.ClientError):
        return RequestFailed(Fault.BAD_RESPONSE, _first_line(error))
    return None


def _failure_of_cause(cause: BaseException) -> RequestFailed | None:
    """Return the failure that one cause stands for: of the resolver or of TLS; None for others."""
    if isinstance(cause, ResolveError):
        return RequestFailed(cause.fault, cause.detail)
    if isinstance(cause, aiohttp.ClientError):
        # Some of these are also SSLErrors, but lack the fields of the SSLError that they wrap. That
        # one is the next cause.
        return None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RequestFailed(Fault.TLS, cause.verify_message)
    if isinstance(cause, ssl.SSLError):
        return RequestFailed(Fault.TLS, cause.reason or str(cause))
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """Return an exception and its causes, the outermost first."""
    causes: list[BaseException] = [error]
    while True:
        cause = causes[-1].__cause__ or getattr(causes[-1], "os_error", None)
        if not cause or cause in causes:
            return causes
        causes.append(cause)


def _status_line(error: aiohttp.ClientResponseError) -> str:
    """Return the status and reason phrase of a response."""
    return _shortened(f"{error.status} {error.message}", error)


def _first_line(error: BaseException) -> str:
    """Return the first line of an exception's message."""
    return _shortened(str(error), error)


def _shortened(text: str, error: BaseException) -> str:
    """Return the first line of a text without credentials; of no text, the name of the error."""
    lines = text.strip().splitlines()
    # Removed before the text is cut: credentials without their "@" are not recognised.
    return remove_credentials(lines[0] if lines else type(error).__name__)[:_MAX_DETAIL]
