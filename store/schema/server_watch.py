"""Notice a PostgreSQL server that stopped responding while a statement waits for it.

The client library waits for a response without limit. The system of a frozen server (a paused
container, a suspended machine) may still acknowledge packets, so that neither keepalives nor
`tcp_user_timeout` end the wait. A slow query looks the same. Whether the server responds is
therefore found out over a second connection.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from socket import AF_UNIX, SOCK_STREAM, socket
from threading import Thread
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn
from sqlalchemy import Engine, ExceptionContext, event

_PING_AFTER_SECONDS: Final = 30.0  # without a response; less if the limit is short
_PING_TIMEOUT_SECONDS: Final = 5.0
# https://www.postgresql.org/docs/current/protocol-message-formats.html
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
_SECONDS_BETWEEN_PINGS: Final = 1.0
# A longer time between two calls of `is_too_long` means that this process was suspended.
_MAX_TICK_SECONDS: Final = 1.0

_T = TypeVar("_T")
_Address: TypeAlias = tuple[int, Any]  # family and address of a socket, as `socket` has them


def watch_server(engine: Engine, seconds: float) -> None:
    """Raise an `OperationalError` from statements whose server is frozen.

    Args:
        engine: An engine for PostgreSQL without connections.
        seconds: How long the server may respond neither to a statement nor to a new connection.
    """

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> _WatchedConnection:
        connection = _WatchedConnection.connect(*arguments, **options)
        connection.unresponsive_seconds = seconds
        return connection

    @event.listens_for(engine, "handle_error")
    def close_cursor(context: ExceptionContext) -> None:
        # SQLAlchemy leaves it open if the connection is lost, and the driver warns about that.
        statement: Any = context.execution_context
        if context.is_disconnect and statement is not None:
            statement.cursor.close()


class _WatchedConnection(psycopg.Connection[Any]):
    """A connection that is closed when its server does not respond for too long.

    Attributes:
        unresponsive_seconds: See `watch_server`.
    """

    unresponsive_seconds: float = 120.0

    def wait(self, gen: PQGen[_T], *args: Any, **kwargs: Any) -> _T:
        """Run a generator of the driver as its superclass does, and watch the server meanwhile."""
        return super().wait(self._watch(gen), *args, **kwargs)

    def _watch(self, gen: PQGen[_T]) -> PQGen[_T]:
        """Pass the states of the socket on to a generator; raise when the server is frozen."""
        silence: _Silence | None = None
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    silence = None
                elif silence is None:
                    silence = _Silence(_address_of(self.pgconn), self.unresponsive_seconds)
                elif silence.is_too_long():
                    self.pgconn.finish()  # what the server still sends belongs to no statement
                    raise psycopg.OperationalError("the server does not respond")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: _T = end.value
            return result


class _Silence:
    """The time for which a server has not responded to a statement.

    Args:
        server: The family and the address of the server's socket.
        limit: How many seconds it may last.
    """

    def __init__(self, server: _Address, limit: float) -> None:
        self._server = server
        self._limit = limit
        self._seconds = 0.0
        self._looked_at = monotonic()
        self._ping: _Ping | None = None
        self._ping_at = min(_PING_AFTER_SECONDS, limit / 2)  # in seconds of silence

    def is_too_long(self) -> bool:
        """Return whether the limit is passed, and the server does not respond to others either."""
        now = monotonic()
        self._seconds += min(now - self._looked_at, _MAX_TICK_SECONDS)
        self._looked_at = now
        if self._ping is None:
            if self._seconds >= self._ping_at:
                self._ping = _Ping(self._server)
                self._ping.start()
            return False
        if self._ping.is_alive():
            return False
        if self._ping.is_answered:  # it works on a slow statement
            self._seconds = 0.0
            self._ping_at = min(_PING_AFTER_SECONDS, self._limit / 2)
        else:
            self._ping_at = self._seconds + _SECONDS_BETWEEN_PINGS
        is_answered = self._ping.is_answered
        self._ping = None
        return not is_answered and self._seconds >= self._limit


class _Ping(Thread):
    """A thread that sends a server an `SSLRequest`, to which every working server responds.

    The request needs neither a user nor one of the connections that the server allows. The driver's
    `PQping` would block all threads of this process.

    Args:
        server: The family and the address of the server's socket.

    Attributes:
        is_answered: Whether the server responded.
    """

    def __init__(self, server: _Address) -> None:
        super().__init__(name="ping", daemon=True)
        self.is_answered = False
        self._family, self._address = server

    def run(self) -> None:
        """Send an `SSLRequest`, and set `is_answered` if the server responds."""
        with suppress(OSError), socket(self._family, SOCK_STREAM) as connecting:
            connecting.settimeout(_PING_TIMEOUT_SECONDS)
            connecting.connect(self._address)
            connecting.sendall(_SSL_REQUEST)
            self.is_answered = bool(connecting.recv(1))


def _address_of(connection: PGconn) -> _Address:
    """Return the family and the address of the socket of a connection's server.

    Raises:
        OperationalError: The connection is lost.
    """
    try:
        with socket(fileno=os.dup(connection.socket)) as connected:
            family, address = connected.family, connected.getpeername()
    except OSError as error:
        raise psycopg.OperationalError(f"the connection is lost ({error.strerror})") from error
    if family != AF_UNIX:
        return family, address
    # The server may know the folder of its socket by another path, as in a container.
    path = f"{connection.host.decode()}/.s.PGSQL.{connection.port.decode()}"
    return family, f"\0{path[1:]}" if path.startswith("@") else path
