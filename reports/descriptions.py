"""One finding in one line of plain text, for formats that have no room for more. Safe on a terminal; each format escapes it besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reports import labels
from reports.i18n import Lang, Translator, translator_for
from reports.model import Finding
from reports.sanitize import plain, plain_url
from store.queries.links import LinkFinding
from store.vocabulary import Role, TrackedState, State
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

ENGLISH_TRANSLATOR = translator_for(Lang.EN)  # what programs read, and CI shows


def describe_finding(finding: Finding, words: Translator = ENGLISH_TRANSLATOR) -> str:
    """Say what is the matter with a link, since when, and what to do about it."""
    standing = finding.link.tracked_state
    if standing.state is State.MOVED and finding.link.final_url:
        standing = replace(standing, detail="")  # which says where to, as the advice does
    told = (
        describe_fault(standing, words),
        _since(finding.link, words),
        recommended_action(finding, words),
    )
    return words("; ").join(filter(None, told))


def describe_fault(standing: TrackedState, words: Translator = ENGLISH_TRANSLATOR) -> str:
    """Say a reason in words, with the details and the reservation that belong to it.

    >>> from store.vocabulary import Reason
    >>> fault(Standing(reason=Reason.NOT_FOUND, detail="404"))
    'the server has no such page (404)'
    """
    detail = f" ({plain(standing.detail)})" if standing.detail else ""
    note = (
        words(
            ", but {note}", note=words(labels.NOTE_LABELS.get(standing.note, plain(standing.note)))
        )
        if standing.note
        else ""
    )
    return f"{words(labels.reason_label(standing))}{detail}{note}"


def recommended_action(finding: Finding, words: Translator = ENGLISH_TRANSLATOR) -> str:
    """Say what could be done; empty where nothing needs doing."""
    link = finding.link
    if link.tracked_state.state is State.MOVED:
        return words("now at {url}", url=plain_url(link.final_url)) if link.final_url else ""
    if link.tracked_state.state not in {State.SUSPECT, State.BROKEN}:
        return ""
    perhaps = [describe_proposal(found, words) for found in finding.proposals[:1]]
    return words("; ").join([_stand_in(finding, words), *perhaps])


def describe_proposal(found: StoredProposal, words: Translator = ENGLISH_TRANSLATOR) -> str:
    """Say where a link that fails may be now, and what speaks for it."""
    proposal = found.proposal
    told = words(
        "perhaps at {url}, confidence {share}",
        url=plain_url(proposal.url),
        share=format_percent(proposal.confidence),
    )
    kinds = words("; ").join(
        words(labels.EVIDENCE_LABELS[kind]) for kind in labels.details_by_kind(proposal.evidence)
    )
    return f"{told} ({kinds})" if kinds else told


def describe_changed_content(drift: DriftFinding, words: Translator = ENGLISH_TRANSLATOR) -> str:
    """Say how much of what was cited a living page still says."""
    told = words(
        "{share} of the text of {url} still stands there",
        share=format_percent(drift.remaining_share or 0),
        url=plain_url(drift.mirror),
    )
    return (
        told
        + words("; ")
        + words("seen since {time}", time=f"{drift.since.astimezone(UTC):%Y-%m-%d}")
    )


def link_title(link: LinkFinding) -> str:
    """Give a link the name its first author gave it, else its address."""
    return next(
        (text for place in link.citations if (text := plain(place.text, 80))), ""
    ) or plain_url(link.url)


def format_utc(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 (RFC 3339) in UTC, to the second.

    >>> utc(datetime(2026, 3, 2, 3, 0, 0, 250_000, tzinfo=UTC))
    '2026-03-02T03:00:00Z'
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()[:19] + "Z"


def format_percent(share: float) -> str:
    """Write a share as a person would.

    >>> percent(0.876)
    '88 %'
    """
    return f"{round(100 * share)} %"


def _stand_in(finding: Finding, words: Translator) -> str:
    if finding.covered and finding.link.role is Role.LINK:
        return words("every place that cites it points to a living copy already")
    best = finding.best_mirror
    return (
        words("could stand in: {url}", url=plain_url(best.url))
        if best
        else words("no archive copy is known that could stand in")
    )


def _since(link: LinkFinding, words: Translator) -> str:
    moment = (
        link.tracked_state.first_failed_at
        if link.tracked_state.state in {State.SUSPECT, State.BROKEN}
        else None
    )
    return (
        words("failing since {time}", time=f"{moment.astimezone(UTC):%Y-%m-%d}") if moment else ""
    )
