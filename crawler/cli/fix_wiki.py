"""Fix the pages of one wiki: plan a patch for each page, then show or write it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.cli.console import TerminalOutput
from crawler.cli.fix_prompt import FixPrompt
from crawler.cli.fix_store import StoredCitations
from crawler.cli.leaving import describe_progress
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.files.safe_files import read_regular_file
from crawler.files.write_back import PatchRecord, WriteRefused
from crawler.http.urls import same_address
from crawler.pages import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.fix_edits import IS_ROBUST
from crawler.pages.interface import PageSyntaxError, RefusingFixWriter
from crawler.pages.registry import reader_of
from crawler.scan.limited_reader import LimitedReader
from crawler.scan.page_source import MAX_PAGE_BYTES, PageSource
from reports.descriptions import kept_sentence
from reports.leaving import NoReplacement
from reports.patches import (
    NO_MIRROR,
    FixCause,
    FixGoal,
    FixOptions,
    PagePatch,
    PageTools,
    SkippedFix,
    diff_of,
    plan_page,
    select_fixes,
)
from reports.patches.cited_links import CitationKey
from reports.sanitize import plain, plain_url
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter

# The citations that need a copy, by the goal of a patch: a noun for messages.
_NEEDS_COPY = {
    FixGoal.REPAIR: "broken citation",
    FixGoal.LEAVE: "living citation",
    FixGoal.ADD_COPIES: "living citation",
    FixGoal.ORIGINALS: "living citation",
    FixGoal.ROBUST_LINKS: "HTML link",
}
_KEPT = frozenset(reason.value for reason in NoReplacement)


@dataclass(slots=True)
class WikiFixer:
    """Fixes the pages of one wiki, and counts what was done.

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
        kept: Number of citations that keep a copy at an archive to leave, by reason.
        failed: Number of pages that could not be read or written.
        patches: The patches to show.
        fixed_to_do: URLs of the links and archive copies on the to-do list that are fixed.
        others: Number of fixes of citations that are not on it.
        reader: Reads pages, and verifies what patches make of them.
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
    kept: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    patches: list[bytes] = field(default_factory=list)
    fixed_to_do: set[str] = field(default_factory=set)
    others: int = 0
    reader: LimitedReader = field(init=False)

    def __post_init__(self) -> None:
        config = self.loaded.config
        self.reader = LimitedReader(Dialect(config.dialect), config.archives.local.base_url)

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
        with self.reader, self.terminal.progress(description, total) as advance:
            for path in paths:
                left = None if limit is None else limit - self.citations
                if left == 0 or (prompt and prompt.has_quit):
                    break
                patch = self._plan(path, limit=left)
                if patch and prompt:
                    patch = select_fixes(patch, prompt.wants, self._tools())
                if patch and patch.fixes:
                    self._apply(path, patch)
                advance(path)

    def _plan(self, path: str, *, limit: int | None) -> PagePatch | None:
        """Plan the patch of one page; return None, after a warning, if it cannot be planned."""
        try:
            data = self._read(path)
            if data is None:
                return None
            patch = plan_page(
                data,
                path,
                self.stored.cited[path],
                self.options,
                self._tools(),
                limit=limit,
            )
        except FileNotFoundError:
            self._warn(path, "the page no longer exists: run holdfast scan")
            return None
        except (OSError, NotText) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self._warn(path, f"cannot be read: {reason}")
            self.failed += 1
            return None
        self._report_skipped(path, patch)
        return patch

    def _report_skipped(self, path: str, patch: PagePatch) -> None:
        for skipped in patch.skipped:
            if skipped.reason == IS_ROBUST:
                continue
            if skipped.reason == NO_MIRROR:
                self.without_mirror += 1
                continue
            if skipped.cause is FixCause.LEAVE and skipped.reason in _KEPT:
                self._note_kept(path, skipped)
                continue
            self.skipped += 1
            place = f"{path}:{skipped.citation.line}"
            self._warn(place, f"not fixed ({skipped.cause.value}): {skipped.reason}")

    def _note_kept(self, path: str, skipped: SkippedFix) -> None:
        """Print a citation that keeps its copy at the archive to leave, with the reason."""
        self.kept[skipped.reason] += 1
        citation = skipped.citation
        place = f"{plain(path)}:{citation.line}"
        kept = self.stored.kept.get((path, citation.line, citation.column))
        reason = kept_sentence(kept) if kept else skipped.reason
        self.terminal.note(f"{place}: kept {plain_url(citation.url)}: {reason}")

    def _read(self, path: str) -> bytes | None:
        """Read a page; return None, after a warning, if it is not the file that was scanned."""
        file = self.loaded.folder / path
        real_path = os.path.realpath(file)
        if real_path != os.path.normpath(self.loaded.folder.resolve() / path):
            self._warn(path, f"skipped, it is a symbolic link: fix the file itself, {real_path}")
            return None
        if file.stat().st_size > MAX_PAGE_BYTES:
            self._warn(path, "skipped, it is now too large for a page: run holdfast scan")
            return None
        data = read_regular_file(file, MAX_PAGE_BYTES)
        if hashlib.sha256(data).hexdigest() != self.stored.hashes.get(path):
            self._warn(path, "skipped, it changed since it was scanned: run holdfast scan")
            return None
        return data

    def _tools(self) -> PageTools:
        """Return the functions by which edits are written and verified."""
        config = self.loaded.config

        def read(data: bytes, path: str) -> Page:
            file = self.loaded.folder / path
            name = reader_of(path, config.formats).name
            return self.reader.read(
                PageSource(path=path, size=len(data), file=file, data=data, format=name)
            )

        def fix_writer(text: bytes, page: Page, link_text: str) -> FixWriter:
            try:
                return reader_of(page.path, config.formats).fix_writer(text, page, link_text)
            except PageSyntaxError as error:
                return RefusingFixWriter(str(error))

        return PageTools(read_page=read, fix_writer=fix_writer, same_address=same_address)

    def _apply(self, path: str, patch: PagePatch) -> None:
        """Write a page, or save its patch to be shown at the end."""
        diff = diff_of(patch, _path_in_patch(self.loaded, path))
        try:
            if self.record is None:
                self.patches.append(diff)
            else:
                self.record.apply(self.loaded.folder / path, patch.before, patch.after, diff)
        except WriteRefused as error:
            self._warn(path, str(error))
            self.failed += 1
            return
        self.pages += 1
        self.causes.update(fix.planned.cause for fix in patch.fixes)
        for fix in patch.fixes:
            citation = fix.planned.citation
            key = CitationKey(citation.line, citation.column, citation.url)
            done = self.stored.cited[path][key].urls & self.stored.to_do
            self.fixed_to_do |= done
            self.others += not done

    def show_result(self) -> None:
        """Print the patches and a summary.

        Patches are printed at the end because a progress bar may be on the same terminal.
        """
        if self.patches:
            sys.stdout.buffer.write(b"".join(self.patches))
            sys.stdout.buffer.flush()
        note = self.terminal.note
        if self.citations:
            note(self._summary())
            if self.options.policy.goal is FixGoal.REPAIR:
                note(self._compare_with_report())
        else:
            note("nothing was fixed" if self.failed else "nothing to fix")
        for progress in self.stored.leaving:
            note(describe_progress(progress))
        for reason, number in self.kept.most_common():
            note(f"  {number:,} kept: {reason}")
        if self.without_mirror:
            what = _NEEDS_COPY[self.options.policy.goal]
            note(
                f"{pluralize(self.without_mirror, what)} without a verified archive copy: "
                "none found yet; holdfast run and holdfast archive look for one"
            )
        if self.stored.acknowledged:
            count = pluralize(self.stored.acknowledged, "acknowledged citation")
            note(f"{count} left alone: use --acknowledged to fix them too")
        if self.skipped:
            note(f"{pluralize(self.skipped, 'citation')} to fix by hand: see the warnings above")
        if self.patches:
            note("no page was changed: use holdfast fix --write to change the pages")

    def _summary(self) -> str:
        causes = ", ".join(f"{count:,} {cause.value}" for cause, count in self.causes.most_common())
        citations = pluralize(self.citations, "citation")
        action = "fixed" if self.record is not None else "to fix"
        pages = pluralize(self.pages, "page")
        return f"{citations} {action} on {pages} ({causes}); style: {self.options.style.value}"

    def _compare_with_report(self) -> str:
        """Return how much of the report's to-do list is fixed, and how much else."""
        fixed, fixable = len(self.fixed_to_do), len(self.stored.to_do)
        text = f"to-do list of the report: {fixed:,} of {fixable:,} that can be fixed"
        if self.others:
            text += f"; {pluralize(self.others, 'other citation')}, which --to-do leaves alone"
        return text

    def _warn(self, place: str, message: str) -> None:
        self.terminal.warn(f"{plain(place)}: {message}")


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Return a page's path relative to its git repository, where `git apply` expects it.

    Outside a repository it is relative to the configuration file.
    """
    folder = loaded.folder.resolve()
    repositories = (parent for parent in (folder, *folder.parents) if (parent / ".git").exists())
    top = next(repositories, folder)
    return Path(os.path.relpath(folder / path, top)).as_posix()
