"""Run `holdfast db rejudge`: judge stored probes by the current rules."""

from __future__ import annotations

from collections import Counter

from crawler.cli.actions.db import opened_database
from crawler.cli.exit_codes import ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.terminal.console import TerminalOutput, one_line
from crawler.cli.terminal.text_format import pluralize
from crawler.jobs.isolation import InternalErrors
from crawler.politeness.url_filters import UrlFilters
from crawler.probing.stored_probes import rejudge
from store.maintenance.inventory import read_inventory

_MAX_ROWS = 50  # without -v


def execute(common: CommonOptions, *, write: bool) -> ExitCode:
    """Print the links whose state changes, and the totals.

    Args:
        common: The common options.
        write: Whether to save the new verdicts and states.

    Returns:
        The exit code.
    """
    terminal = TerminalOutput(common)
    config = common.load_as_written().config
    policy = config.history.policy
    accepted = UrlFilters.from_config(config).accepted_statuses
    totals: Counter[str] = Counter()
    errors = InternalErrors(Counter())
    with opened_database(common) as database:
        links = read_inventory(database).rows["link"]
        with terminal.progress("rejudging", links) as advance:
            for result in rejudge(database, policy, accepted, write=write, errors=errors):
                advance(result.url)
                totals["links"] += 1
                totals["probes"] += result.probes
                totals["verdicts"] += result.rejudged
                if not result.state_changed:
                    continue
                totals["states"] += 1
                if terminal.verbose or totals["states"] <= _MAX_ROWS:
                    before = f"{result.before.state}/{result.before.reason}"
                    after = f"{result.after.state}/{result.after.reason}"
                    print(one_line(f"{result.url}: {before} -> {after}"))
    if totals["states"] > _MAX_ROWS and not terminal.verbose:
        terminal.note(f"… and {totals['states'] - _MAX_ROWS} more: use -v to show all")
    terminal.note(_describe(totals, write=write))
    if errors.first:
        failed = pluralize(errors.count(), "link")
        terminal.warn(
            f"{failed} could not be rejudged and stay as they are ({errors.first} "
            f"at {errors.first.subject}): please report this, with the output of -v"
        )
        return ExitCode.FAILED
    return ExitCode.OK


def _describe(totals: Counter[str], *, write: bool) -> str:
    """Return one line with the totals, and how to save the new verdicts if none was saved."""
    judged = f"{pluralize(totals['probes'], 'probe')} of {pluralize(totals['links'], 'link')}"
    verdicts = pluralize(totals["verdicts"], "verdict")
    states = pluralize(totals["states"], "link")
    changed = f"{verdicts} changed, {states} changed state"
    if write:
        return f"{judged} rejudged: {changed}"
    has_changes = totals["verdicts"] or totals["states"]
    hint = ". Nothing was saved: use --write to save" if has_changes else ""
    return f"{judged} rejudged: {changed}{hint}"
