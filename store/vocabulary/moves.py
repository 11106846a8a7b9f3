"""Records of the search for a page's new URL, and of comparing a page with what was cited."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct


class EvidenceKind(StrEnum):
    """A kind of evidence that a URL is the new one of a page that is gone."""

    REDIRECT = "archived-redirect"  # an archive has a redirect from the old URL to it
    CANONICAL = "canonical"  # the archived page names it as its canonical URL
    URL_PATTERN = "url-pattern"  # other pages of the site moved by the same rule
    # Two independent patterns lead to it; there is no text of the old page to compare it with.
    AGREEING_PATTERNS = "agreeing-patterns"
    MISSPELT = "misspelt"  # it differs by one character, and was archived; the cited URL never was
    SAME_NAME = "same-name"  # the site lists a URL with the same last path segment or number
    TITLE = "title"  # the site lists a page with the title of the archived one


class MoveEvidence(Struct, frozen=True):
    """One piece of evidence for a proposal."""

    kind: EvidenceKind
    detail: str = ""  # where it was seen: an archived redirect, another page's move, a sitemap


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProposal:
    """A URL that may be the new one of a broken link."""

    url: str
    confidence: float  # 0 to 1
    # Share of the old page's text that the new one has, without the text that all pages of the
    # site have in common, 0 to 1; None: there was too little text.
    similarity: float | None
    evidence: tuple[MoveEvidence, ...]
    # The URL whose text was compared: a mirror's, or the link's own if a probe stored the text.
    compared_with: str = ""


class SearchOutcome(StrEnum):
    """The outcome of searching for a broken link's new URL."""

    FOUND = "found"  # there is a proposal, whatever its confidence
    NONE = "none"  # every source responded, and nothing was found
    NO_BASELINE = "no-baseline"  # no text of the old page is known to compare candidates with
    UNKNOWN = "unknown"  # the archive or the site did not respond: search again


class DriftOutcome(StrEnum):
    """The outcome of comparing a living page with a memento of what was cited (content drift)."""

    UNCHANGED = "unchanged"  # the main text is the same; navigation and layout do not count
    PARTLY_CHANGED = "partly-changed"  # parts of the main text are gone
    CHANGED = "changed"  # it no longer says what was cited
    UNKNOWN = "unknown"  # it cannot be compared; the detail says why
