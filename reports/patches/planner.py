"""Plan the patch of one page: write fixes, verify them by reading the page, and join them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from reports.patches.cited_links import CitationKey, CitedLink
from reports.patches.diff import unified_diff
from reports.patches.fixes import choose_fix
from reports.patches.records import (
    FixGoal,
    FixPolicy,
    PagePatch,
    PageTools,
    SkippedFix,
    collect_edits,
)
from reports.patches.shared_edits import FixUnit, first_units, share_edits, units_of, unshared
from reports.patches.splice import splice, splice_spans
from reports.patches.verification import NOT_READ, PageUnderEdit
from store.vocabulary.fixes import (
    CitationFix,
    FixCause,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    UnsupportedMarkupError,
)

# Causes of fixes of living links. Their original must stay cited, so no mirror may replace it.
_CAUSES_OF_LIVING_LINKS = (FixCause.ADD_COPY, FixCause.RETURNED, FixCause.ROBUST_LINK)

AcceptFix = Callable[[PagePatch, CitationFix], bool]
"""Returns whether a fix of a page is to be made."""


class FixOptions(Struct, frozen=True, kw_only=True):
    """The settings by which the pages of one wiki are fixed.

    Attributes:
        policy: What the user wants fixed.
        style: How archive links are inserted.
        link_text: The text of an archive link, such as "Archived".
    """

    policy: FixPolicy = field(default_factory=FixPolicy)
    style: MirrorStyle = MirrorStyle.TITLE
    link_text: str = "Archived"


def plan_page(
    data: bytes,
    path: str,
    cited: Mapping[CitationKey, CitedLink],
    options: FixOptions,
    tools: PageTools,
    *,
    limit: int | None = None,
) -> PagePatch:
    """Return the patch of a page, in which every edit is verified.

    Args:
        data: The page's bytes.
        path: Its path.
        cited: The links and mirrors of its citations.
        options: How to fix it.
        tools: How to write and verify edits.
        limit: Maximum number of citations to fix, None for all.

    Raises:
        ValueError: What `tools.read_page` raises if the bytes are not a page.
    """
    page = tools.read_page(data, path)
    edited = PageUnderEdit(data, page, tools)
    planned, skipped = _plan_fixes(edited, cited, options)
    if not planned:
        return PagePatch(page=page, before=data, after=data, skipped=tuple(skipped))
    writer = tools.fix_writer(edited.utf8, page, options.link_text)
    fixes: list[CitationFix] = []
    for planned_fix in planned:
        outcome = _write(writer, planned_fix, options.style)
        if isinstance(outcome, CitationFix):
            fixes.append(outcome)
        else:
            skipped.append(outcome)
    verified = _verify(edited, writer, [], share_edits(fixes), skipped)
    if limit is not None:
        # The selected fixes are verified again: without the others, the page may read differently.
        verified = _verify(edited, writer, [], first_units(verified, limit), skipped)
    return _build_patch(edited, verified, skipped)


def select_fixes(patch: PagePatch, accept: AcceptFix, tools: PageTools) -> PagePatch:
    """Return a patch with the accepted fixes only.

    Args:
        patch: The patch with all fixes.
        accept: Called for each fix in page order; of fixes that share an edit, for the first only.
        tools: How to write and verify edits.
    """
    units = [unit for unit in units_of(patch.fixes) if accept(patch, unit[0])]
    edited = PageUnderEdit(patch.before, patch.page, tools)
    skipped = list(patch.skipped)
    return _build_patch(edited, _verify(edited, None, [], units, skipped), skipped)


def diff_of(patch: PagePatch, path: str, fixes: Sequence[CitationFix] | None = None) -> bytes:
    """Return a patch as a unified diff against a file.

    Args:
        patch: The patch.
        path: Path of the file in the diff.
        fixes: Which fixes of the patch, None for all.
    """
    edits = collect_edits(patch.fixes if fixes is None else fixes)
    spans = list(splice_spans(patch.before, patch.page.encoding, edits))
    return unified_diff(path, patch.before, spans)


def _plan_fixes(
    edited: PageUnderEdit, cited: Mapping[CitationKey, CitedLink], options: FixOptions
) -> tuple[list[PlannedFix], list[SkippedFix]]:
    """Return the fixes of a page, one for each URL in its source, and the citations without one.

    Many citations can share the URL of one reference definition.
    """
    planned: dict[tuple[int, int], PlannedFix] = {}
    skipped: list[SkippedFix] = []
    for citation in edited.page.citations:
        cited_link = cited.get(CitationKey(citation.line, citation.column, citation.url))
        if cited_link is None or (citation.start, citation.end) in planned:
            continue
        services = edited.services_beside(citation)
        covered = citation.archive is None and bool(services)
        fix = choose_fix(citation, cited_link, options.policy, covered=covered, services=services)
        if isinstance(fix, PlannedFix):
            planned[citation.start, citation.end] = fix
        elif fix:
            skipped.append(fix)
    fixes = list(planned.values())
    if options.policy.goal is FixGoal.ADD_COPIES:
        fixes = _one_copy_per_place(edited, fixes)
    return fixes, skipped


def _one_copy_per_place(edited: PageUnderEdit, fixes: Sequence[PlannedFix]) -> list[PlannedFix]:
    """Return fixes that add copies, with only one for a link that is cited twice at one place.

    A citation in a footnote is preferred to one in the text.
    """
    chosen: list[PlannedFix] = []
    for fix in sorted(fixes, key=lambda fix: fix.citation.footnote is None):
        if not any(edited.is_beside(fix.citation, other.citation) for other in chosen):
            chosen.append(fix)
    return sorted(chosen, key=lambda fix: fix.citation.start)


def _write(writer: FixWriter, planned: PlannedFix, style: MirrorStyle) -> CitationFix | SkippedFix:
    """Write a fix in a style, or else with the mirror in place of a dead original (style TITLE)."""
    reason = ""
    is_living = planned.cause in _CAUSES_OF_LIVING_LINKS
    for tried_style in dict.fromkeys((style,) if is_living else (style, MirrorStyle.TITLE)):
        try:
            return writer.write(planned, tried_style)
        except UnsupportedMarkupError as error:
            reason = str(error)
    return SkippedFix(citation=planned.citation, cause=planned.cause, reason=reason)


def _verify(
    edited: PageUnderEdit,
    writer: FixWriter | None,
    verified: list[CitationFix],
    units: Sequence[FixUnit],
    skipped: list[SkippedFix],
) -> list[CitationFix]:
    """Return the verified fixes of a page: those given, and those of `units` that fit them.

    The fixes of a unit share an edit, so that all of them are made or none. Usually all units fit,
    which takes one check. Otherwise the first half is verified, then the second.

    Args:
        edited: The page.
        writer: Writes a fix that cannot be verified again in another style. None: such a fix is
            skipped.
        verified: Fixes that were verified already.
        units: Fixes to verify; most units have one fix.
        skipped: The fixes that cannot be verified are added to this list.
    """
    if not units:
        return verified
    fixes = [fix for unit in units for fix in unit]
    problem = edited.find_problem([*verified, *fixes])
    if problem is None:
        return [*verified, *fixes]
    if len(units) > 1:
        half = len(units) // 2
        verified = _verify(edited, writer, verified, units[:half], skipped)
        return _verify(edited, writer, verified, units[half:], skipped)
    if fixes[0].shared:
        return _verify(edited, writer, verified, unshared(fixes), skipped)
    # Only an edit that is known not to fit is written in another style than the user's.
    is_misfit = problem != NOT_READ
    alternative = _replace_original(writer, fixes[0]) if writer and is_misfit else None
    if alternative and edited.find_problem([*verified, alternative]) is None:
        return [*verified, alternative]
    planned = fixes[0].planned
    skipped.append(SkippedFix(citation=planned.citation, cause=planned.cause, reason=problem))
    return verified


def _replace_original(writer: FixWriter, fix: CitationFix) -> CitationFix | None:
    """Write a fix again with the mirror in place of its original instead of beside it.

    Returns:
        None if that is not possible.
    """
    if not fix.added_mirror or fix.planned.cause in _CAUSES_OF_LIVING_LINKS:
        return None
    alternative = _write(writer, fix.planned, MirrorStyle.TITLE)
    if not isinstance(alternative, CitationFix) or alternative.added_mirror:
        return None
    return alternative


def _build_patch(
    edited: PageUnderEdit, fixes: Sequence[CitationFix], skipped: Sequence[SkippedFix]
) -> PagePatch:
    edits = collect_edits(fixes)
    after = splice(edited.data, edited.page.encoding, edits) if edits else edited.data
    return PagePatch(
        page=edited.page,
        before=edited.data,
        after=after,
        fixes=tuple(fixes),
        skipped=tuple(skipped),
    )
