"""Pair the mirrors that a page cites with their originals.

A mirror whose original is uncertain stays without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crawler.archives.local_urls import parse_replay_address
from crawler.archives.mirror_urls import parse_mirror
from crawler.archives.spellings import is_same_page
from crawler.http.urls import is_web_url, link_key, same_address
from store.vocabulary import (
    Citation,
    CitationKind,
    MirrorAddress,
    OriginalSource,
    Page,
    PageWarning,
)

# Some authors write `ttp://` for `http://`, by mistake or so that it is no link.
_URL_IN_TITLE = re.compile(r"h?(ttps?://[^\s<>\"'，。；、）」』】》]+)", re.IGNORECASE)
_WHOLE_TITLE = re.compile(r"\s*h?(ttps?://\S+)\s*", re.IGNORECASE)
_TRAILING_PUNCTUATION = ".,;:!?)]"
# A link text that names the mirror, such as "Internet Archive", and not the original.
_MIRROR_TEXT = re.compile(
    r"archive|wayback|memento|snapshot|mirror|backup|cached?\b|perma(?:\.cc|link)|megalodon|webcite"
    r"|存檔|存档|歸檔|归档|快照|備份|备份|鏡像|镜像|魚拓|アーカイブ|保存版",
    re.IGNORECASE,
)
_MAX_MIRROR_TEXT_LENGTH = 40  # characters; a longer text is a title


def pair_page(page: Page, *, local_archive_url: str = "") -> Page:
    """Return a page with its citations paired, and the warnings of `pair` added to its own.

    Args:
        page: A page as extracted.
        local_archive_url: See `pair`.
    """
    citations, warnings = pair(page.citations, local_archive_url=local_archive_url)
    return replace(page, citations=citations, warnings=(*page.warnings, *warnings))


def pair(
    citations: Sequence[Citation], *, local_archive_url: str = ""
) -> tuple[tuple[Citation, ...], tuple[PageWarning, ...]]:
    """Return one page's citations with `archive` and `original` filled in, and warnings.

    A citation that is not a mirror is its own original. The original of a mirror is the one in its
    URL, else the one in `data-originalurl` of an HTML link, else the URL in its title, else the
    only original in its block if its text is not that of another source (see
    `_is_mirror_of_neighbour`), else None.

    Args:
        citations: The citations, in the order of the page.
        local_archive_url: The base URL of the local archive's replay; URLs below it are mirrors
            too.
    """
    warnings: list[PageWarning] = []
    paired = [
        _pair_by_url_or_title(citation, warnings, local_archive_url) for citation in citations
    ]
    unpaired_blocks = {citation.block for citation in paired if citation.original is None}
    if unpaired_blocks:
        neighbours = _originals_by_block(paired, unpaired_blocks)
        for index, citation in enumerate(paired):
            if citation.original is None:
                paired[index] = _pair_by_neighbour(citation, neighbours[citation.block], warnings)
    return tuple(paired), tuple(warnings)


def _pair_by_url_or_title(
    citation: Citation, warnings: list[PageWarning], local_archive_url: str
) -> Citation:
    """Return a citation with the original that its URL, HTML attribute or title contains.

    Args:
        citation: The citation.
        warnings: Warnings about the citation are added.
        local_archive_url: The base URL of the local archive's replay; "" if there is none.
    """
    archive = parse_mirror(citation.url) or parse_replay_address(citation.url, local_archive_url)
    if archive is None:
        return replace(citation, archive=None, original=citation.url)
    in_attribute = _original_in_attribute(citation.named_original)
    if in_attribute is not None:
        return _pair_by_attribute(citation, archive, in_attribute, warnings)
    in_title = _originals_in_title(citation.title or "")
    if in_title:
        archive = _address_by_title(citation, archive, in_title, warnings)
    return replace(citation, archive=archive, original=archive.original)


def _address_by_title(
    citation: Citation,
    archive: MirrorAddress,
    in_title: Sequence[str],
    warnings: list[PageWarning],
) -> MirrorAddress:
    """Return a mirror's parts with the original that its title names, unless its URL has another.

    Args:
        citation: The citation of the mirror.
        archive: The parts of the mirror's URL.
        in_title: The originals that the title names, at least one.
        warnings: A warning is added if the title names another page than the URL, or several.
    """
    first, recorded = in_title[0], archive.original
    by_title = replace(archive, original=first, original_source=OriginalSource.TITLE)
    if recorded is None:
        if len(in_title) > 1:
            message = f"the title contains {len(in_title)} URLs; the first is used: {first}"
            warnings.append(_warning(citation, "title-two-urls", message))
        return by_title
    if any(same_address(recorded, url) for url in in_title):
        return archive
    if is_same_page(recorded, first):
        return by_title  # it names the page as it was cited, the archive as it recorded it
    message = f"the mirror is of {recorded}, but its title names {first}"
    warnings.append(_warning(citation, "title-disagrees", message))
    return archive


def _pair_by_attribute(
    citation: Citation, archive: MirrorAddress, named: str, warnings: list[PageWarning]
) -> Citation:
    """Return a mirror with the original that its HTML link names, unless its URL has another page.

    Args:
        citation: The citation of the mirror.
        archive: The parts of the mirror's URL.
        named: The original that `data-originalurl` names.
        warnings: A warning is added if the attribute names another page than the URL.
    """
    recorded = archive.original
    if recorded is not None and same_address(recorded, named):
        return replace(citation, archive=archive, original=recorded)
    if recorded is not None and not is_same_page(recorded, named):
        message = f"the mirror is of {recorded}, but its data-originalurl names {named}"
        warnings.append(_warning(citation, "title-disagrees", message))
        return replace(citation, archive=archive, original=recorded)
    archive = replace(archive, original=named, original_source=OriginalSource.ATTRIBUTE)
    return replace(citation, archive=archive, original=named)


def _original_in_attribute(written: str) -> str | None:
    """Return the original that `data-originalurl` names; None if it names no page of the web."""
    if not is_web_url(written):
        return None
    mirror = parse_mirror(written)
    return mirror.original if mirror else written


def _originals_by_block(
    citations: Iterable[Citation], blocks: Iterable[int]
) -> dict[int, dict[str, Citation]]:
    """Return for each block the citations whose original is known: the first one by link key."""
    originals: dict[int, dict[str, Citation]] = {block: {} for block in blocks}
    for citation in citations:
        if citation.original is not None and citation.block in originals:
            originals[citation.block].setdefault(link_key(citation.original), citation)
    return originals


def _pair_by_neighbour(
    citation: Citation, neighbours: Mapping[str, Citation], warnings: list[PageWarning]
) -> Citation:
    """Return a mirror with the original of its neighbour, if it has just one neighbour.

    Args:
        citation: A mirror without a known original.
        neighbours: The citations in its block whose original is known, one for each link key.
        warnings: A warning is added if there are several neighbours.
    """
    if (
        citation.archive is None
        or citation.kind is CitationKind.IMAGE
        or not neighbours
        or not _is_mirror_of_neighbour(citation, neighbours.values())
    ):
        return citation
    if len(neighbours) > 1:
        warnings.append(
            _warning(
                citation,
                "neighbour-ambiguous",
                f"{len(neighbours)} links next to it could be the original of {citation.url}",
            )
        )
        return citation
    original = next(iter(neighbours.values())).original
    archive = replace(citation.archive, original=original, original_source=OriginalSource.NEIGHBOUR)
    return replace(citation, archive=archive, original=original)


def _is_mirror_of_neighbour(citation: Citation, neighbours: Iterable[Citation]) -> bool:
    """Return whether a mirror belongs to the original that its neighbour cites.

    It does if it has no text, its text names a mirror, or it repeats the neighbour's text. Any
    other text shows that it is cited as a separate source.
    """
    text = citation.text.strip()
    if not text or text == citation.url or any(text == other.text.strip() for other in neighbours):
        return True
    return len(text) <= _MAX_MIRROR_TEXT_LENGTH and _MIRROR_TEXT.search(text) is not None


def _originals_in_title(title: str) -> list[str]:
    """Return the distinct originals that a title names.

    Mirrors among them are replaced by their originals; those without a known one are left out.
    """
    whole = _WHOLE_TITLE.fullmatch(title)
    if whole:
        urls = [f"h{whole[1]}"]
    else:
        urls = [
            f"h{found[1].rstrip(_TRAILING_PUNCTUATION)}" for found in _URL_IN_TITLE.finditer(title)
        ]
    originals: dict[str, str] = {}
    for url in urls:
        mirror: MirrorAddress | None = parse_mirror(url)
        original = url if mirror is None else mirror.original
        if original:
            originals.setdefault(link_key(original), original)
    return list(originals.values())


def _warning(citation: Citation, code: str, message: str) -> PageWarning:
    """Return a warning about the place of a citation."""
    return PageWarning(page=citation.page, line=citation.line, code=code, message=message)
