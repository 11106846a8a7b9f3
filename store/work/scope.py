"""The part of the stored links that a job covers."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import ColumnElement, exists, or_, true

from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow


class Scope(Struct, frozen=True, kw_only=True):
    """The wikis, pages or links that a job covers.

    Attributes:
        wikis: Names of the wikis; None for all.
        page_ids: Ids of the pages; None for all. With neither, every stored link is covered.
        link_ids: Ids of the only links to cover, with all their mirrors, whichever pages cite them.
            None: wikis and pages decide.
    """

    wikis: tuple[str, ...] | None = None
    page_ids: tuple[int, ...] | None = None
    link_ids: tuple[int, ...] | None = None

    def contains_link(self) -> ColumnElement[bool]:
        """Return the condition that a row of `link` is in this scope.

        There are three cases:

        1. A page in the scope cites the link.
        2. The link is a mirror's own URL, and a page in the scope cites the mirror.
        3. The link is a mirror's own URL, and a page in the scope cites the mirror's original.

        The condition is a subquery for each link: a wiki has many links, but only a few of them
        are due on one host.
        """
        is_mirror_url = MirrorRow.link_id == LinkRow.id
        if self.link_ids is not None:
            is_of_link = MirrorRow.original_id.in_(self.link_ids)
            is_mirror = exists().where(is_mirror_url, is_of_link).correlate(LinkRow)
            return or_(LinkRow.id.in_(self.link_ids), is_mirror)
        if self.wikis is None and self.page_ids is None:
            return true()
        return or_(
            self._is_cited(CitationRow.link_id == LinkRow.id),
            self._is_cited(CitationRow.mirror_id == MirrorRow.id, is_mirror_url),
            self._is_cited(CitationRow.link_id == MirrorRow.original_id, is_mirror_url),
        )

    def _is_cited(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition that a page in this scope has a citation with all `conditions`."""
        cited = exists().where(
            PageRow.id == CitationRow.page_id, CitationRow.gone_run_id.is_(None), *conditions
        )
        cited = cited.correlate(LinkRow)
        if self.wikis is not None:
            cited = cited.where(PageRow.wiki.in_(self.wikis))
        if self.page_ids is not None:
            cited = cited.where(PageRow.id.in_(self.page_ids))
        return cited


EVERYTHING = Scope()
