"""Choose the replacement of a cited archive copy whose archive is to be left.

A replacement must be proven: probes saw the same text on both copies, or, if the copy to leave
cannot be read, the replacement has the words of the citation. Otherwise the citation stays as it
is, and the reason is returned. Texts are compared by functions that the caller passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct

from reports.mirror_choice import days_for_missing_parts, is_usable, reference_date
from reports.no_replacement import NoReplacement
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import MirrorOrigin, PageEvidence, Reason, Spelling, State

# Differences between the cited and the recorded URL with which a copy is still of the cited page.
_SAME_PAGE_SPELLINGS: Final = frozenset(
    {Spelling.SAME, Spelling.ESCAPES, Spelling.QUERY_ORDER, Spelling.TRACKING, Spelling.SESSION}
)
# If the copy to leave cannot be read, the replacement is proven only by the citation's words. This
# is weaker evidence than the same text, so the dates must be closer.
_MAX_DAYS_BY_WORDS: Final = 90


class Replacement(Struct, frozen=True, kw_only=True):
    """The replacement of a copy in the citations of it.

    Attributes:
        mirror: A copy on another service, or the local archive's copy of the copy itself; None for
            the living original.
    """

    mirror: MirrorFinding | None


class CopyRules(Struct, frozen=True, kw_only=True):
    """The functions and limits by which copies are judged; this package may not import them.

    Attributes:
        same_text: Returns whether two copies show the same text; None if that is not known. Its
            third argument are other pages, see `ShownPages.controls`.
        has_words: Returns whether a copy (first argument) contains the words of at least one of the
            texts (second), while none of the other pages (third) does.
        captured_at: Returns the capture time that a copy's own page states, or None.
        avoided: Services whose copies are no replacement: those to leave, and distrusted ones.
        max_days: Maximum number of days between the dates of a copy and its replacement.
    """

    same_text: Callable[
        [PageEvidence | None, PageEvidence | None, Collection[PageEvidence]], bool | None
    ]
    has_words: Callable[[PageEvidence | None, Sequence[str], Collection[PageEvidence]], bool]
    captured_at: Callable[[PageEvidence], datetime | None]
    avoided: Collection[str]
    max_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPages:
    """The content that probes recorded for links and their copies.

    Attributes:
        by_mirror: The content of copies when they were last served, by mirror id.
        by_link: The content of links when they were last served, by link id.
        of_host: The content of other links of the same host, by link id.
        of_service: The content of some copies of each archive, by service and mirror id.
        local_copies: Copies in the local archive of the content of mirrors, by mirror id.
    """

    by_mirror: Mapping[int, PageEvidence]
    by_link: Mapping[int, PageEvidence]
    of_host: Mapping[int, Sequence[PageEvidence]]
    of_service: Mapping[str, Mapping[int, PageEvidence]]
    local_copies: Mapping[int, MirrorFinding] = field(default_factory=dict)

    def controls(self, link: LinkFinding, *mirrors: MirrorFinding) -> Sequence[PageEvidence]:
        """Return other pages, whose text shows what is not specific to the compared pages.

        They are other links of the same host, and copies of other links in the mirrors' archives.
        """
        mirrors_of_link = {mirror.id for mirror in link.mirrors}
        in_archives = [
            page
            for mirror in mirrors
            for other, page in self.of_service.get(mirror.service, {}).items()
            if other not in mirrors_of_link
        ]
        return [*self.of_host.get(link.id, ()), *in_archives]


def choose_replacement(
    link: LinkFinding, to_leave: MirrorFinding, pages: ShownPages, rules: CopyRules
) -> Replacement | NoReplacement:
    """Return the replacement of a copy in its citations, or why there is none yet.

    Args:
        link: The link that it is a copy of.
        to_leave: The copy.
        pages: The content that probes recorded.
        rules: How copies are judged.
    """
    choice = _Choice(link, to_leave, pages, rules)
    proven = choice.proven_copies()
    if proven:
        lost = days_for_missing_parts(proven)
        best = min(proven, key=lambda mirror: _rank(mirror, choice.day, lost[mirror.id]))
        return Replacement(mirror=best)
    reason = choice.reason_for_none()
    if reason is NoReplacement.CAPTURED:
        return reason
    if choice.is_original_unchanged():
        return Replacement(mirror=None)
    local_copy = choice.published_local_copy()
    return Replacement(mirror=local_copy) if local_copy else reason


class _Choice:
    """The choice of a replacement for one copy.

    Attributes:
        day: The day of the copy, None if it is not known.
    """

    def __init__(
        self, link: LinkFinding, to_leave: MirrorFinding, pages: ShownPages, rules: CopyRules
    ) -> None:
        self._link, self._to_leave, self._pages, self._rules = link, to_leave, pages, rules
        self._shown = pages.by_mirror.get(to_leave.id)
        self.day = self._capture_day()
        self._others = [mirror for mirror in link.mirrors if mirror.service not in rules.avoided]
        self._same_text = {
            mirror.id: rules.same_text(
                self._shown,
                pages.by_mirror.get(mirror.id),
                pages.controls(link, to_leave, mirror),
            )
            for mirror in self._others
            if is_usable(mirror)
        }

    def proven_copies(self) -> Sequence[MirrorFinding]:
        """Return the copies on other archives that are proven to show the same page."""
        return [mirror for mirror in self._usable() if self._is_proven(mirror)]

    def is_original_unchanged(self) -> bool:
        """Return whether the link is alive and shows the text of the copy."""
        link = self._link
        if link.tracked_state.state is not State.ALIVE:
            return False
        controls = self._pages.controls(link, self._to_leave)
        page = self._pages.by_link.get(link.id)
        return self._rules.same_text(self._shown, page, controls) is True

    def published_local_copy(self) -> MirrorFinding | None:
        """Return the local archive's copy of the copy to leave, if readers can open it.

        They can if it is usable, as it then has an http URL. It is a copy of what the archive shows
        at that very URL, so only a text that is known to differ speaks against it.
        """
        copy = self._pages.local_copies.get(self._to_leave.id)
        if copy is None or copy.service in self._rules.avoided or not is_usable(copy):
            return None
        page = self._pages.by_mirror.get(copy.id)
        has_changed = self._rules.same_text(self._shown, page, ()) is False
        return None if has_changed else copy

    def reason_for_none(self) -> NoReplacement:
        """Return why none of the copies on other archives is a replacement."""
        unverified_captures = [
            mirror
            for mirror in self._others
            if mirror.origin is MirrorOrigin.CAPTURED and mirror.state is State.UNCHECKED
        ]
        if unverified_captures:
            return NoReplacement.CAPTURED
        usable = self._usable()
        if not usable:
            return NoReplacement.NO_COPY
        near = [mirror for mirror in usable if _is_near(mirror, self.day, self._rules.max_days)]
        if not near:
            return NoReplacement.OTHER_DATE
        if all(self._same_text[mirror.id] is False for mirror in near):
            return NoReplacement.OTHER_TEXT
        if self.day is None and self._shown is None:
            return NoReplacement.UNKNOWN_DATE
        return NoReplacement.NOT_PROVEN

    def _usable(self) -> Sequence[MirrorFinding]:
        return [mirror for mirror in self._others if mirror.id in self._same_text]

    def _is_proven(self, mirror: MirrorFinding) -> bool:
        same_text, max_days = self._same_text[mirror.id], self._rules.max_days
        if same_text is not None:
            return same_text and _is_near(mirror, self.day, max_days)
        if self.day is None or mirror.captured_at is None:
            return False
        if mirror.spelling not in _SAME_PAGE_SPELLINGS:
            return False
        if _distance(mirror.captured_at, self.day).days > min(max_days, _MAX_DAYS_BY_WORDS):
            return False
        texts = [place.text for place in self._link.citations]
        controls = self._pages.of_host.get(self._link.id, ())
        return self._rules.has_words(self._pages.by_mirror.get(mirror.id), texts, controls)

    def _capture_day(self) -> date | None:
        """Return the day of the copy: its URL's, else its own page's, else the citation's."""
        copy, page = self._to_leave, self._shown
        stated = self._rules.captured_at(page) if page else None
        moment = copy.captured_at or stated
        if moment is not None:
            return moment.astimezone(UTC).date()
        return reference_date(
            [place for place in self._link.citations if place.mirror_id == copy.id]
        )


