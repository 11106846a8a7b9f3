"""Format the estimate of a run, step by step, for the terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from crawler.cli.terminal.text_format import format_duration, pluralize
from crawler.politeness.run_estimate import RunEstimate

ANNOUNCED_FROM: Final = timedelta(minutes=1)  # shorter runs are not announced
SHOWN_HOSTS: Final = 3  # the hosts that take longest


def describe_estimate(estimate: RunEstimate) -> str:
    """Return one line with the duration of a run and of its parts."""
    probes = pluralize(estimate.probes, "probe")
    hosts = pluralize(len(estimate.hosts), "host")
    parts = [f"{format_duration(estimate.probe_time)} for {probes} on {hosts}"]
    if estimate.lookups:
        lookups = pluralize(estimate.lookups, "lookup")
        parts.append(f"{format_duration(estimate.lookup_time)} for {lookups} in archives")
    if estimate.captures:
        captures = pluralize(estimate.captures, "capture")
        parts.append(f"{format_duration(estimate.capture_time)} for {captures} at the same time")
    if estimate.copies:
        copies = pluralize(estimate.copies, "copy")
        parts.append(f"{format_duration(estimate.copy_time)} to check about {copies} found")
    return f"about {format_duration(estimate.total)}: {', '.join(parts)}"
