"""Where a page went, and whether it still says what was cited."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceKind(StrEnum):
    """What speaks for an address as the new one of a page that is gone."""

    REDIRECT = "archived-redirect"  # an archive keeps a redirect from the old address to it
    CANONICAL = "canonical"  # the archived page called it its own address
    URL_PATTERN = "url-pattern"  # other pages of the site moved by the same rule
    SAME_NAME = (
        "same-name"  # the site names a page whose address ends the same, or has the same number
    )
    TITLE = "title"  # the site names a page by the title of the archived one


@dataclass(frozen=True, slots=True)
class MoveEvidence:
    """One thing that speaks for a proposal; `detail` names what it was seen on: an archived redirect, a sibling's move, a sitemap."""

    kind: EvidenceKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProposal:
    """An address that may be the new one of a broken link.

    `confidence` is 0 to 1. `similarity` is how much of the text kept of the old page stands on the new one, what all pages of the site share
    left out, 0 to 1; None: there was too little to tell by. `compared_with` is the mirror, or the link's own address where we kept the text.
    """

    url: str
    confidence: float
    similarity: float | None
    evidence: tuple[MoveEvidence, ...]
    compared_with: str = ""


class SearchOutcome(StrEnum):
    """What looking for a broken link's new address came to."""

    FOUND = "found"  # there is a proposal, whatever its confidence
    NONE = "none"  # all that could be asked was, and nothing was found
    NO_BASELINE = (
        "no-baseline"  # no text of the old page is known, so that nothing could be held against it
    )
    UNKNOWN = "unknown"  # the archive or the site gave no answer: ask again


class DriftOutcome(StrEnum):
    """Whether a living page still says what was cited."""

    UNCHANGED = "unchanged"  # it does, whatever happened to its frame
    PARTLY_CHANGED = "partly-changed"  # parts of it are gone
    CHANGED = "changed"  # it no longer says what was cited
    UNKNOWN = "unknown"  # cannot be told; the detail says why
