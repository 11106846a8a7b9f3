"""Reports from the command line: where they are written, the summary at the end, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.archives import less_trusted_services
from crawler.cli.console import TerminalOutput
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.summary import describe_counts, show_internal_errors, show_summary
from crawler.cli.targets import Target
from crawler.config import LoadedConfig
from crawler.files.safe_files import replacement_of
from crawler.jobs.clock import Clock, system_clock
from crawler.local_capture.replay_urls import update_replay_urls
from reports.builder import ReportScope, build_report, paused_garbage_collection
from reports.formats import FormatError, ReportFormat, get_format, render
from reports.i18n import Lang, lang_from_environment
from reports.model import Report
from reports.threshold import FailOn
from store.schema.engine import open_database
from store.work.runs import RunOutcome

if TYPE_CHECKING:
    from crawler.cli.notify import PendingNotification
    from crawler.jobs.job import Job

_JOINABLE = frozenset(
    {ReportFormat.MARKDOWN, ReportFormat.JSONL, ReportFormat.GITHUB, ReportFormat.COMMENT}
)  # one behind another is still one

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Formats(click.ParamType[list[str]]):
    """Report formats separated by commas."""

    name = "formats"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        words = [word.strip() for word in value.split(",") if word.strip()]
        try:
            for word in words:
                get_format(word)
        except FormatError as error:
            self.fail(str(error), param, ctx)
        return words


def format_option(default: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--format",
        "formats",
        type=_Formats(),
        default=default,
        show_default=True,
        help=f"Of {', '.join(ReportFormat)}; several with commas.",
    )


output_option = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file, or a folder for several formats; - for standard output.",
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([word.value for word in FailOn]),
    default=FailOn.NEW_BROKEN.value,
    show_default=True,
    help="End with exit code 2 from there on.",
)
lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    metavar="en|zh",
    help="Of reports for people (default: report.lang, else the locale's).",
)


def language_of(wiki: LoadedConfig, asked: str | None) -> Lang:
    """Say in what language to write for people: the one asked for, else the configured one, else that of the locale."""
    lang = asked or wiki.config.report.lang
    return lang_from_environment({"LANG": lang} if lang else os.environ)


@contextmanager
def report_of(
    wiki: LoadedConfig, *, clock: Clock = system_clock, lang: str | None = None, **scope: Any
) -> Iterator[Report]:
    """Open the store and read the report of a wiki; it lasts as long as the block."""
    config = wiki.config
    written = partial(
        ReportScope,
        wiki=config.wiki,
        source_url=config.report.source_url,
        lang=language_of(wiki, lang),
        trusted_less=less_trusted_services(),
    )
    database = open_database(wiki.database_url)
    try:
        update_replay_urls(database, config.archives.local.base_url)
        with database.read() as connection:
            yield build_report(connection, written(now=clock(), **scope))
    finally:
        database.close()


def finish(
    job: Job,
    screen: TerminalOutput,
    *,
    parts: Sequence[Target] = (),
    formats: Sequence[str] = (),
    output: Path | None = None,
    lang: str | None = None,
    fail_on: str,
    probed: bool = True,
) -> ExitCode:
    """Write the reports a job was asked for, show the summary, and say how the command ends. `probed`: they are about this very job.

    Each wiki has a report and a summary of its own; the threshold counts them all. `parts` is what the job was about (none: everything).
    """
    from crawler.jobs.isolation import Unit  # noqa: PLC0415  what only reads the store needs no job

    parts = parts or [Target(wiki) for wiki in job.loaded.wikis()]
    exceeded, several = False, len(parts) > 1
    news: list[PendingNotification] = []
    if job.counts:
        screen.note(describe_counts(job))
    for part in parts:
        with (
            job.isolated(
                Unit.STEP,
                f"the report of {part.name or 'the wiki'}",
                expected=(CommandFailed, click.ClickException),
            ),
            report_of(
                part.wiki,
                clock=job.clock,
                lang=lang,
                run_id=job.run_id if probed else None,
                pages=part.pages,
            ) as report,
        ):
            place = _place_of_job(part.wiki, output, several=several, formats=formats)
            written = write_reports(report, formats, place) if formats else []
            if not screen.quiet:
                show_summary(screen.console, report, named=several)
            for path in written:
                screen.note(f"report: {path}")
            exceeded |= FailOn(fail_on).exceeded(report)
            if probed and part.pages is None:
                news += _news(job, report)
    has_failed = job.stop.outcome in (RunOutcome.NETWORK_DOWN, RunOutcome.FAILED)
    arrived = has_failed or _tell(job, news, screen)
    show_internal_errors(job, screen)
    if has_failed:
        raise CommandFailed(job.stop.detail, ExitCode.FAILED)
    if job.stop:
        screen.note(job.stop.detail)
    if (not arrived and job.config.notify.required) or job.errors.count(Unit.STEP):
        return ExitCode.FAILED
    return ExitCode.FINDINGS if exceeded else ExitCode.OK


def _news(job: Job, report: Report) -> Sequence[PendingNotification]:
    """Write down what people are to be told of a run that came to its end: what another one found is compared with it."""
    notify = job.config.notify
    if job.stop.outcome not in (None, RunOutcome.DEADLINE) or not (
        notify.webhook.url or notify.mail.to
    ):
        return ()
    from crawler.cli.notify import collect_notifications  # noqa: PLC0415  most runs tell nobody
    from crawler.jobs.isolation import Unit  # noqa: PLC0415  as above

    with job.isolated(Unit.NOTIFICATION, f"the news of {report.wiki or 'the wiki'}"):
        return collect_notifications(report, job)
    return ()


def _tell(job: Job, news: Sequence[PendingNotification], screen: TerminalOutput) -> bool:
    if not news:
        return True
    from crawler.cli.notify import send_notifications  # noqa: PLC0415  most runs have no news

    return send_notifications(job, news, screen)


def place_of_reports(
    wiki: LoadedConfig, output: Path | None, *, several: bool, formats: Sequence[str]
) -> Path | None:
    """Say where the reports of a wiki go: beside those of no other. None, or -: to standard output."""
    if not several:
        return output
    if output is None or str(output) == "-":
        if wrong := [form for form in formats if form not in _JOINABLE]:
            raise CommandFailed(
                f"several reports in the format {wrong[0]} need a folder: name one with --output, or one wiki with --wiki"
            )
        return output
    if output.suffix and len(formats) == 1 and not output.is_dir():
        raise CommandFailed(
            f"several wikis cannot share {output}: name a folder with --output, or one wiki with --wiki"
        )
    return output / wiki.config.wiki


def _place_of_job(
    wiki: LoadedConfig, output: Path | None, *, several: bool, formats: Sequence[str]
) -> Path | None:
    """Say where the reports of a job go, which wants files where nothing else was asked for."""
    if output is None:
        return wiki.folder / (wiki.config.report.output or ".holdfast")
    return place_of_reports(wiki, output, several=several, formats=formats)


def write_reports(report: Report, formats: Sequence[str], output: Path | None) -> list[Path]:
    """Write a report in each format; give the paths. Without `output`, or with `-`, one format goes to standard output."""
    with paused_garbage_collection():
        if output is None or str(output) == "-":
            if len(formats) > 1:
                raise CommandFailed("several formats need a folder: name one with --output")
            for form in formats:
                for piece in render(report, form):
                    sys.stdout.write(piece)
            return []
        if len(formats) == 1 and output.suffix and not output.is_dir():
            return [_write(output, render(report, formats[0]))]
        return [
            _write(output / f"report{get_format(form).suffix}", render(report, form))
            for form in formats
        ]


def _write(path: Path, pieces: Iterator[str]) -> Path:
    """Write a file whole or not at all: a report is read while the next one is made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise CommandFailed(f"{path} is a folder: name a file for the report")
        with replacement_of(path) as file:
            for piece in pieces:
                file.write(piece.encode())
    except OSError as error:
        raise CommandFailed(
            f"{path} cannot be written: {error.strerror}", ExitCode.FAILED
        ) from error
    return path
