"""The condition that a link is cited by a wiki now, shared by the queries."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from store.schema.models import CitationRow, LinkRow, PageRow


def is_cited_link(wiki: str) -> ColumnElement[bool]:
    """Return the condition that a page of the wiki cites a link now. Cited mirrors do not count."""
    return exists().where(
        CitationRow.link_id == LinkRow.id,
        CitationRow.gone_run_id.is_(None),
        PageRow.id == CitationRow.page_id,
        PageRow.wiki == wiki,
    )
