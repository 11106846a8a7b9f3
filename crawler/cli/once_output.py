"""Print the results of `holdfast check --once`: one line per problem, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import click

from crawler.cli.pages.page_sources import show_warning
from crawler.cli.pages.scan_output import internal_link_line
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from reports.findings.descriptions import describe_reason
from reports.model import Finding, Report
from reports.wording.labels import STATE_LABELS, VERDICT_LABELS
from reports.wording.sanitize import plain, plain_url
from store.vocabulary import FRAGMENT_MISSING, Reason, State, Verdict
from store.vocabulary.log_lines import one_log_line

ARGUMENTS_PAGE: Final = "(command line)"  # name of the page that cites the URLs given as arguments


def print_findings(report: Report, terminal: TerminalOutput) -> None:
    """Print a line for each citation of a failing link, and for each URL of the command line.

    With `--verbose` a line is printed for every citation. Totals and missing fragments are printed
    on standard error.

    Args:
        report: The results.
        terminal: Where the totals go.
    """
    totals = Counter[str]()
    for finding in report.findings:
        totals[_verdict_label(finding)] += 1
        for line in _lines(finding, everything=terminal.verbose):
            click.echo(line)
    for link in report.internal_links:
        click.echo(internal_link_line(link))
    for warning in report.warnings:
        if warning.code == FRAGMENT_MISSING and warning.page == ARGUMENTS_PAGE:
            terminal.warn(warning.message)
        elif warning.code == FRAGMENT_MISSING:
            show_warning(terminal, warning)
    counts = ", ".join(f"{count:,} {label}" for label, count in totals.most_common())
    summary = f"{pluralize(totals.total(), 'link')} checked"
    if counts:
        summary += f": {counts}"
    if report.internal_links:
        summary += f"; {pluralize(len(report.internal_links), 'broken internal link')}"
    terminal.note(summary)


def _verdict_label(finding: Finding) -> str:
    """Return the verdict of a link in words, as the totals count it."""
    tracked = finding.link.tracked_state
    if tracked.verdict is None:
        return STATE_LABELS[State.UNCHECKED]
    if tracked.verdict is Verdict.BROKEN:
        return "broken"
    return VERDICT_LABELS[tracked.verdict]


def _lines(finding: Finding, *, everything: bool) -> Iterator[str]:
    """Yield a line for each citation of a link; only of broken links unless `everything` is set."""
    tracked = finding.link.tracked_state
    is_shown = everything or tracked.verdict is Verdict.BROKEN
    url = plain_url(finding.link.url)
    verdict = _verdict_label(finding)
    is_explained = tracked.reason not in {None, Reason.OK}
    end = f"{verdict}: {describe_reason(tracked)}" if is_explained else verdict
    for place in finding.link.citations:
        if place.page == ARGUMENTS_PAGE:
            yield one_log_line(f"{url}: {end}")
        elif is_shown:
            where = f"{plain(place.page)}:{place.line}:{place.column}"
            yield one_log_line(f"{where}: {url}: {end}")
