"""Run `holdfast status`: print due links, work in progress, the queue and recent runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.exit_codes import ExitCode
from crawler.cli.lazy_imports import describe_fleet_queue
from crawler.cli.options import CommonOptions
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.tables import open_console, table
from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.config import LoadedConfig
from crawler.jobs.clock import clock_of
from crawler.jobs.configured_database import open_configured_database
from crawler.politeness.estimate import HostEstimate, estimate_hosts
from reports.wording.sanitize import plain
from reports.wording.time_format import format_time
from store.queries.cited_copies import cites_copies
from store.queries.link_states import count_states
from store.queries.status import RECENT_PERIOD, LeasedHost, StoreStatus, store_status
from store.queries.work_left import work_left_in_totals
from store.vocabulary import Role, State
from store.work.frontier import DueFilter, due_hosts
from store.work.lease_owners import ProcessState, process_state, short_owner_name
from store.work.runs import RunRecord, last_runs
from store.work.scope import EVERYTHING, Scope
from store.work.stored_pages import has_pages

_MAX_ROWS = 5
_MAX_WORKER_ROWS = 20
_OVERDUE = timedelta(hours=1)  # links due for longer are not being checked


def execute(common: CommonOptions, *, wiki_names: tuple[str, ...]) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.status`."""
    loaded = common.load_as_written()
    wikis = loaded.wikis(wiki_names)
    require_database(loaded)
    scope = Scope(wikis=tuple(wiki_names)) if wiki_names else EVERYTHING
    database = open_configured_database(loaded)
    try:
        now = clock_of(database)()
        with database.read() as connection:
            status = store_status(connection, now=now, scope=scope)
            due = due_hosts(connection, DueFilter(now=now, scope=scope))
            hosts = estimate_hosts(loaded.config, due)
            names = [wiki.config.wiki for wiki in wikis]
            has_wiki_table = len(wikis) > 1 or bool(wiki_names)
            counts = {name: count_states(connection, wiki=name) for name in names if has_wiki_table}
            leave_progress = _leave_progress_lines(connection, wikis)
            runs = last_runs(connection, limit=_MAX_ROWS)
            queue = describe_fleet_queue(connection)
            has_links = bool(status.oldest_due_at or status.next_due_at)
            is_scanned = has_links or has_pages(connection, names)
    finally:
        database.close()
    console = open_console()
    if is_scanned:
        _show_due(console, status, hosts, now)
    else:
        console.print(Text("no page was scanned yet: run holdfast run", style="bold"))
    _show_work(console, status)
    if queue:
        console.print(Text(queue))
    _show_captures(console, status)
    for line in leave_progress:
        console.print(Text(line))
    if counts:
        console.print(_wiki_table(counts))
    console.print(_run_table(runs))
    return ExitCode.OK


def _leave_progress_lines(connection: Connection, wikis: Sequence[LoadedConfig]) -> Sequence[str]:
    """Return a line for each archive whose cited copies a wiki is to replace (`fix --leave`)."""
    if not cites_copies(connection):
        return ()
    # Imported here: it takes a tenth of the command's time, and many wikis cite no copies.
    from crawler.cli.fix.copy_plans import describe_progress, read_leave_progress  # noqa: PLC0415

    lines: list[str] = []
    for wiki in wikis:
        lines += map(describe_progress, read_leave_progress(connection, wiki))
    return lines


def _wiki_table(counts: Mapping[str, Mapping[Role, Mapping[State, int]]]) -> Table:
    """Return a table of links by wiki. Wikis share links, so the rows can add up to more."""
    rows = table("wiki", "links", "failing", "broken", right=["links", "failing", "broken"])
    for name, roles in counts.items():
        links = roles[Role.LINK]
        counted = (sum(links.values()), links.get(State.SUSPECT, 0), links.get(State.BROKEN, 0))
        rows.add_row(plain(name), *(f"{number:,}" for number in counted))
    return rows


