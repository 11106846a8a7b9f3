"""Judge the citations that a change adds by the stored states of their links and copies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from reports.findings.descriptions import ENGLISH_TRANSLATOR, describe_reason
from reports.gate.model import AddedCitation, Liveness, MissingCopy
from reports.i18n import Translator
from reports.mirror_choice import best_mirror, has_citation_beside, is_usable
from reports.redaction import mask_secrets
from store.queries.archive_attempts import ArchiveAttempt
from store.queries.link_records import CitedPlace, LinkFinding
from store.vocabulary import (
    FAILING_STATES,
    LIMIT_CODES,
    LOCAL,
    CaptureStatus,
    LookupOutcome,
    MirrorQuality,
    Role,
    State,
)

PlaceKey = tuple[str, int, int, str]
"""The page, line, column and URL of a citation: they identify a `CitedPlace`."""

_LIVENESS: Mapping[State, Liveness] = {
    State.ALIVE: Liveness.ALIVE,
    State.MOVED: Liveness.ALIVE,
    State.BLOCKED: Liveness.BLOCKED,
    State.SUSPECT: Liveness.FAILING,
    State.BROKEN: Liveness.FAILING,
}
# The statuses of captures
_WITHOUT_USABLE_COPY = (CaptureStatus.FAILED, CaptureStatus.UNUSABLE)
_IN_PROGRESS = (CaptureStatus.REQUESTED, CaptureStatus.PENDING)
_MAYBE_LIMITED = (CaptureStatus.QUEUED, CaptureStatus.FAILED)  # if the code says so


class GateJudge:
    """Judges added citations.

    Args:
        findings: The links and mirrors that the changed pages cite.
        attempts: The results of lookups and captures, by the ids of links.
        distrusted: Services whose copies do not count.
        may_publish: Returns whether a URL may be sent to an archive.
        captures_enabled: Whether captures may be requested.
    """

    def __init__(
        self,
        findings: Iterable[LinkFinding],
        attempts: Mapping[int, ArchiveAttempt],
        *,
        distrusted: Collection[str],
        may_publish: Callable[[str], bool],
        captures_enabled: bool,
    ) -> None:
        self._attempts = attempts
        self._distrusted = distrusted
        self._may_publish = may_publish
        self._captures_enabled = captures_enabled
        # A cited mirror with a known original is in both: it is a citation of the mirror, and of
        # its original (`CitedPlace.mirror_id`).
        self._links: dict[PlaceKey, LinkFinding] = {}
        self._mirrors: dict[PlaceKey, LinkFinding] = {}
        for finding in findings:
            by_place = self._links if finding.role is Role.LINK else self._mirrors
            by_place.update((_key(place), finding) for place in finding.citations)

    def judge(
        self, places: Sequence[PlaceKey], translate: Translator = ENGLISH_TRANSLATOR
    ) -> Sequence[AddedCitation]:
        """Return the judged citations with their secrets masked.

        Citations that are excluded from checks are left out. So is a working archive copy beside
        its link, such as the `archive-url` of a template, if the change adds both.

        Args:
            places: The citations that a change adds.
            translate: Translates what is wrong with a link.
        """
        added = frozenset(places)
        citations = []
        for place in places:
            if self._is_copy_beside(place, added):
                continue
            citation = self._judge(place, translate)
            if citation is not None:
                citations.append(mask_secrets(citation, citation.url))
        return citations

    def _is_copy_beside(self, place: PlaceKey, added: Collection[PlaceKey]) -> bool:
        """Return whether a place cites a copy of a link that is added beside it."""
        link, mirror = self._links.get(place), self._mirrors.get(place)
        if link is None or mirror is None:
            return False
        if _LIVENESS.get(mirror.tracked_state.state) in (Liveness.FAILING, Liveness.BLOCKED):
            return False
        copies_here = [each for each in link.citations if _key(each) == place]
        added_originals = [
            each for each in link.citations if each.mirror_id is None and _key(each) in added
        ]
        return any(has_citation_beside(original, copies_here) for original in added_originals)

    def _judge(self, place: PlaceKey, translate: Translator) -> AddedCitation | None:
        """Return one judged citation, None if it is excluded from checks."""
        link, mirror = self._links.get(place), self._mirrors.get(place)
        cited = mirror or link
        if cited is None or cited.tracked_state.state is State.SKIPPED:
            return None
        page, line, column, url = place
        liveness = _LIVENESS.get(cited.tracked_state.state, Liveness.UNKNOWN)
        is_faulty = liveness in (Liveness.FAILING, Liveness.BLOCKED)
        fault = describe_reason(cited.tracked_state, translate) if is_faulty else ""
        copy, is_in_page = self._find_copy(place, link)
        missing, detail = (None, "") if copy else self._explain(link, mirror)
        return AddedCitation(
            page=page,
            line=line,
            column=column,
            url=url,
            liveness=liveness,
            fault=fault,
            copy=copy,
            is_in_page=is_in_page,
            missing=missing,
            detail=detail,
        )

    def _find_copy(self, place: PlaceKey, link: LinkFinding | None) -> tuple[str, bool]:
        """Return the URL of a citation's copy, and whether the copy is cited there or beside it.

        The URL is "" if there is no copy that counts.
        """
        if link is None:  # the citation is a copy at a short URL whose original is not known yet
            return "", False
        trusted = {
            mirror.id: mirror.url
            for mirror in link.mirrors
            if is_usable(mirror) and mirror.service not in self._distrusted
        }
        citation = next((each for each in link.citations if _key(each) == place), None)
        if citation is not None:
            if citation.mirror_id in trusted:
                return trusted[citation.mirror_id], True
            for other in link.citations:
                if other.mirror_id in trusted and has_citation_beside(citation, [other]):
                    return trusted[other.mirror_id], True
        best = best_mirror(link, self._distrusted)
        if best is None or best.service in self._distrusted:
            return "", False
        return best.url, False

    def _explain(
        self, link: LinkFinding | None, mirror: LinkFinding | None
    ) -> tuple[MissingCopy, str]:
        """Return why a citation has no verified copy, and the archive's message or ""."""
        if mirror is not None and mirror.tracked_state.state in FAILING_STATES:
            return MissingCopy.UNUSABLE, ""
        if link is None:
            return MissingCopy.WAITING, ""
        if any(is_usable(each) for each in link.mirrors):
            return MissingCopy.DISTRUSTED, ""
        if not self._may_publish(link.url):
            return MissingCopy.PRIVATE, ""
        attempt = self._attempts.get(link.id, ArchiveAttempt())
        if attempt.capture in _MAYBE_LIMITED and attempt.code in LIMIT_CODES:
            return MissingCopy.LIMIT, attempt.detail
        if attempt.capture in _WITHOUT_USABLE_COPY:
            return MissingCopy.REFUSED, attempt.detail
        if attempt.capture in _IN_PROGRESS:
            return MissingCopy.NOT_MADE_YET, ""
        if attempt.capture is CaptureStatus.CAPTURED or _has_unverified_copy(link):
            return MissingCopy.WAITING, ""
        if attempt.capture is CaptureStatus.QUEUED and attempt.code:
            return MissingCopy.FAILED_FOR_NOW, attempt.detail
        return self._explain_no_capture(link, attempt), ""

    def _explain_no_capture(self, link: LinkFinding, attempt: ArchiveAttempt) -> MissingCopy:
        """Return why a link that may be sent to archives has neither a copy nor a capture."""
        state = link.tracked_state.state
        # The lookup comes first: without one, even a failing link may have a copy.
        if attempt.lookup is LookupOutcome.UNKNOWN:
            return MissingCopy.NO_RESPONSE
        if attempt.lookup is None or state is State.UNCHECKED:
            return MissingCopy.NOT_QUERIED
        if state in FAILING_STATES:
            return MissingCopy.FAILS
        if state is State.BLOCKED:
            return MissingCopy.BLOCKED
        if attempt.lookup is LookupOutcome.EXCLUDED:
            return MissingCopy.REFUSED
        return MissingCopy.NOT_CAPTURED if self._captures_enabled else MissingCopy.CAPTURES_OFF


def _has_unverified_copy(link: LinkFinding) -> bool:
    """Return whether a copy on an archive is not verified yet."""
    return any(
        mirror.quality is MirrorQuality.UNVERIFIED and mirror.service != LOCAL
        for mirror in link.mirrors
    )


def _key(place: CitedPlace) -> PlaceKey:
    return place.page, place.line, place.column, place.url
