"""Plan single fixes: what a citation will point to, a mirror or another address.

Which citations are fixed is decided by `reports.patches.fixes`.
"""

from __future__ import annotations

from urllib.parse import urldefrag

from ada_url import URL
from msgspec.structs import replace

from reports.mirror_choice import best_mirror, full_capture
from reports.patches.records import FixPolicy, SkippedFix
from reports.patches.url_encoding import encode_unsafe
from reports.replacement_urls import target_contains_original, without_cited_fragment
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import Citation, Spelling
from store.vocabulary.fixes import FixCause, PlannedFix
from store.vocabulary.secrets import redact_tokens, remove_credentials

NO_MIRROR = "no verified archive copy is known"
NOT_PUBLIC = "the new address has a token or password that is not on the page"
SHARED_TARGET = (
    "another cited page redirects to the same address: see what it shows and edit the link by hand"
)
# Copies whose URLs name another address than the cited one.
OTHER_ADDRESSES = (Spelling.REDIRECT, Spelling.LONE_REDIRECT, Spelling.HOST, Spelling.CASE)


def point_to_best_mirror(
    cause: FixCause, citation: Citation, link: LinkFinding, policy: FixPolicy
) -> PlannedFix | SkippedFix:
    """Return the fix that points to the best mirror of a link; skipped if there is none."""
    # The cited mirror itself is no fix. It may be stored twice: as cited, and in the local archive.
    others = tuple(mirror for mirror in link.mirrors if mirror.url != citation.url)
    mirror = best_mirror(replace(link, mirrors=others), policy.distrusted)
    if mirror is None:
        return SkippedFix(citation=citation, cause=cause, reason=NO_MIRROR)
    return point_to_mirror(cause, citation, mirror, link)


def point_to_mirror(
    cause: FixCause, citation: Citation, mirror: MirrorFinding, link: LinkFinding
) -> PlannedFix:
    """Return the fix that points to a mirror of a link."""
    mirror = full_capture(mirror)
    target = _with_citation_fragment(encode_unsafe(mirror.url), citation, link)
    captured = mirror.captured_at.date() if mirror.captured_at else None
    original = citation.original or ""
    # The edited page names an original that could not be read from it before.
    adds_original = citation.original is None and target_contains_original(target, link.url)
    return PlannedFix(
        cause=cause,
        citation=citation,
        target=target,
        is_mirror=True,
        is_of_other_address=mirror.spelling in OTHER_ADDRESSES,
        captured=captured,
        original=encode_unsafe(original),
        contains_original=target_contains_original(target, original),
        learnt_original=link.url if adds_original else None,
    )


def _with_citation_fragment(target: str, citation: Citation, link: LinkFinding) -> str:
    """Return the URL of a mirror with the fragment of the citation.

    A stored mirror URL may have the fragment of another citation of it, which is removed. Fragments
    that the archive or the page needs are kept.
    """
    address = without_cited_fragment(target, link.url)
    cited, fragment = urldefrag(citation.url)
    if urldefrag(address).fragment or not target_contains_original(address, link.url):
        return address
    if citation.archive is not None and not target_contains_original(cited, link.url):
        return address  # the fragment belongs to the archive's page, as of a short URL
    return f"{address}#{fragment}" if fragment else address  # the copy has the same headings


def adds_secret(citation: Citation, address: str) -> bool:
    """Return whether an address contains a secret that would be published with the page."""
    return redact_tokens(remove_credentials(address), citation.url) != address


def point_to_address(
    cause: FixCause,
    citation: Citation,
    address: str,
    *,
    archive_copy: PlannedFix | None = None,
    keep_fragment: bool = True,
) -> PlannedFix | SkippedFix | None:
    """Return the fix that points to another address, None if the citation has it already.

    Args:
        cause: Why the citation is fixed.
        citation: The citation.
        address: The new address.
        archive_copy: The fix that adds an archive copy beside the new address, if any.
        keep_fragment: Whether the citation's fragment is added if the address has none (RFC 9110,
            section 10.2.2).
    """
    if adds_secret(citation, address):
        return SkippedFix(citation=citation, cause=cause, reason=NOT_PUBLIC)
    target, fragment = encode_unsafe(address), urldefrag(citation.url).fragment
    if fragment and keep_fragment and "#" not in target:
        target = f"{target}#{fragment}"
    if target == citation.url:
        return None
    return PlannedFix(
        cause=cause, citation=citation, target=target, is_mirror=False, archive_copy=archive_copy
    )


def point_to_https(citation: Citation, address: str) -> PlannedFix | SkippedFix | None:
    """Return the fix that changes http to https.

    If the addresses differ in nothing else, the rest of the URL stays as the author wrote it.
    """
    if not (citation.url.lower().startswith("http://") and address.startswith("https://")):
        return None
    as_written = f"https{citation.url[4:]}"
    is_same = _normalized(as_written) == _normalized(address)
    return point_to_address(FixCause.HTTPS, citation, as_written if is_same else address)


def _normalized(url: str) -> str:
    try:
        return URL(url).href.partition("#")[0]
    except ValueError:
        return url
