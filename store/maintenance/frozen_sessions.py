"""End sessions on PostgreSQL whose process was frozen while it sent statements.

The driver sends many rows without waiting for each result. If its process is frozen meanwhile, no
time limit of the server ends the session, and its locks keep all others waiting: the server takes
it for active, or for idle in a transaction but without its limit for that, as the next statement
had begun to arrive.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, text

# COPY waits for its client, too, for as long as a backup takes to restore.
_END_SESSIONS = text("""
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))
    FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user
      AND state IN ('active', 'idle in transaction') AND wait_event = 'ClientRead'
      AND state_change < now() - CAST(:age AS interval) AND query NOT ILIKE 'copy%'
""")


def end_frozen_sessions(connection: Connection, *, age: timedelta) -> int:
    """End this user's sessions that have waited for their process for some time.

    Args:
        connection: A connection to PostgreSQL.
        age: How long they must have waited; at least as long as a transaction may be idle.

    Returns:
        The number of sessions.
    """
    return int(connection.execute(_END_SESSIONS, {"age": age}).scalar_one())
