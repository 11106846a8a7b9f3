"""Titles and sentences of the to-do list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.findings.todo import unconfirmed_mirrors
from reports.i18n import Translator
from reports.model import Action, Finding, Report, Section
from reports.wording.time_format import TimeFormatter
from store.vocabulary import State

# Title and advice for each action. The advice names commands, which are not translated.
ACTION_TITLES: Mapping[Action, tuple[str, str]] = {
    Action.FIX: (
        "Can be fixed now",
        "`holdfast fix` shows the patch, `holdfast fix --write` applies it.",
    ),
    Action.PERSON: (
        "Needs a person",
        (
            "No replacement is known, or it cannot be written there. Find another source, accept "
            "the failure with `holdfast ack URL`, or stop checking the link with "
            "`<!-- holdfast: ignore -->` beside it (AsciiDoc, reStructuredText and BibTeX have "
            "comments of their own)."
        ),
    ),
}


def nothing_to_do(report: Report, translate: Translator, format_time: TimeFormatter) -> str:
    """Return the text that replaces an empty to-do list."""
    unchecked = _unchecked_sentence(report, translate)
    failing = [*report.sections[Section.SUSPECT], *unconfirmed_mirrors(report)]
    if failing:
        return translate.sentences(_failing_sentences(failing, translate, format_time), unchecked)
    if report.only_new:
        return translate("Nothing new to fix.")
    known_states = {
        state for states in report.totals.values() for state, number in states.items() if number
    }
    if not known_states:
        return translate("No page cites a link.")
    if known_states == {State.UNCHECKED}:
        return translate("Nothing is known yet: no link has been checked.")
    sentences = [translate("Nothing to fix.")]
    covered = len(report.sections[Section.COVERED])
    acknowledged = len(report.sections[Section.ACKNOWLEDGED])
    if covered:
        sentences.append(
            translate.count(
                "{number} link fails, and its citations lead to a working archive copy.",
                "{number} links fail, and their citations lead to working archive copies.",
                covered,
            )
        )
    if acknowledged:
        sentences.append(
            translate.count(
                "{number} failing address is acknowledged.",
                "{number} failing addresses are acknowledged.",
                acknowledged,
            )
        )
    if not covered and not acknowledged:
        sentences.append(translate("No link or archive copy is known to fail."))
    return translate.sentences(*sentences, unchecked)


def _unchecked_sentence(report: Report, translate: Translator) -> str:
    """Return a sentence about the unchecked links, "" if there are none."""
    number = sum(states.get(State.UNCHECKED, 0) for states in report.totals.values())
    if not number:
        return ""
    return translate.count(
        "{number} address is not checked yet.",
        "{number} addresses are not checked yet.",
        number,
    )


def _failing_sentences(
    failing: Sequence[Finding], translate: Translator, format_time: TimeFormatter
) -> str:
    """Return the number of failing, unconfirmed addresses, and when the next check is due."""
    states = [finding.link.tracked_state for finding in failing]
    if all(tracked.consecutive_failures == 1 for tracked in states):
        failed = translate.count(
            "Nothing to fix yet: {number} address failed once. More checks have to confirm it.",
            "Nothing to fix yet: {number} addresses failed once. More checks have to confirm it.",
            len(failing),
        )
    else:
        failed = translate.count(
            "Nothing to fix yet: {number} address fails. More checks have to confirm it.",
            "Nothing to fix yet: {number} addresses fail. More checks have to confirm it.",
            len(failing),
        )
    moments = (tracked.next_probe_at for tracked in states)
    again = min(filter(None, moments), default=None)
    if again is None:
        return failed
    next_check = translate("The next check is due {time}.", time=format_time(again))
    return translate.sentences(failed, next_check)
