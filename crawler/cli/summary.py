"""The one-screen summary at the end of a command."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.log_setup import logs_json
from crawler.cli.tables import table
from crawler.cli.text_format import pluralize
from crawler.monitoring.events import LOGGER, log_event
from reports.model import Report, Section
from reports.sanitize import one_log_line, plain
from reports.summary import Summary, summarize
from store.vocabulary import Role, State
from store.vocabulary.secrets import remove_credentials

if TYPE_CHECKING:  # a job brings half of Holdfast with it, which reading the store does not need
    from crawler.cli.console import TerminalOutput
    from crawler.jobs.job import Job

_STYLES = {
    State.ALIVE: "green",
    State.MOVED: "cyan",
    State.SUSPECT: "yellow",
    State.BROKEN: "bold red",
    State.BLOCKED: "magenta",
}
_TITLES = {
    Section.NEWLY_BROKEN: "newly broken",
    Section.SUSPECT: "failing, not yet confirmed",
    Section.RECOVERED: "back",
}


def show_summary(console: Console, report: Report, *, named: bool = False) -> None:
    """Show the states of all links and mirrors, and what needs a look first; under the wiki's name, where there are several."""
    summary = summarize(report)
    if logs_json():
        _tell(report, summary)
        return
    if named:
        console.print(Text(plain(report.wiki), style="bold"))
    console.print(_states(summary))
    for section, lines in summary.listed.items():
        console.print(Text(f"{_TITLES[section]}: {summary.sections[section]}", style="bold"))
        for line in lines:
            more = f" and {line.more_places} more" if line.more_places else ""
            console.print(Text(one_log_line(f"  {line.place}{more}  {line.url}  {line.reason}")))
            if line.replacement and section is not Section.RECOVERED:
                console.print(Text(f"    could stand in: {line.replacement}", style="dim"))
        if len(lines) < summary.sections[section]:
            console.print(f"  … and {summary.sections[section] - len(lines)} more", markup=False)
    if summary.not_checked:
        console.print(
            Text(
                f"could not be asked: {summary.sections[Section.NOT_CHECKED]}, most because {next(iter(summary.not_checked))}"
            )
        )
    if summary.internal_links or summary.warnings:
        console.print(
            f"pages: {pluralize(summary.internal_links, 'broken internal link')}, {pluralize(summary.warnings, 'warning')}",
            markup=False,
        )


def show_internal_errors(job: Job, screen: TerminalOutput) -> None:
    """Say in one line how many internal errors a job met, and how to report them; nothing where there were none."""
    if sentence := job.errors.summary():
        screen.warn(remove_credentials(sentence))


def _tell(report: Report, summary: Summary) -> None:
    """Say to a log what a person is shown."""
    states = {
        role.value: {state.value: count for state, count in counts.items() if count}
        for role, counts in summary.totals.items()
    }
    sections = {section.value: count for section, count in summary.sections.items() if count}
    fields = log_event(
        "summary",
        wiki=report.wiki,
        states=states,
        sections=sections,
        internal_links_broken=summary.internal_links,
    )
    broken = states.get(Role.LINK, {}).get(State.BROKEN, 0)
    logging.getLogger(LOGGER).info(
        "%s", f"{sum(states.get(Role.LINK, {}).values())} links, {broken} broken", extra=fields
    )


def _states(summary: Summary) -> Table:
    """Count links and mirrors by state; a state that none is in takes no room."""
    roles = {
        title: summary.totals.get(role, {})
        for role, title in ((Role.LINK, "links"), (Role.MIRROR, "mirrors"))
    }
    states = [state for state in State if any(counts.get(state) for counts in roles.values())]
    shown = table("", *states, right=states)
    for column, state in zip(shown.columns[1:], states, strict=True):
        column.style = _STYLES.get(state, "")
    for title, counts in roles.items():
        shown.add_row(title, *(str(counts.get(state, 0)) for state in states))
    return shown


def describe_counts(job: Job) -> str:
    """Say in a few words what a job did."""
    spared = sum(count for name, count in job.counts.items() if name.startswith("spared:"))
    probes = (
        sum(count for name, count in job.counts.items() if name.startswith(("link:", "mirror:")))
        - spared
    )
    lookups = sum(count for name, count in job.counts.items() if name.startswith("lookup:"))
    found, captured, held = (
        job.counts[name] for name in ("lookup:found", "capture:captured", "host:held")
    )
    said = [
        f"{pluralize(probes, 'probe')}, {pluralize(lookups, 'look-up')} ({pluralize(found, 'mirror')} found), {pluralize(captured, 'capture')} made"
    ]
    searches = sum(count for name, count in job.counts.items() if name.startswith("search:"))
    if searches:
        said.append(
            f"{pluralize(searches, 'broken link')} searched for, {job.counts['search:found']} perhaps found elsewhere"
        )
    if changed := job.counts["drift:strong"]:
        said.append(
            f"{pluralize(changed, 'page')} no longer {'say' if changed > 1 else 'says'} what was cited"
        )
    if spared:
        said.append(f"{pluralize(spared, 'link')} skipped by the configuration")
    if held:
        said.append(f"{pluralize(held, 'host')} held by another run: what is due there stays due")
    return "; ".join(said)
