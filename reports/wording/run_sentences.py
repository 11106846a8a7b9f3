"""Describe in sentences how a run ended: what was checked, what was left, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports.i18n import Translator
from reports.wording.sanitize import plain
from reports.wording.time_format import TimeFormatter
from store.queries.work_left import WorkLeft, work_left_in_totals
from store.work.lease_owners import ProcessState, process_state
from store.work.runs import RunOutcome, RunRecord


def run_sentences(
    run: RunRecord | None, translate: Translator, format_time: TimeFormatter
) -> Iterator[str]:
    """Yield the sentences about the run that a report is about."""
    if run is None:
        yield translate("No run has checked this wiki yet.")
        return
    if run.finished_at is None or run.outcome is None:
        yield _describe_unfinished(run, translate)
        return
    left = work_left_in_totals(run.totals)
    ended = translate(
        "Run {number} ended {time}: ", number=run.id, time=format_time(run.finished_at)
    )
    yield ended + _describe_end(run, run.outcome, left, translate)
    if unsure := _sum(run, "link:unsure", "mirror:unsure"):
        yield translate.count(
            "{number} check had no usable answer.", "{number} checks had no usable answer.", unsure
        )
    if left is not None:
        yield from _describe_left(left, translate, format_time)


def comparison_sentence(
    before: RunRecord | None, translate: Translator, format_time: TimeFormatter
) -> str:
    """Return the sentence that defines “new” in a report, "" if nothing is marked as new."""
    if before is None:
        return ""
    return translate(
        "“New” means changed since run {number} of {time}.",
        number=before.id,
        time=format_time(before.finished_at),
    )


def _describe_unfinished(run: RunRecord, translate: Translator) -> str:
    """Return the sentence about a run that has not ended, by what is known of its process."""
    match process_state(run.owner):
        case ProcessState.RUNNING:
            return translate("Run {number} has not ended: it is still in progress.", number=run.id)
        case ProcessState.ENDED:
            return translate(
                "Run {number} was killed: what it had not written stays due for the next run.",
                number=run.id,
            )
        case _:
            return translate(
                "Run {number} has not ended: it is still in progress, or was killed.",
                number=run.id,
            )


def _describe_end(
    run: RunRecord, outcome: RunOutcome, left: WorkLeft | None, translate: Translator
) -> str:
    """Return how a run ended, as the end of a sentence.

    Args:
        run: The run.
        outcome: Its outcome.
        left: The links that it left due; None for a run of an earlier version, which did not count
            them.
        translate: Translates the text.
    """
    match outcome:
        case RunOutcome.FINISHED:
            return _describe_finished(run, left, translate)
        case RunOutcome.NETWORK_DOWN if _sum(run, "link:", "mirror:"):
            return translate("the network went down; the remaining links are still due.")
        case RunOutcome.NETWORK_DOWN:
            return translate("no network: no links were checked and no states changed.")
    if left is None:
        return translate(UNCOUNTED_ENDS[outcome])
    if outcome is RunOutcome.DEADLINE and not left.total:
        return translate("the time limit was reached after all due links were checked.")
    if outcome is RunOutcome.PARTIAL:
        return translate.count(
            "{number} due link or archive copy was not checked.",
            "{number} due links and archive copies were not checked.",
            left.total,
        )
    return translate(STOPPED_ENDS[outcome])


def _describe_finished(run: RunRecord, left: WorkLeft | None, translate: Translator) -> str:
    """Return how a run ended that checked all it should, except for links of paused hosts."""
    checked_named_links_only = run.wikis is not None and not run.wikis
    if checked_named_links_only:
        return translate("the links that it was to check were checked.")
    if left is not None and left.paused:
        return translate(
            "all due links were checked, except those of hosts that asked for a pause."
        )
    return translate("all due links were checked.")


# How a run ended that was stopped, by its outcome. Other sentences give the numbers of links left.
STOPPED_ENDS: Mapping[RunOutcome, str] = {
    RunOutcome.DEADLINE: "the time or request limit was reached.",
    RunOutcome.INTERRUPTED: "stopped early.",
    RunOutcome.FAILED: "Holdfast failed.",
}
# The same for runs of earlier versions, which did not count what they left.
UNCOUNTED_ENDS: Mapping[RunOutcome, str] = {
    RunOutcome.PARTIAL: "some due links were not checked.",
    RunOutcome.DEADLINE: (
        "the time or request limit was reached; the next run checks the remaining links."
    ),
    RunOutcome.INTERRUPTED: "stopped early; the next run checks the remaining links.",
    RunOutcome.FAILED: "Holdfast failed; the next run checks the remaining links.",
}


def _describe_left(
    left: WorkLeft, translate: Translator, format_time: TimeFormatter
) -> Iterator[str]:
    """Yield a sentence for each reason why links were left."""
    if left.paused:
        yield _describe_paused(left, translate, format_time)
    if left.held and left.held_by:
        yield translate.count(
            "{number} is left to run {run}, which held its host.",
            "{number} are left to run {run}, which held their hosts.",
            left.held,
            run=left.held_by,
        )
    elif left.held:
        yield translate.count(
            "{number} is on a host that another run held.",
            "{number} are on hosts that other runs held.",
            left.held,
        )
    if left.limited:
        yield translate.count(
            "{number} is beyond the limit of this run or of its host, and stays due.",
            "{number} are beyond the limits of this run or of their hosts, and stay due.",
            left.limited,
        )
    if left.other:
        yield translate.count(
            "{number} was not reached and stays due.",
            "{number} were not reached and stay due.",
            left.other,
        )


def _describe_paused(left: WorkLeft, translate: Translator, format_time: TimeFormatter) -> str:
    """Return a sentence about the links of paused hosts, with the names of some hosts."""
    until = format_time(left.paused_until)
    names = list(map(plain, left.paused_links))
    if not names:  # a run of an earlier version, which did not store them
        return translate.count(
            "{number} address waits for a pause that its host asked for, until {time}.",
            (
                "{number} addresses wait for pauses that their hosts asked for, "
                "the first until {time}."
            ),
            left.paused,
            time=until,
        )
    if left.paused_hosts > len(names):
        names.append("…")
    hosts = translate.join(names)
    return translate.count(
        "{number} address waits for a pause that its host asked for ({hosts}), until {time}.",
        (
            "{number} addresses wait for pauses that their hosts asked for ({hosts}), "
            "the first until {time}."
        ),
        left.paused,
        hosts=hosts,
        time=until,
    )


def _sum(run: RunRecord, *prefixes: str) -> int:
    return sum(value for name, value in run.totals.items() if name.startswith(prefixes))
