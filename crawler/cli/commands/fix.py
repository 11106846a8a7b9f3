"""`holdfast fix`: the patch that leads broken citations to something that serves."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.page_sources import find_sources
from crawler.cli.targets import resolve_targets
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.files.safe_files import read_regular_file, remove_leftovers
from crawler.files.write_back import TEMPORARY, PatchRecord, WriteRefused
from crawler.http.urls import is_external, same_address
from crawler.jobs.clock import system_clock
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.pages import NotText
from crawler.scan.discovery import MAX_PAGE_BYTES, PageSource
from crawler.scan.reader import read_page
from reports.patches import (
    NO_MIRROR,
    FixCause,
    PageChecks,
    CitationFix,
    FixOptions,
    FixPolicy,
    PagePatch,
    MirrorStyle,
    WikiStyle,
    citations_by_page,
    select_fixes,
    diff_of,
    plan_page,
)
from reports.patches.fixes import CitationKey, CitedLink
from reports.sanitize import plain
from store.queries.links import LinkFinding, link_findings
from store.schema.engine import open_database
from store.vocabulary import Page
from store.work.pages import known_pages
from store.work.searches import trusted_new_urls


def _reread(data: bytes, path: str, *, dialect: str, own_archive: str) -> Page:
    """Read a page as a scan does. Raises NotText."""
    try:
        return read_page(data, path, dialect=dialect, own_archive=own_archive)
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the native parser is no Exception
        raise NotText("the parser failed") from error


def _checks(wiki: LoadedConfig) -> PageChecks:
    return PageChecks(
        read_page=partial(
            _reread, dialect=wiki.config.dialect, own_archive=wiki.config.archives.local.base_url
        ),
        same_address=same_address,
    )


@click.command(
    epilog="""\b
Examples:
  holdfast fix                      show what would be changed
  holdfast fix docs | git apply     change it by way of git
  holdfast fix --write              change it, and keep a record under .holdfast/patches/
  holdfast fix --interactive --write docs/a.md
"""
)
@click.argument("pages", nargs=-1)
@click.option(
    "--write", is_flag=True, help="Change the pages, each whole or not at all, and keep the patch."
)
@click.option("--interactive", is_flag=True, help="Ask for each citation.")
@click.option(
    "--max", "most", type=click.IntRange(min=1), metavar="N", help="Mend at most so many citations."
)
@click.option(
    "--style",
    type=click.Choice([style.value for style in MirrorStyle]),
    help="How a mirror is to stand there (default: as most of the wiki's do).",
)
@click.option("--suspects", is_flag=True, help="What is failing but not confirmed, too.")
@click.option(
    "--second-mirrors", is_flag=True, help="Add a mirror on another service where there is but one."
)
@wiki_option
@common_options
def command(
    common: CommonOptions,
    pages: tuple[str, ...],
    write: bool,
    interactive: bool,
    most: int | None,
    style: str | None,
    suspects: bool,
    second_mirrors: bool,
    names: tuple[str, ...],
) -> ExitCode:
    """Show the patch that leads broken citations to verified mirrors, and moved ones to their new address.

    PAGES are files, folders or globs; without any, all pages that were scanned. The patch goes to standard output. Nothing is changed without --write.
    """
    screen = TerminalOutput(common)
    loaded = common.load()
    policy = FixPolicy(suspects=suspects, second_mirrors=second_mirrors)
    parts = [(part, _read_store(part.wiki)) for part in resolve_targets(loaded, names, pages)]
    if not any(scanned.hashes for _, scanned in parts):
        raise CommandFailed("no page was scanned yet: holdfast run comes first")
    mended, failed, asking = 0, 0, _Asking(screen) if interactive else None
    with PatchRecord(
        loaded.folder / ".holdfast" / "patches" / f"{system_clock():%Y%m%dT%H%M%S.%fZ}.patch"
    ) as record:
        for part, scanned in parts:
            manner = FixOptions(
                policy=policy,
                style=MirrorStyle(style) if style else scanned.habits.style,
                word=scanned.habits.word,
            )
            work = _Work(part.wiki, screen, scanned, manner, record if write else None)
            if len(parts) > 1:
                screen.note(f"{part.name}:")
            if write:
                _remove_leftovers(part.wiki, scanned.hashes)
            work.mend(
                _wanted(part.wiki, screen, pages, scanned),
                asking,
                most=None if most is None else most - mended,
            )
            work.conclude()
            mended, failed = mended + work.citations, failed + work.failed
        if write and record:
            screen.note(f"record: {record.file}")
    return ExitCode.FAILED if failed else ExitCode.OK


def _remove_leftovers(loaded: LoadedConfig, paths: Iterable[str]) -> None:
    """Remove what earlier calls that were killed left beside the pages."""
    for folder in {(loaded.folder / path).parent for path in paths if not is_external(path)}:
        remove_leftovers(folder, TEMPORARY)


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What the store knows: each page's hash, and what may be mended on it."""

    hashes: Mapping[str, str]
    cited: Mapping[str, Mapping[CitationKey, CitedLink]]
    habits: WikiStyle


