"""One-line descriptions of findings, for formats without room for more.

The texts are safe on a terminal. Each format still escapes what is special to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from reports.blocked_evidence import SERVED_TO_OTHERS, seen_by_others, site_listing
from reports.i18n import Lang, Translator, translator_for
from reports.leave_plan import KeptCitation, LeaveProgress
from reports.mirror_choice import missing_parts
from reports.model import Finding
from reports.wording import labels
from reports.wording.details import translate_detail_of
from reports.wording.sanitize import plain, plain_url
from reports.wording.unfixed_labels import UNFIXED_LABELS
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import (
    FAILING_STATES,
    ArchiveRefusal,
    RefusalCounts,
    Role,
    State,
    TrackedState,
)
from store.work.comparisons import DriftFinding
from store.work.searches import StoredProposal

ENGLISH_TRANSLATOR = translator_for(Lang.EN)  # for programs and CI logs

_MAX_TITLE_LENGTH = 80
_MAX_PLACES = 3  # in one sentence


def kept_sentence(kept: KeptCitation, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return why a citation keeps its copy at an archive that the user wants to leave."""
    reason = translate(labels.NO_REPLACEMENT_LABELS[kept.reason])
    if not kept.kept_locally:
        return reason
    return f"{reason}{translate('; ')}{translate('the local archive has a copy')}"


def leave_progress_sentence(
    progress: LeaveProgress, translate: Translator = ENGLISH_TRANSLATOR
) -> str:
    """Return how many citations point to an archive to leave, and how many can be replaced."""
    return translate(
        "{service}: {to_leave} to leave, {ready} ready, "
        "{captured} captured and not yet verified, {without} without a replacement",
        service=plain(progress.service),
        to_leave=f"{progress.to_leave:,}",
        ready=f"{progress.ready:,}",
        captured=f"{progress.captured:,}",
        without=f"{progress.without_replacement:,}",
    )


def describe_refusal_counts(
    counts: RefusalCounts, translate: Translator = ENGLISH_TRANSLATOR
) -> str:
    """Return how many pages public archives may not copy, and how many are kept here.

    >>> describe_refusal_counts(RefusalCounts(kept=37, not_kept=5))
    'no public archive may copy 42 pages: 37 kept here, 5 not'
    """
    refused = translate.count(
        "no public archive may copy {number} page",
        "no public archive may copy {number} pages",
        counts.total,
    )
    kept = translate(
        "{kept} kept here, {not_kept} not", kept=f"{counts.kept:,}", not_kept=f"{counts.not_kept:,}"
    )
    sentence = f"{refused}{translate(': ')}{kept}"
    if counts.public_copies:
        sentence += translate(
            " ({number} of these with a public copy from another time)",
            number=f"{counts.public_copies:,}",
        )
    return sentence


