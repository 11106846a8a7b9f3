"""The statements of `store.queries.links`, built once.

Most read an id range: its links by ascending id, or the citations or mirrors of its links. They are
executed with two parameters (`in_id_range`): `after`, below the first id, and `last`, the last id.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from store.schema.dialects import in_id_range
from store.schema.models import CitationRow, HostRow, LinkRow, LookupRow, MirrorRow, aliased
from store.vocabulary import CONCLUSIVE_OUTCOMES, Role
from store.work.tracked_states import TRACKED_STATE_COLUMNS

_ORIGINAL = aliased(LinkRow)
_MIRROR_LINK = aliased(LinkRow)  # the link of a mirror's own URL
CITED_MIRROR = aliased(MirrorRow)


def is_looked_up() -> ColumnElement[bool]:
    """Return the condition that a lookup of a link at any archive had a conclusive result."""
    return exists().where(
        LookupRow.link_id == LinkRow.id, LookupRow.outcome.in_(CONCLUSIVE_OUTCOMES)
    )


CITATION_COLUMNS = (
    CitationRow.line,
    CitationRow.column,
    CitationRow.url,
    CitationRow.text,
    CitationRow.accessed,
    CitationRow.mirror_id,
    CitationRow.block,
    CitationRow.footnote,
    CitationRow.notes,
    CitationRow.added,
)
MIRROR_COLUMNS = (
    MirrorRow.id,
    _MIRROR_LINK.url,
    MirrorRow.service,
    MirrorRow.timestamp,
    MirrorRow.captured_at,
    MirrorRow.origin,
    MirrorRow.status_at_capture,
    _MIRROR_LINK.state,
    _MIRROR_LINK.verdict,
    _MIRROR_LINK.reason,
    _MIRROR_LINK.detail,
    _MIRROR_LINK.note,
    _MIRROR_LINK.last_alive_at,
    _MIRROR_LINK.warnings,
    MirrorRow.quality,
    MirrorRow.flaw,
    MirrorRow.same_address,
    MirrorRow.spelling,
    MirrorRow.parts_checked,
    MirrorRow.parts_missing,
    MirrorRow.parts_checked_at,
    _MIRROR_LINK.final_url,
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


def _select_citations(link_id: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Select the present citations of an id range; `link_id` is the column of the cited link."""
    return select(link_id, CitationRow.page_id, *CITATION_COLUMNS).where(
        in_id_range(link_id), CitationRow.gone_run_id.is_(None)
    )


def _select_mirrors(link_id: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Select mirrors, oldest capture first; `link_id` is the column of the link they belong to."""
    return (
        select(link_id, *MIRROR_COLUMNS)
        .join(_MIRROR_LINK, _MIRROR_LINK.id == MirrorRow.link_id)
        .where(in_id_range(link_id))
        .order_by(MirrorRow.captured_at, MirrorRow.id)
    )


def _was_ever_cited(mirror: type[MirrorRow]) -> ColumnElement[bool]:
    """Return the condition that any citation names a mirror, on a page now or formerly."""
    return exists().where(CitationRow.mirror_id == mirror.id)


LINKS = _select_links()
CITED_LINKS = LINKS.where(
    in_id_range(LinkRow.id), or_(LinkRow.role == Role.LINK, _was_ever_cited(MirrorRow))
).order_by(LinkRow.id)
CITATIONS_OF_LINKS = _select_citations(CitationRow.link_id)
CITATIONS_OF_MIRRORS = _select_citations(MirrorRow.link_id).join(
    MirrorRow, MirrorRow.id == CitationRow.mirror_id
)
MIRRORS_OF_LINKS = _select_mirrors(MirrorRow.original_id)
# The mirrors whose original is itself a mirror's URL (copies of copies), by the id of that mirror.
COPIES_OF_MIRRORS = (
    select(CITED_MIRROR.id, *MIRROR_COLUMNS)
    .join(_MIRROR_LINK, _MIRROR_LINK.id == MirrorRow.link_id)
    .join(CITED_MIRROR, CITED_MIRROR.link_id == MirrorRow.original_id)
)
# The other mirrors of a cited mirror's original, by the link id of the cited mirror's URL.
MIRRORS_OF_MIRRORS = (
    _select_mirrors(CITED_MIRROR.link_id)
    .join(
        CITED_MIRROR,
        (CITED_MIRROR.original_id == MirrorRow.original_id) & (CITED_MIRROR.id != MirrorRow.id),
    )
    .where(_was_ever_cited(CITED_MIRROR))
)
