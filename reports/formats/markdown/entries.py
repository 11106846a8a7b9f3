"""Markdown lines of single links, one method for each kind of section."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from reports.findings.descriptions import (
    describe_acknowledgement,
    describe_refusal,
    describe_seen_by_others,
    describe_unfixed,
    missing_parts_sentence,
)
from reports.formats.markdown.escaping import (
    autolink,
    code,
    escape,
    in_brackets,
)
from reports.formats.markdown.moves_and_changes import (
    changed_content_lines,
    possible_address,
    proposal_lines,
)
from reports.i18n import Translator
from reports.mirror_choice import distance_days, first_access_date, shown_capture
from reports.model import Finding, Section
from reports.wording import labels
from reports.wording.details import translate_detail, translate_detail_of
from reports.wording.time_format import TimeFormatter
from store.queries.archives import CaptureFinding
from store.queries.link_records import LinkFinding, MirrorFinding
from store.queries.pages import BrokenInternalLink
from store.vocabulary import CaptureStatus, PageWarning, Role, State, TrackedState

_MAX_PLACES = 20  # citations and mirrors of one link
_MAX_TEXT_LENGTH = 80
_MAX_NOTE_LENGTH = 500

WriteEntry = Callable[[Finding], Iterable[str]]
"""Returns the lines of a finding's entry."""


