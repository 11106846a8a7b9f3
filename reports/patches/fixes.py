"""What a citation should lead to, by what is known of its link and its mirrors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urldefrag

from ada_url import URL
from msgspec.structs import replace

from reports.mirror_choice import best_mirror
from reports.patches.records import FixCause, SkippedFix, PlannedFix, FixPolicy
from reports.patches.url_forms import embeds_original, encode_unsafe
from store.queries.links import LinkFinding, MirrorFinding
from store.vocabulary import Citation, Reason, Role, State
from store.vocabulary.secrets import remove_credentials, redact_tokens

NO_MIRROR = "no verified mirror is known"
NOT_PUBLIC = "its new address holds a token or password that the page does not have"

_LIVING = (State.ALIVE, State.MOVED)


class CitationKey(NamedTuple):
    """Where on its page a citation begins, and what it says: what finds it again as long as the page has not changed."""

    line: int
    column: int
    url: str


@dataclass(frozen=True, slots=True)
class CitedLink:
    """What is known of one citation: its link, the mirror it leads to, if it does, and where a link that is broken moved to, if that was found."""

    link: LinkFinding
    mirror: MirrorFinding | None
    new_address: str | None = None


def citations_by_page(
    findings: Iterable[LinkFinding], new_addresses: Mapping[int, str] = {}
) -> Mapping[str, Mapping[CitationKey, CitedLink]]:
    """Sort what is known of links by the places that cite them, leaving out those with nothing to mend. Pages come in the order of paths.

    `offers` are the new addresses of broken links, by the ids of the links, as far as they are to be offered.
    """
    pages: dict[str, dict[CitationKey, CitedLink]] = {}
    for link in findings:
        if link.role is not Role.LINK or not _may_need_mending(link):
            continue
        mirrors = {mirror.id: mirror for mirror in link.mirrors}
        for place in link.citations:
            mirror = mirrors.get(place.mirror_id) if place.mirror_id is not None else None
            pages.setdefault(place.page, {})[CitationKey(place.line, place.column, place.url)] = (
                CitedLink(link, mirror, new_addresses.get(link.id))
            )
    return {path: pages[path] for path in sorted(pages)}


def choose_fix(
    citation: Citation,
    cited: CitedLink,
    policy: FixPolicy,
    *,
    covered: bool,
    services: Sequence[str],
) -> PlannedFix | SkippedFix | None:
    """Say what is to become of a citation; None where nothing is.

    `covered` says that a mirror of its link stands beside it already, `services` which ones hold the mirrors there, its own included.
    """
    if citation.archive is None:
        return _of_original(citation, cited, policy, covered=covered)
    if cited.mirror is not None and _fails(cited.mirror.state, policy):
        return _to_mirror(FixCause.MIRROR_BROKEN, citation, cited.link)
    if policy.second_mirrors:
        others = replace(
            cited.link,
            mirrors=tuple(
                mirror for mirror in cited.link.mirrors if mirror.service not in services
            ),
        )
        if len(set(services)) == 1 and best_mirror(others):
            return _to_mirror(FixCause.SECOND_MIRROR, citation, others)
    return None


def _may_need_mending(link: LinkFinding) -> bool:
    """Whether any citation of a link could be in need; most need not be looked at on their pages."""
    standing = link.tracked_state
    return (
        bool(link.mirrors)
        or standing.state in (State.BROKEN, State.SUSPECT, State.MOVED)
        or standing.reason is Reason.CANONICALISED
    )


def _fails(state: State, policy: FixPolicy) -> bool:
    return state is State.BROKEN or (policy.suspects and state is State.SUSPECT)


def _of_original(
    citation: Citation, cited: CitedLink, policy: FixPolicy, *, covered: bool
) -> PlannedFix | SkippedFix | None:
    link, state = cited.link, cited.link.tracked_state.state
    if state is State.MOVED and link.final_url:
        return _to_address(FixCause.MOVED, citation, link.final_url)
    if state is State.ALIVE and link.tracked_state.reason is Reason.CANONICALISED and link.final_url:
        return _to_https(citation, link.final_url)
    if (
        cited.new_address
        and _fails(state, policy)
        and not _adds_secret(citation, cited.new_address)
    ):
        kept = None if covered else _to_mirror(FixCause.MOVED, citation, link)
        return _to_address(
            FixCause.MOVED,
            citation,
            cited.new_address,
            keeps=kept if isinstance(kept, PlannedFix) else None,
        )
    if covered:
        return None
    if _fails(state, policy):
        return _to_mirror(
            FixCause.BROKEN if state is State.BROKEN else FixCause.SUSPECT, citation, link
        )
    if citation.marked_dead and state not in _LIVING and best_mirror(link):
        return _to_mirror(FixCause.MARKED_DEAD, citation, link)
    return None


def _to_mirror(cause: FixCause, citation: Citation, link: LinkFinding) -> PlannedFix | SkippedFix:
    # what the citation leads to already may be known twice: as it is cited, and as our own archive has it
    mirror = best_mirror(
        replace(
            link, mirrors=tuple(mirror for mirror in link.mirrors if mirror.url != citation.url)
        )
    )
    if mirror is None:
        return SkippedFix(citation=citation, cause=cause, reason=NO_MIRROR)
    target = encode_unsafe(mirror.url)
    fragment = urldefrag(citation.url).fragment
    if (
        fragment
        and citation.archive is None
        and "#" not in target
        and embeds_original(target, citation.url)
    ):
        target = f"{target}#{fragment}"  # the copy has the place, too
    captured = mirror.captured_at.date() if mirror.captured_at else None
    return PlannedFix(
        cause=cause, citation=citation, target=target, is_mirror=True, captured=captured
    )


def _adds_secret(citation: Citation, address: str) -> bool:
    """Tell whether an address holds a secret that does not stand on the page already, where everybody could read it from then on."""
    return redact_tokens(remove_credentials(address), citation.url) != address


def _to_address(
    cause: FixCause, citation: Citation, address: str, *, keeps: PlannedFix | None = None
) -> PlannedFix | SkippedFix | None:
    """A fragment goes along where the new address names none (RFC 9110, 10.2.2)."""
    if _adds_secret(citation, address):
        return SkippedFix(citation=citation, cause=cause, reason=NOT_PUBLIC)
    target, fragment = encode_unsafe(address), urldefrag(citation.url).fragment
    if fragment and "#" not in target:
        target = f"{target}#{fragment}"
    return (
        PlannedFix(
            cause=cause, citation=citation, target=target, is_mirror=False, archive_copy=keeps
        )
        if target != citation.url
        else None
    )


def _to_https(citation: Citation, address: str) -> PlannedFix | SkippedFix | None:
    """Change the scheme alone where that is all the server changed, so that the rest stays as its author wrote it."""
    if not (citation.url.lower().startswith("http://") and address.startswith("https://")):
        return None
    written = f"https{citation.url[4:]}"
    return _to_address(
        FixCause.HTTPS, citation, written if _request(written) == _request(address) else address
    )


def _request(url: str) -> str:
    try:
        return URL(url).href.partition("#")[0]
    except ValueError:
        return url
