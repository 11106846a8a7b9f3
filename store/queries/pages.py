"""What pages themselves need: internal links that lead nowhere, and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.schema.models import InternalLinkRow, PageRow, PageWarningRow
from store.vocabulary import PageWarning as PageWarningRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenInternalLink:
    """A link to the wiki itself that does not resolve. `target` is as written, `broken` a stable word (`missing-page`, …)."""

    page: str
    line: int
    column: int
    target: str
    text: str
    broken: str


def broken_internal_links(connection: Connection, *, wiki: str) -> Sequence[BrokenInternalLink]:
    """List the internal links of present pages that do not resolve, in page order."""
    statement = (
        select(
            PageRow.path,
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
    return [
        BrokenInternalLink(
            page=row.path,
            line=row.line,
            column=row.column,
            target=row.target,
            text=row.text,
            broken=row.broken,
        )
        for row in connection.execute(statement)
    ]


def page_warnings(connection: Connection, *, wiki: str) -> Sequence[PageWarningRecord]:
    """List the warnings of present pages, in page order."""
    statement = (
        select(PageRow.path, PageWarningRow.line, PageWarningRow.code, PageWarningRow.message)
        .join(PageRow, PageRow.id == PageWarningRow.page_id)
        .where(PageRow.wiki == wiki, PageRow.gone_run_id.is_(None))
        .order_by(PageRow.path, PageWarningRow.line, PageWarningRow.id)
    )
    return [
        PageWarningRecord(page=row.path, line=row.line, code=row.code, message=row.message)
        for row in connection.execute(statement)
    ]