def _read_store(loaded: LoadedConfig) -> _Scanned:
    habits = WikiStyle()

    def learning(links: Iterable[LinkFinding]) -> Iterable[LinkFinding]:
        for link in links:
            habits.learn(link)
            yield link

    database = open_database(loaded.database_url)
    try:
        update_replay_urls(database, loaded.config.archives.local.base_url)
        with database.read() as connection:
            hashes = known_pages(connection, loaded.config.wiki)
            offers = trusted_new_urls(connection, loaded.config.moves.min_confidence)
            cited = citations_by_page(learning(link_findings(connection, wiki=loaded.config.wiki)), offers)
    finally:
        database.close()
    return _Scanned(hashes, cited, habits)


def _wanted(
    loaded: LoadedConfig, screen: TerminalOutput, pages: Sequence[str], scanned: _Scanned
) -> Sequence[str]:
    """Choose the pages to look at, in the order of their paths. Pages of published sites are read, not mended."""
    if not pages:
        return [path for path in scanned.cited if not is_external(path)]
    named = {
        source.path for source in find_sources(loaded, pages) if isinstance(source, PageSource)
    }
    for path in sorted(named - scanned.hashes.keys()):
        screen.warn(f"{plain(path)}: was not scanned yet: holdfast run comes first")
    return [path for path in scanned.cited if path in named]


