"""`holdfast fix`: the patch that leads broken citations to something that serves."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from crawler.cli.exits import Exit, Failure
from crawler.cli.options import Common, common_options
from crawler.cli.screen import Screen
from crawler.cli.sources import find_sources
from crawler.clock import system_clock
from crawler.config import LoadedConfig
from crawler.pages import NotText
from crawler.pages.sources import LARGEST, PageSource
from crawler.rewriting import NotWritten, PatchRecord
from crawler.scanning import read_page
from crawler.urls import is_external, same_address
from reports.patches import (
    NO_MIRROR,
    Cause,
    Checks,
    FixPolicy,
    Habits,
    Manner,
    Mend,
    PagePatch,
    Style,
    by_page,
    chosen,
    diff_of,
    mend_page,
)
from reports.patches.remedies import Cited, Spot
from reports.plain import plain
from store.engine import open_database
from store.findings import LinkFinding, link_findings
from store.pages import known_pages

_CHECKS = Checks(reread=read_page, same_address=same_address)


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
@click.option("--write", is_flag=True, help="Change the pages, each whole or not at all, and keep the patch.")
@click.option("--interactive", is_flag=True, help="Ask for each citation.")
@click.option("--max", "most", type=click.IntRange(min=1), metavar="N", help="Mend at most so many citations.")
@click.option(
    "--style",
    type=click.Choice([style.value for style in Style]),
    help="How a mirror is to stand there (default: as most of the wiki's do).",
)
@click.option("--suspects", is_flag=True, help="What is failing but not confirmed, too.")
@click.option("--second-mirrors", is_flag=True, help="Add a mirror on another service where there is but one.")
@common_options
def command(
    common: Common,
    pages: tuple[str, ...],
    write: bool,
    interactive: bool,
    most: int | None,
    style: str | None,
    suspects: bool,
    second_mirrors: bool,
) -> Exit:
    """Show the patch that leads broken citations to verified mirrors, and moved ones to their new address.

    PAGES are files, folders or globs; without any, all pages that were scanned. The patch goes to standard output. Nothing is changed without --write.
    """
    screen = Screen(common)
    loaded = common.load()
    scanned = _read_store(loaded)
    wanted = _wanted(loaded, screen, pages, scanned)
    policy = FixPolicy(suspects=suspects, second_mirrors=second_mirrors)
    manner = Manner(policy=policy, style=Style(style) if style else scanned.habits.style, word=scanned.habits.word)
    outcome = _Outcome()
    asking = _Asking(screen) if interactive else None
    name = f"{system_clock():%Y%m%dT%H%M%S.%fZ}.patch"
    with PatchRecord(loaded.folder / ".holdfast" / "patches" / name) as record:
        for path in wanted:
            left = None if most is None else most - outcome.citations
            if left == 0 or (asking and asking.is_over):
                break
            patch = _mended(loaded, screen, path, scanned, manner, left, outcome)
            if patch and asking:
                patch = chosen(patch, asking.wants, _CHECKS)
            if patch and patch.mends:
                _deliver(loaded, screen, path, patch, record if write else None, outcome)
        _summarise(screen, outcome, manner.style, record if write else None)
    return Exit.FAILED if outcome.failed else Exit.OK


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What the store knows: each page's hash, and what may be mended on it."""

    hashes: Mapping[str, str]
    cited: Mapping[str, Mapping[Spot, Cited]]
    habits: Habits


@dataclass(slots=True)
class _Outcome:
    """What came of it all, for the summary."""

    causes: Counter[Cause] = field(default_factory=Counter)
    pages: int = 0
    without_mirror: int = 0
    left: int = 0  # citations that could not be mended
    failed: int = 0  # pages that could not be read or written

    @property
    def citations(self) -> int:
        return self.causes.total()


def _read_store(loaded: LoadedConfig) -> _Scanned:
    habits = Habits()

    def learning(links: Iterable[LinkFinding]) -> Iterable[LinkFinding]:
        for link in links:
            habits.learn(link)
            yield link

    database = open_database(loaded.database_url)
    try:
        with database.read() as connection:
            hashes = known_pages(connection, loaded.config.wiki)
            cited = by_page(learning(link_findings(connection, wiki=loaded.config.wiki)))
    finally:
        database.close()
    if not hashes:
        raise Failure("no page was scanned yet: holdfast run comes first")
    return _Scanned(hashes, cited, habits)


