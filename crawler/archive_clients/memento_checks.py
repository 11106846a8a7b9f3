"""Check that what an archive with Memento lists is a copy of the page that was looked up."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.archives.interface import NoUsableResponse
from crawler.archives.link_header import parse_link_header
from crawler.archives.mirror_urls import parse_mirror
from crawler.archives.spellings import spelling_of
from crawler.http.urls import host_of, same_address, without_credentials
from store.vocabulary import Spelling

# The spellings of a URL that certainly name the same page; others may name another one.
_EQUIVALENT_SPELLINGS = (Spelling.SAME, Spelling.ESCAPES, Spelling.QUERY_ORDER)
_MAX_URL_SHOWN = 500  # characters in a message


def is_memento(url: str, requested: str, archive_url: str) -> bool:
    """Return whether a URL that an archive lists can be a copy in an archive, of this page.

    Any page of the web would otherwise count as a copy. If the archive is not known, its copies
    are at its own host, or their URLs contain that of the page.

    Args:
        url: The URL of the copy.
        requested: The URL of the page.
        archive_url: The URL of the response that lists the copy; "" if that does not name the page,
            so that the copy's URL has to.

    >>> page, timemap = "http://a.example/b", "https://archive.example/timemap/http://a.example/b"
    >>> is_memento("https://replay.example/2020/http://a.example/b", page, timemap)
    True
    >>> is_memento("http://casino.example/", page, timemap), is_memento(page, page, timemap)
    (False, False)
    """
    if same_address(url, requested):
        return False
    mirror = parse_mirror(url)
    if mirror is not None and mirror.original:
        return _is_equivalent(mirror.original, requested)
    address = without_credentials(requested).partition("://")[2]
    is_of_archive = host_of(url) == host_of(archive_url)
    return mirror is not None or is_of_archive or url.endswith(address)


def not_in_archive(url: str) -> str:
    """Return the message about a listed URL that is no copy of the page."""
    return f"what the response lists is not a copy of the page: {url[:_MAX_URL_SHOWN]}"


def linked_originals(links: str) -> list[str]:
    """Return the targets of the links with the relation type `original` (RFC 7089)."""
    return [target for target, relations in parse_link_header(links) if "original" in relations]


def check_originals(originals: Sequence[str], requested: str) -> None:
    """Check that the requested URL is among the originals, unless there are none.

    Raises:
        NoUsableResponse: All are other pages, as an index that ignores case may return them.
    """
    if originals and not any(_is_equivalent(original, requested) for original in originals):
        raise NoUsableResponse(
            f"the response is about another URL: {originals[0][:_MAX_URL_SHOWN]}"
        )


def check_replayed_original(url: str, requested: str) -> None:
    """Check by its URL that a memento is a copy of the requested URL.

    Raises:
        NoUsableResponse: The URL contains another original, or none.
    """
    mirror = parse_mirror(url)
    if mirror is None or not mirror.original or not _is_equivalent(mirror.original, requested):
        raise NoUsableResponse(f"the original of {url[:_MAX_URL_SHOWN]} is not known")


def _is_equivalent(original: str, requested: str) -> bool:
    """Return whether an original is the requested URL, in an equivalent spelling."""
    return spelling_of(original, requested) in _EQUIVALENT_SPELLINGS
