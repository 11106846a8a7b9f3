"""Run `holdfast check --once`: check the links of pages or URLs now, and keep no history."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.host_names import find_hosts
from crawler.cli.monitors import monitored
from crawler.cli.once_output import ARGUMENTS_PAGE, print_findings
from crawler.cli.options import CommonOptions
from crawler.cli.pages.page_sources import find_sources, show_warning
from crawler.cli.pages.target_pages import require_pages
from crawler.cli.report.output import open_report, write_reports
from crawler.cli.steps import check_steps
from crawler.cli.steps.crawl_runner import CrawlRunner, drain_on_signals, run_crawls
from crawler.cli.summary import show_internal_errors
from crawler.cli.targets import Target, resolve_targets
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.http.urls import is_web_url
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from crawler.jobs.lifecycle import open_job
from crawler.jobs.probe_budget import ProbeBudget
from crawler.jobs.run_outcome import count_work_left
from crawler.scan.page_source import PageSource
from crawler.scan.wiki_scan import scan_wiki
from reports.threshold import FailOn
from reports.wording.sanitize import plain
from reports.wording.time_format import format_time
from store.files.temporary_folders import temporary_folder
from store.vocabulary import PageWarning
from store.work.frontier import DueFilter
from store.work.runs import RunOutcome

# Settings with which one failed probe is enough: no later run could confirm it.
_CONFIRM_AT_ONCE = {
    "history.confirm_failures": 1,
    "history.confirm_days": 0,
    "history.confirm_days_definite": 0,
}
# The database is deleted at the end, so that pages saved by probes would not be found again.
_SAVE_NO_PAGES = {"archives.local.from_probes": False}

# Codes of warnings about pages that were not read, or not stored.
_NOT_READ = frozenset(
    {"unreadable", "too-large", "binary", "bad-name", "outside-wiki", "internal-error"}
)


def execute_once(
    common: CommonOptions,
    *,
    arguments: Sequence[str],
    hosts: Sequence[str],
    limit: int | None,
    deadline: float | None,
    metrics: str | None,
    formats: Sequence[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
    stdin_format: str,
    wiki_names: Sequence[str],
    changed_since: str | None,
) -> ExitCode:
    """Run the command in a temporary database. The parameters are options of `check`.

    Args:
        common: The options of every command.
        arguments: Pages and URLs (empty: the pages of the configuration).
        hosts: Check only links of these hosts.
        limit: Maximum number of probes.
        deadline: Seconds after the start of the process.
        metrics: Where metrics go.
        formats: Report formats; empty to print one line per problem.
        output: Where reports go.
        lang: Language of reports for people.
        fail_on: Which findings lead to the exit code FINDINGS.
        stdin_format: The name of the format of standard input.
        wiki_names: The wikis; empty for all.
        changed_since: Only pages changed since this git revision.

    Returns:
        The exit code.

    Raises:
        CommandFailed: An argument names nothing, there is no page, or the job failed.
    """
    if common.db:
        raise CommandFailed("--once keeps no history: omit --db")
    terminal = TerminalOutput(common)
    urls = [argument for argument in arguments if is_web_url(argument)]
    pages = [argument for argument in arguments if not is_web_url(argument)]
    with temporary_folder() as folder:
        loaded = common.load(
            db=f"sqlite:///{folder}/once.db",
            **_CONFIRM_AT_ONCE,
            **_SAVE_NO_PAGES,
        )
        target = _single_target(loaded, wiki_names, pages, changed_since)
        if pages or not urls:
            require_pages([target], pages)
        with (
            open_job(loaded, "check", wikis=()) as job,
            monitored(job, "check", terminal, metrics=metrics),
        ):
            job.budget = ProbeBudget(limit)
            # What robots.txt allows archives is only needed for captures of later runs.
            job.reads_archive_robots = False
            _scan(job, target, pages, urls, terminal, stdin_format)
            due_filter = DueFilter(now=job.clock(), hosts=job.read_blocking(find_hosts, hosts))

            async def run_steps(crawls: CrawlRunner) -> None:
                drain_on_signals(job, terminal)
                job.stop_within(common.seconds_left(deadline))
                with check_steps.isolated_step(job, "checking"):
                    await check_steps.check_links(crawls, job, due_filter, terminal)

            run_crawls(run_steps)
        return _finish(job, target, terminal, formats, output, lang, fail_on)


def _single_target(
    loaded: LoadedConfig,
    wiki_names: Sequence[str],
    pages: Sequence[str],
    changed_since: str | None,
) -> Target:
    """Return the wiki to check. Raises CommandFailed if it could be one of several."""
    targets = resolve_targets(loaded, wiki_names, pages, changed_since=changed_since)
    if len(targets) > 1:
        known = ", ".join(target.name for target in targets)
        raise CommandFailed(f"--once checks one wiki: choose it with --wiki ({known})")
    return targets[0]


def _scan(
    job: Job,
    target: Target,
    pages: Sequence[str],
    urls: Sequence[str],
    terminal: TerminalOutput,
    stdin_format: str,
) -> None:
    """Scan the pages, and an additional page that cites the URLs of the command line."""
    sources: list[PageSource | PageWarning] = []
    if pages or not urls:
        sources += find_sources(target.wiki, pages, stdin_format=stdin_format)
    if target.pages is not None:
        sources = [
            source
            for source in sources
            if not isinstance(source, PageSource) or source.path in target.pages
        ]
    if urls:
        links = "\n\n".join(f'<a href="{html.escape(url)}">url</a>' for url in urls)
        data = links.encode()
        sources.append(PageSource(path=ARGUMENTS_PAGE, size=len(data), data=data))
    count = sum(isinstance(source, PageSource) for source in sources)
    with terminal.progress("reading pages", count) as advance:
        result = scan_wiki(job, target.wiki, sources, is_complete=not pages, on_page=advance)
    for warning in result.warnings:
        # A page that was not read must not pass as one whose links work.
        is_shown = terminal.verbose or warning.code in _NOT_READ
        if is_shown and warning.page != ARGUMENTS_PAGE:
            show_warning(terminal, warning)


def _finish(
    job: Job,
    target: Target,
    terminal: TerminalOutput,
    formats: Sequence[str],
    output: Path | None,
    lang: str | None,
    fail_on: str,
) -> ExitCode:
    """Print the results, or write the reports, and return the exit code."""
    show_internal_errors(job, terminal)
    if job.stop.outcome in (RunOutcome.NETWORK_DOWN, RunOutcome.FAILED):
        raise CommandFailed(job.stop.detail, ExitCode.FAILED)
    with open_report(target.wiki, clock=job.clock, lang=lang, run_id=job.run_id) as report:
        if formats:
            for path in write_reports(report, formats, output):
                terminal.note(f"report: {path}")
        else:
            _show_pauses(job, terminal)
            print_findings(report, terminal)
        exceeded = FailOn(fail_on).exceeded(report)
    if job.stop:
        terminal.note(job.stop.detail)
    if job.errors.count(Unit.STEP):
        return ExitCode.FAILED
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def _show_pauses(job: Job, terminal: TerminalOutput) -> None:
    """Print which links were not checked because their hosts asked for a pause."""
    left = count_work_left(job)
    if not left.paused or left.paused_until is None:
        return
    hosts = list(map(plain, left.paused_links))
    if more := left.paused_hosts - len(hosts):
        hosts.append(f"{more:,} more")
    terminal.warn(
        f"{pluralize(left.paused, 'link')} not checked: {', '.join(hosts)} asked for a pause, "
        f"the first until {format_time(left.paused_until)}"
    )
