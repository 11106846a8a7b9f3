"""Fix the pages of one wiki: plan a patch for each page, then show or write it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from crawler.cli.console import TerminalOutput
from crawler.cli.fix_prompt import FixPrompt
from crawler.cli.leaving import describe_progress, leaving_plan
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.files.safe_files import read_regular_file
from crawler.files.write_back import PatchRecord, WriteRefused
from crawler.http.urls import same_address
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.pages import NotText
from crawler.pages.dialect import Dialect
from crawler.pages.fix_edits import IS_ROBUST
from crawler.pages.registry import reader_of
from crawler.scan.page_source import MAX_PAGE_BYTES
from crawler.scan.reader import read_page
from reports.leaving import LeavingProgress, NoReplacement
from reports.patches import (
    NO_MIRROR,
    FixCause,
    FixGoal,
    FixOptions,
    PagePatch,
    PageTools,
    SkippedFix,
    WikiStyle,
    citations_by_page,
    citations_of_links,
    citations_to_leave,
    citations_without_copies,
    diff_of,
    plan_page,
    select_fixes,
)
from reports.patches.fixes import CitationKey, CitedLink
from reports.sanitize import plain, plain_url
from store.queries.links import LinkFinding, link_findings
from store.schema.engine import open_database
from store.vocabulary import Page
from store.vocabulary.fixes import FixWriter
from store.work.pages import page_hashes
from store.work.searches import trusted_new_urls

# What needs a copy, by the goal of a patch.
_NEEDS_COPY = {
    FixGoal.REPAIR: "broken citation",
    FixGoal.LEAVE: "living citation",
    FixGoal.ADD_COPIES: "living citation",
    FixGoal.ROBUST_LINKS: "HTML link",
}
_KEPT = frozenset(reason.value for reason in NoReplacement)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRequest:
    """What a patch is for.

    Attributes:
        goal: Its goal.
        leave: The archives that are to be left, for that goal.
        since: The day since which citations get a copy, for that goal.
    """

    goal: FixGoal = FixGoal.REPAIR
    leave: frozenset[str] = frozenset()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class StoredCitations:
    """Stored data about the pages of a wiki.

    Attributes:
        hashes: SHA-256 of each page as scanned, by path.
        cited: Links that can be fixed, by page and citation.
        wiki_style: How the wiki's pages write archive links.
        leaving: How far the archives that are left have been left.
    """

    hashes: Mapping[str, str]
    cited: Mapping[str, Mapping[CitationKey, CitedLink]]
    wiki_style: WikiStyle
    leaving: Sequence[LeavingProgress] = ()


def read_store(loaded: LoadedConfig, request: FixRequest) -> StoredCitations:
    """Return what the store knows about the citations that a patch is about.

    Args:
        loaded: The configuration of the wiki.
        request: What the patch is for.
    """
    wiki, wiki_style = loaded.config.wiki, WikiStyle()

    def with_style(links: Iterable[LinkFinding]) -> Iterable[LinkFinding]:
        for link in links:
            wiki_style.learn(link)
            yield link

    database = open_database(loaded.database_url)
    try:
        update_replay_urls(database, loaded.config.archives.local.base_url)
        with database.read() as connection:
            hashes = page_hashes(connection, wiki)
            if request.goal is FixGoal.LEAVE:
                plan = leaving_plan(connection, loaded, request.leave)
                cited = citations_to_leave(plan)
                return StoredCitations(hashes, cited, wiki_style, plan.progress)
            links = with_style(link_findings(connection, wiki=wiki))
            if request.goal is FixGoal.ROBUST_LINKS:
                cited = citations_of_links(links)
            elif request.goal is FixGoal.ADD_COPIES:
                cited = citations_without_copies(links, request.since)
            else:
                new_urls = trusted_new_urls(connection, loaded.config.moves.min_confidence)
                cited = citations_by_page(links, new_urls)
    finally:
        database.close()
    return StoredCitations(hashes, cited, wiki_style)


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
        without_mirror: Broken citations without a verified archive copy.
        skipped: Citations that need to be fixed by hand.
        kept: Citations that keep a copy at an archive that is left, by the reason.
        failed: Pages that could not be read or written.
        patches: The patches to show.
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
        with self.terminal.progress(description, 0 if prompt else len(paths)) as advance:
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
        """Print a citation that keeps its copy at the archive that is left, and why."""
        self.kept[skipped.reason] += 1
        citation = skipped.citation
        place = f"{plain(path)}:{citation.line}"
        self.terminal.note(f"{place}: kept {plain_url(citation.url)}: {skipped.reason}")

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
            return read_page_again(
                data,
                path,
                page_format=reader_of(path, config.formats).name,
                dialect=Dialect(config.dialect),
                local_archive_url=config.archives.local.base_url,
            )

        def fix_writer(text: bytes, page: Page, word: str) -> FixWriter:
            return reader_of(page.path, config.formats).fix_writer(text, page, word)

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
        if self.skipped:
            note(f"{pluralize(self.skipped, 'citation')} to fix by hand: see the warnings above")
        if self.patches:
            note("no page was changed: use holdfast fix --write to change the pages")

    def _summary(self) -> str:
        causes = ", ".join(f"{count} {cause.value}" for cause, count in self.causes.most_common())
        citations = pluralize(self.citations, "citation")
        action = "fixed" if self.record is not None else "to fix"
        pages = pluralize(self.pages, "page")
        return f"{citations} {action} on {pages} ({causes}); style: {self.options.style.value}"

    def _warn(self, place: str, message: str) -> None:
        self.terminal.warn(f"{plain(place)}: {message}")


def read_page_again(
    data: bytes, path: str, *, page_format: str, dialect: Dialect, local_archive_url: str
) -> Page:
    """Read a page as a scan does. A panic of the native parser becomes `NotText`."""
    try:
        return read_page(
            data,
            path,
            page_format=page_format,
            dialect=dialect,
            local_archive_url=local_archive_url,
        )
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic is not an Exception
        raise NotText("the parser failed") from error


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Return a page's path relative to its git repository, where `git apply` expects it.

    Outside a repository it is relative to the configuration file.
    """
    folder = loaded.folder.resolve()
    repositories = (parent for parent in (folder, *folder.parents) if (parent / ".git").exists())
    top = next(repositories, folder)
    return Path(os.path.relpath(folder / path, top)).as_posix()
