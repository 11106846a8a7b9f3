"""Run `holdfast ack`: list, add and remove acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import click

from crawler.archives.link_identity import identify
from crawler.cli.acknowledgements import acknowledgement_file
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.output import open_report
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.console import TerminalOutput, one_line
from crawler.cli.terminal.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.config.acknowledgements import (
    AcknowledgedLink,
    read_acknowledgements,
    write_acknowledgements,
)
from crawler.http.urls import is_web_url
from crawler.jobs.clock import system_clock
from crawler.jobs.configured_database import open_configured_database
from reports.findings.todo import to_do_findings
from reports.wording.labels import STATE_LABELS
from store.queries.link_states import states_by_key
from store.schema.engine import database_exists
from store.vocabulary import FAILING_STATES, State


def execute(
    common: CommonOptions,
    *,
    urls: tuple[str, ...],
    until: datetime | None,
    note: str,
    everything: bool,
    remove: bool,
    wiki_names: tuple[str, ...],
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.ack`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: The options do not fit together, or a URL cannot be acknowledged.
        ConfigError: The file cannot be read or written.
    """
    terminal = TerminalOutput(common)
    loaded = common.load_as_written()
    path = acknowledgement_file(loaded)
    today = system_clock().astimezone().date()
    last_day = until.date() if until else None
    _check_options(urls, last_day, note, everything=everything, remove=remove, today=today)
    if remove:
        _remove(path, urls, terminal)
    elif urls or everything:
        all_urls = [*urls, *(_open_urls(loaded, wiki_names) if everything else ())]
        _add(path, all_urls, terminal, until=last_day, note=note)
        _warn_if_without_effect(loaded, urls, terminal)
    else:
        _list(loaded, path, today, terminal)
    return ExitCode.OK


def _check_options(
    urls: Sequence[str],
    until: date | None,
    note: str,
    *,
    everything: bool,
    remove: bool,
    today: date,
) -> None:
    """Check that URLs and options fit together. Raises CommandFailed."""
    for url in urls:
        if not is_web_url(url):
            raise CommandFailed(f"{url!r} is not an http or https URL: copy the URL from a report")
    if remove and (until or note or everything):
        raise CommandFailed("--remove takes URLs only: leave out the other options")
    if remove and not urls:
        raise CommandFailed("--remove needs a URL: holdfast ack lists what is acknowledged")
    if (until or note) and not (urls or everything):
        raise CommandFailed("name the URLs to acknowledge, or use --all for all that is to do")
    if until and until < today:
        raise CommandFailed(f"{until} has passed: use --until with a later day")


def _open_urls(loaded: LoadedConfig, wiki_names: Sequence[str]) -> Iterator[str]:
    """Yield the URLs on the to-do lists of the wikis."""
    require_database(loaded)
    for wiki in loaded.wikis(wiki_names):
        with open_report(wiki) as report:
            yield from (finding.link.url for finding in to_do_findings(report))


def _add(
    path: Path,
    urls: Iterable[str],
    terminal: TerminalOutput,
    *,
    until: date | None,
    note: str,
) -> None:
    """Add an entry with the last day and the note for each URL; replace earlier entries."""
    positions = _positions(read_acknowledgements(path))
    entries = {identify(url).key: AcknowledgedLink(url=url, until=until, note=note) for url in urls}
    if not entries:
        terminal.note("there is nothing to do: nothing was acknowledged")
        return
    replaced = [position for key in entries for position in positions.get(key, ())]
    write_acknowledgements(path, add=list(entries.values()), remove=replaced)
    terminal.note(f"acknowledged {pluralize(len(entries), 'link')} in {path}: commit this file")


def _remove(path: Path, urls: Iterable[str], terminal: TerminalOutput) -> None:
    """Remove the entries of the URLs. Raises CommandFailed for a URL without an entry."""
    positions = _positions(read_acknowledgements(path))
    removed: dict[str, Sequence[int]] = {}
    for url in urls:
        key = identify(url).key
        if key not in positions:
            raise CommandFailed(f"{url} is not in {path}: holdfast ack lists what is acknowledged")
        removed[key] = positions[key]
    write_acknowledgements(path, remove=list(chain.from_iterable(removed.values())))
    terminal.note(f"removed {pluralize(len(removed), 'link')} from {path}: commit this file")


def _positions(entries: Sequence[AcknowledgedLink]) -> Mapping[str, Sequence[int]]:
    """Return the positions of entries by the keys of their links, which may have several."""
    positions: dict[str, list[int]] = {}
    for position, entry in enumerate(entries):
        positions.setdefault(identify(entry.url).key, []).append(position)
    return positions


def _warn_if_without_effect(
    loaded: LoadedConfig, urls: Sequence[str], terminal: TerminalOutput
) -> None:
    """Warn about URLs whose acknowledgement has no effect now: not cited, or not failing."""
    states = _link_states(loaded, urls)
    for url in urls:
        state = states.get(identify(url).key)
        if state is None:
            terminal.warn(f"{url}: no scanned page cites it; check that the URL is written right")
        elif state not in FAILING_STATES:
            label = STATE_LABELS[state]
            terminal.warn(f"{url}: does not fail now ({label}); it is acknowledged once it fails")


def _link_states(loaded: LoadedConfig, urls: Iterable[str]) -> Mapping[str, State]:
    """Return the states of links by their keys; empty if there is no database."""
    if not database_exists(loaded.database_url):
        return {}
    database = open_configured_database(loaded)
    try:
        with database.read() as connection:
            return states_by_key(connection, [identify(url).key for url in urls])
    finally:
        database.close()


def _list(loaded: LoadedConfig, path: Path, today: date, terminal: TerminalOutput) -> None:
    """Print a line for each entry: its last day, the state of its link, its URL and its note."""
    entries = read_acknowledgements(path)
    if not entries:
        terminal.note("nothing is acknowledged: holdfast ack URL adds a link")
        return
    states = _link_states(loaded, (entry.url for entry in entries))
    for entry in entries:
        note = f"  {entry.note}" if entry.note else ""
        status = _entry_status(entry, states.get(identify(entry.url).key), today)
        until = str(entry.until or "always")
        click.echo(f"{until:<10}  {status:<22}  {one_line(entry.url + note)}")


def _entry_status(entry: AcknowledgedLink, state: State | None, today: date) -> str:
    """Return the label of the link's state, or why the entry has no effect."""
    if entry.until and entry.until < today:
        return "expired"
    if state is None:
        return "not cited"
    return STATE_LABELS[state]