def _show_due(
    console: Console, status: StoreStatus, hosts: Sequence[HostEstimate], now: datetime
) -> None:
    """Print how many links are due, how long checking them takes, and the slowest hosts."""
    if not status.oldest_due_at:
        following = ""
        if status.next_due_at:
            following = f"; the next link is due {format_time(status.next_due_at)}"
        console.print(Text(f"nothing is due{following}", style="bold"))
        return
    by_role = ", ".join(pluralize(count, role) for role, count in status.due.items())
    longest = max((_time_left(host, now) for host in hosts), default=timedelta())
    line = f"due: {by_role} on {pluralize(len(hosts), 'host')}; about {format_duration(longest)}"
    console.print(Text(line, style="bold"))
    if now - status.oldest_due_at > _OVERDUE:
        oldest = f"the oldest since {format_time(status.oldest_due_at)}: {status.oldest_due_url}"
        console.print(Text("  " + plain(oldest)))
    slowest = sorted(hosts, key=lambda host: _time_left(host, now), reverse=True)
    for host in slowest[:_MAX_ROWS]:
        probes = pluralize(host.links, "probe")
        host_line = f"{host.name}: {probes}, {format_duration(host.duration)}"
        if host.paused_until and host.paused_until > now:
            host_line += f", from {format_time(host.paused_until)}: it asked for a pause"
        console.print(Text("  " + plain(host_line)))
    if len(slowest) > _MAX_ROWS:
        console.print(Text(f"  … and {pluralize(len(slowest) - _MAX_ROWS, 'more host')}"))


def _time_left(host: HostEstimate, now: datetime) -> timedelta:
    """Return the time until a host is done, including the pause that it requested."""
    pause = host.paused_until - now if host.paused_until else timedelta()
    return max(pause, timedelta()) + host.duration


def _show_work(console: Console, status: StoreStatus) -> None:
    """Print which workers hold which hosts, the recent rate, and hosts with expired leases."""
    if status.leased or status.recent_probes:
        rate = status.recent_probes / (RECENT_PERIOD / timedelta(minutes=1))
        probes = pluralize(status.recent_probes, "probe")
        recent = f"{probes} in the last {format_duration(RECENT_PERIOD)}, {rate:,.0f}/min"
        line = f"in progress: {pluralize(len(status.leased), 'host')}; {recent}"
        console.print(Text(line, style="bold"))
    by_owner: dict[str, list[LeasedHost]] = {}
    for host in status.leased:
        by_owner.setdefault(host.owner, []).append(host)
    busiest = sorted(by_owner.items(), key=lambda item: len(item[1]), reverse=True)
    for owner, hosts in busiest[:_MAX_WORKER_ROWS]:
        console.print(Text("  " + plain(_describe_worker(owner, hosts))))
    if len(by_owner) > _MAX_WORKER_ROWS:
        console.print(Text(f"  and {len(by_owner) - _MAX_WORKER_ROWS} others"))
    if status.expired_leases:
        stalled = pluralize(status.expired_leases, "host")
        line = f"stalled: {stalled} whose lease expired; the next run or worker takes over"
        console.print(Text(line))


def _describe_worker(owner: str, hosts: Sequence[LeasedHost]) -> str:
    """Return a line with the hosts that a run or worker holds, and until when."""
    names = ", ".join(host.name for host in hosts[:_MAX_ROWS])
    more = " …" if len(hosts) > _MAX_ROWS else ""
    until = format_time(min(host.until for host in hosts))
    count = pluralize(len(hosts), "host")
    return f"{short_owner_name(owner)}: {count} ({names}{more}), leased until {until} or later"


def _show_captures(console: Console, status: StoreStatus) -> None:
    """Print the number of captures by status, and since when the oldest waits."""
    if not status.captures:
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in status.captures.items())
    oldest = ""
    if status.captures_waiting_since:
        oldest = f"; the oldest waiting since {format_time(status.captures_waiting_since)}"
    console.print(Text(f"captures: {counts}{oldest}"))


def _describe_unfinished(owner: str) -> str:
    """Return the outcome of a run that has not ended, by what is known of its process."""
    name = short_owner_name(owner)
    match process_state(owner):
        case ProcessState.RUNNING:
            return f"running ({name})"
        case ProcessState.ENDED:
            return "killed"
        case _:
            return f"running on another machine ({name}), or killed" if name else "not known"


def _run_table(runs: Sequence[RunRecord]) -> Table:
    """Return a table of the last runs with their outcomes."""
    rows = table("run", "command", "started", "duration", "outcome")
    for run in runs:
        duration = ""
        if run.finished_at:
            duration = format_duration(run.finished_at - run.started_at)
        outcome = run.outcome or _describe_unfinished(run.owner)
        work_left = work_left_in_totals(run.totals)
        if work_left and work_left.paused:
            outcome += f", {pluralize(work_left.paused, 'address')} waiting"
        rows.add_row(str(run.id), run.command, format_time(run.started_at), duration, outcome)
    return rows
