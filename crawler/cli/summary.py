"""The one-screen summary at the end of a command."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.job import Job
from reports.records import Finding, Report, Section
from store.vocabulary import Role, State

_SHOWN = 5  # links listed of each section; the report has them all
_STYLES = {
    State.ALIVE: "green",
    State.MOVED: "cyan",
    State.SUSPECT: "yellow",
    State.BROKEN: "bold red",
    State.BLOCKED: "magenta",
}
_LISTED = ((Section.NEWLY_BROKEN, "newly broken"), (Section.SUSPECT, "failing, not yet confirmed"), (Section.RECOVERED, "back"))


def show_summary(console: Console, report: Report, job: Job | None = None) -> None:
    """Show the states of all links and mirrors, what this job did, and what needs a look first."""
    console.print(_states(report))
    if job and job.tally:
        console.print(done(job), markup=False)
    for section, title in _LISTED:
        findings = report.sections[section]
        if findings:
            console.print(Text(f"{title}: {len(findings)}", style="bold"))
            for finding in findings[:_SHOWN]:
                console.print(_line(finding))
            if len(findings) > _SHOWN:
                console.print(f"  … and {len(findings) - _SHOWN} more", markup=False)


def _states(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for state in State:
        table.add_column(state.value, justify="right", style=_STYLES.get(state, ""))
    for role, title in ((Role.LINK, "links"), (Role.MIRROR, "mirrors")):
        counts = report.totals.get(role, {})
        table.add_row(title, *(str(counts.get(state, 0)) for state in State))
    return table


def done(job: Job) -> str:
    """Say in a few words what a job did."""
    probes = sum(count for name, count in job.tally.items() if name.startswith(("link:", "mirror:")))
    lookups = sum(count for name, count in job.tally.items() if name.startswith("lookup:"))
    found, captured, held = (job.tally[name] for name in ("lookup:found", "capture:captured", "host:held"))
    return f"{probes} probes, {lookups} look-ups ({found} mirrors found), {captured} captures made" + (
        f"; {held} hosts were held by another run: their links stay due" if held else ""
    )


def _line(finding: Finding) -> Text:
    """Name a finding by the place it stands in, as an editor understands it. What comes from outside loses its control codes."""
    link = finding.link
    where = link.citations[0] if link.citations else None
    place = f"{where.page}:{where.line}" if where else ""
    return Text(plain(f"  {place}  {link.url}  {link.standing.reason or ''}"))


def plain(text: str) -> str:
    """Leave out what a terminal would act on: control codes, and marks that turn the writing direction."""
    return "".join(character for character in text if character.isprintable())


def when(moment: datetime) -> str:
    """Write a time for the person at this machine: local, with its offset."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %z")


def spell(duration: timedelta) -> str:
    """Write a length of time as a person would.

    >>> spell(timedelta(seconds=40)), spell(timedelta(minutes=13)), spell(timedelta(hours=30))
    ('40 s', '13 min', '1 d 6 h')
    """
    seconds = round(duration.total_seconds())
    for size, name, smaller, small_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {name}" + (f" {rest} {small_name}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"
