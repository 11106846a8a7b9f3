"""One page under repair: what stands beside its citations, and whether it still reads as it should behind an edit."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reports.patches.records import PageChecks, CitationFix, collect_edits
from reports.patches.splice import SpliceError, splice
from store.vocabulary import Citation, Page


class PageUnderEdit:
    """The page's bytes, its text in UTF-8, and what was read from it."""

    def __init__(self, data: bytes, page: Page, checks: PageChecks) -> None:
        self.data, self.page, self.checks = data, page, checks
        self.utf8 = (
            data
            if page.encoding == "utf-8"
            else data.decode(page.encoding, "replace").encode("utf-8", "replace")
        )
        self._mirrors: dict[int | str, list[Citation]] = defaultdict(
            list
        )  # by block, and by footnote
        for citation in page.citations:
            if citation.archive and citation.original:
                self._mirrors[citation.block].append(citation)
                if citation.footnote is not None:
                    self._mirrors[citation.footnote].append(citation)

    def services_beside(self, citation: Citation) -> Sequence[str]:
        """The services of the mirrors of a citation's original that stand in its block or in the footnotes marked right behind it."""
        if citation.original is None or not self._mirrors:
            return ()
        original = citation.original
        places: list[int | str] = [citation.block, *citation.notes]
        mirrors = (mirror for place in places for mirror in self._mirrors.get(place, ()))
        return [
            m.archive.service
            for m in mirrors
            if m.archive and m.original and self.checks.same_address(m.original, original)
        ]

    def problem(self, mends: Sequence[CitationFix]) -> str:
        """What is wrong with the page behind these mends, in words for a person; empty where it reads as it should."""
        try:
            after = splice(self.data, self.page.encoding, collect_edits(mends))
        except SpliceError as error:
            return str(error)
        return (
            ""
            if self._reads_as_expected(after, mends)
            else "the page would not read the same but for this"
        )

    def _reads_as_expected(self, after: bytes, mends: Sequence[CitationFix]) -> bool:
        """Whether the page reads as before, but for what the mends were to change."""
        try:
            reread = self.checks.read_page(after, self.page.path)
        except ValueError:
            return False
        mended = {_span(mend.planned.citation): mend for mend in mends}
        added = Counter(mend.added_mirror for mend in mends if mend.added_mirror)
        originals = {
            mend.added_mirror: mend.planned.citation.original for mend in mends if mend.added_mirror
        }
        expected = deque(self.page.citations)
        for citation in reread.citations:
            if expected and self._is_as_expected(
                citation, expected[0], mended.get(_span(expected[0]))
            ):
                expected.popleft()
            elif added[citation.url] > 0 and self._same_original(
                citation.original, originals[citation.url]
            ):
                added[citation.url] -= 1
            else:
                return False
        return not expected and not +added and _rest(reread) == _rest(self.page)

    def _is_as_expected(
        self, citation: Citation, before: Citation, mend: CitationFix | None
    ) -> bool:
        if mend is None:
            return _said(citation) == _said(before) and citation.original == before.original
        if mend.added_mirror:  # what stands behind the added mirror speaks of that
            citation = replace(citation, published=before.published, marked_dead=before.marked_dead)
        wanted = replace(before, **mend.changed_fields)
        return _said(citation) == _said(wanted) and self._same_original(
            citation.original, wanted.original
        )

    def _same_original(self, original: str | None, wanted: str | None) -> bool:
        """An archive may have recorded an original under a tidier address; that is the same one."""
        if original is None or wanted is None:
            return original == wanted
        return self.checks.same_address(original, wanted)


def _span(citation: Citation) -> tuple[int, int]:
    return citation.start, citation.end


def _said(citation: Citation) -> tuple[Any, ...]:
    """What a citation says, wherever on the page it stands."""
    return (
        *(
            citation.url,
            citation.text,
            citation.title,
            citation.kind,
            citation.footnote,
            citation.section,
            citation.quoted,
        ),
        *(citation.accessed, citation.published, citation.marked_dead, citation.salvaged),
    )


def _rest(page: Page) -> tuple[Any, ...]:
    """What else a page says."""
    links = tuple(
        (link.target, link.text, link.path, link.fragment, link.wiki)
        for link in page.internal_links
    )
    warnings = Counter(warning.code for warning in page.warnings)
    return page.encoding, page.title, page.dated, links, page.anchors, dict(page.skipped), warnings
