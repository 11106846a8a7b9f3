"""The statements of `store.queries.links`, built once.

Most read some links by ascending id, or the citations or mirrors of those links. Ranges of ids are
executed with two parameters (`in_id_range`): `after`, below the first id, and `last`, the last id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, or_, select

from store.schema.dialects import in_id_range, in_ids
from store.schema.models import CitationRow, HostRow, LinkRow, LookupRow, MirrorRow, aliased
from store.vocabulary import CONCLUSIVE_OUTCOMES, Role
from store.work.tracked_states import TRACKED_STATE_COLUMNS

_ORIGINAL = aliased(LinkRow)
MIRROR_LINK = aliased(LinkRow)  # the link of a mirror's own URL
CITED_MIRROR = aliased(MirrorRow)


def is_looked_up() -> ColumnElement[bool]:
    """Return the condition that a lookup of a link at any archive had a conclusive result."""
    return exists().where(
        LookupRow.link_id == LinkRow.id, LookupRow.outcome.in_(CONCLUSIVE_OUTCOMES)
    )


BRIEF_CITATION_COLUMNS = (
    CitationRow.line,
    CitationRow.column,
    CitationRow.url,
    CitationRow.text,
    CitationRow.accessed,
    CitationRow.mirror_id,
    CitationRow.added,
)
CITATION_COLUMNS = (
    *BRIEF_CITATION_COLUMNS,
    CitationRow.block,
    CitationRow.footnote,
    CitationRow.notes,
)
BRIEF_MIRROR_COLUMNS = (
    MirrorRow.id,
    MIRROR_LINK.url,
    MirrorRow.service,
    MirrorRow.timestamp,
    MirrorRow.captured_at,
    MirrorRow.origin,
    MirrorRow.status_at_capture,
    MIRROR_LINK.state,
    MIRROR_LINK.reason,
    MirrorRow.quality,
    MirrorRow.spelling,
)
MIRROR_COLUMNS = (
    *BRIEF_MIRROR_COLUMNS,
    MIRROR_LINK.verdict,
    MIRROR_LINK.detail,
    MIRROR_LINK.note,
    MIRROR_LINK.last_alive_at,
    MIRROR_LINK.warnings,
    MirrorRow.flaw,
    MirrorRow.same_address,
    MirrorRow.parts_checked,
    MirrorRow.parts_missing,
    MirrorRow.parts_checked_at,
    MIRROR_LINK.final_url,
)
LINK_COLUMNS = (
    LinkRow.id,
    LinkRow.url,
    LinkRow.role,
    HostRow.name.label("host"),
    _ORIGINAL.url.label("original"),
    LinkRow.previous_state,
    LinkRow.changed_run_id,
    LinkRow.status_code,
    LinkRow.final_url,
    LinkRow.redirects,
    LinkRow.warnings,
    LinkRow.missing_fragments,
    is_looked_up().label("looked_up"),
    LinkRow.listed_at,
    LinkRow.listed_by,
)


def _select_links() -> Select[*tuple[Any, ...]]:
    state_columns = [getattr(LinkRow, name) for name in TRACKED_STATE_COLUMNS]
    return (
        select(*LINK_COLUMNS, *state_columns)
        .join(HostRow, HostRow.id == LinkRow.host_id)
        .outerjoin(MirrorRow, MirrorRow.link_id == LinkRow.id)
        .outerjoin(_ORIGINAL, _ORIGINAL.id == MirrorRow.original_id)
    )


class FindingStatements(NamedTuple):
    """The statements that read some links with their citations and mirrors.

    Attributes:
        links: Selects the links, and the mirrors that are cited, by ascending id.
        citations: Select the present citations of links, and those of mirrors, by link id.
        mirrors: Select the mirrors of links, and the other mirrors of a cited mirror's original, by
            link id; oldest capture first.
    """

    links: Select[*tuple[Any, ...]]
    citations: Sequence[Select[*tuple[Any, ...]]]
    mirrors: Sequence[Select[*tuple[Any, ...]]]


def _finding_statements(
    is_selected: Callable[[ColumnElement[Any]], ColumnElement[bool]],
) -> FindingStatements:
    """Return the statements for links; `is_selected` makes the condition on the column of ids."""

    def citations(link_id: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        return select(link_id, CitationRow.page_id, *CITATION_COLUMNS).where(
            is_selected(link_id), CitationRow.gone_run_id.is_(None)
        )

    def mirrors(link_id: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        return (
            select(link_id, *MIRROR_COLUMNS)
            .join(MIRROR_LINK, MIRROR_LINK.id == MirrorRow.link_id)
            .where(is_selected(link_id))
            .order_by(MirrorRow.captured_at, MirrorRow.id)
        )

    other_mirrors = mirrors(CITED_MIRROR.link_id).join(
        CITED_MIRROR,
        (CITED_MIRROR.original_id == MirrorRow.original_id) & (CITED_MIRROR.id != MirrorRow.id),
    )
    cited_mirrors = citations(MirrorRow.link_id).join(
        MirrorRow, MirrorRow.id == CitationRow.mirror_id
    )
    is_ever_cited = or_(LinkRow.role == Role.LINK, _was_ever_cited(MirrorRow))
    return FindingStatements(
        links=LINKS.where(is_selected(LinkRow.id), is_ever_cited).order_by(LinkRow.id),
        citations=(citations(CitationRow.link_id), cited_mirrors),
        mirrors=(
            mirrors(MirrorRow.original_id),
            other_mirrors.where(_was_ever_cited(CITED_MIRROR)),
        ),
    )


def _was_ever_cited(mirror: type[MirrorRow]) -> ColumnElement[bool]:
    """Return the condition that any citation names a mirror, on a page now or formerly."""
    return exists().where(CitationRow.mirror_id == mirror.id)


LINKS = _select_links()
OF_ID_RANGE = _finding_statements(in_id_range)
# The mirrors whose original is itself a mirror's URL (copies of copies), by the id of that mirror.
COPIES_OF_MIRRORS = (
    select(CITED_MIRROR.id, *MIRROR_COLUMNS)
    .join(MIRROR_LINK, MIRROR_LINK.id == MirrorRow.link_id)
    .join(CITED_MIRROR, CITED_MIRROR.link_id == MirrorRow.original_id)
)


@cache
def of_ids() -> FindingStatements:
    """Return the statements for links with given ids: for a few among many.

    They are built at the first call, as most commands do not need them.
    """
    return _finding_statements(in_ids)