def describe_refusal(refusal: ArchiveRefusal, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return why public archives may not copy a page, and whether there is a copy nevertheless."""
    text = translate(labels.REFUSAL_LABELS[refusal.kind])
    if refusal.detail and refusal.detail != "*":
        text += f" ({plain(refusal.detail)})"
    copy = labels.REFUSED_COPY_LABELS[refusal.kept, refusal.public_copy]
    return text + translate("; ") + translate(copy)


def describe_finding(finding: Finding, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return what is wrong with a link, since when, and what can be done about it."""
    tracked = finding.link.tracked_state
    if tracked.state is State.MOVED and finding.link.final_url:
        # The detail repeats the new URL, which the recommended action names.
        tracked = replace(tracked, detail="")
    is_failing = tracked.state in FAILING_STATES
    parts = (
        describe_acknowledgement(finding, translate) if is_failing else "",
        describe_reason(tracked, translate),
        _failing_since(finding.link, translate),
        describe_seen_by_others(finding.link, translate),
        recommended_action(finding, translate),
    )
    return translate("; ").join(part for part in parts if part)


def describe_reason(tracked: TrackedState, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return the reason for a state, with its detail and its note.

    >>> from store.vocabulary import Reason
    >>> describe_reason(TrackedState(reason=Reason.NOT_FOUND, detail="404"))
    'page not found (404)'
    """
    text = translate(labels.reason_label(tracked))
    if detail := translate_detail_of(tracked, translate):
        text += f" ({plain(detail)})"
    if tracked.note:
        note = labels.NOTE_LABELS.get(tracked.note, plain(tracked.note))
        text += translate(", but {note}", note=translate(note))
    return text


def describe_seen_by_others(link: LinkFinding, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return what others show about a link that blocks Holdfast, or "".

    That is whether its host served the page to an archive, and whether its site still lists it.
    """
    parts = (_describe_archive(link, translate), _describe_listing(link, translate))
    return translate("; ").join(part for part in parts if part)


def _describe_archive(link: LinkFinding, translate: Translator) -> str:
    """Return whether an archive got the page while the link blocks Holdfast; "" if not known."""
    seen = seen_by_others(link)
    if seen is None:
        return ""
    date = f"{seen.at.astimezone(UTC):%Y-%m-%d} ({plain(seen.service)})"
    if seen.code == SERVED_TO_OTHERS:
        return translate("served to others on {date}", date=date)
    return translate("not served to others either on {date}", date=date)


def _describe_listing(link: LinkFinding, translate: Translator) -> str:
    """Return which sitemap or feed of its site lists a blocked link; "" if none is known."""
    listing = site_listing(link)
    if listing is None:
        return ""
    date = f"{listing.at.astimezone(UTC):%Y-%m-%d} ({plain_url(listing.source)})"
    return translate("still listed by the site itself on {date}", date=date)


def recommended_action(finding: Finding, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return what can be done about a link, or an empty text if nothing needs to be done."""
    link = finding.link
    if link.tracked_state.state is State.MOVED:
        if not link.final_url:
            return ""
        return translate("now at {url}", url=plain_url(link.final_url))
    if link.tracked_state.state not in FAILING_STATES:
        return ""
    parts = [_describe_replacement(finding, translate), *describe_unfixed(finding, translate)]
    if finding.proposals:
        parts.append(describe_proposal(finding.proposals[0], translate))
    return translate("; ").join(filter(None, parts))


def describe_unfixed(finding: Finding, translate: Translator = ENGLISH_TRANSLATOR) -> Sequence[str]:
    """Return a sentence for each reason why `holdfast fix` does not change a link, with places."""
    places: dict[str, list[str]] = defaultdict(list)
    for place in finding.fix_plan.unfixed if finding.fix_plan else ():
        places[place.reason].append(f"{plain(place.page)}:{place.line}")
    sentences = []
    for reason, found in places.items():
        where, more = translate.join(found[:_MAX_PLACES]), len(found) - _MAX_PLACES
        if more > 0:
            where = translate("{places} and {number} more", places=where, number=f"{more:,}")
        why = describe_unfixed_reason(reason, translate)
        sentences.append(translate("not fixed at {places}: {reason}", places=where, reason=why))
    return sentences


def describe_unfixed_reason(reason: str, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return the reason why `holdfast fix` does not change a citation, translated if possible."""
    return translate(reason) if reason in UNFIXED_LABELS else reason


def describe_proposal(found: StoredProposal, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return the URL to which a failing link possibly moved, with confidence and evidence."""
    proposal = found.proposal
    text = translate(
        "possibly moved to {url}, confidence {share}",
        url=plain_url(proposal.url),
        share=format_percent(proposal.confidence),
    )
    evidence = [
        translate(labels.EVIDENCE_LABELS[kind])
        for kind in labels.details_by_kind(proposal.evidence)
    ]
    return f"{text} ({translate('; ').join(evidence)})" if evidence else text


def describe_acknowledgement(finding: Finding, translate: Translator = ENGLISH_TRANSLATOR) -> str:
    """Return until when and why a failing link is accepted, or an empty text if it is not."""
    acknowledgement = finding.acknowledgement
    if acknowledgement is None:
        return ""
    text = translate("acknowledged")
    if acknowledgement.until:
        text = translate("acknowledged until {day}", day=acknowledgement.until)
    return f"{text} ({plain(acknowledgement.note)})" if acknowledgement.note else text


def describe_changed_content(drift: DriftFinding) -> str:
    """Return in English how much of the cited text a page still has, and since when."""
    share, url = format_percent(drift.remaining_share or 0), plain_url(drift.mirror)
    since = f"{drift.since.astimezone(UTC):%Y-%m-%d}"
    return f"only {share} of the text of {url} is still on the page; change first detected {since}"


def link_title(link: LinkFinding) -> str:
    """Return the text of the first citation that has one, else the URL."""
    for place in link.citations:
        text = plain(place.text, _MAX_TITLE_LENGTH)
        if text:
            return text
    return plain_url(link.url)


def format_utc(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 (RFC 3339) in UTC, to the second.

    >>> format_utc(datetime(2026, 3, 2, 3, 0, 0, 250_000, tzinfo=UTC))
    '2026-03-02T03:00:00Z'
    """
    if moment is None:
        return None
    # Most times are in UTC already, and reports format millions of them.
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat()[:19] + "Z"


def format_percent(share: float) -> str:
    """Return a share between 0 and 1 in percent.

    >>> format_percent(0.876)
    '88%'
    """
    return f"{round(100 * share)}%"


def _describe_replacement(finding: Finding, translate: Translator) -> str:
    """Return which archive copy can replace a failing link, or that there is none."""
    if finding.covered and finding.link.role is Role.LINK:
        return translate("every citation already points to a working archive copy")
    if finding.is_own:
        return ""  # the fix plan has the sentence about pages of the wiki's own site
    url = finding.replacement_to_follow
    if finding.best_mirror is None or url is None:
        return translate("no usable archive copy known")
    url = plain_url(url)
    spelling = labels.SPELLING_LABELS[finding.best_mirror.spelling]
    sentences = [missing_parts_sentence(finding.best_mirror, translate)]
    if spelling:
        sentences.insert(0, translate(spelling))
    about = translate("; ").join(filter(None, sentences))
    if not about:
        return translate("archive copy: {url}", url=url)
    return translate("archive copy: {url} ({about})", url=url, about=about)


def missing_parts_sentence(
    mirror: MirrorFinding, translate: Translator = ENGLISH_TRANSLATOR
) -> str:
    """Return how many parts of a copy its archive lacks, on one line; "" if it has all."""
    parts = missing_parts(mirror)
    if parts is None:
        return ""
    missing, checked = parts
    return translate(
        "{missing} of {checked} images and style sheets missing", missing=missing, checked=checked
    )


def _failing_since(link: LinkFinding, translate: Translator) -> str:
    """Return since when a link fails; "" if it does not fail or that is not known."""
    moment = link.tracked_state.first_failed_at
    if link.tracked_state.state not in FAILING_STATES or moment is None:
        return ""
    return translate("failing since {time}", time=f"{moment.astimezone(UTC):%Y-%m-%d}")
