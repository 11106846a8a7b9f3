"""Run `holdfast gate`: check, capture and verify the citations that a change adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from msgspec import Struct
from sqlalchemy import Connection

from crawler.archives import service_trust
from crawler.cli.deadline import stop_in_time
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.gate.change import WikiChange, copies_patch, find_wiki_changes, links_newest_first
from crawler.cli.gate.output import require_gate_output, write_gate
from crawler.cli.gate.steps import MAX_LINKS_AT_ONCE, process_links
from crawler.cli.job_end import finish_without_report
from crawler.cli.options import CommonOptions
from crawler.cli.pages.target_pages import require_pages
from crawler.cli.report.language import report_language
from crawler.cli.steps.check_steps import isolated_step
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.steps.scan_steps import scan
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.git import (
    Change,
    ChangedFilesError,
    find_change,
    folder_in_repository,
    source_template,
    unmerged_commits,
)
from crawler.http.url_privacy import may_publish
from crawler.jobs.capture_wait import CaptureWait, capture_wait_of_group
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.preservation.archive_session import may_capture
from crawler.preservation.captures import NO_SESSION
from reports.gate import AddedCitation, GateMode, GateResult, Obstacle
from reports.gate.formats import GateFormat
from reports.gate.judge import GateJudge
from reports.i18n import Translator, translator_for
from reports.wording.sanitize import plain
from store.queries.archive_attempts import archive_attempts
from store.queries.link_records import LinkFinding
from store.queries.links import link_findings
from store.work.runs import RunOutcome


def execute(
    common: CommonOptions,
    *,
    pages: tuple[str, ...],
    changed_since: str | None,
    staged: bool,
    modes: tuple[str, ...],
    when_undecided: str,
    deadline: float,
    style: str | None,
    formats: list[str],
    output: Path | None,
    lang: str | None,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.gate`.

    Returns:
        The exit code: FINDINGS if a citation stops the change.

    Raises:
        CommandFailed: Options exclude each other, or git cannot find the change.
    """
    if staged and changed_since:
        raise CommandFailed("--staged and --changed-since are two changes: use only one of them")
    terminal = TerminalOutput(common)
    loaded = common.load()
    names = [GateFormat(name) for name in formats]
    require_gate_output(names, output)
    result = GateResult(
        modes={GateMode(mode) for mode in modes} or {GateMode.WARN},
        passes_undecided=when_undecided == "pass",
        source_url=loaded.config.report.source_url or source_template(loaded.folder),
        repository_folder=folder_in_repository(loaded.folder),
    )
    translate = translator_for(report_language(loaded, lang))
    exit_code = ExitCode.OK
    change = _find_change_or_warn(
        loaded, changed_since, terminal, staged=staged, passes_undecided=result.passes_undecided
    )
    if change is None:
        result = replace(result, obstacles=[Obstacle.NO_CHANGE])
    else:
        wiki_changes = _find_wiki_changes(loaded, wiki_names, pages, change, terminal)
        if not any(wiki_change.citations or wiki_change.unread for wiki_change in wiki_changes):
            _note_other_changes(loaded, terminal, changed_since, staged=staged)
        if any(wiki_change.citations for wiki_change in wiki_changes):
            gate = _GateJob(loaded, terminal, wiki_changes, common, deadline)
            exit_code, result = gate.run(result, pages, translate)
            patch = b"".join(
                copies_patch(wiki_change, terminal, style) for wiki_change in wiki_changes
            )
            result = replace(result, patch=patch)
        if any(wiki_change.unread for wiki_change in wiki_changes):
            result = replace(result, obstacles=[Obstacle.UNREAD, *result.obstacles])
    write_gate(result, names, output, translate, terminal)
    if exit_code is ExitCode.OK and not result.passes:
        return ExitCode.FINDINGS
    return exit_code


def _find_change_or_warn(
    loaded: LoadedConfig,
    revision: str | None,
    terminal: TerminalOutput,
    *,
    staged: bool,
    passes_undecided: bool,
) -> Change | None:
    """Return the change; None if git cannot find it.

    Args:
        loaded: The configuration.
        revision: Value of the option --changed-since.
        terminal: Where warnings go.
        staged: Whether the change is what is staged for the next commit.
        passes_undecided: Whether to print a warning if git cannot find the change, not to raise.

    Raises:
        CommandFailed: git cannot find the change, and `passes_undecided` is not set.
    """
    try:
        return find_change(loaded.folder, revision, staged=staged)
    except ChangedFilesError as error:
        if not passes_undecided:
            raise CommandFailed(str(error)) from error
        terminal.warn(f"no citation was checked: {error}")
        return None


def _find_wiki_changes(
    loaded: LoadedConfig,
    names: Sequence[str],
    pages: Sequence[str],
    change: Change,
    terminal: TerminalOutput,
) -> Sequence[WikiChange]:
    """Return the citations that a change adds, by wiki; print their number and unread pages."""
    wiki_changes = find_wiki_changes(loaded, names, pages, change)
    require_pages([wiki_change.target for wiki_change in wiki_changes], pages)
    for wiki_change in wiki_changes:
        for warning in wiki_change.unread:
            terminal.warn(f"{plain(warning.page)}: not compared: {warning.message}")
    number = sum(len(wiki_change.citations) for wiki_change in wiki_changes)
    terminal.note(pluralize(number, "new citation"))
    return wiki_changes


