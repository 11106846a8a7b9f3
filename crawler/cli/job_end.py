"""The end of a command that runs a job: reports, summary, notifications and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.notify import OutgoingNotification, collect_notifications, send_notifications
from crawler.cli.report.output import open_report, report_path, write_reports
from crawler.cli.summary import closing_line, describe_counts, show_internal_errors, show_summary
from crawler.cli.targets import Target
from crawler.cli.terminal.console import TerminalOutput
from crawler.config import LoadedConfig
from crawler.jobs.isolation import Unit
from crawler.jobs.job import Job
from reports.findings.outline import outline_of
from reports.model import Report
from reports.threshold import FailOn
from store.work.runs import RunOutcome


def finish(
    job: Job,
    terminal: TerminalOutput,
    *,
    targets: Sequence[Target] = (),
    formats: Sequence[str] = (),
    output: Path | None = None,
    lang: str | None = None,
    fail_on: str,
) -> ExitCode:
    """Write the reports of a job, show the summary, send notifications and return the exit code.

    Each wiki has its own report and summary; the threshold counts the findings of all wikis.

    Args:
        job: The job that ended.
        terminal: Where messages go.
        targets: The wikis or pages that the job worked on (empty: all wikis).
        formats: Report formats; empty to write no report.
        output: Value of the option --output.
        lang: Value of the option --lang.
        fail_on: Value of the option --fail-on.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The job failed or had no network.
    """
    targets = targets or [Target(wiki) for wiki in job.loaded.wikis()]
    several = len(targets) > 1
    exceeded = False
    closing: list[str] = []
    notifications: list[OutgoingNotification] = []
    if job.counts:
        terminal.note(describe_counts(job))
    for target in targets:
        step = job.isolated(
            Unit.STEP,
            f"the report of {target.name or 'the wiki'}",
            expected=(CommandFailed, click.ClickException),
        )
        with (
            step,
            open_report(
                target.wiki,
                clock=job.clock,
                lang=lang,
                run_id=job.run_id,
                pages=target.pages,
                database_wait=job.retries.last_wait(),
            ) as report,
        ):
            if formats:
                path = job_report_path(target.wiki, output, several=several, formats=formats)
                report_files = write_reports(report, formats, path)
            else:
                report_files = []
            if not terminal.quiet:
                show_summary(terminal.console, report, with_name=several)
            for path in report_files:
                terminal.note(f"report: {path}")
            closing.append(closing_line(report_files, outline_of(report).actions))
            exceeded |= FailOn(fail_on).exceeded(report)
            if target.pages is None:
                notifications += _collect(job, report)
    try:
        return _end(job, terminal, notifications, exceeded=exceeded)
    finally:
        for line in filter(None, closing):
            terminal.note(line)


def finish_without_report(
    job: Job, terminal: TerminalOutput, *, exceeded: bool = False
) -> ExitCode:
    """Show how a job ended and return its exit code, without a report and notifications.

    It is for commands that work on a few links, so that they show no others.

    Args:
        job: The job that ended.
        terminal: Where messages go.
        exceeded: Whether findings reach the threshold.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The job failed or had no network.
    """
    return _end(job, terminal, (), exceeded=exceeded)


def _end(
    job: Job,
    terminal: TerminalOutput,
    notifications: Sequence[OutgoingNotification],
    *,
    exceeded: bool,
) -> ExitCode:
    """Send the notifications, show how the job ended and return the exit code."""
    has_failed = job.stop.outcome in (RunOutcome.NETWORK_DOWN, RunOutcome.FAILED)
    delivered = True
    if notifications and not has_failed:
        delivered = send_notifications(job, notifications, terminal)
    show_internal_errors(job, terminal)
    if has_failed:
        raise CommandFailed(job.stop.detail, ExitCode.FAILED)
    if job.stop:
        terminal.note(job.stop.detail)
    if (not delivered and job.config.notify.required) or job.errors.count(Unit.STEP):
        return ExitCode.FAILED
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def _collect(job: Job, report: Report) -> Sequence[OutgoingNotification]:
    """Return the notifications of a run; none if it was interrupted.

    The next run reports the changes of an interrupted one.
    """
    notify = job.config.notify
    has_channel = notify.webhook.url or notify.mail.to
    if job.stop.outcome not in (None, RunOutcome.DEADLINE) or not has_channel:
        return ()
    with job.isolated(Unit.NOTIFICATION, f"the notifications of {report.wiki or 'the wiki'}"):
        return collect_notifications(report, job)
    return ()


def job_report_path(
    wiki: LoadedConfig, output: Path | None, *, several: bool, formats: Sequence[str]
) -> Path:
    """Return where a job writes the reports of a wiki: by default to its folder of reports.

    Args:
        wiki: The configuration of the wiki.
        output: Value of the option --output.
        several: Whether several wikis are reported.
        formats: The report formats.

    Raises:
        CommandFailed: The reports of several wikis cannot be written to `output`.
    """
    default = wiki.folder / (wiki.config.report.output or ".holdfast")
    if output is None:
        return default
    return report_path(wiki, output, several=several, formats=formats) or default
