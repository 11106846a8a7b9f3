"""Search the new address of a lost page of which there is no text.

Its address alone must tell: two independent rules by which other pages of the site moved agree on
a new one, or it is a misspelling of an archived address. What is found is marked as not compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import choices
from string import ascii_lowercase
from typing import Final
from urllib.parse import unquote

from crawler.archive_clients.async_client import AsyncArchive
from crawler.http.url_privacy import may_publish
from crawler.http.urls import same_address
from crawler.liveness import sibling_url
from crawler.liveness.redirects import is_home_page
from crawler.moves.candidates import MoveCandidate, candidate_without_text, merge_candidates
from crawler.moves.lost_page import LostPage
from crawler.moves.url_rules import SiteRules
from crawler.reading import PageCache, PoliteReader
from store.vocabulary import EvidenceKind, LookupOutcome, MoveEvidence, Snapshot

_RANDOM_LETTERS: Final = 25
# A shorter word that differs in one character is often another word: "part-ii", "cat" and "car".
_MIN_WORD: Final = 5
_SCHEME_AND_WWW = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]*")


class UnarchivedPages:
    """Searches lost pages of which neither a memento nor an earlier probe shows a text.

    Args:
        archive: The client that lists archived neighbours.
        pages: Reads living pages.
        reader: Says why a page was not read.
    """

    def __init__(self, archive: AsyncArchive, pages: PageCache, reader: PoliteReader) -> None:
        self._archive = archive
        self._pages = pages
        self._reader = reader

    async def search(self, rules: SiteRules, lost: LostPage) -> None:
        """Propose where two rules agree that a page moved, or else the address that was meant.

        Raises:
            LeaseLost: Another process took the host's lease over.
        """
        candidate = candidate_without_text(lost.url, lost.title, rules)
        if candidate is None or not await self._propose(lost, candidate):
            meant = await self._meant_address(lost)
            if meant:
                await self._propose(lost, meant)

    async def _propose(self, lost: LostPage, candidate: MoveCandidate) -> bool:
        """Propose a candidate if its site serves it, and no random address beside it.

        Returns:
            Whether it is proposed.
        """
        page = await self._pages.page(candidate.url)
        if page is None:
            self._note_postponed(lost)
            return False
        if not page.is_served or not same_address(page.url, candidate.url):
            return False
        word = "".join(choices(ascii_lowercase, k=_RANDOM_LETTERS))  # noqa: S311  no secret
        random_url = sibling_url(candidate.url, word)
        control = await self._pages.page(random_url) if random_url else None
        if control is None:
            self._note_postponed(lost)
            return False
        if control.is_served:
            return False
        lost.compare(candidate, page, ())
        return True

    async def _meant_address(self, lost: LostPage) -> MoveCandidate | None:
        """Return the only archived address that one typing error makes the cited one."""
        if lost.task.mementos or not may_publish(lost.url):
            return None
        listing = await self._archive.neighbours(lost.url)
        if listing.outcome is LookupOutcome.UNKNOWN:
            lost.inconclusive_reason = f"the archive's index did not respond: {listing.detail}"
            return None
        meant = meant_address(lost.url, listing.snapshots)
        if meant is None:
            return None
        evidence = MoveEvidence(EvidenceKind.MISSPELT, meant.url)
        candidates = merge_candidates([MoveCandidate(meant.original, (evidence,))], lost.url)
        return candidates[0] if candidates else None

    def _note_postponed(self, lost: LostPage) -> None:
        lost.inconclusive_reason = lost.inconclusive_reason or self._reader.postponed_reason


def meant_address(url: str, archived: Sequence[Snapshot]) -> Snapshot | None:
    """Return the snapshot of the address that was meant where a misspelt one was cited.

    Args:
        url: The cited URL.
        archived: Snapshots of its neighbours.

    Returns:
        The only one that a typing error makes the cited URL; None if there are several, or if the
        cited URL itself was archived.
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

    That is one letter more, less or other, or two letters in the other order (Damerau 1964,
    https://doi.org/10.1145/363958.363994). Another digit is another page, not an error.

    >>> is_typing_error("http://a.example/habrour.html", "http://a.example/harbour.html")
    True
    >>> is_typing_error("http://a.example/report-2", "http://a.example/report-3")
    False
    >>> is_typing_error("http://a.example/part-i", "http://a.example/part-ii")
    False
    """
    ours, theirs = _readable(url), _readable(other)
    if ours == theirs or abs(len(ours) - len(theirs)) > 1:
        return False
    begin = _common_length(ours, theirs)
    end = _common_length(ours[begin:][::-1], theirs[begin:][::-1])
    our_letters = ours[begin : len(ours) - end]
    their_letters = theirs[begin : len(theirs) - end]
    is_swap = len(our_letters) == 2 and our_letters == their_letters[::-1]
    if max(len(our_letters), len(their_letters)) > 1 and not is_swap:
        return False
    if not (our_letters + their_letters).isalpha():
        return False
    return _word_length(theirs, begin) >= _MIN_WORD


def _readable(url: str) -> str:
    """Return a URL without scheme and `www.`, and without escapes."""
    return unquote(_SCHEME_AND_WWW.sub("", url, count=1)).rstrip("/")


def _common_length(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    count = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _word_length(text: str, position: int) -> int:
    """Return the length of the word at a position of a text, as far as it matters."""
    before = _WORD.match(text[max(0, position - _MIN_WORD) : position][::-1])
    after = _WORD.match(text[position : position + _MIN_WORD])
    return len(before[0] if before else "") + len(after[0] if after else "")
