"""What reading pages again taught, in Markdown: where broken links may be, which living pages no longer say what was cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import phrases
from reports.formats.markdown_text import autolink, code, escape
from reports.headings import NO_LONGER, PERHAPS_MOVED
from reports.language import Words
from reports.moments import Moments
from reports.records import Report
from reports.sentences import percent
from store.reread_findings import ChangedPage, PerhapsMoved, Places

_MOST_PLACES = 20  # of one link


class Reread:
    """Makes the entries of both parts; an entry is a sequence of lines."""

    def __init__(self, report: Report, words: Words, clock: Moments) -> None:
        self._report = report
        self._words = words
        self._clock = clock

    def parts(self) -> Iterator[tuple[str, str, Sequence[Sequence[str]]]]:
        """Give title, explanation and entries of each part that has any."""
        if moved := self._report.perhaps_moved:
            yield *PERHAPS_MOVED, [list(self._proposals(link)) for link in moved]
        if changed := self._report.changed_pages:
            yield *NO_LONGER, [list(self._changed(page)) for page in changed]

    def _proposals(self, moved: PerhapsMoved) -> Iterator[str]:
        words = self._words
        yield f"- {self._lines_of(moved.places)} {autolink(moved.url)}"
        for found in moved.proposals:
            proposal = found.proposal
            told = words("perhaps at {url}, confidence {share}", url=autolink(proposal.url), share=percent(proposal.confidence))
            if proposal.similarity is not None:
                told += words("; ") + words("{share} of its old text stands there", share=percent(proposal.similarity))
            yield f"  - {told}"
            for kind, details in phrases.by_kind(proposal.evidence).items():
                yield f"    - {words(phrases.OF_EVIDENCE[kind])}{f' ({escape(details[0])})' if details[0] else ''}"

    def _changed(self, page: ChangedPage) -> Iterator[str]:
        words, drift = self._words, page.drift
        yield f"- {self._lines_of(page.places)} {autolink(page.url)}"
        told = words("{share} of the text of {url} still stands there", share=percent(drift.kept or 0), url=autolink(drift.mirror))
        yield f"  - {told}{words('; ')}{words('seen since {time}', time=self._clock(drift.since))}"

    def _lines_of(self, places: Places) -> str:
        told = [code(f"{page}:{line}") for page, line in places]
        more = len(told) - _MOST_PLACES
        return ", ".join(told[:_MOST_PLACES]) + (f" {self._words('and {number} more places', number=more)}" if more > 0 else "")
