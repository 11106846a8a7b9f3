"""The order in which due links get their turn, if a run cannot process them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func

from store.schema.models import LinkRow


def alternate_hosts(due_at: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    """Return the terms of an ORDER BY with which no host and no repetition delays the others.

    Links that were never processed come first, then those that have been due longest. The hosts
    take turns: the first links of all hosts come before the second ones.

    Args:
        due_at: The time from which a link is due; null if it was never processed.
    """
    return (due_at.is_not(None), turn_within_host(due_at), due_at, LinkRow.id)


def turn_within_host(due_at: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the number of a link among the due links of its host, from 1, in the same order.

    Args:
        due_at: The time from which a link is due; null if it was never processed.
    """
    order = (due_at.is_not(None), due_at, LinkRow.id)
    return func.row_number().over(partition_by=LinkRow.host_id, order_by=order)
