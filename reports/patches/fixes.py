"""Choose what a citation should point to, by the state of its link and mirrors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from urllib.parse import urldefrag

from ada_url import URL
from msgspec.structs import replace

from reports.leaving import Replacement
from reports.mirror_choice import best_mirror, full_capture, is_usable, shown_capture
from reports.patches.cited_links import CitedLink
from reports.patches.records import FixGoal, FixPolicy, SkippedFix
from reports.patches.url_forms import encode_unsafe
from reports.replacement_urls import target_contains_original, without_own_fragment
from store.queries.links import LinkFinding, MirrorFinding
from store.vocabulary import (
    LIVING_STATES,
    Citation,
    CitationKind,
    MirrorQuality,
    Reason,
    Spelling,
    State,
)
from store.vocabulary.fixes import FixCause, PlannedFix
from store.vocabulary.secrets import redact_tokens, remove_credentials

NO_MIRROR = "no verified archive copy is known"
NOT_PUBLIC = "the new address has a token or password that is not on the page"
PAGE_METADATA = "this key describes the page itself: edit it by hand, or use --front-matter"

_WRAPPER_KEYS = frozenset(["params", "extra", "custom", "meta", "metadata"])
# Copies whose URLs name another address than the cited one.
_LED_TO = (Spelling.REDIRECT, Spelling.LONE_REDIRECT, Spelling.HOST, Spelling.CASE)


def choose_fix(
    citation: Citation,
    cited: CitedLink,
    policy: FixPolicy,
    *,
    covered: bool,
    services: Sequence[str],
) -> PlannedFix | SkippedFix | None:
    """Return the fix of a citation, why it gets none, or None if it needs none.

    Args:
        citation: The citation as read from its page.
        cited: What is known about it.
        policy: What the user wants fixed.
        covered: A mirror of its link is cited beside it already.
        services: The services of the mirrors cited there, its own included.
    """
    fix = _choose_fix(citation, cited, policy, covered=covered, services=services)
    if isinstance(fix, PlannedFix) and not _is_changeable(citation, policy):
        return SkippedFix(citation=citation, cause=fix.cause, reason=PAGE_METADATA)
    return fix


def _is_changeable(citation: Citation, policy: FixPolicy) -> bool:
    """Return whether a citation may be changed: in front matter, only under keys that cite."""
    if citation.kind is not CitationKind.FRONTMATTER or policy.citing_keys is None:
        return True
    keys = [key for key in citation.text.split(".") if not key.isdigit()]
    own = next((key for key in keys if key.casefold() not in _WRAPPER_KEYS), "")
    return _normalize_key(own) in {_normalize_key(key) for key in policy.citing_keys}


def _normalize_key(key: str) -> str:
    """Return a key without the differences between `sourceUrl`, `source-url` and `source_url`."""
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _choose_fix(
    citation: Citation,
    cited: CitedLink,
    policy: FixPolicy,
    *,
    covered: bool,
    services: Sequence[str],
) -> PlannedFix | SkippedFix | None:
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
    if cited.mirror is not None and _fails(cited.mirror.state, policy):
        return _point_to_mirror(FixCause.MIRROR_BROKEN, citation, cited.link, policy)
    if cited.mirror is not None and (shown := _mirrors_of_shown_capture(cited.mirror, cited.link)):
        others = replace(cited.link, mirrors=shown)
        return _point_to_mirror(FixCause.OTHER_CAPTURE, citation, others, policy)
    if policy.second_mirrors and len(set(services)) == 1:
        mirrors = cited.link.mirrors
        elsewhere = tuple(mirror for mirror in mirrors if mirror.service not in services)
        others = replace(cited.link, mirrors=elsewhere)
        if best_mirror(others, policy.distrusted):
            return _point_to_mirror(FixCause.SECOND_MIRROR, citation, others, policy)
    return None


def _leave(citation: Citation, cited: CitedLink) -> PlannedFix | SkippedFix | None:
    """Return the fix that leads a citation away from its archive, or why it gets none."""
    outcome = cited.leaving
    if isinstance(outcome, Replacement) and outcome.mirror is not None:
        return _to_mirror(FixCause.LEAVE, citation, outcome.mirror, cited.link)
    if isinstance(outcome, Replacement):
        original = citation.original or cited.link.url
        return _point_to_address(FixCause.LEAVE, citation, original, keep_fragment=False)
    if outcome is None:
        return None
    return SkippedFix(citation=citation, cause=FixCause.LEAVE, reason=outcome.value)


def _return_to_original(citation: Citation, cited: CitedLink) -> PlannedFix | SkippedFix | None:
    """Return the fix that leads a citation back to its original, and keeps its mirror."""
    if citation.archive is None or cited.mirror is None:
        return None
    copy = _to_mirror(FixCause.RETURNED, citation, cited.mirror, cited.link)
    original = citation.original or cited.link.url
    return _point_to_address(
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
    return _point_to_mirror(FixCause.ADD_COPY, citation, link, policy)


def _make_robust(
    citation: Citation, cited: CitedLink, policy: FixPolicy
) -> PlannedFix | SkippedFix | None:
    """Return the fix that names the copy of an HTML link, or the original of a cited copy."""
    if citation.kind is not CitationKind.HTML:
        return None
    if citation.archive is None:
        return _point_to_mirror(
            FixCause.ROBUST_LINK, citation, _without_doubtful_copies(cited.link, policy), policy
        )
    if cited.mirror is None or citation.original is None or not is_usable(cited.mirror):
        return SkippedFix(citation=citation, cause=FixCause.ROBUST_LINK, reason=NO_MIRROR)
    return _to_mirror(FixCause.ROBUST_LINK, citation, cited.mirror, cited.link)


def _without_doubtful_copies(link: LinkFinding, policy: FixPolicy) -> LinkFinding:
    """Return a link with the copies that can stand beside it.

    The copy of another address would read as a copy of another page there.
    """
    mirrors = tuple(
        mirror
        for mirror in link.mirrors
        if mirror.service not in policy.distrusted and mirror.spelling not in _LED_TO
    )
    return replace(link, mirrors=mirrors)


def _mirrors_of_shown_capture(
    mirror: MirrorFinding, link: LinkFinding
) -> tuple[MirrorFinding, ...]:
    """Return the mirrors of the capture that a cited mirror really shows, none if it is its own.

    Archives answer with the nearest capture. A mirror of that capture on the same archive shows
    readers the same page, and its URL has the true time.
    """
    shown = shown_capture(mirror)
    if shown is None or mirror.state is not State.ALIVE:
        return ()
    return tuple(
        other
        for other in link.mirrors
        if other.service == mirror.service
        and other.timestamp == shown[:14]  # the timestamp
        and other.quality is MirrorQuality.FAITHFUL
    )


def _fails(state: State, policy: FixPolicy) -> bool:
    return state is State.BROKEN or (policy.suspects and state is State.SUSPECT)


def _fix_original(
    citation: Citation, cited: CitedLink, policy: FixPolicy, *, covered: bool
) -> PlannedFix | SkippedFix | None:
    """Return the fix of a citation that points to its source."""
    link, tracked = cited.link, cited.link.tracked_state
    if tracked.state is State.MOVED and link.final_url:
        return _point_to_address(FixCause.MOVED, citation, link.final_url)
    is_canonicalised = tracked.reason is Reason.CANONICALISED
    if tracked.state is State.ALIVE and is_canonicalised and link.final_url:
        return _point_to_https(citation, link.final_url)
    fails = _fails(tracked.state, policy)
    if fails and cited.new_address and not _adds_secret(citation, cited.new_address):
        copy = None if covered else _point_to_mirror(FixCause.MOVED, citation, link, policy)
        archive_copy = copy if isinstance(copy, PlannedFix) else None
        return _point_to_address(
            FixCause.MOVED, citation, cited.new_address, archive_copy=archive_copy
        )
    if covered:
        return None
    if fails:
        is_broken = tracked.state is State.BROKEN
        cause = FixCause.BROKEN if is_broken else FixCause.SUSPECT
        return _point_to_mirror(cause, citation, link, policy)
    if (
        citation.marked_dead
        and tracked.state not in LIVING_STATES
        and best_mirror(link, policy.distrusted)
    ):
        return _point_to_mirror(FixCause.MARKED_DEAD, citation, link, policy)
    return None


def _point_to_mirror(
    cause: FixCause, citation: Citation, link: LinkFinding, policy: FixPolicy
) -> PlannedFix | SkippedFix:
    # The mirror that the citation points to may be known twice: as cited, and as in the local
    # archive.
    others = tuple(mirror for mirror in link.mirrors if mirror.url != citation.url)
    mirror = best_mirror(replace(link, mirrors=others), policy.distrusted)
    if mirror is None:
        return SkippedFix(citation=citation, cause=cause, reason=NO_MIRROR)
    return _to_mirror(cause, citation, mirror, link)


def _to_mirror(
    cause: FixCause, citation: Citation, mirror: MirrorFinding, link: LinkFinding
) -> PlannedFix:
    """Return the fix that points to a mirror of a link."""
    mirror = full_capture(mirror)
    target = _with_own_fragment(encode_unsafe(mirror.url), citation, link)
    captured = mirror.captured_at.date() if mirror.captured_at else None
    original = citation.original or ""
    is_learnt = citation.original is None and target_contains_original(target, link.url)
    return PlannedFix(
        cause=cause,
        citation=citation,
        target=target,
        is_mirror=True,
        is_led_to=mirror.spelling in _LED_TO,
        captured=captured,
        original=encode_unsafe(original),
        contains_original=target_contains_original(target, original),
        learnt_original=link.url if is_learnt else None,
    )


def _with_own_fragment(target: str, citation: Citation, link: LinkFinding) -> str:
    """Return the URL of a mirror with the fragment of the citation.

    The mirror's own fragment is that of another citation, or of the archive's record.
    """
    address = without_own_fragment(target, link.url)
    cited, fragment = urldefrag(citation.url)
    if urldefrag(address).fragment or not target_contains_original(address, link.url):
        return address
    if citation.archive is not None and not target_contains_original(cited, link.url):
        return address  # the fragment is one of the archive's own page
    return f"{address}#{fragment}" if fragment else address  # the copy has the same headings


def _adds_secret(citation: Citation, address: str) -> bool:
    """Return whether an address has a secret that is not on the page, where all could read it."""
    return redact_tokens(remove_credentials(address), citation.url) != address


def _point_to_address(
    cause: FixCause,
    citation: Citation,
    address: str,
    *,
    archive_copy: PlannedFix | None = None,
    keep_fragment: bool = True,
) -> PlannedFix | SkippedFix | None:
    """Return the fix that points to another address, None if it is the same.

    The fragment is taken along if the address has none (RFC 9110, 10.2.2).
    """
    if _adds_secret(citation, address):
        return SkippedFix(citation=citation, cause=cause, reason=NOT_PUBLIC)
    target, fragment = encode_unsafe(address), urldefrag(citation.url).fragment
    if fragment and keep_fragment and "#" not in target:
        target = f"{target}#{fragment}"
    if target == citation.url:
        return None
    return PlannedFix(
        cause=cause, citation=citation, target=target, is_mirror=False, archive_copy=archive_copy
    )


def _point_to_https(citation: Citation, address: str) -> PlannedFix | SkippedFix | None:
    """Return the fix that changes http to https.

    Only the scheme is changed if that is all the server changed: the rest stays as written.
    """
    if not (citation.url.lower().startswith("http://") and address.startswith("https://")):
        return None
    as_written = f"https{citation.url[4:]}"
    is_same = _normalized(as_written) == _normalized(address)
    return _point_to_address(FixCause.HTTPS, citation, as_written if is_same else address)


def _normalized(url: str) -> str:
    try:
        return URL(url).href.partition("#")[0]
    except ValueError:
        return url
