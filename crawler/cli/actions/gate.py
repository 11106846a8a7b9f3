"""Run `holdfast gate`: check, capture and verify the citations that a change adds."""

from __future__ import annotations

from pathlib import Path

from crawler.archives import service_trust
from crawler.cli.console import TerminalOutput
from crawler.cli.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.ending_time import ending_seconds
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.gate_change import GateScope, copies_patch, find_scopes, links_newest_first
from crawler.cli.gate_output import require_gate_output, write_gate
from crawler.cli.gate_steps import MAX_CITATIONS_AT_ONCE, process_links
from crawler.cli.job_ending import finish_without_report
from crawler.cli.options import CommonOptions
from crawler.cli.report_output import report_language
from crawler.cli.scan_steps import scan
from crawler.cli.steps import isolated_step
from crawler.cli.targets import require_pages
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.git import Change, ChangedFilesError, find_change, source_template
from crawler.http.url_privacy import may_publish
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.preservation import may_capture
from reports.gate import GateMode, GateResult
from reports.gate.formats import GateFormat
from reports.gate.judging import GateJudge
from reports.i18n import translator_for
from store.queries.archive_attempts import archive_attempts
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
        CommandFailed: Options exclude each other, or git cannot say what changed.
    """
    if staged and changed_since:
        raise CommandFailed("--staged and --changed-since are two changes: use only one of them")
    terminal = TerminalOutput(common)
    loaded = common.load()
    names = [GateFormat(name) for name in formats]
    require_gate_output(names, output)
    passes_undecided = when_undecided == "pass"
    change = _find_change(loaded, changed_since, terminal, staged=staged, passes=passes_undecided)
    if change is None:
        return ExitCode.OK
    scopes = find_scopes(loaded, wiki_names, pages, change)
    require_pages([scope.target for scope in scopes], pages)
    translate = translator_for(report_language(loaded, lang))
    with open_job(loaded, "gate", wikis=()) as job:
        for scope in scopes:
            with isolated_step(job, f"the scan of {scope.target.name or 'the wiki'}"):
                scan(job, scope.target.wiki, pages, terminal)
        obstacles = _check(job, scopes, common, terminal, deadline=deadline)
        citations = [
            citation
            for scope in scopes
            for citation in _judge_of(job, scope).judge(scope.places, translate)
        ]
    exit_code = ExitCode.OK
    if job.stop.outcome is not RunOutcome.NETWORK_DOWN:  # the result says so itself
        exit_code = finish_without_report(job, terminal)
    result = GateResult(
        citations=citations,
        modes={GateMode(mode) for mode in modes} or {GateMode.WARN},
        passes_undecided=passes_undecided,
        obstacles=obstacles,
        patch=b"".join(copies_patch(scope, terminal, style) for scope in scopes),
        source_url=loaded.config.report.source_url or source_template(loaded.folder),
    )
    write_gate(result, names, output, translate, terminal)
    if exit_code is ExitCode.OK and not result.passes:
        return ExitCode.FINDINGS
    return exit_code


def _find_change(
    loaded: LoadedConfig,
    revision: str | None,
    terminal: TerminalOutput,
    *,
    staged: bool,
    passes: bool,
) -> Change | None:
    """Return the change; None, after a warning, if that is unknown and may pass."""
    try:
        return find_change(loaded.folder, revision, staged=staged)
    except ChangedFilesError as error:
        if not passes:
            raise CommandFailed(str(error)) from error
        terminal.warn(f"no citation was checked: {error}")
        return None


def _check(
    job: Job,
    scopes: list[GateScope],
    common: CommonOptions,
    terminal: TerminalOutput,
    *,
    deadline: float,
) -> list[str]:
    """Check the added citations, those that were added last first.

    Returns:
        What could not be done, one sentence each.
    """
    with job.database.read() as connection:
        links = links_newest_first(connection, scopes)
    terminal.note(pluralize(sum(len(scope.citations) for scope in scopes), "new citation"))
    obstacles: list[str] = []
    if not links:
        return obstacles

    async def run_steps(crawls: CrawlRunner) -> None:
        drain_on_signals(job, terminal)
        job.stop_within(common.seconds_left(deadline), shutdown_seconds=ending_seconds(job, common))
        reached = True
        done = 0
        for start in range(0, len(links), MAX_CITATIONS_AT_ONCE):
            if job.stop:
                break
            batch = links[start : start + MAX_CITATIONS_AT_ONCE]
            reached &= await process_links(crawls, job, terminal, batch)
            done += len(batch)
        if not reached:
            obstacles.append("The Wayback Machine could not be reached: no archive was asked.")
        if job.stop.outcome is RunOutcome.DEADLINE:
            left = f"; {pluralize(len(links) - done, 'link')} left out" if done < len(links) else ""
            obstacles.append(f"The time was over before everything was done{left}.")

    run_crawls(run_steps)
    if job.stop.outcome is RunOutcome.NETWORK_DOWN:
        obstacles.append("There is no network: nothing was checked, and no archive was asked.")
    if not may_capture(job):
        obstacles.append(
            "No captures were requested: set API keys (HOLDFAST_WAYBACK_KEY and _SECRET), or "
            "capture = true under [archives]."
        )
    return obstacles


def _judge_of(job: Job, scope: GateScope) -> GateJudge:
    """Return the judge of a wiki's added citations, with what is known about them now."""
    with job.database.read() as connection:
        findings = list(
            link_findings(connection, wiki=scope.target.name, pages=scope.target.pages or ())
        )
        attempts = archive_attempts(connection, {finding.id for finding in findings})
    return GateJudge(
        findings,
        attempts,
        distrusted=service_trust(scope.target.wiki).distrusted,
        may_publish=may_publish,
        captures_enabled=may_capture(job),
    )
