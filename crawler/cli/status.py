"""`holdfast status`: what is due, running, queued; the last runs; how long the due work will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.cli.exits import Exit
from crawler.cli.options import Common, common_options, wiki_option
from crawler.cli.summary import spell, when
from crawler.clock import system_clock
from crawler.estimate import HostEstimate, estimates
from reports.plain import plain
from store.due import DueFilter, due_hosts
from store.engine import open_database
from store.findings import count_states
from store.overview import Overview, overview
from store.runs import RunRecord, last_runs
from store.scope import EVERYTHING, Scope
from store.vocabulary import Role, State

_SHOWN = 5


@click.command()
@wiki_option
@common_options
def command(common: Common, names: tuple[str, ...]) -> Exit:
    """Say how everything stands: nothing is asked, nothing changed."""
    loaded = common.load()
    wikis = loaded.wikis(names)
    now = system_clock()
    database = open_database(loaded.database_url)
    try:
        with database.read() as connection:
            scope = Scope(wikis=tuple(names)) if names else EVERYTHING
            state = overview(connection, now=now, scope=scope)
            hosts = estimates(loaded.config, due_hosts(connection, DueFilter(now=now, scope=scope)))
            counts = {wiki.config.wiki: count_states(connection, wiki=wiki.config.wiki) for wiki in wikis}
            runs = last_runs(connection, limit=_SHOWN)
    finally:
        database.close()
    console = Console(highlight=False, soft_wrap=True)
    _show_due(console, state, hosts, now)
    if state.held:
        console.print(Text(f"at work: {len(state.held)} hosts", style="bold"))
        for held in state.held[:_SHOWN]:
            console.print(Text("  " + plain(f"{held.name}  held by {held.owner} until {when(held.until)}")))
    if state.captures:
        console.print(Text("captures: " + ", ".join(f"{count} {status}" for status, count in state.captures.items())))
    if len(counts) > 1 or names:
        console.print(_wikis(counts))
    console.print(_runs(runs))
    return Exit.OK


def _wikis(counts: Mapping[str, Mapping[Role, Mapping[State, int]]]) -> Table:
    """Say how many links each wiki cites, and how many of them fail. Links are shared: the sum of the rows counts some twice."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("wiki")
    for column in ("links", "failing", "broken"):
        table.add_column(column, justify="right")
    for name, roles in counts.items():
        links = roles[Role.LINK]
        table.add_row(plain(name), str(sum(links.values())), str(links.get(State.SUSPECT, 0)), str(links.get(State.BROKEN, 0)))
    return table


def _show_due(console: Console, state: Overview, hosts: list[HostEstimate], now: datetime) -> None:
    total = sum(state.due.values())
    if not total:
        following = f"; the next link is due {when(state.next_due_at)}" if state.next_due_at else ""
        console.print(Text(f"nothing is due{following}", style="bold"))
        return
    by_role = ", ".join(f"{count} {role}s" for role, count in state.due.items())
    late = (
        f", the oldest since {when(state.oldest_due_at)}" if state.oldest_due_at and now - state.oldest_due_at > timedelta(days=1) else ""
    )
    longest = max(host.duration for host in hosts)
    console.print(Text(f"due: {by_role} on {len(hosts)} hosts{late}; about {spell(longest)} at our pace", style="bold"))
    for host in sorted(hosts, key=lambda host: host.duration, reverse=True)[:_SHOWN]:
        console.print(Text("  " + plain(f"{host.name}: {host.links} probes, {spell(host.duration)}")))


def _runs(runs: Sequence[RunRecord]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("run", "command", "began", "took", "ended"):
        table.add_column(column)
    for run in runs:
        took = spell(run.finished_at - run.started_at) if run.finished_at else ""
        table.add_row(str(run.id), run.command, when(run.started_at), took, run.outcome or "not (killed, or still at work)")
    return table
