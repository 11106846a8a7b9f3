"""Find citations without a date, and store the days on which they were added to their wiki."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, select

from store.schema.dialects import update_rows
from store.schema.models import CitationRow, PageRow


def undated_citations(
    connection: Connection, wiki: str, run_id: int
) -> Mapping[str, Sequence[int]]:
    """Return the citations without a date that a run found first, by URL.

    A citation has no date if it names no access date and its page has no date either.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        run_id: The run.

    Returns:
        The ids of the citations by URL.
    """
    statement = (
        select(CitationRow.url, CitationRow.id)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .where(
            CitationRow.first_run_id == run_id,
            CitationRow.gone_run_id.is_(None),
            CitationRow.accessed.is_(None),
            CitationRow.added.is_(None),
            PageRow.wiki == wiki,
            PageRow.dated.is_(None),
        )
        .order_by(CitationRow.id)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for url, citation_id in connection.execute(statement):
        found[url].append(citation_id)
    return found


def set_added_dates(connection: Connection, days: Mapping[int, date]) -> None:
    """Store the days on which citations were added to their wiki, by the citations' ids."""
    rows = [{"id": citation_id, "added": day} for citation_id, day in days.items()]
    update_rows(connection, CitationRow, rows)
