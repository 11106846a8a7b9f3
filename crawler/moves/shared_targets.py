"""Find links whose redirect may lead to a landing page, because other cited pages end there, too.

A site that gives up a section often redirects all of its pages, permanently, to one that only
introduces the subject. `holdfast fix` leaves such links to a person: the new page may show nothing
of what was cited. This module makes no requests.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import unquote

from crawler.archives.spellings import is_same_page
from crawler.http.urls import same_address, split_url

_WORD = re.compile(r"[^\W_]+")
_EXTENSION = re.compile(r"\.[a-z]{2,5}$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MIN_ID_DIGITS: Final = 3  # a shorter number may be that of a page, a chapter or a version
_MIN_SLUG_WORDS: Final = 3  # fewer words, such as `guide`, name a page in each of several folders
_MIN_NAMED_SHARE: Final = 0.5
_MAX_COMPARED: Final = 50  # a page that more cited links end at is a landing page


class Redirect(NamedTuple):
    """A link that redirects.

    Attributes:
        link_id: The link.
        url: Its URL.
        target: The URL at which its redirects end.
    """

    link_id: int
    url: str
    target: str


def links_at_shared_targets(redirects: Iterable[Redirect]) -> frozenset[int]:
    """Return the links whose target is also that of another cited page, and does not name them.

    Args:
        redirects: The links that redirect, of all hosts.

    Returns:
        Their ids. URLs of one page, such as its old and its new address, do not count as two pages.

    >>> home = "https://a.example/help/"
    >>> old = ["http://a.example/faq/login", "http://a.example/faq/printing"]
    >>> sorted(links_at_shared_targets(Redirect(n, url, home) for n, url in enumerate(old)))
    [0, 1]
    >>> post = "https://a.example/posts/7310-a-walk"
    >>> old = ["http://a.example/?p=7310", "http://www.a.example/2019/7310.html"]
    >>> links_at_shared_targets(Redirect(n, url, post) for n, url in enumerate(old))
    frozenset()
    """
    by_target: defaultdict[str, list[Redirect]] = defaultdict(list)
    for redirect in redirects:
        if not same_address(redirect.url, redirect.target):
            by_target[redirect.target].append(redirect)
    doubtful: set[int] = set()
    for sharing in by_target.values():
        doubtful.update(each.link_id for each in sharing if _is_doubtful(each, sharing))
    return frozenset(doubtful)


def _is_doubtful(redirect: Redirect, sharing: list[Redirect]) -> bool:
    """Return whether the target of a redirect may be no page about what the link cites."""
    if len(sharing) > _MAX_COMPARED:
        return True
    return any(
        not _is_one_page(redirect, other) and not _is_named(redirect, other) for other in sharing
    )


def _is_one_page(redirect: Redirect, other: Redirect) -> bool:
    """Return whether two links with one target are addresses of the same page."""
    if is_same_page(redirect.url, other.url):
        return True
    words, other_words = _words(redirect.url), _words(other.url)
    target_words = _words(redirect.target)
    if any(map(_is_id, words & other_words & target_words)):
        return True
    name, other_name = _name(redirect.url), _name(other.url)
    if name != other_name or len(name) < _MIN_SLUG_WORDS or not name <= target_words:
        return False
    numbers = {word for word in words - other_words if word.isdigit()}
    other_numbers = {word for word in other_words - words if word.isdigit()}
    return not (numbers and other_numbers)  # else pages of one name of two years


def _is_named(redirect: Redirect, other: Redirect) -> bool:
    """Return whether the target has what distinguishes the name of one cited page from another."""
    distinguishing = _name(redirect.url) - _words(other.url)
    found = distinguishing & _words(redirect.target)
    return bool(found) and len(found) >= _MIN_NAMED_SHARE * len(distinguishing)


def _is_id(word: str) -> bool:
    """Return whether a word of a URL is the number of a page, and not a year."""
    return word.isdigit() and len(word) >= _MIN_ID_DIGITS and not _YEAR.fullmatch(word)


def _words(url: str) -> frozenset[str]:
    """Return the words and numbers in the path and the query of a URL, in lower case."""
    parts = split_url(url)
    path = _EXTENSION.sub("", parts.path.casefold())
    return frozenset(_WORD.findall(unquote(f"{path} {parts.query}").casefold()))


def _name(url: str) -> frozenset[str]:
    """Return the words of the last folder or file in the path of a URL, and of its query."""
    parts = split_url(url)
    segments = [each for each in parts.path.split("/") if each]
    last = _EXTENSION.sub("", segments[-1].casefold()) if segments else ""
    return frozenset(_WORD.findall(unquote(f"{last} {parts.query}").casefold()))