def _note_other_changes(
    loaded: LoadedConfig, terminal: TerminalOutput, revision: str | None, *, staged: bool
) -> None:
    """Print what a change without new citations was, and how to check what is committed."""
    if revision is not None:
        return
    kind = "staged" if staged else "not committed"
    message = f"nothing that is {kind} cites a new URL"
    commits = unmerged_commits(loaded.folder)
    if commits is not None:
        number = pluralize(commits.number, "commit")
        message += (
            f": use --changed-since {commits.branch} to check what {number} since "
            f"{commits.branch} added"
        )
    terminal.note(message)


class _GateJob(Struct, frozen=True):
    """The job of a gate: it scans the changed pages, and checks the citations added to them.

    Attributes:
        loaded: The configuration.
        terminal: Where messages go.
        wiki_changes: What the change adds to each wiki.
        common: The common options.
        deadline: Seconds after the start of the process.
    """

    loaded: LoadedConfig
    terminal: TerminalOutput
    wiki_changes: Sequence[WikiChange]
    common: CommonOptions
    deadline: float

    def run(
        self, result: GateResult, pages: Sequence[str], translate: Translator
    ) -> tuple[ExitCode, GateResult]:
        """Scan the pages and check the added citations.

        Args:
            result: The result so far.
            pages: Pages named on the command line.
            translate: Translates what is wrong with a link.

        Returns:
            The exit code, FAILED after an internal error, and the result.

        Raises:
            CommandFailed: The job failed.
        """
        seconds = self.common.seconds_left(self.deadline)
        with open_job(self.loaded, "gate", wikis=(), seconds=seconds) as job:
            job.reads_archive_robots = False  # it is needed only for captures of later runs
            for wiki_change in self.wiki_changes:
                with isolated_step(job, f"the scan of {wiki_change.target.name or 'the wiki'}"):
                    scan(
                        job,
                        wiki_change.target.wiki,
                        pages,
                        self.terminal,
                        staged=wiki_change.staged,
                    )
            obstacles = self._check(job)
            citations: list[AddedCitation] = []
            for wiki_change in self.wiki_changes:
                citations += _make_judge(job, wiki_change).judge(wiki_change.places, translate)
        result = replace(result, citations=citations, obstacles=obstacles)
        if job.stop.outcome is RunOutcome.NETWORK_DOWN:  # no failure: it is among the obstacles
            return ExitCode.OK, result
        return finish_without_report(job, self.terminal), result

    def _capture_wait(self, links: int) -> CaptureWait | None:
        """Return how long to wait for the captures of the next batch of links.

        Args:
            links: Number of links that are left, those of this batch included.

        Returns:
            None without a deadline.
        """
        left = self.common.seconds_left(self.deadline)
        if left is None:
            return None
        return capture_wait_of_group(
            left, now=monotonic(), links=links, links_at_once=MAX_LINKS_AT_ONCE
        )

    def _check(self, job: Job) -> list[Obstacle]:
        """Check the added citations, the newest first.

        Returns:
            Why citations may be undecided.
        """
        links = job.read_blocking(links_newest_first, self.wiki_changes)
        reached = True

        async def run_steps(crawls: CrawlRunner) -> None:
            nonlocal reached
            drain_on_signals(job, self.terminal)
            stop_in_time(job, self.common, self.deadline)
            for start in range(0, len(links), MAX_LINKS_AT_ONCE):
                if job.stop:
                    break
                job.capture_wait = self._capture_wait(len(links) - start)
                batch = links[start : start + MAX_LINKS_AT_ONCE]
                reached &= await process_links(crawls, job, self.terminal, batch)

        run_crawls(run_steps)
        conditions = {
            Obstacle.NO_NETWORK: job.stop.outcome is RunOutcome.NETWORK_DOWN,
            Obstacle.NO_ARCHIVE: not reached,
            Obstacle.NO_TIME: job.stop.outcome is RunOutcome.DEADLINE,
            Obstacle.NO_SESSION: bool(job.counts[NO_SESSION]),
            Obstacle.NO_CAPTURES: not may_capture(job),
        }
        return [obstacle for obstacle, is_met in conditions.items() if is_met]


def _make_judge(job: Job, wiki_change: WikiChange) -> GateJudge:
    """Return the judge of a wiki's added citations, with their stored states and copies."""

    def read_findings(connection: Connection) -> Sequence[LinkFinding]:
        pages = wiki_change.target.pages or ()
        return list(link_findings(connection, wiki=wiki_change.target.name, pages=pages))

    findings = job.read_blocking(read_findings)
    attempts = job.read_blocking(archive_attempts, {finding.id for finding in findings})
    return GateJudge(
        findings,
        attempts,
        distrusted=service_trust(wiki_change.target.wiki).distrusted,
        may_publish=may_publish,
        captures_enabled=may_capture(job),
    )
