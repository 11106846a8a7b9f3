"""Log events of a run: names of the loggers, and how a record carries an event.

The names and fields of events are stable; docs/monitoring.md lists them.
"""

from __future__ import annotations

from typing import Any

LOGGER = "holdfast"  # events of the run as a whole
# One event for each probe, lookup, capture, search and comparison.
DETAIL_LOGGER = "holdfast.detail"
EVENT_ATTRIBUTE = "holdfast_event"  # attribute of a log record that contains an event's fields


def event_extra(event: str, **fields: Any) -> dict[str, Any]:
    """Return the `extra` of a log call that makes its record carry an event.

    >>> event_extra("run-started", run=7)
    {'holdfast_event': {'event': 'run-started', 'run': 7}}
    """
    return {EVENT_ATTRIBUTE: {"event": event, **fields}}
