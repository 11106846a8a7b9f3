"""Read which links are alive again after archive copies had replaced their citations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, exists, select

from store.schema.dialects import chunks, is_null_unindexed
from store.schema.models import CitationRow, ComparisonRow, LinkRow, PageRow, SpanRow, aliased
from store.vocabulary import DriftOutcome, Role, State, Verdict


def links_alive_again(connection: Connection, *, wiki: str) -> Mapping[int, Collection[str]]:
    """Map links that are alive again to the pages that cite a copy and cited the link before.

    The citation of the link must have been removed after the link had begun to fail: a copy that
    was cited while the link was alive is the author's choice.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.

    Returns:
        The paths of the pages by the ids of the links.
    """
    removed = aliased(CitationRow)
    had_failed = exists().where(
        SpanRow.link_id == LinkRow.id,
        SpanRow.verdict == Verdict.BROKEN,
        SpanRow.first_run_id <= removed.gone_run_id,
    )
    statement = (
        select(LinkRow.id, PageRow.path)
        .select_from(CitationRow)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(LinkRow, LinkRow.id == CitationRow.link_id)
        .join(removed, (removed.page_id == PageRow.id) & (removed.link_id == LinkRow.id))
        .where(
            CitationRow.gone_run_id.is_(None),
            CitationRow.mirror_id.is_not(None),
            removed.gone_run_id.is_not(None),
            is_null_unindexed(removed.mirror_id),
            PageRow.wiki == wiki,
            PageRow.gone_run_id.is_(None),
            LinkRow.role == Role.LINK,
            LinkRow.state == State.ALIVE,
            had_failed,
        )
        .distinct()
    )
    found: dict[int, set[str]] = defaultdict(set)
    for link_id, path in connection.execute(statement):
        found[link_id].add(path)
    return found


def unchanged_links(connection: Connection, link_ids: Collection[int]) -> set[int]:
    """Return those of the given links whose page, alive again, has the same text as its copy.

    Links that were not compared with a copy since then are left out.
    """
    found = set[int]()
    for batch in chunks(sorted(link_ids)):
        statement = (
            select(ComparisonRow.link_id)
            .join(LinkRow, LinkRow.id == ComparisonRow.link_id)
            .where(
                ComparisonRow.link_id.in_(batch),
                ComparisonRow.outcome == DriftOutcome.UNCHANGED,
                ComparisonRow.compared_at >= LinkRow.state_since,
            )
        )
        found.update(connection.scalars(statement))
    return found
