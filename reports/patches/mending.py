"""One page mended: its remedies written, verified by reading the page again, and put together to a patch."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reports.patches.diff import unified_diff
from reports.patches.markup import behind, locate
from reports.patches.records import Checks, Dropped, FixPolicy, Mend, PagePatch, Remedy, Style, edits_of
from reports.patches.remedies import Cited, Spot, remedy_for
from reports.patches.splicing import CannotSplice, splice, spliced_spans
from reports.patches.styles import CannotWrite, Writer
from store.vocabulary import Citation, Page

_FOOTNOTE_MARKS = re.compile(rb"(?:\[\^[^\]\s]+\])+")

Choose = Callable[[PagePatch, Mend], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the pages of one wiki are mended: what is asked for, how mirrors stand there, what they are called."""

    policy: FixPolicy = field(default_factory=FixPolicy)
    style: Style = Style.TITLE
    word: str = "Archived"


def mend_page(data: bytes, path: str, cited: Mapping[Spot, Cited], manner: Manner, checks: Checks, *, most: int | None = None) -> PagePatch:
    """Mend a page as far as can be; at most `most` citations. Every edit was verified: what could not be is in `dropped`, with its reason.

    Raises what `checks.reread` raises for bytes that are no page.
    """
    page = checks.reread(data, path)
    bench = _Bench(data, page, checks)
    remedies, dropped = _remedies(bench, cited, manner)
    if not remedies:
        return PagePatch(page=page, before=data, after=data, dropped=tuple(dropped))
    writer = Writer(bench.utf8, page, manner.word)
    mends: list[Mend] = []
    for remedy in remedies:
        outcome = _written(writer, remedy, manner.style)
        if isinstance(outcome, Mend):
            mends.append(outcome)
        else:
            dropped.append(outcome)
    mends = _holding(bench, writer, [], mends, dropped)
    return _patch(bench, mends if most is None else _holding(bench, writer, [], mends[:most], dropped), dropped)


def chosen(patch: PagePatch, choose: Choose, checks: Checks) -> PagePatch:
    """Keep of a patch what is chosen, asking for one mend after the other."""
    mends = [mend for mend in patch.mends if choose(patch, mend)]
    bench, dropped = _Bench(patch.before, patch.page, checks), list(patch.dropped)
    return _patch(bench, _holding(bench, None, [], mends, dropped), dropped)


def diff_of(patch: PagePatch, path: str, mends: Sequence[Mend] | None = None) -> bytes:
    """Write a patch, or some of its mends, as a unified diff against the file `path`."""
    edits = edits_of(patch.mends if mends is None else mends)
    return unified_diff(path, patch.before, list(spliced_spans(patch.before, patch.page.encoding, edits)))


def _remedies(bench: _Bench, cited: Mapping[Spot, Cited], manner: Manner) -> tuple[list[Remedy], list[Dropped]]:
    """What is to be done on a page, in page order; one definition with many uses is mended once."""
    found: dict[tuple[int, int], Remedy] = {}
    dropped: list[Dropped] = []
    for citation in bench.page.citations:
        known = cited.get(Spot(citation.line, citation.column, citation.url))
        if known is None or (citation.start, citation.end) in found:
            continue
        services = bench.services_beside(citation)
        covered = citation.archive is None and bool(services)
        remedy = remedy_for(citation, known, manner.policy, covered=covered, services=services)
        if isinstance(remedy, Remedy):
            found[citation.start, citation.end] = remedy
        elif remedy:
            dropped.append(remedy)
    return list(found.values()), dropped


def _written(writer: Writer, remedy: Remedy, style: Style) -> Mend | Dropped:
    """Write a remedy in a style, or, where that is not to be had, with the mirror in the place of the original."""
    for each in dict.fromkeys((style, Style.TITLE)):
        try:
            return writer.write(remedy, each)
        except CannotWrite as error:
            why = str(error)
    return Dropped(citation=remedy.citation, cause=remedy.cause, why=why)


def _holding(bench: _Bench, writer: Writer | None, base: list[Mend], mends: Sequence[Mend], dropped: list[Dropped]) -> list[Mend]:
    """The mends that hold, on top of those that do. Mostly all of them do, which one look tells; else either half is tried by itself."""
    if not mends:
        return base
    fault = bench.fault([*base, *mends])
    if not fault:
        return [*base, *mends]
    if len(mends) > 1:
        half = len(mends) // 2
        return _holding(bench, writer, _holding(bench, writer, base, mends[:half], dropped), mends[half:], dropped)
    for other in _in_other_words(writer, mends[0]):
        if not bench.fault([*base, other]):
            return [*base, other]
    remedy = mends[0].remedy
    dropped.append(Dropped(citation=remedy.citation, cause=remedy.cause, why=fault))
    return base


