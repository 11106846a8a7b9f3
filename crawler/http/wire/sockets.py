"""Sockets that receive within a budget, and TLS on top of them that reads through them."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

from urllib3.util.ssltransport import SSLTransport

from crawler.http.wire.budget import WireBudget

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class BudgetSocket(socket.socket):
    """A socket that raises TooManyBytes or TimeoutError once its budget is spent.

    It bounds libraries that read by `recv`, `recv_into` or `makefile`, such as http.client, smtplib
    and asyncio's selector loop. The standard library's TLS sockets read past it: use
    `BudgetContext` for those.
    """

    budget: WireBudget

    @classmethod
    def wrap(cls, plain: socket.socket, budget: WireBudget) -> BudgetSocket:
        """Return a budget socket that takes over a connected socket."""
        timeout = plain.gettimeout()
        bounded = cls(plain.family, plain.type, plain.proto, fileno=plain.detach())
        bounded.settimeout(timeout)
        bounded.budget = budget
        return bounded

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Receive at most `size` bytes."""
        allowed = self.budget.allow(size)
        self._keep_deadline()
        received = super().recv(allowed, flags)
        self.budget.bytes_left -= len(received)
        return received

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive into a buffer and return the number of bytes."""
        allowed = self.budget.allow(nbytes or memoryview(buffer).nbytes)
        self._keep_deadline()
        received = super().recv_into(buffer, allowed, flags)
        self.budget.bytes_left -= received
        return received

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """Send a part of the data, and call the budget's `on_sent`."""
        sent = super().send(data, flags)
        self.budget.on_sent()
        return sent

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Send all of the data, and begin a step of the budget."""
        self.budget.begin_step()
        self._keep_deadline()
        super().sendall(data, flags)
        self.budget.begin_step()

    def _keep_deadline(self) -> None:
        """Set the socket's timeout to what is left. Raises TimeoutError if nothing is."""
        if self.budget.deadline is not None:
            self.settimeout(self.budget.seconds_left())


class BudgetContext(ssl.SSLContext):
    """A TLS context whose connections read through the given socket.

    So a `BudgetSocket` counts what TLS itself receives, too.
    """

    def wrap_socket(
        self, sock: socket.socket, *_: Any, server_hostname: Any = None, **__: Any
    ) -> Any:
        """Do the TLS handshake and return the object that is used as the socket from then on."""
        try:
            return SSLTransport(sock, self, server_hostname)
        except BaseException:
            sock.close()
            raise
