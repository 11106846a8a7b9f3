"""Read which links live again after their citations were led to archive copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, exists, select

from store.schema.dialects import chunks, is_null_unindexed
from store.schema.models import CitationRow, ComparisonRow, LinkRow, PageRow, SpanRow, aliased
from store.vocabulary import DriftOutcome, Role, State, Verdict


def links_living_again(connection: Connection, *, wiki: str) -> Mapping[int, Collection[str]]:
    """Map links that live again to the pages that cite a copy where they cited the link before.

    The citation of the link must have been removed after the link had begun to fail: a copy that
    was cited while the link was alive is the author's choice.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.

    Returns:
        The paths of the pages by the ids of the links.
    """
    before = aliased(CitationRow)
    had_failed = exists().where(
        SpanRow.link_id == LinkRow.id,
        SpanRow.verdict == Verdict.BROKEN,
        SpanRow.first_run_id <= before.gone_run_id,
    )
    statement = (
        select(LinkRow.id, PageRow.path)
        .select_from(CitationRow)
        .join(PageRow, PageRow.id == CitationRow.page_id)
        .join(LinkRow, LinkRow.id == CitationRow.link_id)
        .join(before, (before.page_id == PageRow.id) & (before.link_id == LinkRow.id))
        .where(
            CitationRow.gone_run_id.is_(None),
            CitationRow.mirror_id.is_not(None),
            before.gone_run_id.is_not(None),
            is_null_unindexed(before.mirror_id),
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
    """Return those of some links whose page was compared with its copy since it is alive.

    Only comparisons that found the text unchanged count.
    """
    found = set[int]()
    for some in chunks(sorted(link_ids)):
        statement = (
            select(ComparisonRow.link_id)
            .join(LinkRow, LinkRow.id == ComparisonRow.link_id)
            .where(
                ComparisonRow.link_id.in_(some),
                ComparisonRow.outcome == DriftOutcome.UNCHANGED,
                ComparisonRow.compared_at >= LinkRow.state_since,
            )
        )
        found.update(connection.scalars(statement))
    return found
