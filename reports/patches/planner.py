"""One page mended: its remedies written, verified by reading the page again, and put together to a patch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reports.patches.diff import unified_diff
from reports.patches.fixes import CitationKey, Cited, choose_fix
from reports.patches.records import (
    Checks,
    CitationFix,
    Dropped,
    Fix,
    FixPolicy,
    PagePatch,
    Style,
    edits_of,
)
from reports.patches.splice import splice, spliced_spans
from reports.patches.styles import CannotWrite, Writer
from reports.patches.verification import PageUnderEdit

Choose = Callable[[PagePatch, CitationFix], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOptions:
    """How the pages of one wiki are mended: what is asked for, how mirrors stand there, what they are called."""

    policy: FixPolicy = field(default_factory=FixPolicy)
    style: Style = Style.TITLE
    word: str = "Archived"


def plan_page(
    data: bytes,
    path: str,
    cited: Mapping[CitationKey, Cited],
    manner: FixOptions,
    checks: Checks,
    *,
    most: int | None = None,
) -> PagePatch:
    """Mend a page as far as can be; at most `most` citations. Every edit was verified: what could not be is in `dropped`, with its reason.

    Raises what `checks.reread` raises for bytes that are no page.
    """
    page = checks.reread(data, path)
    bench = PageUnderEdit(data, page, checks)
    remedies, dropped = _remedies(bench, cited, manner)
    if not remedies:
        return PagePatch(page=page, before=data, after=data, dropped=tuple(dropped))
    writer = Writer(bench.utf8, page, manner.word)
    mends: list[CitationFix] = []
    for remedy in remedies:
        outcome = _written(writer, remedy, manner.style)
        if isinstance(outcome, CitationFix):
            mends.append(outcome)
        else:
            dropped.append(outcome)
    mends = _holding(bench, writer, [], mends, dropped)
    return _patch(
        bench,
        mends if most is None else _holding(bench, writer, [], mends[:most], dropped),
        dropped,
    )


def chosen(patch: PagePatch, choose: Choose, checks: Checks) -> PagePatch:
    """Keep of a patch what is chosen, asking for one mend after the other."""
    mends = [mend for mend in patch.mends if choose(patch, mend)]
    bench, dropped = PageUnderEdit(patch.before, patch.page, checks), list(patch.dropped)
    return _patch(bench, _holding(bench, None, [], mends, dropped), dropped)


def diff_of(patch: PagePatch, path: str, mends: Sequence[CitationFix] | None = None) -> bytes:
    """Write a patch, or some of its mends, as a unified diff against the file `path`."""
    edits = edits_of(patch.mends if mends is None else mends)
    return unified_diff(
        path, patch.before, list(spliced_spans(patch.before, patch.page.encoding, edits))
    )


def _remedies(
    bench: PageUnderEdit, cited: Mapping[CitationKey, Cited], manner: FixOptions
) -> tuple[list[Fix], list[Dropped]]:
    """What is to be done on a page, in page order; one definition with many uses is mended once."""
    found: dict[tuple[int, int], Fix] = {}
    dropped: list[Dropped] = []
    for citation in bench.page.citations:
        known = cited.get(CitationKey(citation.line, citation.column, citation.url))
        if known is None or (citation.start, citation.end) in found:
            continue
        services = bench.services_beside(citation)
        covered = citation.archive is None and bool(services)
        remedy = choose_fix(citation, known, manner.policy, covered=covered, services=services)
        if isinstance(remedy, Fix):
            found[citation.start, citation.end] = remedy
        elif remedy:
            dropped.append(remedy)
    return list(found.values()), dropped


def _written(writer: Writer, remedy: Fix, style: Style) -> CitationFix | Dropped:
    """Write a remedy in a style, or, where that is not to be had, with the mirror in the place of the original."""
    for each in dict.fromkeys((style, Style.TITLE)):
        try:
            return writer.write(remedy, each)
        except CannotWrite as error:
            why = str(error)
    return Dropped(citation=remedy.citation, cause=remedy.cause, why=why)


def _holding(
    bench: PageUnderEdit,
    writer: Writer | None,
    base: list[CitationFix],
    mends: Sequence[CitationFix],
    dropped: list[Dropped],
) -> list[CitationFix]:
    """The mends that hold, on top of those that do. Mostly all of them do, which one look tells; else either half is tried by itself."""
    if not mends:
        return base
    fault = bench.fault([*base, *mends])
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
        if not bench.fault([*base, other]):
            return [*base, other]
    remedy = mends[0].remedy
    dropped.append(Dropped(citation=remedy.citation, cause=remedy.cause, why=fault))
    return base


def _patch(
    bench: PageUnderEdit, mends: Sequence[CitationFix], dropped: Sequence[Dropped]
) -> PagePatch:
    edits = edits_of(mends)
    after = splice(bench.data, bench.page.encoding, edits) if edits else bench.data
    return PagePatch(
        page=bench.page, before=bench.data, after=after, mends=tuple(mends), dropped=tuple(dropped)
    )


def _in_other_words(writer: Writer | None, mend: CitationFix) -> Iterator[CitationFix]:
    """A mirror that was to stand beside its original takes its place instead, if it may."""
    if (
        writer
        and mend.adds
        and isinstance(other := _written(writer, mend.remedy, Style.TITLE), CitationFix)
        and not other.adds
    ):
        yield other