@dataclass(slots=True)
class _Work:
    """Page after page mended, and what came of it. Without a record nothing is written: the patches are shown at the end."""

    loaded: LoadedConfig
    screen: TerminalOutput
    scanned: _Scanned
    manner: FixOptions
    record: PatchRecord | None
    causes: Counter[FixCause] = field(default_factory=Counter)
    pages: int = 0
    without_mirror: int = 0
    left: int = 0  # citations left for a person
    failed: int = 0  # pages that could not be read or written
    shown: list[bytes] = field(default_factory=list)

    @property
    def citations(self) -> int:
        return self.causes.total()

    def mend(self, paths: Sequence[str], asking: _Asking | None, *, most: int | None) -> None:
        """Mend page after page, asking for each citation if so wanted, at most so many citations."""
        with self.screen.progress("mending pages", 0 if asking else len(paths)) as advance:
            for path in paths:
                left = None if most is None else most - self.citations
                if left == 0 or (asking and asking.is_over):
                    break
                patch = self.plan(path, most=left)
                if patch and asking:
                    patch = select_fixes(patch, asking.wants, _checks(self.loaded))
                if patch and patch.fixes:
                    self.deliver(path, patch)
                advance(path)

    def plan(self, path: str, *, most: int | None) -> PagePatch | None:
        """Plan one page's patch; None, and a line that says why, where that is not to be had."""
        try:
            data = self._read(path)
            patch = (
                plan_page(
                    data,
                    path,
                    self.scanned.cited[path],
                    self.manner,
                    _checks(self.loaded),
                    limit=most,
                )
                if data is not None
                else None
            )
        except FileNotFoundError:
            self._warn(path, "is gone since it was scanned")
            return None
        except (OSError, NotText) as error:
            self._warn(
                path, f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
            )
            self.failed += 1
            return None
        for dropped in patch.skipped if patch else ():
            if dropped.reason == NO_MIRROR:
                self.without_mirror += 1
            else:
                self.left += 1
                self._warn(
                    f"{path}:{dropped.citation.line}",
                    f"left as it is ({dropped.cause.value}): {dropped.reason}",
                )
        return patch

    def _read(self, path: str) -> bytes | None:
        """Read a page; None, and a line that says why, where it is not the file that was scanned."""
        file = self.loaded.folder / path
        real = os.path.realpath(file)
        if real != os.path.normpath(self.loaded.folder.resolve() / path):
            self._warn(
                path, f"is reached by a symbolic link, and left alone; the file itself is {real}"
            )
        elif file.stat().st_size > MAX_PAGE_BYTES:
            self._warn(path, "has grown too large to be a page, and is left alone")
        elif hashlib.sha256(
            data := read_regular_file(file, MAX_PAGE_BYTES)
        ).hexdigest() != self.scanned.hashes.get(path):
            self._warn(
                path,
                "has changed since it was scanned, and is left alone: holdfast scan reads it anew",
            )
        else:
            return data
        return None

    def deliver(self, path: str, patch: PagePatch) -> None:
        """Write a page, or keep its patch to be shown."""
        diff = diff_of(patch, _path_in_patch(self.loaded, path))
        try:
            if self.record is None:
                self.shown.append(diff)
            else:
                self.record.apply(self.loaded.folder / path, patch.before, patch.after, diff)
        except WriteRefused as error:
            self._warn(path, str(error))
            self.failed += 1
            return
        self.pages += 1
        self.causes.update(mend.planned.cause for mend in patch.fixes)

    def conclude(self) -> None:
        """Show the patches (not before: a progress bar and a patch do not share a terminal), and say what was done."""
        if self.shown:
            sys.stdout.buffer.write(b"".join(self.shown))
            sys.stdout.buffer.flush()
        note = self.screen.note
        if self.citations:
            causes = ", ".join(
                f"{count} {cause.value}" for cause, count in self.causes.most_common()
            )
            done = "mended" if self.record is not None else "to mend"
            style = self.manner.style.value
            note(
                f"{pluralize(self.citations, 'citation')} {done} on {pluralize(self.pages, 'page')} ({causes}); style: {style}"
            )
        else:
            note("nothing was mended" if self.failed else "nothing to mend")
        if self.without_mirror:
            note(
                f"{pluralize(self.without_mirror, 'citation')} without a verified mirror; holdfast archive looks for them"
            )
        if self.left:
            note(f"{pluralize(self.left, 'citation')} left for a person")
        if self.shown:
            note("nothing was changed: holdfast fix --write changes the pages")

    def _warn(self, place: str, message: str) -> None:
        self.screen.warn(f"{plain(place)}: {message}")


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Name a page as git does: from the top of its repository, which is where `git apply` starts from; else from the configuration."""
    folder = loaded.folder.resolve()
    top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return Path(os.path.relpath(folder / path, top)).as_posix()


class _Asking:
    """Asks for one citation after the other."""

    def __init__(self, screen: TerminalOutput) -> None:
        self._screen = screen
        self._all = False
        self.is_over = False

    def wants(self, patch: PagePatch, mend: CitationFix) -> bool:
        """Show one edit and ask whether it is wanted. Raises click.Abort where nobody answers."""
        if self._all or self.is_over:
            return self._all
        for line in diff_of(patch, patch.page.path, [mend]).splitlines()[3:]:
            click.echo(_harmless(line.decode(patch.page.encoding, "replace")), err=True)
        question = f"{plain(patch.page.path)}:{mend.planned.citation.line}: {mend.planned.cause.value}. Mend it: yes, no, all, quit"
        answer: str = click.prompt(question, type=click.Choice(["y", "n", "a", "q"]), err=True)
        self._all, self.is_over = answer == "a", answer == "q"
        return answer in {"y", "a"}


def _harmless(line: str) -> str:
    """A line of a patch for a terminal, its spaces kept."""
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
        for char in line
    )
