"""Read all links of a report for a table, ordinary links in a short form.

An ordinary link does not fail, and there is nothing special to show about it or its archive copies
(`store.queries.ordinary_links`). Most links are ordinary. Their short form has only what a table
shows, and is read faster than a whole finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from reports.findings.finding_maker import FindingMaker
from reports.findings.sections import order_in, sections_of
from reports.model import Finding, OrdinaryFinding, Section
from reports.redaction import may_need_masking
from store.queries.links import findings_on_pages, present_pages
from store.queries.ordinary_links import ordinary_links
from store.vocabulary import Role, State
from store.work.comparisons import changed_drift_findings
from store.work.searches import all_proposals

# The sections that no ordinary link is in.
_SECTIONS = (
    Section.NEWLY_BROKEN,
    Section.BROKEN,
    Section.SUSPECT,
    Section.MIRROR_BROKEN,
    Section.POSSIBLY_MOVED,
    Section.CONTENT_CHANGED,
    Section.BLOCKED,
    Section.ARCHIVES_REFUSED,
    Section.COVERED,
    Section.ACKNOWLEDGED,
)


class BriefFindings(Iterable[Finding | OrdinaryFinding]):
    """All links of a report by ascending id, ordinary links in a short form.

    Every iteration reads them from the store. A complete one also counts the totals, and assigns
    findings to the sections that no ordinary link is in.

    Args:
        connection: A connection in a transaction.
        wiki: The wiki's name.
        maker: Makes the findings.
    """

    def __init__(self, connection: Connection, *, wiki: str, maker: FindingMaker) -> None:
        self._connection, self._wiki, self._maker = connection, wiki, maker
        self._totals: Mapping[Role, Mapping[State, int]] | None = None
        self._sections: Mapping[Section, Sequence[Finding]] = {}

    def __iter__(self) -> Iterator[Finding | OrdinaryFinding]:
        pages = present_pages(self._connection, self._wiki)
        proposals = all_proposals(self._connection)
        drifts = changed_drift_findings(self._connection)
        # The ids of links about which a table shows more than the short form has.
        in_full = {*proposals, *drifts, *self._maker.refusals, *self._maker.acknowledged}
        counts: dict[Role, Counter[State]] = {role: Counter() for role in Role}
        sections: dict[Section, list[Finding]] = {section: [] for section in Section}
        for batch in ordinary_links(self._connection, wiki=self._wiki, pages=pages):
            links: dict[int, Finding | OrdinaryFinding] = {}
            ids_in_full = list(batch.others)
            for link in batch.ordinary:
                if link.id in in_full or may_need_masking(link):
                    ids_in_full.append(link.id)
                else:
                    links[link.id] = self._maker.make_ordinary(link)
                    counts[Role.LINK][link.state] += 1
            for found in findings_on_pages(self._connection, sorted(ids_in_full), pages):
                finding = self._maker.make(found, proposals.get(found.id, ()), drifts.get(found.id))
                links[found.id] = finding
                counts[found.role][found.tracked_state.state] += 1
                for section in sections_of(finding):
                    sections[section].append(finding)
            yield from (links[link_id] for link_id in sorted(links))
        self._totals = counts
        self._sections = {
            section: sorted(sections[section], key=order_in(section)) for section in _SECTIONS
        }

    def sections(self) -> Mapping[Section, Sequence[Finding]]:
        """Return the findings of each section that no ordinary link is in."""
        self._read_once()
        return self._sections

    def totals(self) -> Mapping[Role, Mapping[State, int]]:
        """Return the number of links and of mirrors by state."""
        self._read_once()
        return self._totals or {}

    def _read_once(self) -> None:
        if self._totals is None:
            for _link in self:
                pass
