"""Translate exceptions of pyreqwest to faults."""

from __future__ import annotations

import os
from typing import Final

from pyreqwest.exceptions import DecodeError, PyreqwestError, RequestError, RequestTimeoutError

from crawler.http.clients.interface import (
    CONNECT_FAULTS,
    ProxyFailed,
    RequestFailed,
    UnsupportedRequest,
)
from store.vocabulary import Fault

_MAX_DETAIL: Final = 200  # characters
# Bytes that reqwest reads before it gives up on a head. It also gives up on more than 100 headers.
LARGEST_HEAD: Final = 417_792


def failure_of(
    error: PyreqwestError, *, is_proxied: bool = False, bytes_received: int = 0
) -> RequestFailed:
    """Return the failure that an exception of pyreqwest stands for.

    Args:
        error: The exception.
        is_proxied: The request went through a proxy.
        bytes_received: Bytes that the server has sent for the request.

    Raises:
        UnsupportedRequest: The exception stands for a limit of the library.
    """
    messages = cause_messages(error)
    last = messages[-1]
    is_connecting = "client error (Connect)" in messages
    if isinstance(error, RequestTimeoutError):
        fault = Fault.CONNECT_TIMEOUT if is_connecting else Fault.TIMEOUT
        return RequestFailed(fault, "no response in time")
    if is_connecting:
        if is_proxied and _is_about_proxy(messages):
            return ProxyFailed(last)
        return RequestFailed(Fault.TLS, last)
    if "message head is too large" in messages:
        raise UnsupportedRequest(
            "more headers than the library reads", bytes_received=bytes_received
        )
    if isinstance(error, DecodeError):
        return RequestFailed(Fault.BAD_RESPONSE, last)
    if isinstance(error, RequestError):
        return RequestFailed(Fault.RESET, last)
    raise UnsupportedRequest(last)


def connect_failure(error: OSError, *, is_proxied: bool) -> RequestFailed:
    """Return the failure that an error in opening a connection stands for.

    Connections are opened by our relay on loopback, through which reqwest sends everything
    (`counting_relay`).

    Args:
        error: The error of the relay.
        is_proxied: The connection was to a proxy.
    """
    # Not `strerror`: asyncio writes "Connect call failed" and the address there.
    detail = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    if is_proxied:
        return ProxyFailed(detail)
    return RequestFailed(CONNECT_FAULTS.get(error.errno or 0, Fault.RESET), detail)


def cause_messages(error: PyreqwestError) -> list[str]:
    """Return the messages of an exception's causes, the outermost first."""
    causes = getattr(error, "details", {}).get("causes") or ()
    messages = [cause["message"][:_MAX_DETAIL] for cause in causes]
    return messages or [error.message]


def _is_about_proxy(messages: list[str]) -> bool:
    """Return whether messages of causes name a proxy, or a tunnel through one."""
    return any("tunnel" in message or "proxy" in message.lower() for message in messages)
