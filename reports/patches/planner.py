"""One page mended: its remedies written, verified by reading the page again, and put together to a patch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reports.patches.diff import unified_diff
from reports.patches.fixes import CitationKey, CitedLink, choose_fix
from reports.patches.records import (
    PageChecks,
    CitationFix,
    SkippedFix,
    PlannedFix,
    FixPolicy,
    PagePatch,
    MirrorStyle,
    collect_edits,
)
from reports.patches.splice import splice, splice_spans
from reports.patches.styles import UnsupportedMarkupError, FixWriter
from reports.patches.verification import PageUnderEdit

AcceptFix = Callable[[PagePatch, CitationFix], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOptions:
    """How the pages of one wiki are mended: what is asked for, how mirrors stand there, what they are called."""

    policy: FixPolicy = field(default_factory=FixPolicy)
    style: MirrorStyle = MirrorStyle.TITLE
    word: str = "Archived"


def plan_page(
    data: bytes,
    path: str,
    cited: Mapping[CitationKey, CitedLink],
    options: FixOptions,
    checks: PageChecks,
    *,
    limit: int | None = None,
) -> PagePatch:
    """Mend a page as far as can be; at most `most` citations. Every edit was verified: what could not be is in `dropped`, with its reason.

    Raises what `checks.reread` raises for bytes that are no page.
    """
    page = checks.read_page(data, path)
    bench = PageUnderEdit(data, page, checks)
    remedies, dropped = _remedies(bench, cited, options)
    if not remedies:
        return PagePatch(page=page, before=data, after=data, skipped=tuple(dropped))
    writer = FixWriter(bench.utf8, page, options.word)
    mends: list[CitationFix] = []
    for remedy in remedies:
        outcome = _written(writer, remedy, options.style)
        if isinstance(outcome, CitationFix):
            mends.append(outcome)
        else:
            dropped.append(outcome)
    mends = _holding(bench, writer, [], mends, dropped)
    return _patch(
        bench,
        mends if limit is None else _holding(bench, writer, [], mends[:limit], dropped),
        dropped,
    )


def select_fixes(patch: PagePatch, accept: AcceptFix, checks: PageChecks) -> PagePatch:
    """Keep of a patch what is chosen, asking for one mend after the other."""
    mends = [mend for mend in patch.fixes if accept(patch, mend)]
    bench, dropped = PageUnderEdit(patch.before, patch.page, checks), list(patch.skipped)
    return _patch(bench, _holding(bench, None, [], mends, dropped), dropped)


def diff_of(patch: PagePatch, path: str, mends: Sequence[CitationFix] | None = None) -> bytes:
    """Write a patch, or some of its mends, as a unified diff against the file `path`."""
    edits = collect_edits(patch.fixes if mends is None else mends)
    return unified_diff(
        path, patch.before, list(splice_spans(patch.before, patch.page.encoding, edits))
    )


def _remedies(
    bench: PageUnderEdit, cited: Mapping[CitationKey, CitedLink], manner: FixOptions
) -> tuple[list[PlannedFix], list[SkippedFix]]:
    """What is to be done on a page, in page order; one definition with many uses is mended once."""
    found: dict[tuple[int, int], PlannedFix] = {}
    dropped: list[SkippedFix] = []
    for citation in bench.page.citations:
        known = cited.get(CitationKey(citation.line, citation.column, citation.url))
        if known is None or (citation.start, citation.end) in found:
            continue
        services = bench.services_beside(citation)
        covered = citation.archive is None and bool(services)
        remedy = choose_fix(citation, known, manner.policy, covered=covered, services=services)
        if isinstance(remedy, PlannedFix):
            found[citation.start, citation.end] = remedy
        elif remedy:
            dropped.append(remedy)
    return list(found.values()), dropped


def _written(writer: FixWriter, remedy: PlannedFix, style: MirrorStyle) -> CitationFix | SkippedFix:
    """Write a remedy in a style, or, where that is not to be had, with the mirror in the place of the original."""
    for each in dict.fromkeys((style, MirrorStyle.TITLE)):
        try:
            return writer.write(remedy, each)
        except UnsupportedMarkupError as error:
            why = str(error)
    return SkippedFix(citation=remedy.citation, cause=remedy.cause, reason=why)


def _holding(
    bench: PageUnderEdit,
    writer: FixWriter | None,
    base: list[CitationFix],
    mends: Sequence[CitationFix],
    dropped: list[SkippedFix],
) -> list[CitationFix]:
    """The mends that hold, on top of those that do. Mostly all of them do, which one look tells; else either half is tried by itself."""
    if not mends:
        return base
    fault = bench.problem([*base, *mends])
    if not fault:
        return [*base, *mends]
    if len(mends) > 1:
        half = len(mends) // 2
        return _holding(
            bench,
            writer,
            _holding(bench, writer, base, mends[:half], dropped),
            mends[half:],
            dropped,
        )
    for other in _in_other_words(writer, mends[0]):
        if not bench.problem([*base, other]):
            return [*base, other]
    remedy = mends[0].planned
    dropped.append(SkippedFix(citation=remedy.citation, cause=remedy.cause, reason=fault))
    return base


def _patch(
    bench: PageUnderEdit, mends: Sequence[CitationFix], dropped: Sequence[SkippedFix]
) -> PagePatch:
    edits = collect_edits(mends)
    after = splice(bench.data, bench.page.encoding, edits) if edits else bench.data
    return PagePatch(
        page=bench.page, before=bench.data, after=after, fixes=tuple(mends), skipped=tuple(dropped)
    )


def _in_other_words(writer: FixWriter | None, mend: CitationFix) -> Iterator[CitationFix]:
    """A mirror that was to stand beside its original takes its place instead, if it may."""
    if (
        writer
        and mend.added_mirror
        and isinstance(other := _written(writer, mend.planned, MirrorStyle.TITLE), CitationFix)
        and not other.added_mirror
    ):
        yield other
