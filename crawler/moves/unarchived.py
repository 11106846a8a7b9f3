"""Propose the new address of a lost page whose text is not known.

Only addresses are evidence: two independent rules by which other pages of the site moved agree on
a new address, or the cited one is a misspelling of an archived address. Such proposals are marked
as not compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from crawler.archive_clients.async_client import AsyncArchive
from crawler.archives.short_links import is_short_link
from crawler.http.url_privacy import may_publish
from crawler.http.urls import same_address
from crawler.liveness import random_name, sibling_url
from crawler.liveness.rules.redirects import is_home_page
from crawler.moves.candidates import MoveCandidate, candidate_without_text, merge_candidates
from crawler.moves.lost_page import LostPage
from crawler.moves.url_rules import SiteRules
from crawler.reading import PageCache, PoliteReader
from store.vocabulary import EvidenceKind, LookupOutcome, MoveEvidence, Snapshot

# Shorter words that differ in one character are often different words: "part-ii", "cat" and "car".
_MIN_WORD_LENGTH: Final = 5
_SCHEME_AND_WWW = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]*")


class UnarchivedPages:
    """Searches for lost pages of which neither a memento nor an earlier probe shows the text.

    Args:
        archive: The client that lists archived neighbours.
        pages: Reads living pages.
        reader: The reader that `pages` uses; its `postponed_reason` says why a page was not read.
    """

    def __init__(self, archive: AsyncArchive, pages: PageCache, reader: PoliteReader) -> None:
        self._archive = archive
        self._pages = pages
        self._reader = reader

    async def search(self, rules: SiteRules, lost: LostPage) -> None:
        """Propose the address on which two rules agree, or else the one that was misspelt.

        Args:
            rules: The rules by which other pages of the site moved.
            lost: The lost page; its `proposals` then contain what was found.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        candidate = candidate_without_text(lost.url, lost.title, rules)
        if candidate is None or not await self._propose(lost, candidate):
            intended = await self._find_intended_address(lost)
            if intended:
                await self._propose(lost, intended)

    async def _propose(self, lost: LostPage, candidate: MoveCandidate) -> bool:
        """Propose a candidate if its site serves it, but not a random address in its folder.

        Returns:
            Whether it is proposed.
        """
        page = await self._pages.page(candidate.url)
        if page is None:
            self._note_postponed(lost)
            return False
        if not page.is_served or not same_address(page.url, candidate.url):
            return False
        random_url = sibling_url(candidate.url, random_name())
        control = await self._pages.page(random_url) if random_url else None
        if control is None:
            self._note_postponed(lost)
            return False
        if control.is_served:
            return False
        lost.add_uncompared(candidate, page.url)
        return True

    async def _find_intended_address(self, lost: LostPage) -> MoveCandidate | None:
        """Return the archived address of which the cited one is a misspelling; None without one.

        A short link has no words that could be misspelt: one with another letter is another page's.
        """
        if lost.task.mementos or is_short_link(lost.url) or not may_publish(lost.url):
            return None
        listing = await self._archive.neighbours(lost.url)
        if listing.outcome is LookupOutcome.UNKNOWN:
            lost.inconclusive_reason = f"the archive's index did not respond: {listing.detail}"
            return None
        intended = intended_address(lost.url, listing.snapshots)
        if intended is None:
            return None
        evidence = MoveEvidence(EvidenceKind.MISSPELT, intended.url)
        candidates = merge_candidates([MoveCandidate(intended.original, (evidence,))], lost.url)
        return candidates[0] if candidates else None

    def _note_postponed(self, lost: LostPage) -> None:
        lost.inconclusive_reason = lost.inconclusive_reason or self._reader.postponed_reason


def intended_address(url: str, archived: Sequence[Snapshot]) -> Snapshot | None:
    """Return the snapshot of the address of which a cited URL is a misspelling.

    Args:
        url: The cited URL.
        archived: Snapshots of its neighbours.

    Returns:
        The only one whose address differs by one typing error; None if there are several, or if
        the cited URL itself was archived.
    """
    if any(same_address(snapshot.original, url) for snapshot in archived):
        return None
    found: list[Snapshot] = []
    for snapshot in archived:
        is_known = any(same_address(snapshot.original, other.original) for other in found)
        if not is_known and is_typing_error(url, snapshot.original):
            found.append(snapshot)
    if len(found) != 1 or is_home_page(found[0].original):
        return None
    return found[0]


def is_typing_error(url: str, other: str) -> bool:
    """Return whether two URLs differ by one typing error within a word.

    A typing error is a letter that is added, missing or replaced, or two letters that are swapped
    (Damerau 1964, https://doi.org/10.1145/363958.363994). A different digit names another page.

    >>> is_typing_error("http://a.example/habrour.html", "http://a.example/harbour.html")
    True
    >>> is_typing_error("http://a.example/report-2", "http://a.example/report-3")
    False
    >>> is_typing_error("http://a.example/part-i", "http://a.example/part-ii")
    False
    """
    text, other_text = _readable(url), _readable(other)
    if text == other_text or abs(len(text) - len(other_text)) > 1:
        return False
    begin = _common_prefix_length(text, other_text)
    end = _common_prefix_length(text[begin:][::-1], other_text[begin:][::-1])
    letters = text[begin : len(text) - end]
    other_letters = other_text[begin : len(other_text) - end]
    is_swap = len(letters) == 2 and letters == other_letters[::-1]
    if max(len(letters), len(other_letters)) > 1 and not is_swap:
        return False
    if not (letters + other_letters).isalpha():
        return False
    return _word_length(other_text, begin) >= _MIN_WORD_LENGTH


def _readable(url: str) -> str:
    """Return a URL without scheme and `www.`, and without escapes."""
    return unquote(_SCHEME_AND_WWW.sub("", url, count=1)).rstrip("/")


def _common_prefix_length(one: str, other: str) -> int:
    """Return how many characters at their beginning two texts have in common."""
    count = 0
    for character, other_character in zip(one, other, strict=False):
        if character != other_character:
            break
        count += 1
    return count


def _word_length(text: str, position: int) -> int:
    """Return the length of the word at a position, up to `_MIN_WORD_LENGTH` on each side."""
    before = _WORD.match(text[max(0, position - _MIN_WORD_LENGTH) : position][::-1])
    after = _WORD.match(text[position : position + _MIN_WORD_LENGTH])
    return len(before[0] if before else "") + len(after[0] if after else "")
