"""Markdown lines about possible moves and changed content of links."""

from __future__ import annotations

from collections.abc import Iterator

from reports.findings.descriptions import format_percent
from reports.formats.markdown.escaping import autolink, in_brackets
from reports.i18n import Translator
from reports.model import Finding
from reports.wording import labels
from reports.wording.details import translate_detail
from reports.wording.time_format import TimeFormatter
from store.work.searches import StoredProposal


def proposal_lines(finding: Finding, translate: Translator) -> Iterator[str]:
    """Yield each address to which a link possibly moved, with its evidence as a nested list."""
    for found in finding.proposals:
        proposal, text = found.proposal, possible_address(found, translate)
        if proposal.similarity is not None:
            share = format_percent(proposal.similarity)
            text += translate("; ") + translate("{share} of the old text found there", share=share)
        yield f"  - {text}"
        for kind, details in labels.details_by_kind(proposal.evidence).items():
            label = translate(labels.EVIDENCE_LABELS[kind])
            yield f"    - {label}{in_brackets(translate_detail(details[0], translate))}"


def possible_address(found: StoredProposal, translate: Translator) -> str:
    """Return the address to which a link possibly moved, with its confidence."""
    return translate(
        "possibly moved to {url}, confidence {share}",
        url=autolink(found.proposal.url),
        share=format_percent(found.proposal.confidence),
    )


def changed_content_lines(
    finding: Finding, translate: Translator, format_time: TimeFormatter
) -> Iterator[str]:
    """Yield how much of the cited text is still on a link's page."""
    if finding.drift is None:
        return
    text = translate(
        "only {share} of the text of {url} is still on the page",
        share=format_percent(finding.drift.remaining_share or 0),
        url=autolink(finding.drift.mirror),
    )
    detected = translate("change first detected {time}", time=format_time(finding.drift.since))
    yield f"  - {text}{translate('; ')}{detected}"