class EntryWriter:
    """Writes list entries. Methods yield the lines of an entry, or return a text within one."""

    def __init__(self, translate: Translator, format_time: TimeFormatter) -> None:
        self._translate = translate
        self._format_time = format_time

    def writer_for(self, section: Section) -> WriteEntry:
        """Return the method that writes the entries of a section."""
        writers: Mapping[Section, WriteEntry] = {
            Section.POSSIBLY_MOVED: self._possibly_moved,
            Section.CONTENT_CHANGED: self._content_changed,
            Section.MOVED: self._moved,
            Section.BLOCKED: self._blocked,
            Section.RECOVERED: self._recovered,
            Section.WITHOUT_MIRROR: self._without_mirror,
            Section.ARCHIVES_REFUSED: self._archives_refused,
        }
        return writers.get(section, self.failure)

    def failure(self, finding: Finding) -> Iterator[str]:
        """Yield the lines of a link or mirror that fails."""
        link, tracked = finding.link, finding.link.tracked_state
        yield self._link(link)
        if link.role is Role.MIRROR:
            yield f"  - {self._copy_of(link)}"
        if acknowledgement := describe_acknowledgement(finding, self._translate):
            yield f"  - {escape(acknowledgement, _MAX_NOTE_LENGTH)}"
        yield f"  - {self._failing_times(tracked)}"
        if tracked.state is State.SUSPECT and tracked.next_probe_at:
            yield f"  - {self._next_check(tracked, tracked.next_probe_at)}"
        # A page of the wiki's own site is to be restored, not replaced by a copy.
        if finding.covered or not finding.is_own:
            yield f"  - {self._replacement(finding)}"
        for sentence in describe_unfixed(finding, self._translate):
            yield f"  - {escape(sentence, _MAX_NOTE_LENGTH)}"
        for found in finding.proposals[:1]:
            yield f"  - {possible_address(found, self._translate)}"

    def not_checked(self, link: LinkFinding) -> Iterator[str]:
        """Yield the line of a link that could not be checked, below its reason."""
        detail = in_brackets(translate_detail_of(link.tracked_state, self._translate))
        yield f"  - {self._places(link)} {autolink(link.url)}{detail}"

    def capture(self, capture: CaptureFinding) -> Iterator[str]:
        """Yield the line of a capture request."""
        translate = self._translate
        url, service = autolink(capture.url), escape(capture.service)
        line = "- " + translate("{url} at {service}", url=url, service=service)
        line += f": {translate(labels.CAPTURE_LABELS[capture.status])}"
        detail = translate_detail(capture.detail, translate)
        line += in_brackets(": ".join(part for part in (capture.code, detail) if part))
        if capture.mirror:
            line += f": {autolink(capture.mirror)}"
        if capture.status is CaptureStatus.FAILED and capture.next_try_at:
            next_try = translate(
                "next try after {time}", time=self._format_time(capture.next_try_at)
            )
            line += translate("; ") + next_try
        yield line

    def internal_link(self, link: BrokenInternalLink) -> Iterator[str]:
        """Yield the line of a broken internal link."""
        reason = self._translate(labels.internal_link_reason(link.broken, link.target))
        target = f"{code(link.target)}{self._translate(': ')}"
        yield f"- {code(f'{link.page}:{link.line}')} {target}{reason}"

    def warning(self, warning: PageWarning) -> Iterator[str]:
        """Yield the line of a warning about a page."""
        place = f"{warning.page}:{warning.line}" if warning.line else warning.page
        yield f"- {code(place)} {escape(warning.message, 1_000)} ({code(warning.code)})"

    def _possibly_moved(self, finding: Finding) -> Iterator[str]:
        yield self._link(finding.link)
        yield from proposal_lines(finding, self._translate)

    def _content_changed(self, finding: Finding) -> Iterator[str]:
        yield self._link(finding.link)
        yield from changed_content_lines(finding, self._translate, self._format_time)

    def _moved(self, finding: Finding) -> Iterator[str]:
        yield self._link(finding.link)
        target = finding.link.final_url
        if target:
            yield f"  - {self._translate('now at {url}', url=autolink(target))}"
        else:
            yield f"  - {self._translate('new URL unknown')}"

    def _blocked(self, finding: Finding) -> Iterator[str]:
        tracked = finding.link.tracked_state
        reason, since = self._reason(tracked), self._format_time(tracked.state_since)
        yield self._link(finding.link)
        yield f"  - {self._translate('{reason}, since {time}', reason=reason, time=since)}"
        if others := describe_seen_by_others(finding.link, self._translate):
            yield f"  - {escape(others)}"

    def _recovered(self, finding: Finding) -> Iterator[str]:
        since = self._format_time(finding.link.tracked_state.state_since)
        yield self._link(finding.link)
        yield f"  - {self._translate('alive since {time}', time=since)}"

    def _without_mirror(self, finding: Finding) -> Iterator[str]:
        yield self._link(finding.link)
        for mirror in finding.link.mirrors[:_MAX_PLACES]:
            yield f"  - {autolink(mirror.url)}{self._translate(': ')}{self._unusable(mirror)}"

    def _archives_refused(self, finding: Finding) -> Iterator[str]:
        yield self._link(finding.link)
        if finding.refusal:
            yield f"  - {escape(describe_refusal(finding.refusal, self._translate))}"

    def _link(self, link: LinkFinding) -> str:
        text = next((place.text for place in link.citations if place.text.strip()), "")
        quoted = f"“{escape(text, _MAX_TEXT_LENGTH)}” " if text else ""
        return f"- {self._places(link)} {quoted}{autolink(link.url)}"

    def _places(self, link: LinkFinding) -> str:
        places = list(dict.fromkeys(code(f"{place.page}:{place.line}") for place in link.citations))
        listed = ", ".join(places[:_MAX_PLACES])
        more = len(places) - _MAX_PLACES
        if more <= 0:
            return listed
        counted = self._translate.count(
            "and {number} more citation", "and {number} more citations", more
        )
        return f"{listed} {counted}"

    def _copy_of(self, link: LinkFinding) -> str:
        if not link.original:
            return self._translate("archive copy of an unknown page")
        return self._translate("archive copy of {url}", url=autolink(link.original))

    def _failing_times(self, tracked: TrackedState) -> str:
        translate, format_time = self._translate, self._format_time
        failing = translate("failing since {time}", time=format_time(tracked.first_failed_at))
        if tracked.state is State.BROKEN:
            failing += translate(", confirmed {time}", time=format_time(tracked.state_since))
        alive = translate("never seen alive")
        if tracked.last_alive_at:
            alive = translate("last seen alive {time}", time=format_time(tracked.last_alive_at))
        return translate("; ").join((self._reason(tracked), failing, alive))

    def _next_check(self, tracked: TrackedState, next_probe_at: datetime) -> str:
        translate = self._translate
        failures = translate.count(
            "{number} failure in a row",
            "{number} failures in a row",
            tracked.consecutive_failures,
        )
        next_check = translate("next check after {time}", time=self._format_time(next_probe_at))
        return failures + translate("; ") + next_check

    def _reason(self, tracked: TrackedState) -> str:
        """Return the reason for a state, with its detail and its note."""
        translate = self._translate
        detail = translate_detail_of(tracked, translate)
        text = translate(labels.reason_label(tracked)) + in_brackets(detail)
        if tracked.note:
            note = translate(labels.NOTE_LABELS.get(tracked.note, tracked.note))
            text += translate(", but {note}", note=note)
        return text

    def _unusable(self, mirror: MirrorFinding) -> str:
        """Return why a mirror is not usable."""
        translate, shown, status = self._translate, shown_capture(mirror), mirror.status_at_capture
        if shown:
            return translate(
                "shows another capture ({capture})",
                capture=escape(translate_detail(shown, translate)),
            )
        if status is not None and status >= 400:
            return translate("copy of an error page ({status})", status=status)
        return self._reason(mirror.tracked_state)

    def _replacement(self, finding: Finding) -> str:
        """Return the copy that can replace a failing link, or that none is needed or known."""
        translate, best = self._translate, finding.best_mirror
        if finding.covered:
            return translate(
                "nothing to fix: every citation already points to a working archive copy"
            )
        if best is None:
            return translate("no usable archive copy known")
        about = self._capture_date(best, first_access_date(finding.link.citations))
        if spelling := labels.SPELLING_LABELS[best.spelling]:
            about = f"{about}; {translate(spelling)}"
        if lost := missing_parts_sentence(best, translate):
            about = f"{about}; {lost}"
        return translate(
            "archive copy: {url} ({about})",
            url=autolink(finding.replacement_to_follow or best.url),
            about=about,
        )

    def _capture_date(self, mirror: MirrorFinding, accessed: date | None) -> str:
        """Return archive and date of a capture, and its distance from the access date."""
        translate, service = self._translate, escape(mirror.service)
        if mirror.captured_at is None:
            return translate("{service}, captured at an unknown time", service=service)
        captured_on = mirror.captured_at.astimezone(UTC).date()
        captured = translate("{service}, captured {day}", service=service, day=captured_on)
        days = distance_days(mirror, accessed)
        if days is None or accessed is None:
            return captured
        if days == 0:
            return captured + translate(", on the access date")
        if captured_on > accessed:
            return captured + translate.count(
                ", {number} day after the access date",
                ", {number} days after the access date",
                days,
            )
        return captured + translate.count(
            ", {number} day before the access date",
            ", {number} days before the access date",
            days,
        )
