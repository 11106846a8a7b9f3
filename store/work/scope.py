"""Which links a job is about: all there are, or those that some wikis or some pages cite, with their mirrors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, true

from store.schema.models import Citation, Link, Mirror, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The wikis and the pages (by their ids) that a job is about. None: all; what none of them cites is part of the whole only."""

    wikis: tuple[str, ...] | None = None
    pages: tuple[int, ...] | None = None

    def covers(self) -> ColumnElement[bool]:
        """Say that a link is cited there, or is a mirror that is, or a mirror of a link that is.

        Asked of each link by itself: the links of a whole wiki are many, those due on one host few.
        """
        if self.wikis is None and self.pages is None:
            return true()
        is_address = Mirror.link_id == Link.id
        return or_(
            self._cites(Citation.link_id == Link.id),
            self._cites(Citation.mirror_id == Mirror.id, is_address),
            self._cites(Citation.link_id == Mirror.original_id, is_address),
        )

    def _cites(self, *through: ColumnElement[bool]) -> ColumnElement[bool]:
        cites = exists().where(Page.id == Citation.page_id, Citation.gone_run_id.is_(None), *through).correlate(Link)
        if self.wikis is not None:
            cites = cites.where(Page.wiki.in_(self.wikis))
        return cites if self.pages is None else cites.where(Page.id.in_(self.pages))


EVERYTHING = Scope()
