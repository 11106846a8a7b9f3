"""Verify edits of a page: the edited page must read as before, except for what is fixed."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.patches.records import PageTools, collect_edits
from reports.patches.splice import SpliceError, splice
from store.vocabulary import Citation, OriginalSource, Page
from store.vocabulary.fixes import CitationFix

TITLE_DISAGREES = "title-disagrees"  # the warning of a mirror whose title names another original
# Expected if one of two equal definitions is fixed: they differ then, and the page gets a warning.
_DEFINED_TWICE = "duplicate-definition"
_READS_DIFFERENTLY = (
    "the edit would change how the rest of the page is read: edit this link by hand"
)
# The parser took too long or crashed: whether the edit fits is not known.
NOT_READ = "the edited page could not be read in time: run holdfast fix again"


class PageUnderEdit:
    """A page that is edited.

    Attributes:
        data: Its bytes.
        page: What was read from them.
        tools: How to read pages and compare URLs.
        utf8: Its text in UTF-8.
    """

    def __init__(self, data: bytes, page: Page, tools: PageTools) -> None:
        self.data, self.page, self.tools = data, page, tools
        self.utf8 = data
        if page.encoding != "utf-8":
            self.utf8 = data.decode(page.encoding, "replace").encode("utf-8", "replace")
        self._mirrors = _mirrors_by_place(page)

    def services_beside(self, citation: Citation) -> Sequence[str]:
        """Return the services of the mirrors of a citation's original that are cited beside it.

        Beside it means in its block, or in the footnotes that are referenced directly after it.
        """
        original = citation.original
        if original is None or not self._mirrors:
            return ()
        places: list[int | str] = [citation.block, *citation.notes]
        mirrors = [mirror for place in places for mirror in self._mirrors.get(place, ())]
        return [
            mirror.archive.service
            for mirror in mirrors
            if mirror.archive and self._same_original(mirror.original, original)
        ]

    def is_beside(self, citation: Citation, other: Citation) -> bool:
        """Return whether another citation of the same link is in its block or its footnotes."""
        is_near = other.block == citation.block or (
            other.footnote is not None and other.footnote in citation.notes
        )
        return is_near and self._same_original(other.original, citation.original)

    def find_problem(self, fixes: Sequence[CitationFix]) -> str | None:
        """Apply fixes to the page and verify that only what they fix reads differently.

        Args:
            fixes: All fixes of the page.

        Returns:
            A message for the user about the problem; None if the page reads as expected. `NOT_READ`
            if the edited page was not read in time, so that nothing is known of the edit.
        """
        try:
            after = splice(self.data, self.page.encoding, collect_edits(fixes))
        except SpliceError as error:
            return str(error)
        try:
            edited_page = self.tools.read_page(after, self.page.path)
        except TimeoutError:
            return NOT_READ
        except ValueError:
            return _READS_DIFFERENTLY
        if self._reads_as_expected(edited_page, after, fixes):
            return None
        return _READS_DIFFERENTLY

    def _reads_as_expected(
        self, edited_page: Page, after: bytes, fixes: Sequence[CitationFix]
    ) -> bool:
        """Return whether an edited page reads as before, except for what is fixed.

        Args:
            edited_page: What was read from the edited page.
            after: The bytes of the edited page.
            fixes: All fixes of the page.
        """
        with_mirror = self._citations_with_added_mirror(edited_page.citations, fixes)
        if with_mirror is None:
            return False
        # The added mirrors must be recognised, or the next fix would add them again.
        edited = PageUnderEdit(after, edited_page, self.tools)
        if not all(edited.services_beside(citation) for citation in with_mirror):
            return False
        if not _has_expected_warnings(self.page, edited_page, fixes):
            return False
        return _other_content(edited_page) == _other_content(self.page)

    def _citations_with_added_mirror(
        self, citations: Sequence[Citation], fixes: Sequence[CitationFix]
    ) -> Sequence[Citation] | None:
        """Compare the citations of the edited page with those before.

        Args:
            citations: The citations of the edited page.
            fixes: All fixes of the page.

        Returns:
            The citations beside which a mirror was added. None if one is missing, one reads
            otherwise than its fix says, or there is one that no fix adds.
        """
        fixed = {_span(fix.planned.citation): fix for fix in fixes}
        added = Counter(fix.added_mirror for fix in fixes if fix.added_mirror)
        originals = {fix.added_mirror: fix.planned.citation.original for fix in fixes}
        expected = deque(self.page.citations)
        with_mirror: list[Citation] = []
        for citation in citations:
            if expected and self._is_expected(citation, expected[0], fixed):
                before = expected.popleft()
                fix = fixed.get(_span(before))
                has_moved = not self._same_original(citation.original, before.original)
                if fix is not None and fix.added_mirror and not has_moved:
                    with_mirror.append(citation)
            elif added[citation.url] > 0 and self._same_original(
                citation.original, originals[citation.url]
            ):
                added[citation.url] -= 1
            else:
                return None
        return None if expected or added.total() else with_mirror

    def _is_expected(
        self,
        citation: Citation,
        before: Citation,
        fixed: Mapping[tuple[int, int], CitationFix],
    ) -> bool:
        """Return whether a citation of the edited page reads as expected.

        Args:
            citation: The citation of the edited page.
            before: The same citation on the page as it was.
            fixed: The fixes by the start and end of their citations.
        """
        fix = fixed.get(_span(before))
        if fix is None:
            is_same = _content(citation) == _content(before)
            return is_same and citation.original == before.original
        if fix.added_mirror:
            # A date or a dead-link mark after the added mirror is now read as the mirror's.
            citation = replace(citation, published=before.published, marked_dead=before.marked_dead)
        wanted = replace(before, **fix.changed_fields)
        is_same = _content(citation) == _content(wanted)
        archive = citation.archive
        if fix.planned.is_of_other_address and archive and not fix.added_mirror:
            # The citation is replaced by a mirror of the page's other address, and reads as such.
            return is_same and archive.original_source is OriginalSource.EMBEDDED
        return is_same and self._same_original(citation.original, wanted.original)

    def _same_original(self, original: str | None, wanted: str | None) -> bool:
        """Return whether two originals are the same link.

        An archive may have recorded an original with a slightly different URL.
        """
        if original is None or wanted is None:
            return original == wanted
        return self.tools.same_address(original, wanted)


def _has_expected_warnings(before: Page, after: Page, fixes: Sequence[CitationFix]) -> bool:
    """Return whether an edited page has no more warnings than its fixes explain.

    A mirror may be of another address of the page, such as the target of a redirect. Its title is
    then the cited URL, and the page gets a warning that mirror and title disagree.
    """
    may_disagree = sum(fix.planned.is_of_other_address and not fix.added_mirror for fix in fixes)
    extra = _warning_counts(after) - _warning_counts(before)
    is_explained = set(extra) <= {TITLE_DISAGREES, _DEFINED_TWICE}
    return is_explained and extra[TITLE_DISAGREES] <= may_disagree


def _mirrors_by_place(page: Page) -> Mapping[int | str, Sequence[Citation]]:
    """Return the cited mirrors with a known original, by block number and by footnote label."""
    mirrors: dict[int | str, list[Citation]] = defaultdict(list)
    for citation in page.citations:
        if citation.archive and citation.original:
            mirrors[citation.block].append(citation)
            if citation.footnote is not None:
                mirrors[citation.footnote].append(citation)
    return mirrors


def _span(citation: Citation) -> tuple[int, int]:
    return citation.start, citation.end


def _content(citation: Citation) -> tuple[Any, ...]:
    """Return the fields of a citation that an edit of another citation must not change."""
    return (
        citation.url,
        citation.text,
        citation.title,
        citation.kind,
        citation.footnote,
        citation.section,
        citation.quoted,
        citation.accessed,
        citation.published,
        citation.marked_dead,
        citation.salvaged,
    )


def _other_content(page: Page) -> tuple[Any, ...]:
    """Return the content of a page without its citations, to compare it before and after."""
    links = tuple(
        (link.target, link.text, link.path, link.fragment, link.wiki)
        for link in page.internal_links
    )
    warnings = _warning_counts(page)
    del warnings[TITLE_DISAGREES], warnings[_DEFINED_TWICE]  # compared by the caller
    skipped = dict(page.skipped)
    return page.encoding, page.title, page.dated, links, page.anchors, skipped, warnings


def _warning_counts(page: Page) -> Counter[str]:
    return Counter(warning.code for warning in page.warnings)
