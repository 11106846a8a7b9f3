"""What reading pages again taught of a link, in Markdown: where it may be now, how much its page still says of what was cited."""

from __future__ import annotations

from collections.abc import Iterator

from reports import labels
from reports.descriptions import format_percent
from reports.formats.markdown.escaping import autolink, escape
from reports.i18n import Translator
from reports.model import Finding
from reports.time_format import TimeFormatter
from store.work.searches import StoredProposal


def proposal_lines(finding: Finding, words: Translator) -> Iterator[str]:
    """Give each address that a link may have moved to, with what speaks for it, as a list below the link."""
    for found in finding.proposals:
        proposal, told = found.proposal, possible_address(found, words)
        if proposal.similarity is not None:
            told += words("; ") + words(
                "{share} of its old text stands there", share=format_percent(proposal.similarity)
            )
        yield f"  - {told}"
        for kind, details in labels.details_by_kind(proposal.evidence).items():
            yield f"    - {words(labels.EVIDENCE_LABELS[kind])}{f' ({escape(details[0])})' if details[0] else ''}"


def possible_address(found: StoredProposal, words: Translator) -> str:
    """Say where a link may be now, and how far that is trusted."""
    return words(
        "perhaps at {url}, confidence {share}",
        url=autolink(found.proposal.url),
        share=format_percent(found.proposal.confidence),
    )


def changed_content_lines(
    finding: Finding, words: Translator, clock: TimeFormatter
) -> Iterator[str]:
    """Give which copy a link's page no longer says the same as, as a list below the link."""
    if finding.drift:
        share, url = format_percent(finding.drift.remaining_share or 0), autolink(finding.drift.mirror)
        told = words("{share} of the text of {url} still stands there", share=share, url=url)
        yield f"  - {told}{words('; ')}{words('seen since {time}', time=clock(finding.drift.since))}"
