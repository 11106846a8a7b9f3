"""Choose the fix of a citation by the state of its link and mirrors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from msgspec.structs import replace

from reports.leave_plan import Replacement
from reports.mirror_choice import best_mirror, is_usable, shown_capture
from reports.own_sites import OWN_PAGE
from reports.patches.cited_links import CitedLink
from reports.patches.planned_fixes import (
    NO_MIRROR,
    OTHER_ADDRESSES,
    SHARED_TARGET,
    adds_secret,
    point_to_address,
    point_to_best_mirror,
    point_to_https,
    point_to_mirror,
)
from reports.patches.records import FixGoal, FixPolicy, SkippedFix
from reports.patches.status_images import is_status_image
from reports.patches.url_encoding import encode_unsafe
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import (
    LIVING_STATES,
    Citation,
    CitationKind,
    MirrorQuality,
    Reason,
    State,
)
from store.vocabulary.fixes import FixCause, PlannedFix

STATUS_IMAGE = (
    "it shows a live state, as a badge does, and a copy would show an old one: edit it by hand"
)
PAGE_METADATA = "this key describes the page itself: edit it by hand, or use --front-matter"

# The end of the detail of a redirect whose target is proven to be the cited page.
_PROVEN_TARGET = ", which shows the archived text"
# Keys below which generators expect the author's own keys; the key below them is compared.
_WRAPPER_KEYS = frozenset(["params", "extra", "custom", "meta", "metadata"])


def choose_fix(
    citation: Citation,
    cited: CitedLink,
    policy: FixPolicy,
    *,
    covered: bool,
    services: Sequence[str],
) -> PlannedFix | SkippedFix | None:
    """Return the fix of a citation, the reason why it gets none, or None if it needs none.

    Args:
        citation: The citation as read from its page.
        cited: Its link and mirror as stored.
        policy: What the user wants fixed.
        covered: Whether a mirror of its link is already cited beside it.
        services: The services of all mirrors of its link that are cited there or beside it.
    """
    fix = _choose_fix_by_goal(citation, cited, policy, covered=covered, services=services)
    if not isinstance(fix, PlannedFix):
        return fix
    if not _is_changeable(citation, policy):
        return SkippedFix(citation=citation, cause=fix.cause, reason=PAGE_METADATA)
    original = citation.original or cited.link.url
    if fix.is_mirror and is_status_image(original, policy.status_images):
        return SkippedFix(citation=citation, cause=fix.cause, reason=STATUS_IMAGE)
    return fix


def _is_changeable(citation: Citation, policy: FixPolicy) -> bool:
    """Return whether a citation may be changed: in front matter, only under keys that cite."""
    if citation.kind is not CitationKind.FRONTMATTER or policy.citing_keys is None:
        return True
    keys = [key for key in citation.text.split(".") if not key.isdigit()]
    top_key = next((key for key in keys if key.casefold() not in _WRAPPER_KEYS), "")
    return _normalize_key(top_key) in {_normalize_key(key) for key in policy.citing_keys}


def _normalize_key(key: str) -> str:
    """Return a key without the differences between `sourceUrl`, `source-url` and `source_url`."""
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _choose_fix_by_goal(
    citation: Citation,
    cited: CitedLink,
    policy: FixPolicy,
    *,
    covered: bool,
    services: Sequence[str],
) -> PlannedFix | SkippedFix | None:
    """Return the fix of a citation for the goal of the patch, why it is skipped, or None."""
    if policy.goal is FixGoal.LEAVE:
        return _leave(citation, cited)
    if policy.goal is FixGoal.ORIGINALS:
        return _return_to_original(citation, cited)
    if policy.goal is FixGoal.ROBUST_LINKS:
        return _make_robust(citation, cited, policy)
    if policy.goal is FixGoal.ADD_COPIES:
        return None if covered else _add_copy(citation, cited, policy)
    if citation.archive is None:
        return _fix_original(citation, cited, policy, covered=covered)
    if cited.mirror is not None and policy.repairs(cited.mirror.state):
        return point_to_best_mirror(FixCause.MIRROR_BROKEN, citation, cited.link, policy)
    if cited.mirror is not None and (shown := _mirrors_of_shown_capture(cited.mirror, cited.link)):
        others = replace(cited.link, mirrors=shown)
        return point_to_best_mirror(FixCause.OTHER_CAPTURE, citation, others, policy)
    if policy.second_mirrors and len(set(services)) == 1:
        mirrors = cited.link.mirrors
        elsewhere = tuple(mirror for mirror in mirrors if mirror.service not in services)
        others = replace(cited.link, mirrors=elsewhere)
        if best_mirror(others, policy.distrusted):
            return point_to_best_mirror(FixCause.SECOND_MIRROR, citation, others, policy)
    return None


def _leave(citation: Citation, cited: CitedLink) -> PlannedFix | SkippedFix | None:
    """Return the fix that replaces a copy on an archive to leave, or why there is none."""
    outcome = cited.leave_outcome
    if isinstance(outcome, Replacement) and outcome.mirror is not None:
        return point_to_mirror(FixCause.LEAVE, citation, outcome.mirror, cited.link)
    if isinstance(outcome, Replacement):
        original = citation.original or cited.link.url
        return point_to_address(FixCause.LEAVE, citation, original, keep_fragment=False)
    if outcome is None:
        return None
    return SkippedFix(citation=citation, cause=FixCause.LEAVE, reason=outcome.value)


def _return_to_original(citation: Citation, cited: CitedLink) -> PlannedFix | SkippedFix | None:
    """Return the fix that cites the original again, with the cited mirror beside it."""
    if citation.archive is None or cited.mirror is None:
        return None
    copy = point_to_mirror(FixCause.RETURNED, citation, cited.mirror, cited.link)
    original = citation.original or cited.link.url
    return point_to_address(
        FixCause.RETURNED,
        citation,
        original,
        archive_copy=dataclasses.replace(copy, target=encode_unsafe(citation.url)),
        keep_fragment=False,
    )


def _add_copy(
    citation: Citation, cited: CitedLink, policy: FixPolicy
) -> PlannedFix | SkippedFix | None:
    """Return the fix that adds a copy to a citation of a living link."""
    if citation.archive is not None or citation.kind not in policy.kinds:
        return None
    link = cited.link
    if any(mirror.url in (citation.title or "") for mirror in link.mirrors):
        return None  # the title names a copy
    link = _without_doubtful_copies(link, policy)
    return point_to_best_mirror(FixCause.ADD_COPY, citation, link, policy)


def _make_robust(
    citation: Citation, cited: CitedLink, policy: FixPolicy
) -> PlannedFix | SkippedFix | None:
    """Return the fix that adds attributes to an HTML link for its copy or its original."""
    if citation.kind is not CitationKind.HTML:
        return None
    if citation.archive is None:
        return point_to_best_mirror(
            FixCause.ROBUST_LINK, citation, _without_doubtful_copies(cited.link, policy), policy
        )
    if cited.mirror is None or citation.original is None or not is_usable(cited.mirror):
        return SkippedFix(citation=citation, cause=FixCause.ROBUST_LINK, reason=NO_MIRROR)
    return point_to_mirror(FixCause.ROBUST_LINK, citation, cited.mirror, cited.link)


def _without_doubtful_copies(link: LinkFinding, policy: FixPolicy) -> LinkFinding:
    """Return a link without the copies that must not be cited beside it.

    These are copies on distrusted archives, and copies whose URL names another address. With one of
    the latter, the page would be read as citing a copy of another page.
    """
    mirrors = tuple(
        mirror
        for mirror in link.mirrors
        if mirror.service not in policy.distrusted and mirror.spelling not in OTHER_ADDRESSES
    )
    return replace(link, mirrors=mirrors)


def _mirrors_of_shown_capture(
    mirror: MirrorFinding, link: LinkFinding
) -> tuple[MirrorFinding, ...]:
    """Return the mirrors of the other capture that a cited mirror shows; none if it shows its own.

    Archives respond with the nearest capture if they lack the requested one. A mirror of the shown
    capture on the same archive shows readers the same page, and its URL has the right time.
    """
    shown = shown_capture(mirror)
    if shown is None or mirror.state is not State.ALIVE:
        return ()
    timestamp = shown.partition(",")[0]  # of "YYYYMMDDhhmmss, 2 days later"
    return tuple(
        other
        for other in link.mirrors
        if other.service == mirror.service
        and other.timestamp == timestamp
        and other.quality is MirrorQuality.FAITHFUL
    )


def _fix_original(
    citation: Citation, cited: CitedLink, policy: FixPolicy, *, covered: bool
) -> PlannedFix | SkippedFix | None:
    """Return the fix of a citation that points to its source."""
    link, tracked = cited.link, cited.link.tracked_state
    if tracked.state is State.MOVED and link.final_url:
        if cited.has_shared_target and not tracked.detail.endswith(_PROVEN_TARGET):
            return SkippedFix(citation=citation, cause=FixCause.MOVED, reason=SHARED_TARGET)
        return point_to_address(FixCause.MOVED, citation, link.final_url)
    is_canonicalised = tracked.reason is Reason.CANONICALISED
    if tracked.state is State.ALIVE and is_canonicalised and link.final_url:
        return point_to_https(citation, link.final_url)
    fails = policy.repairs(tracked.state)
    if fails and cited.new_address and not adds_secret(citation, cited.new_address):
        has_copy = covered or link.url in policy.own_sites
        copy = None if has_copy else point_to_best_mirror(FixCause.MOVED, citation, link, policy)
        archive_copy = copy if isinstance(copy, PlannedFix) else None
        return point_to_address(
            FixCause.MOVED, citation, cited.new_address, archive_copy=archive_copy
        )
    if covered:
        return None
    if fails:
        is_broken = tracked.state is State.BROKEN
        cause = FixCause.BROKEN if is_broken else FixCause.SUSPECT
        if link.url in policy.own_sites:
            return SkippedFix(citation=citation, cause=cause, reason=OWN_PAGE)
        return point_to_best_mirror(cause, citation, link, policy)
    if (
        citation.marked_dead
        and tracked.state not in LIVING_STATES
        and link.url not in policy.own_sites
        and best_mirror(link, policy.distrusted)
    ):
        return point_to_best_mirror(FixCause.MARKED_DEAD, citation, link, policy)
    return None