def _patch(bench: _Bench, mends: Sequence[Mend], dropped: Sequence[Dropped]) -> PagePatch:
    edits = edits_of(mends)
    after = splice(bench.data, bench.page.encoding, edits) if edits else bench.data
    return PagePatch(page=bench.page, before=bench.data, after=after, mends=tuple(mends), dropped=tuple(dropped))


def _in_other_words(writer: Writer | None, mend: Mend) -> Iterator[Mend]:
    """A mirror that was to stand beside its original takes its place instead, if it may."""
    if writer and mend.adds and isinstance(other := _written(writer, mend.remedy, Style.TITLE), Mend) and not other.adds:
        yield other


class _Bench:
    """One page under repair: its bytes, its text in UTF-8, and what was read from it."""

    def __init__(self, data: bytes, page: Page, checks: Checks) -> None:
        self.data, self.page, self.checks = data, page, checks
        self.utf8 = data if page.encoding == "utf-8" else data.decode(page.encoding, "replace").encode("utf-8", "replace")
        self._mirrors: dict[int | str, list[Citation]] = defaultdict(list)  # by block, and by footnote
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
        places: list[int | str] = [citation.block, *self._labels_behind(citation)]
        mirrors = (mirror for place in places for mirror in self._mirrors.get(place, ()))
        return [m.archive.service for m in mirrors if m.archive and m.original and self.checks.same_address(m.original, original)]

    def _labels_behind(self, citation: Citation) -> Sequence[str]:
        markup = locate(self.utf8, citation)
        marks = _FOOTNOTE_MARKS.match(self.utf8, behind(self.utf8, markup)) if markup else None
        return marks[0].decode(errors="replace")[2:-1].split("][^") if marks else ()

    def fault(self, mends: Sequence[Mend]) -> str:
        """What is wrong with the page behind these mends, in words for a person; empty where it reads as it should."""
        try:
            after = splice(self.data, self.page.encoding, edits_of(mends))
        except CannotSplice as error:
            return str(error)
        return "" if self._reads_as_expected(after, mends) else "the page would not read the same but for this"

    def _reads_as_expected(self, after: bytes, mends: Sequence[Mend]) -> bool:
        """Whether the page reads as before, but for what the mends were to change."""
        try:
            reread = self.checks.reread(after, self.page.path)
        except ValueError:
            return False
        mended = {_span(mend.remedy.citation): mend for mend in mends}
        added = Counter(mend.adds for mend in mends if mend.adds)
        originals = {mend.adds: mend.remedy.citation.original for mend in mends if mend.adds}
        expected = deque(self.page.citations)
        for citation in reread.citations:
            if expected and self._is_as_expected(citation, expected[0], mended.get(_span(expected[0]))):
                expected.popleft()
            elif added[citation.url] > 0 and self._same_original(citation.original, originals[citation.url]):
                added[citation.url] -= 1
            else:
                return False
        return not expected and not +added and _rest(reread) == _rest(self.page)

    def _is_as_expected(self, citation: Citation, before: Citation, mend: Mend | None) -> bool:
        if mend is None:
            return _said(citation) == _said(before) and citation.original == before.original
        if mend.adds:  # what stands behind the added mirror speaks of that
            citation = replace(citation, published=before.published, marked_dead=before.marked_dead)
        wanted = replace(before, **mend.changes)
        return _said(citation) == _said(wanted) and self._same_original(citation.original, wanted.original)

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
        *(citation.url, citation.text, citation.title, citation.kind, citation.footnote, citation.section, citation.quoted),
        *(citation.accessed, citation.published, citation.marked_dead, citation.salvaged),
    )


def _rest(page: Page) -> tuple[Any, ...]:
    """What else a page says."""
    links = tuple((link.target, link.text, link.path, link.fragment, link.wiki) for link in page.internal_links)
    warnings = Counter(warning.code for warning in page.warnings)
    return page.encoding, page.title, page.dated, links, page.anchors, dict(page.skipped), warnings
