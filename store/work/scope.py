"""Which links a job is about: all there are, or those that some wikis or some pages cite, with their mirrors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, true

from store.schema.models import CitationRow, LinkRow, MirrorRow, PageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The wikis and the pages (by their ids) that a job is about. None: all; what none of them cites is part of the whole only."""

    wikis: tuple[str, ...] | None = None
    pages: tuple[int, ...] | None = None

    def contains_link(self) -> ColumnElement[bool]:
        """Say that a link is cited there, or is a mirror that is, or a mirror of a link that is.

        Asked of each link by itself: the links of a whole wiki are many, those due on one host few.
        """
        if self.wikis is None and self.pages is None:
            return true()
        is_address = MirrorRow.link_id == LinkRow.id
        return or_(
            self._cites(CitationRow.link_id == LinkRow.id),
            self._cites(CitationRow.mirror_id == MirrorRow.id, is_address),
            self._cites(CitationRow.link_id == MirrorRow.original_id, is_address),
        )

    def _cites(self, *through: ColumnElement[bool]) -> ColumnElement[bool]:
        cites = (
            exists()
            .where(PageRow.id == CitationRow.page_id, CitationRow.gone_run_id.is_(None), *through)
            .correlate(LinkRow)
        )
        if self.wikis is not None:
            cites = cites.where(PageRow.wiki.in_(self.wikis))
        return cites if self.pages is None else cites.where(PageRow.id.in_(self.pages))


EVERYTHING = Scope()