def _wanted(loaded: LoadedConfig, screen: Screen, pages: Sequence[str], scanned: _Scanned) -> Sequence[str]:
    """Choose the pages to look at, in the order of their paths. Pages of published sites are read, not mended."""
    if not pages:
        return [path for path in scanned.cited if not is_external(path)]
    named = {source.path for source in find_sources(loaded, pages) if isinstance(source, PageSource)}
    for path in sorted(named - scanned.hashes.keys()):
        screen.warn(f"{path}: was not scanned yet: holdfast run comes first")
    return [path for path in scanned.cited if path in named]


def _mended(
    loaded: LoadedConfig, screen: Screen, path: str, scanned: _Scanned, manner: Manner, most: int | None, outcome: _Outcome
) -> PagePatch | None:
    """Plan one page's patch; None, and a line that says why, where that is not to be had."""
    file = loaded.folder / path
    try:
        if os.path.realpath(file) != os.path.normpath(loaded.folder.resolve() / path):
            screen.warn(f"{path}: is reached by a symbolic link, and left alone; the file itself is {os.path.realpath(file)}")
            return None
        if file.stat().st_size > LARGEST:
            screen.warn(f"{path}: has grown too large to be a page, and is left alone")
            return None
        data = file.read_bytes()
        if hashlib.sha256(data).hexdigest() != scanned.hashes.get(path):
            screen.warn(f"{path}: has changed since it was scanned, and is left alone: holdfast scan reads it anew")
            return None
        patch = mend_page(data, path, scanned.cited[path], manner, _CHECKS, most=most)
    except FileNotFoundError:
        screen.warn(f"{path}: is gone since it was scanned")
        return None
    except (OSError, NotText) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        screen.warn(f"{path}: cannot be read: {reason}")
        outcome.failed += 1
        return None
    for dropped in patch.dropped:
        if dropped.why == NO_MIRROR:
            outcome.without_mirror += 1
        else:
            outcome.left += 1
            screen.warn(f"{path}:{dropped.citation.line}: left as it is ({dropped.cause.value}): {dropped.why}")
    return patch


def _deliver(loaded: LoadedConfig, screen: Screen, path: str, patch: PagePatch, record: PatchRecord | None, outcome: _Outcome) -> None:
    """Write a page, or show its patch."""
    diff = diff_of(patch, _path_in_patch(loaded, path))
    try:
        if record is None:
            sys.stdout.buffer.write(diff)
        else:
            record.rewrite(loaded.folder / path, patch.before, patch.after, diff)
    except NotWritten as error:
        screen.warn(f"{path}: {error}")
        outcome.failed += 1
        return
    outcome.pages += 1
    outcome.causes.update(mend.remedy.cause for mend in patch.mends)


def _path_in_patch(loaded: LoadedConfig, path: str) -> str:
    """Name a page as git does: from the top of its repository, which is where `git apply` starts from; else from the configuration."""
    folder = loaded.folder.resolve()
    top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return Path(os.path.relpath(folder / path, top)).as_posix()


class _Asking:
    """Asks for one citation after the other."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._all = False
        self.is_over = False

    def wants(self, patch: PagePatch, mend: Mend) -> bool:
        """Show one edit and ask whether it is wanted. Raises click.Abort where nobody answers."""
        if self._all or self.is_over:
            return self._all
        for line in diff_of(patch, patch.page.path, [mend]).splitlines()[3:]:
            click.echo(plain(line.decode(patch.page.encoding, "replace"), 2000), err=True)
        question = f"{plain(patch.page.path)}:{mend.remedy.citation.line}: {mend.remedy.cause.value}. Mend it? (yes, no, all, quit)"
        answer: str = click.prompt(question, type=click.Choice(["y", "n", "a", "q"]), default="y", err=True)
        self._all, self.is_over = answer == "a", answer == "q"
        return answer in {"y", "a"}


def _summarise(screen: Screen, outcome: _Outcome, style: Style, record: PatchRecord | None) -> None:
    if outcome.citations:
        causes = ", ".join(f"{count} {cause.value}" for cause, count in outcome.causes.most_common())
        done = "mended" if record is not None else "to mend"
        screen.note(f"{_count(outcome.citations, 'citation')} {done} on {_count(outcome.pages, 'page')} ({causes}); style: {style.value}")
    else:
        screen.note("nothing was mended" if outcome.failed else "nothing to mend")
    if outcome.without_mirror:
        screen.note(f"{_count(outcome.without_mirror, 'citation')} without a verified mirror; holdfast archive looks for them")
    if outcome.left:
        screen.note(f"{_count(outcome.left, 'citation')} left for a person")
    if record:
        screen.note(f"record: {record.file}")
    elif record is None and outcome.citations:
        screen.note("nothing was changed: holdfast fix --write changes the pages")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
