"""Run `holdfast fix`: plan fixes of broken citations, and show or write them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from crawler.archives import service_trust
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.fix.copy_plans import trusted_among
from crawler.cli.fix.fixable_citations import StoredCitations, read_stored_citations
from crawler.cli.fix.prompt import FixPrompt
from crawler.cli.fix.selection import GoalOptions, fix_policy, fix_selection
from crawler.cli.fix.unfixed_summary import describe_unfixed
from crawler.cli.fix.wiki_fixes import WikiFixer
from crawler.cli.lazy_imports import scan_written_pages
from crawler.cli.options import CommonOptions
from crawler.cli.pages.page_sources import find_sources
from crawler.cli.stored_data import require_database
from crawler.cli.targets import resolve_targets
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.files.atomic import remove_leftovers
from crawler.files.write_back import TEMPORARY_PREFIX, PatchRecord
from crawler.http.urls import is_web_url
from crawler.jobs.clock import system_clock
from crawler.scan.page_source import PageSource
from reports.patches import FixOptions, MirrorStyle
from reports.wording.sanitize import plain
from store.errors import StoreError


def execute(
    common: CommonOptions,
    *,
    pages: tuple[str, ...],
    write: bool,
    interactive: bool,
    max_citations: int | None,
    style: str | None,
    suspects: bool,
    second_mirrors: bool,
    leave: tuple[str, ...],
    add_copies: bool,
    robust_links: bool,
    only: tuple[str, ...],
    since: datetime | None,
    originals: bool,
    front_matter: bool,
    to_do: bool,
    acknowledged: bool,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.fix`.

    The options select which stored citations are read, and set the policy by which each is fixed.

    Returns:
        The exit code.

    Raises:
        CommandFailed: No page was scanned yet, or the options contradict each other.
    """
    terminal = TerminalOutput(common)
    loaded = common.load()
    goal_options = GoalOptions(
        leave=leave,
        add_copies=add_copies,
        originals=originals,
        robust_links=robust_links,
        only_to_do=to_do,
        with_acknowledged=acknowledged,
        suspects=suspects,
        second_mirrors=second_mirrors,
        only=only,
        since=since.date() if since else None,
    )
    selection = fix_selection(loaded, goal_options)
    policy = fix_policy(loaded, selection, goal_options, front_matter=front_matter)
    targets = resolve_targets(loaded, wiki_names, pages)
    require_database(loaded)
    stored = [read_stored_citations(target.wiki, selection) for target in targets]
    if not any(citations.page_hashes for citations in stored):
        raise CommandFailed("no page was scanned yet: run holdfast run first")
    _note_archives_to_leave(terminal, loaded, selection.leave, stored)
    prompt = FixPrompt() if interactive else None
    fixers: list[WikiFixer] = []
    with PatchRecord(_patch_file(loaded)) as record:
        for target, citations in zip(targets, stored, strict=True):
            options = FixOptions(
                policy=policy,
                style=MirrorStyle(style) if style else citations.wiki_style.style,
                link_text=citations.wiki_style.link_text,
            )
            fixer = WikiFixer(target.wiki, terminal, citations, options, record if write else None)
            limit = _remaining_citations(max_citations, fixers)
            fixers.append(fixer)
            if len(targets) > 1:
                terminal.note(f"{target.name}:")
            if write:
                _remove_temporary_files(target.wiki, citations.page_hashes)
            named = _named_pages(target.wiki, terminal, pages, citations)
            paths = [path for path in citations.cited if named is None or path in named]
            fixer.fix_pages([path for path in paths if not is_web_url(path)], prompt, limit=limit)
            fixer.show_result(partial(describe_unfixed, target.wiki, selection, policy, named))
        if write and record.has_patches:
            terminal.note(f"patch saved: {record.file}")
    written = [(fixer.loaded, fixer.written) for fixer in fixers if fixer.written]
    _scan_or_warn(loaded, terminal, written)
    has_failed = any(fixer.counts.failed_pages for fixer in fixers)
    return ExitCode.FAILED if has_failed else ExitCode.OK


def _patch_file(loaded: LoadedConfig) -> Path:
    """Return the file of the patch with everything that this call changes."""
    return loaded.folder / ".holdfast" / "patches" / f"{system_clock():%Y%m%dT%H%M%S.%fZ}.patch"


def _remaining_citations(max_citations: int | None, fixers: Sequence[WikiFixer]) -> int | None:
    """Return how many citations may still be fixed; None for any number."""
    if max_citations is None:
        return None
    return max_citations - sum(fixer.counts.citations for fixer in fixers)


def _scan_or_warn(
    loaded: LoadedConfig,
    terminal: TerminalOutput,
    written: Sequence[tuple[LoadedConfig, Sequence[str]]],
) -> None:
    """Scan the pages that were written; print a warning if that is not possible.

    Args:
        loaded: The configuration.
        terminal: Where the warning goes.
        written: (configuration of a wiki, paths of its pages that were written).
    """
    if not written:
        return
    try:
        scan_written_pages(loaded, written)
    except (StoreError, CommandFailed) as error:
        terminal.warn(f"the pages were written, but not read again: run holdfast scan ({error})")


def _note_archives_to_leave(
    terminal: TerminalOutput,
    loaded: LoadedConfig,
    services: frozenset[str],
    stored: Sequence[StoredCitations],
) -> None:
    """Print which of the archives to leave are cited, and how far these are trusted.

    A warning is printed for a trusted archive, because no run then looks for copies on others.
    """
    cited = {progress.service for citations in stored for progress in citations.leave_progress}
    if services and not cited:
        terminal.note(f"no page cites a copy on {', '.join(sorted(services))}")
    trust = service_trust(loaded)
    for service in sorted(cited):
        terminal.note(f"trust in {service}: {trust.describe(service)}")
    for service in trusted_among(trust, cited):
        terminal.warn(
            f"{service} is trusted, so no run looks for copies elsewhere: "
            f'set "{service}" = "doubted" under [archives.trust]'
        )


def _remove_temporary_files(loaded: LoadedConfig, paths: Iterable[str]) -> None:
    """Remove temporary files of earlier processes that were killed while they wrote pages."""
    folders = {(loaded.folder / path).parent for path in paths if not is_web_url(path)}
    for folder in folders:
        remove_leftovers(folder, TEMPORARY_PREFIX)


def _named_pages(
    loaded: LoadedConfig,
    terminal: TerminalOutput,
    pages: Sequence[str],
    stored: StoredCitations,
) -> Collection[str] | None:
    """Return the paths of the pages that were named, None for all."""
    if not pages:
        return None
    sources = find_sources(loaded, pages)
    named = {source.path for source in sources if isinstance(source, PageSource)}
    for path in sorted(named - stored.page_hashes.keys()):
        terminal.warn(f"{plain(path)}: not scanned yet: run holdfast run first")
    return named
