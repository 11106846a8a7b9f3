"""Fix the pages of one wiki: plan a patch for each page, then show or write it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.cli.fix.fixable_citations import StoredCitations
from crawler.cli.fix.page_planner import PAGE_CHANGED, PAGE_MISSING, PagePlanner, PageRefusedError
from crawler.cli.fix.patch_output import print_patch
from crawler.cli.fix.prompt import FixPrompt
from crawler.cli.fix.summary import FixCounts, FixSummary
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.standard_streams import is_output_lost
from crawler.config import LoadedConfig
from crawler.files.write_back import PatchRecord, WriteRefused
from crawler.git import enclosing_repository
from crawler.pages.fixes.edits import IS_ROBUST
from reports.findings.descriptions import kept_sentence
from reports.no_replacement import NoReplacement
from reports.own_sites import OWN_PAGE
from reports.patches import (
    NO_MIRROR,
    FixCause,
    FixOptions,
    PagePatch,
    SkippedFix,
    diff_of,
    select_fixes,
)
from reports.patches.cited_links import CitationKey
from reports.wording.sanitize import plain, plain_url

# Reasons for which a citation keeps its copy at an archive that is to be left.
_KEPT_REASONS = frozenset(reason.value for reason in NoReplacement)


@dataclass(slots=True)
class WikiFixer:
    """Fixes the pages of one wiki, and counts the fixes.

    Attributes:
        loaded: The configuration of the wiki.
        terminal: Where messages go.
        stored: What the store knows about the pages.
        options: Which citations to fix, and how to write archive links.
        record: Where patches are saved; None to change no page and show the patches at the end.
        counts: What was fixed and left so far.
        patches: The patches to print.
        written: Paths of the pages that were written.
        planner: Plans the patches.
    """

    loaded: LoadedConfig
    terminal: TerminalOutput
    stored: StoredCitations
    options: FixOptions
    record: PatchRecord | None
    counts: FixCounts = field(default_factory=FixCounts)
    patches: list[bytes] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    planner: PagePlanner = field(init=False)

    def __post_init__(self) -> None:
        self.planner = PagePlanner(self.loaded, self.stored, self.options)

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
                left = None if limit is None else limit - self.counts.citations
                self.counts.has_reached_limit = left == 0
                if left == 0 or (prompt and prompt.has_quit):
                    break
                patch = self._plan(path, limit=left)
                if patch and prompt:
                    planned = len(patch.fixes)
                    patch = select_fixes(patch, prompt.confirm, self.planner.tools())
                    self.counts.declined += planned - len(patch.fixes)
                if patch and patch.fixes:
                    self._apply(path, patch)
                advance(path)

    def _plan(self, path: str, *, limit: int | None) -> PagePatch | None:
        """Plan the patch of one page; return None if it cannot be planned."""
        try:
            patch = self.planner.plan(path, limit=limit)
        except PageRefusedError as refused:
            self._record_refused(path, refused)
            return None
        self._record_skipped(path, patch)
        return patch

    def _record_refused(self, path: str, refused: PageRefusedError) -> None:
        """Warn that a page is not fixed. Pages that changed since the scan share one warning."""
        reason = str(refused)
        self.counts.failed_pages += refused.is_failure
        if reason == PAGE_CHANGED:
            self.counts.changed_pages.append(path)
            return
        skipped = "" if reason == PAGE_MISSING or refused.is_failure else "skipped, "
        detail = f", {refused.detail}" if refused.detail else ""
        self._warn(path, f"{skipped}{reason}{detail}")

    def _record_skipped(self, path: str, patch: PagePatch) -> None:
        """Count the citations of a page that are not fixed, and warn about those to fix by hand."""
        for skipped in patch.skipped:
            if skipped.reason == IS_ROBUST:
                self.counts.robust_links += 1
                continue
            if skipped.reason == NO_MIRROR:
                self.counts.without_mirror += 1
                continue
            if skipped.cause is FixCause.LEAVE and skipped.reason in _KEPT_REASONS:
                self._record_kept(path, skipped)
                continue
            self.counts.to_fix_by_hand += 1
            place = f"{path}:{skipped.citation.line}"
            message = f"not fixed ({skipped.cause.value}): {skipped.reason}"
            if skipped.cause is FixCause.ADD_COPY or skipped.reason == OWN_PAGE:
                self.counts.places_by_message[message].append(place)  # often the same for many
                continue
            self._warn(place, message)

    def _record_kept(self, path: str, skipped: SkippedFix) -> None:
        """Print a citation that keeps its copy at the archive to leave, with the reason."""
        self.counts.kept[skipped.reason] += 1
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
            self.counts.failed_pages += 1
            return
        self.counts.pages += 1
        self.counts.causes.update(fix.planned.cause for fix in patch.fixes)
        for fix in patch.fixes:
            citation = fix.planned.citation
            key = CitationKey(citation.line, citation.column, citation.url)
            cited = self.stored.cited[path][key]
            self.counts.originals.add(cited.link.original or cited.link.url)
            urls_to_do = cited.urls & self.stored.to_do
            self.counts.fixed_to_do |= urls_to_do
            self.counts.not_on_to_do += not urls_to_do

    def show_result(self, why_nothing: Callable[[Mapping[str, int]], Sequence[str]]) -> None:
        """Print the patches and a summary.

        Patches are printed at the end because a progress bar may be on the same terminal.

        Args:
            why_nothing: As for `FixSummary.show`.
        """
        if self.patches:
            print_patch(b"".join(self.patches))
            if is_output_lost():
                return  # no summary of a patch that nobody has
        summary = FixSummary(
            terminal=self.terminal,
            counts=self.counts,
            stored=self.stored,
            options=self.options,
            is_written=self.record is not None,
        )
        summary.show(why_nothing)
        if self.patches:
            self.terminal.note("no page was changed: use holdfast fix --write to change the pages")

    def _warn(self, place: str, message: str) -> None:
        self.terminal.warn(f"{plain(place)}: {message}")


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Return a page's path relative to its git repository, where `git apply` expects it.

    Outside a repository it is relative to the configuration file.
    """
    folder = loaded.folder.resolve()
    top = enclosing_repository(folder) or folder
    return Path(os.path.relpath(folder / path, top)).as_posix()