def _is_near(mirror: MirrorFinding, day: date | None, max_days: int) -> bool:
    """Return whether a copy was made at most `max_days` from a day.

    True also if a date is unknown, or for a capture that Holdfast requested: its date is that of
    the request, and does not show which content the author cited.
    """
    if day is None or mirror.captured_at is None or mirror.origin is MirrorOrigin.CAPTURED:
        return True
    return _distance(mirror.captured_at, day) <= timedelta(days=max_days)


def _distance(moment: datetime, day: date) -> timedelta:
    """Return the days between a moment in UTC and a day."""
    return abs(moment.astimezone(UTC).date() - day)


def _rank(
    mirror: MirrorFinding, day: date | None, lost_days: int
) -> tuple[bool, bool, timedelta, float]:
    """Return the sort key of a proven copy; the best copy has the smallest.

    First come the copies whose time is known, by their distance to the day; of several at the same
    distance, the latest. Then come those of an unknown time. Copies at which the archive redirects
    come last, in the same order.

    Args:
        mirror: The copy.
        day: The day of the copy to leave, if known.
        lost_days: Days that are added to its distance because it lacks images or style sheets.
    """
    is_redirect = mirror.reason is Reason.REDIRECTED_TEMPORARILY
    if mirror.captured_at is None:
        return is_redirect, True, timedelta.max, 0
    distance = _distance(mirror.captured_at, day) if day else timedelta()
    distance += timedelta(days=lost_days)
    return is_redirect, False, distance, -mirror.captured_at.timestamp()
