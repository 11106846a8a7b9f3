"""Make the engine of a PostgreSQL database: limits for locks, idle transactions and silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

from store.schema.json_columns import JSON_OPTIONS

# Options of PostgreSQL's client library, to notice a server that is gone. `keepalives_count` is the
# number of checks without a response after which the connection is closed; the others are seconds.
KEEPALIVE_OPTIONS: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
IDLE_TIMEOUT_MS = 300_000  # of a transaction without statements


def postgresql_engine(
    url: URL,
    *,
    busy_timeout_ms: int,
    unresponsive_seconds: float,
    idle_timeout_ms: int = IDLE_TIMEOUT_MS,
) -> Engine:
    """Return an engine for PostgreSQL with limits for locks, idle transactions and silence."""
    # Imported here: the driver is an extra of the package.
    from store.schema.server_watch import watch_server  # noqa: PLC0415

    keepalive = {name: value for name, value in KEEPALIVE_OPTIONS.items() if name not in url.query}
    # The ping before each use notices a server that was restarted.
    engine = create_engine(url, connect_args=keepalive, pool_pre_ping=True, **JSON_OPTIONS)
    watch_server(engine, unresponsive_seconds)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {busy_timeout_ms}")
        # A process frozen within a transaction would keep its rows locked for ever.
        connection.execute(f"SET idle_in_transaction_session_timeout = {idle_timeout_ms}")
        connection.commit()

    return engine
