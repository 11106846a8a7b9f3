"""Events of a job in the log. Their names and fields are stable; docs/monitoring.md lists them."""

from __future__ import annotations

from typing import Any

LOGGER = "holdfast"  # speaks of the job as a whole
DETAIL_LOGGER = "holdfast.each"  # speaks of each thing in it


def log_event(event: str, **fields: Any) -> dict[str, Any]:
    """Give the `extra` that lets a log record carry an event.

    >>> told("run-started", run=7)
    {'told': {'event': 'run-started', 'run': 7}}
    """
    return {"told": {"event": event, **fields}}
