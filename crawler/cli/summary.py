"""The summary at the end of a command: states, findings that need attention, internal errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.terminal.log_setup import logs_json
from crawler.cli.terminal.tables import table
from crawler.cli.terminal.text_format import pluralize
from crawler.monitoring.events import LOGGER, event_extra
from reports.model import Action, Report, Section
from reports.summary import Summary, SummaryLine, summarize
from reports.wording.labels import STATE_LABELS
from reports.wording.sanitize import plain
from store.queries.work_left import work_left_in_totals
from store.vocabulary import Role, State
from store.vocabulary.log_lines import one_log_line
from store.vocabulary.secrets import remove_credentials
from store.work.runs import HELD_HOSTS, RunOutcome, RunRecord

if TYPE_CHECKING:  # commands that only read the store do not need a job, which imports much
    from crawler.cli.terminal.console import TerminalOutput
    from crawler.jobs.job import Job

_STYLES = {
    State.ALIVE: "green",
    State.MOVED: "cyan",
    State.SUSPECT: "yellow",
    State.BROKEN: "bold red",
    State.BLOCKED: "magenta",
}
# The last line of the command is the reason of these outcomes, so the summary does not have it.
_REPORTED_LAST = (RunOutcome.NETWORK_DOWN, RunOutcome.FAILED)
_TITLES = {
    Section.SUSPECT: "failing, not confirmed",
    Section.RECOVERED: "recovered",
}


def show_summary(console: Console, report: Report, *, with_name: bool = False) -> None:
    """Show the states of all links and archive copies, and the findings that need attention.

    Args:
        console: Where to print.
        report: The report to summarize.
        with_name: Whether to print the wiki's name above (if there are several).
    """
    summary = summarize(report)
    if logs_json():
        _log_summary(report, summary)
        return
    if with_name:
        console.print(Text(plain(report.wiki), style="bold"))
    if summary.run and _explains_end(summary.run):
        console.print(Text(" ".join(summary.sentences)))
    _show_states(console, summary)
    _show_to_do(console, summary)
    for section, lines in summary.listed.items():
        total = summary.sections[section]
        console.print(Text(f"{_TITLES[section]}: {total:,}", style="bold"))
        for line in lines:
            _show_line(console, line, recovered=section is Section.RECOVERED)
        if len(lines) < total:
            console.print(f"  … and {total - len(lines):,} more", markup=False)
    if summary.refusals:
        console.print(Text(summary.refusals))
    if summary.not_checked:
        count = summary.sections[Section.NOT_CHECKED]
        console.print(Text(_describe_not_checked(summary, count)))
    if summary.internal_links or summary.warnings:
        links = pluralize(summary.internal_links, "broken internal link")
        warnings = pluralize(summary.warnings, "warning")
        console.print(f"pages: {links}, {warnings}", markup=False)


def _explains_end(run: RunRecord) -> bool:
    """Return whether to print how a run ended: if it left work, and no later line says so."""
    if run.outcome is RunOutcome.FINISHED:
        work_left = work_left_in_totals(run.totals)
        return work_left is not None and work_left.paused > 0
    return run.outcome not in _REPORTED_LAST


def _show_to_do(console: Console, summary: Summary) -> None:
    """Show the findings that are confirmed broken, and the command that fixes them."""
    total = sum(summary.actions.values())
    if total:
        has_base = summary.compared_with is not None
        new = f", newly broken: {summary.new_to_do:,}" if has_base and summary.new_to_do else ""
        console.print(Text(f"to do: {total:,}{new}", style="bold"))
        for line in summary.to_do:
            _show_line(console, line, recovered=False, is_new=line.is_new and has_base)
        if len(summary.to_do) < total:
            console.print(f"  … and {total - len(summary.to_do):,} more", markup=False)
        console.print(Text(describe_actions(summary.actions)))
    covered = summary.sections[Section.COVERED]
    acknowledged = summary.sections[Section.ACKNOWLEDGED]
    if covered:
        verb = "leads" if covered == 1 else "lead"
        links = pluralize(covered, "failing link")
        console.print(
            f"{links} {verb} readers to a working archive copy: nothing to do", markup=False
        )
    if acknowledged:
        links = pluralize(acknowledged, "failing link")
        console.print(f"{links} acknowledged: holdfast ack lists them", markup=False)


def describe_actions(actions: Mapping[Action, int]) -> str:
    """Return how many findings a command can fix, and what to do about the others.

    >>> describe_actions({Action.FIX: 2, Action.PERSON: 0})
    '2 of 2 can be fixed now: holdfast fix shows the patch'
    """
    total, fixable = sum(actions.values()), actions[Action.FIX]
    parts = []
    if fixable:
        parts.append(f"{fixable:,} of {total:,} can be fixed now: holdfast fix shows the patch")
    if for_people := actions[Action.PERSON]:
        parts.append(
            f"{for_people:,} of {total:,} {'needs' if for_people == 1 else 'need'} a person: "
            "find another source, run holdfast ack URL, "
            "or write <!-- holdfast: ignore --> beside the link "
            "(AsciiDoc, reStructuredText and BibTeX have comments of their own)"
        )
    return "; ".join(parts)


def _describe_not_checked(summary: Summary, count: int) -> str:
    """Return how many links were not checked, and the most frequent reasons."""
    (main_reason, main_count), *others = summary.not_checked.items()
    if summary.run and summary.run.outcome is RunOutcome.NETWORK_DOWN:
        return f"not checked: {count:,} (no network)"
    if main_count < count:
        counted = [f"{main_count:,} {main_reason}"]
        counted += [f"{number:,} {reason}" for reason, number in others[:1]]
        counted += ["…"] if len(others) > 1 else []
        return f"not checked: {count:,} ({', '.join(counted)})"
    if main_reason == STATE_LABELS[State.UNCHECKED]:
        return f"{main_reason}: {count:,}"
    return f"not checked: {count:,} ({main_reason})"


def _show_line(
    console: Console, line: SummaryLine, *, recovered: bool, is_new: bool = False
) -> None:
    """Print a finding; unless its link has recovered, also its replacement.

    Args:
        console: Where to print.
        line: The finding.
        recovered: Whether the link works again.
        is_new: Whether to mark it as new.
    """
    more = f" and {line.more_places:,} more" if line.more_places else ""
    mark = "  (new)" if is_new else ""
    console.print(Text(one_log_line(f"  {line.place}{more}  {line.url}  {line.reason}{mark}")))
    if line.replacement and not recovered:
        console.print(Text(f"    replacement: {line.replacement}", style="dim"))
        for obstacle in line.obstacles:
            console.print(Text(f"    {obstacle}", style="dim"))


def closing_line(report_files: Sequence[Path], actions: Mapping[Action, int]) -> str:
    """Return what to do next: open the report, and fix what a command can fix.

    Args:
        report_files: The reports written.
        actions: Number of findings on the to-do list by what they need.

    Returns:
        One line, or an empty text if there is nothing to open or to fix.

    >>> closing_line([Path("a/report.html")], {Action.FIX: 1, Action.PERSON: 0})
    'open a/report.html in a browser · holdfast fix shows the patch (1 can be fixed now)'
    """
    parts = [f"open {path} in a browser" for path in report_files if path.suffix == ".html"]
    if fixable := actions[Action.FIX]:
        parts.append(f"holdfast fix shows the patch ({fixable:,} can be fixed now)")
    return " · ".join(parts)


def show_internal_errors(job: Job, terminal: TerminalOutput) -> None:
    """Warn about the internal errors of a job, if any, and say how to report them."""
    if errors := job.errors.summary():
        terminal.warn(remove_credentials(errors))


def _log_summary(report: Report, summary: Summary) -> None:
    """Log the summary as an event."""
    states: dict[str, dict[str, int]] = {}
    for role, counts in summary.totals.items():
        states[role.value] = {state.value: count for state, count in counts.items() if count}
    sections = {section.value: count for section, count in summary.sections.items() if count}
    fields = event_extra(
        "summary",
        wiki=report.wiki,
        states=states,
        sections=sections,
        internal_links_broken=summary.internal_links,
    )
    links = states.get(Role.LINK, {})
    message = f"{sum(links.values()):,} links, {links.get(State.BROKEN, 0):,} broken"
    logging.getLogger(LOGGER).info("%s", message, extra=fields)


def _show_states(console: Console, summary: Summary) -> None:
    """Show the table of states, unless nothing is stored that it could count."""
    if any(any(counts.values()) for counts in summary.totals.values()):
        console.print(_state_table(summary))


def _state_table(summary: Summary) -> Table:
    """Return a table that counts links and mirrors by state; states without any are left out."""
    rows = {
        "links": summary.totals.get(Role.LINK, {}),
        "archive copies": summary.totals.get(Role.MIRROR, {}),
    }
    states = [state for state in State if any(counts.get(state) for counts in rows.values())]
    titles = ["failing" if state is State.SUSPECT else state.value for state in states]
    state_table = table("", *titles, right=titles)
    for column, state in zip(state_table.columns[1:], states, strict=True):
        column.style = _STYLES.get(state, "")
    for title, counts in rows.items():
        state_table.add_row(title, *(f"{counts.get(state, 0):,}" for state in states))
    return state_table


def describe_counts(job: Job) -> str:
    """Return one line that counts what a job did."""
    counts = job.counts
    skipped = _sum_counts(job, "skipped:")
    probes = _sum_counts(job, "link:", "mirror:") - skipped
    lookups = pluralize(_sum_counts(job, "lookup:"), "lookup")
    found = pluralize(counts["lookup:found"], "archive copy")
    captures = pluralize(counts["capture:captured"], "capture")
    parts = [f"{pluralize(probes, 'probe')}, {lookups} ({found} found), {captures} made"]
    if searches := _sum_counts(job, "search:"):
        links = pluralize(searches, "broken link")
        parts.append(f"{links} searched for, {counts['search:found']:,} possibly moved")
    if checked := counts["parts:whole"] + counts["parts:missing"]:
        copies = pluralize(checked, "archive copy")
        parts.append(
            f"images and styles of {copies} checked, {counts['parts:missing']:,} incomplete"
        )
    if changed := counts["drift:changed"]:
        parts.append(f"{pluralize(changed, 'page')} with changed content")
    if skipped:
        parts.append(f"{pluralize(skipped, 'link')} skipped by the configuration")
    if held_hosts := counts[HELD_HOSTS]:
        parts.append(f"{pluralize(held_hosts, 'host')} held by another run: their links stay due")
    return "; ".join(parts)


def _sum_counts(job: Job, *prefixes: str) -> int:
    """Return the sum of a job's counts whose names begin with one of the prefixes."""
    return sum(count for name, count in job.counts.items() if name.startswith(prefixes))
