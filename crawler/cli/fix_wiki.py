"""Fix the pages of one wiki: plan a patch for each page, then show or write it."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.cli.console import TerminalOutput
from crawler.cli.fix_prompt import FixPrompt
from crawler.cli.fix_store import StoredCitations
from crawler.cli.leaving import describe_progress
from crawler.cli.page_planner import PAGE_CHANGED, PAGE_MISSING, PagePlanner, PageRefusedError
from crawler.cli.patch_output import print_patch
from crawler.cli.standard_streams import is_output_lost
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.files.write_back import PatchRecord, WriteRefused
from crawler.pages.fix_edits import IS_ROBUST
from reports.descriptions import kept_sentence
from reports.leaving import NoReplacement
from reports.patches import (
    NO_MIRROR,
    FixCause,
    FixGoal,
    FixOptions,
    PagePatch,
    SkippedFix,
    diff_of,
    select_fixes,
)
from reports.patches.cited_links import CitationKey
from reports.sanitize import plain, plain_url

# The noun for citations that need a copy in messages, by the goal of the patch.
_NEEDS_COPY = {
    FixGoal.REPAIR: "broken citation",
    FixGoal.LEAVE: "living citation",
    FixGoal.ADD_COPIES: "living citation",
    FixGoal.ORIGINALS: "living citation",
    FixGoal.ROBUST_LINKS: "HTML link",
}
_MAX_SHOWN_PLACES = 3  # in one message
_KEPT = frozenset(reason.value for reason in NoReplacement)


@dataclass(slots=True)
class WikiFixer:
    """Fixes the pages of one wiki, and counts the fixes.

    Attributes:
        loaded: The configuration of the wiki.
        terminal: Where messages go.
        stored: What the store knows about the pages.
        options: Which citations to fix, and how to write archive links.
        record: Where patches are saved; None to change no page and show the patches at the end.
        causes: Number of fixes by cause.
        pages: Number of pages with fixes.
        without_mirror: Number of citations without a verified archive copy.
        skipped: Number of citations to fix by hand.
        robust: Number of HTML links that are Robust Links already.
        declined: Number of fixes that the user declined.
        has_reached_limit: Whether pages were left because enough citations are fixed.
        kept: Number of citations that keep a copy at an archive to leave, by reason.
        failed: Number of pages that could not be read or written.
        places_without_copy: Places ("page:line") of living citations that get no copy, by reason.
        patches: The patches to print.
        fixed_to_do: URLs of the links and copies on the to-do list that are fixed somewhere.
        others: Number of fixed citations that are not on the to-do list.
        links: The originals of the fixed citations.
        changed: The pages that were skipped because they changed since they were scanned.
        written: The pages that were written.
        planner: Plans the patches.
    """

    loaded: LoadedConfig
    terminal: TerminalOutput
    stored: StoredCitations
    options: FixOptions
    record: PatchRecord | None
    causes: Counter[FixCause] = field(default_factory=Counter)
    pages: int = 0
    without_mirror: int = 0
    skipped: int = 0
    robust: int = 0
    declined: int = 0
    has_reached_limit: bool = False
    kept: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    places_without_copy: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    patches: list[bytes] = field(default_factory=list)
    fixed_to_do: set[str] = field(default_factory=set)
    others: int = 0
    links: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    planner: PagePlanner = field(init=False)

    def __post_init__(self) -> None:
        self.planner = PagePlanner(self.loaded, self.stored, self.options)

    @property
    def citations(self) -> int:
        """Number of citations fixed."""
        return self.causes.total()

    def fix_pages(
        self, paths: Sequence[str], prompt: FixPrompt | None, *, limit: int | None
    ) -> None:
        """Fix one page after another.

        Args:
            paths: Paths of the pages.
            prompt: Asks the user to confirm each fix; None to apply all.
            limit: Maximum number of citations to fix; None for no limit.
        """
        description = "planning fixes" if self.record is None else "fixing pages"
        total = 0 if prompt else len(paths)
        with self.planner, self.terminal.progress(description, total) as advance:
            for path in paths:
                left = None if limit is None else limit - self.citations
                self.has_reached_limit = left == 0
                if left == 0 or (prompt and prompt.has_quit):
                    break
                patch = self._plan(path, limit=left)
                if patch and prompt:
                    planned = len(patch.fixes)
                    patch = select_fixes(patch, prompt.wants, self.planner.tools())
                    self.declined += planned - len(patch.fixes)
                if patch and patch.fixes:
                    self._apply(path, patch)
                advance(path)

    def _plan(self, path: str, *, limit: int | None) -> PagePatch | None:
        """Plan the patch of one page; return None if it cannot be planned."""
        try:
            patch = self.planner.plan(path, limit=limit)
        except PageRefusedError as refused:
            self._note_refused(path, refused)
            return None
        self._report_skipped(path, patch)
        return patch

    def _note_refused(self, path: str, refused: PageRefusedError) -> None:
        """Warn that a page is not fixed. Pages that changed since the scan share one warning."""
        reason = str(refused)
        self.failed += refused.is_failure
        if reason == PAGE_CHANGED:
            self.changed.append(path)
            return
        skipped = "" if reason == PAGE_MISSING or refused.is_failure else "skipped, "
        detail = f", {refused.detail}" if refused.detail else ""
        self._warn(path, f"{skipped}{reason}{detail}")

    def _report_skipped(self, path: str, patch: PagePatch) -> None:
        """Count the citations of a page that are not fixed, and warn about those to fix by hand."""
        for skipped in patch.skipped:
            if skipped.reason == IS_ROBUST:
                self.robust += 1
                continue
            if skipped.reason == NO_MIRROR:
                self.without_mirror += 1
                continue
            if skipped.cause is FixCause.LEAVE and skipped.reason in _KEPT:
                self._note_kept(path, skipped)
                continue
            self.skipped += 1
            place = f"{path}:{skipped.citation.line}"
            if skipped.cause is FixCause.ADD_COPY:
                self.places_without_copy[skipped.reason].append(place)
                continue
            self._warn(place, f"not fixed ({skipped.cause.value}): {skipped.reason}")

    def _note_kept(self, path: str, skipped: SkippedFix) -> None:
        """Print a citation that keeps its copy at the archive to leave, with the reason."""
        self.kept[skipped.reason] += 1
        citation = skipped.citation
        place = f"{plain(path)}:{citation.line}"
        kept = self.stored.kept.get((path, citation.line, citation.column))
        reason = kept_sentence(kept) if kept else skipped.reason
        self.terminal.note(f"{place}: kept {plain_url(citation.url)}: {reason}")

    def _apply(self, path: str, patch: PagePatch) -> None:
        """Write a page, or collect its patch, which is printed at the end."""
        diff = diff_of(patch, _path_in_patch(self.loaded, path))
        try:
            if self.record is None:
                self.patches.append(diff)
            else:
                self.record.apply(self.loaded.folder / path, patch.before, patch.after, diff)
                self.written.append(path)
        except WriteRefused as error:
            self._warn(path, str(error))
            self.failed += 1
            return
        self.pages += 1
        self.causes.update(fix.planned.cause for fix in patch.fixes)
        for fix in patch.fixes:
            citation = fix.planned.citation
            key = CitationKey(citation.line, citation.column, citation.url)
            cited = self.stored.cited[path][key]
            self.links.add(cited.link.original or cited.link.url)
            urls_to_do = cited.urls & self.stored.to_do
            self.fixed_to_do |= urls_to_do
            self.others += not urls_to_do

    def show_result(self, why_nothing: Callable[[Mapping[str, int]], Sequence[str]]) -> None:
        """Print the patches and a summary.

        Patches are printed at the end because a progress bar may be on the same terminal.

        Args:
            why_nothing: Returns lines that say why there is nothing to fix, given the numbers of
                the citations that it does not fix, by reason.
        """
        if self.patches:
            print_patch(b"".join(self.patches))
            if is_output_lost():
                return  # no summary of a patch that nobody has
        note = self.terminal.note
        self._show_changed()
        self._show_without_copy()
        if self.citations:
            note(self._summary())
            if self.options.policy.goal is FixGoal.REPAIR:
                note(self._compare_with_report())
        elif left_undone := self._left_undone():
            note(f"nothing was fixed{left_undone}")
        else:
            for line in why_nothing(self._counted()):
                note(line)
        self._show_left()
        if self.patches:
            note("no page was changed: use holdfast fix --write to change the pages")

    def _show_left(self) -> None:
        """Print how many citations stay as they are, and what helps."""
        note = self.terminal.note
        for progress in self.stored.leaving:
            note(describe_progress(progress))
        for reason, number in self.kept.most_common():
            note(f"  {number:,} kept: {reason}")
        if self.without_mirror:
            noun = _NEEDS_COPY[self.options.policy.goal]
            note(
                f"{pluralize(self.without_mirror, noun)} without a verified archive copy: "
                "none found yet; holdfast run and holdfast archive look for one"
            )
        if self.stored.acknowledged:
            count = pluralize(self.stored.acknowledged, "acknowledged citation")
            note(f"{count} left alone: use --acknowledged to fix them too")
        if self.skipped:
            note(f"{pluralize(self.skipped, 'citation')} to fix by hand: see the warnings above")

    def _left_undone(self) -> str:
        """Return why there may be something to fix although nothing was, "" if there is not."""
        if self.has_reached_limit:
            return ": --max is reached"
        if self.declined:
            return f": {pluralize(self.declined, 'citation')} declined"
        if self.failed or self.changed:
            return ": pages were left, see the warnings above"
        return ""

    def _counted(self) -> Mapping[str, int]:
        """Return the numbers of citations that it does not fix, by reason."""
        without = {NO_MIRROR: self.without_mirror, IS_ROBUST: self.robust}
        return {**self.kept, **without, "to fix by hand": self.skipped}

    def _summary(self) -> str:
        causes = ", ".join(f"{count:,} {cause.value}" for cause, count in self.causes.most_common())
        links = pluralize(len(self.links), "link")
        citations = f"{pluralize(self.citations, 'citation')} of {links}"
        action = "fixed" if self.record is not None else "to fix"
        pages = pluralize(self.pages, "page")
        return f"{citations} {action} on {pages} ({causes}); style: {self.options.style.value}"

    def _compare_with_report(self) -> str:
        """Return how much of the report's to-do list is fixed, and how many other citations."""
        fixed, total = len(self.fixed_to_do), len(self.stored.to_do)
        text = f"to-do list of the report: {fixed:,} of {total:,} can be fixed"
        if self.record is not None:
            text = f"to-do list of the report: {fixed:,} of {total:,} fixed"
        if self.others:
            text += f"; {pluralize(self.others, 'other citation')}, which --to-do leaves alone"
        return text

    def _show_without_copy(self) -> None:
        """Print one warning for each reason for which living citations get no copy."""
        for reason, places in self.places_without_copy.items():
            message = f"not fixed ({FixCause.ADD_COPY.value}): {reason}"
            if len(places) == 1:
                self._warn(places[0], message)
                continue
            number = pluralize(len(places), "citation")
            self.terminal.warn(f"{number} {message} ({_list_places(places)})")

    def _show_changed(self) -> None:
        """Print one warning for all pages that changed since they were scanned."""
        if not self.changed:
            return
        shown = _list_places(self.changed)
        pages = pluralize(len(self.changed), "page")
        self.terminal.warn(
            f"{pages} skipped, changed since the last scan: run holdfast scan ({shown})"
        )

    def _warn(self, place: str, message: str) -> None:
        self.terminal.warn(f"{plain(place)}: {message}")


def _list_places(places: Sequence[str]) -> str:
    """Return a list of the first pages or places, and the number of the others."""
    shown, more = ", ".join(map(plain, places[:_MAX_SHOWN_PLACES])), len(places) - _MAX_SHOWN_PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Return a page's path relative to its git repository, where `git apply` expects it.

    Outside a repository it is relative to the configuration file.
    """
    folder = loaded.folder.resolve()
    repositories = (parent for parent in (folder, *folder.parents) if (parent / ".git").exists())
    top = next(repositories, folder)
    return Path(os.path.relpath(folder / path, top)).as_posix()
