"""`holdfast status`: what is due, running, queued; the last runs; how long the due work will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions, common_options, wiki_option
from crawler.cli.tables import open_console, table
from crawler.cli.text_format import format_duration, format_time, pluralize
from crawler.jobs.clock import clock_of
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from reports.sanitize import plain
from store.queries.links import count_states
from store.queries.status import RECENT, LeasedHost, StoreStatus, store_status
from store.schema.engine import open_database
from store.vocabulary import Role, State
from store.work.frontier import DueFilter, due_hosts
from store.work.lease_owners import short_owner_name
from store.work.runs import RunRecord, last_runs
from store.work.scope import EVERYTHING, Scope

_SHOWN = 5
_SHOWN_WORKERS = 20
_LATE = timedelta(hours=1)  # what is due for so long, nobody came to yet


@click.command()
@wiki_option
@common_options
def command(common: CommonOptions, names: tuple[str, ...]) -> ExitCode:
    """Say how everything stands: nothing is asked, nothing changed."""
    loaded = common.load()
    wikis = loaded.wikis(names)
    database = open_database(loaded.database_url)
    try:
        now = clock_of(database)()
        with database.read() as connection:
            scope = Scope(wikis=tuple(names)) if names else EVERYTHING
            state = store_status(connection, now=now, scope=scope)
            hosts = estimate_hosts(loaded.config, due_hosts(connection, DueFilter(now=now, scope=scope)))
            counts = {
                wiki.config.wiki: count_states(connection, wiki=wiki.config.wiki) for wiki in wikis
            }
            runs = last_runs(connection, limit=_SHOWN)
            queue = _queue(connection)
    finally:
        database.close()
    console = open_console()
    _show_due(console, state, hosts, now)
    _show_work(console, state)
    if queue:
        console.print(Text(queue))
    _show_captures(console, state)
    if len(counts) > 1 or names:
        console.print(_wikis(counts))
    console.print(_runs(runs))
    return ExitCode.OK


def _wikis(counts: Mapping[str, Mapping[Role, Mapping[State, int]]]) -> Table:
    """Say how many links each wiki cites, and how many of them fail. Links are shared: the sum of the rows counts some twice."""
    shown = table("wiki", "links", "failing", "broken", right=["links", "failing", "broken"])
    for name, roles in counts.items():
        links = roles[Role.LINK]
        shown.add_row(
            plain(name),
            str(sum(links.values())),
            str(links.get(State.SUSPECT, 0)),
            str(links.get(State.BROKEN, 0)),
        )
    return shown


def _show_due(
    console: Console, state: StoreStatus, hosts: Sequence[HostEstimate], now: datetime
) -> None:
    if not state.oldest_due_at:
        following = (
            f"; the next link is due {format_time(state.next_due_at)}" if state.next_due_at else ""
        )
        console.print(Text(f"nothing is due{following}", style="bold"))
        return
    by_role = ", ".join(pluralize(count, role) for role, count in state.due.items())
    longest = max((host.duration for host in hosts), default=timedelta())
    console.print(
        Text(
            f"due: {by_role} on {pluralize(len(hosts), 'host')}; about {format_duration(longest)} at our pace",
            style="bold",
        )
    )
    if now - state.oldest_due_at > _LATE:
        console.print(
            Text(
                "  "
                + plain(f"the oldest since {format_time(state.oldest_due_at)}: {state.oldest_due}")
            )
        )
    for host in sorted(hosts, key=lambda host: host.duration, reverse=True)[:_SHOWN]:
        console.print(
            Text(
                "  "
                + plain(
                    f"{host.name}: {pluralize(host.links, 'probe')}, {format_duration(host.duration)}"
                )
            )
        )


def _show_work(console: Console, state: StoreStatus) -> None:
    """Say who is at work on what, how fast, and whose work nobody goes on with."""
    if state.leased or state.recent_probes:
        rate = state.recent_probes / (RECENT / timedelta(minutes=1))
        lately = f"{pluralize(state.recent_probes, 'probe')} in the last {format_duration(RECENT)}, {rate:.0f} a minute"
        console.print(
            Text(f"at work: {pluralize(len(state.leased), 'host')}; {lately}", style="bold")
        )
    by_owner: dict[str, list[LeasedHost]] = {}
    for held in state.leased:
        by_owner.setdefault(held.owner, []).append(held)
    for owner, hosts in sorted(by_owner.items(), key=lambda one: len(one[1]), reverse=True)[
        :_SHOWN_WORKERS
    ]:
        named = ", ".join(held.name for held in hosts[:_SHOWN]) + (
            " …" if len(hosts) > _SHOWN else ""
        )
        until = min(held.until for held in hosts)
        console.print(
            Text(
                "  "
                + plain(
                    f"{short_owner_name(owner)}: {pluralize(len(hosts), 'host')} ({named}), until {format_time(until)} at least"
                )
            )
        )
    if len(by_owner) > _SHOWN_WORKERS:
        console.print(Text(f"  and {len(by_owner) - _SHOWN_WORKERS} others"))
    if state.expired_leases:
        console.print(
            Text(
                f"stalled: {pluralize(state.expired_leases, 'host')} not given back in time; whoever comes next takes over"
            )
        )


def _queue(connection: Connection) -> str | None:
    """Say what waits in a fleet's queue, and for how many workers; None where there is no fleet."""
    if connection.dialect.name != "postgresql":
        return None
    try:
        from crawler.fleet import queue, schema  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError:
        return None
    if schema.applied_migration(connection) is None:
        return None
    parked = queue.parked_jobs(connection)
    named = ", ".join(f"{job.name} until {format_time(job.until)}" for job in parked[:_SHOWN]) + (
        " …" if len(parked) > _SHOWN else ""
    )
    after_errors = (
        plain(f"; {len(parked)} parked after internal errors: {named}", 1_000) if parked else ""
    )
    return f"queue: {pluralize(queue.count_pending(connection), 'job')}, {pluralize(queue.count_workers(connection), 'worker')}{after_errors}"


def _show_captures(console: Console, state: StoreStatus) -> None:
    if not state.captures:
        return
    waiting = (
        f"; the oldest that waits was queued {format_time(state.captures_waiting_since)}"
        if state.captures_waiting_since
        else ""
    )
    console.print(
        Text(
            "captures: "
            + ", ".join(f"{count} {status}" for status, count in state.captures.items())
            + waiting
        )
    )


def _runs(runs: Sequence[RunRecord]) -> Table:
    shown = table("run", "command", "began", "took", "ended")
    for run in runs:
        took = format_duration(run.finished_at - run.started_at) if run.finished_at else ""
        shown.add_row(
            str(run.id),
            run.command,
            format_time(run.started_at),
            took,
            run.outcome or "not (killed, or still at work)",
        )
    return shown
