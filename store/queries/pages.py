"""What wiki pages themselves need: internal links that do not resolve, and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.schema.models import InternalLinkRow, PageRow, PageWarningRow
from store.schema.rows import rows_as
from store.vocabulary import PageWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenInternalLink:
    """A link to the wiki itself that does not resolve."""

    page: str
    line: int
    column: int
    target: str  # as written
    text: str
    broken: str  # a stable word: `missing-page`, `missing-heading` or `outside-root`


def broken_internal_links(connection: Connection, *, wiki: str) -> Sequence[BrokenInternalLink]:
    """List the internal links of present pages that do not resolve, in page order."""
    statement = (
        select(
            PageRow.path.label("page"),
            InternalLinkRow.line,
            InternalLinkRow.column,
            InternalLinkRow.target,
            InternalLinkRow.text,
            InternalLinkRow.broken,
        )
        .join(PageRow, PageRow.id == InternalLinkRow.page_id)
        .where(
            PageRow.wiki == wiki, PageRow.gone_run_id.is_(None), InternalLinkRow.broken.is_not(None)
        )
        .order_by(PageRow.path, InternalLinkRow.line, InternalLinkRow.column)
    )
    return rows_as(BrokenInternalLink, connection.execute(statement))


def page_warnings(connection: Connection, *, wiki: str) -> Sequence[PageWarning]:
    """List the warnings of present pages, in page order."""
    statement = (
        select(
            PageRow.path.label("page"),
            PageWarningRow.line,
            PageWarningRow.code,
            PageWarningRow.message,
        )
        .join(PageRow, PageRow.id == PageWarningRow.page_id)
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .order_by(PageRow.path, PageWarningRow.line, PageWarningRow.id)
    )
    return rows_as(PageWarning, connection.execute(statement))
