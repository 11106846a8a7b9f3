"""Which citation of a page is whose mirror. Pure; what is not certain stays open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crawler.archives.local_urls import parse_replay_address
from crawler.archives.mirror_urls import parse_mirror
from crawler.http.urls import link_key, same_address
from store.vocabulary import (
    Citation,
    CitationKind,
    MirrorAddress,
    OriginalSource,
    Page,
    PageWarning,
)

# h is left out of http on purpose by some, so that nobody clicks; and by accident
_URL_IN_TITLE = re.compile(r"h?(ttps?://[^\s<>\"'，。；、）」』】》]+)", re.IGNORECASE)
_WHOLE_TITLE = re.compile(r"\s*h?(ttps?://\S+)\s*", re.IGNORECASE)
_AFTER_URL = ".,;:!?)]"
# a link text that names the copy and not the thing copied
_NAMES_A_COPY = re.compile(
    r"archive|wayback|memento|snapshot|mirror|backup|cached?\b|perma(?:\.cc|link)|megalodon|webcite|存檔|存档|歸檔|归档|快照|備份|备份|鏡像|镜像|魚拓|アーカイブ|保存版",
    re.IGNORECASE,
)
_LONGEST_NAME_OF_A_COPY = 40


def pair_page(page: Page, *, local_archive_url: str = "") -> Page:
    """Give a page's citations the originals behind them, and the page the warnings of that. See `pair`."""
    citations, warnings = pair(page.citations, local_archive_url=local_archive_url)
    return replace(page, citations=citations, warnings=(*page.warnings, *warnings))


def pair(
    citations: Sequence[Citation], *, local_archive_url: str = ""
) -> tuple[tuple[Citation, ...], tuple[PageWarning, ...]]:
    """Fill `archive` and `original` of one page's citations, in order.

    A citation that is no mirror is its own original. A mirror's original is the one inside its URL, else the URL in its title, else the only
    original of its block, where its text names a copy (`Internet Archive`) or repeats the neighbour's; else None.
    `own_archive` is the base URL of an archive of one's own: what lies below it is a mirror, too.
    """
    warnings: list[PageWarning] = []
    paired = [_pair_alone(citation, warnings, local_archive_url) for citation in citations]
    open_blocks = {citation.block for citation in paired if citation.original is None}
    if open_blocks:
        beside = _originals_by_block(paired, open_blocks)
        paired = [
            _pair_in_block(citation, beside[citation.block], warnings)
            if citation.original is None
            else citation
            for citation in paired
        ]
    return tuple(paired), tuple(warnings)


def _pair_alone(citation: Citation, warnings: list[PageWarning], own_archive: str) -> Citation:
    """What the citation says by itself: inside its URL, or in its title."""
    archive = parse_mirror(citation.url) or parse_replay_address(citation.url, own_archive)
    if archive is None:
        return replace(citation, archive=None, original=citation.url)
    titled = _originals_in(citation.title) if citation.title else []
    if len(titled) > 1 and not archive.original:
        warnings.append(
            _warning(
                citation,
                "title-two-urls",
                f"the title holds {len(titled)} URLs; the first is taken: {titled[0]}",
            )
        )
    if titled and not archive.original:
        archive = replace(archive, original=titled[0], original_source=OriginalSource.TITLE)
    elif (
        titled
        and archive.original
        and not any(same_address(archive.original, url) for url in titled)
    ):
        warnings.append(
            _warning(
                citation,
                "title-disagrees",
                f"the mirror is of {archive.original}, its title names {titled[0]}",
            )
        )
    return replace(citation, archive=archive, original=archive.original)


def _originals_by_block(
    citations: Iterable[Citation], blocks: Iterable[int]
) -> dict[int, dict[str, Citation]]:
    """For each of `blocks`, the first citation of each link whose original is known."""
    beside: dict[int, dict[str, Citation]] = {block: {} for block in blocks}
    for citation in citations:
        if citation.original is not None and citation.block in beside:
            beside[citation.block].setdefault(link_key(citation.original), citation)
    return beside


def _pair_in_block(
    citation: Citation, beside: Mapping[str, Citation], warnings: list[PageWarning]
) -> Citation:
    """What the neighbours say of a mirror that does not tell its original."""
    if (
        citation.archive is None
        or citation.kind is CitationKind.IMAGE
        or not beside
        or not _is_copy_of_neighbour(citation, beside.values())
    ):
        return citation
    if len(beside) > 1:
        warnings.append(
            _warning(
                citation,
                "neighbour-ambiguous",
                f"{len(beside)} links beside it could be the original of {citation.url}",
            )
        )
        return citation
    original = next(iter(beside.values())).original
    archive = replace(citation.archive, original=original, original_source=OriginalSource.NEIGHBOUR)
    return replace(citation, archive=archive, original=original)


def _is_copy_of_neighbour(citation: Citation, neighbours: Iterable[Citation]) -> bool:
    """A mirror with a text of its own is a source of its own; one without, or called a copy, or by its neighbour's name, is a copy."""
    text = citation.text.strip()
    if not text or text == citation.url or any(text == other.text.strip() for other in neighbours):
        return True
    return len(text) <= _LONGEST_NAME_OF_A_COPY and _NAMES_A_COPY.search(text) is not None


def _originals_in(title: str) -> list[str]:
    """The distinct originals a title names, mirrors among them unwrapped, those without an original left out."""
    whole = _WHOLE_TITLE.fullmatch(title)
    urls = (
        [f"h{whole[1]}"]
        if whole
        else [f"h{found[1].rstrip(_AFTER_URL)}" for found in _URL_IN_TITLE.finditer(title)]
    )
    originals: dict[str, str] = {}
    for url in urls:
        mirror: MirrorAddress | None = parse_mirror(url)
        original = url if mirror is None else mirror.original
        if original:
            originals.setdefault(link_key(original), original)
    return list(originals.values())


def _warning(citation: Citation, code: str, message: str) -> PageWarning:
    return PageWarning(page=citation.page, line=citation.line, code=code, message=message)
