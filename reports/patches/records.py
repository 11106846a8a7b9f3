"""The words of patches: why a citation is mended, what it becomes, and what came of a page. Offsets are bytes of the page's text in UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from store.vocabulary import Citation, Page


class FixCause(StrEnum):
    """Why a citation is mended."""

    BROKEN = "broken"  # confirmed: to the best verified mirror
    SUSPECT = "suspect"  # failing, not confirmed: the same, where asked for
    MARKED_DEAD = "marked-dead"  # its author says so: the same
    MIRROR_BROKEN = "mirror-gone-bad"  # it leads to a mirror that fails: to a better one
    MOVED = "moved"  # to the new address
    HTTPS = "https"  # http leads to https, which serves the same: to https
    SECOND_MIRROR = "second-mirror"  # a mirror on another service is added, where asked for


class MirrorStyle(StrEnum):
    """How a mirror stands on a page."""

    TITLE = "title"  # [text](mirror "original")
    BESIDE = "beside"  # [text](original) ([Archived](mirror))
    FOOTNOTE = (
        "footnote"  # [text](original)[^archived-1], and the mirror with its date in the footnote
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPolicy:
    """What a person asked for besides what is certain."""

    suspects: bool = False
    second_mirrors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFix:
    """What one citation should lead to: `target`, a mirror taken on the day `captured`, or (`is_mirror` false) an address of the source.

    `keeps` is the mirror of what was cited, to stand beside a new address where the style has room for it.
    """

    cause: FixCause
    citation: Citation
    target: str
    is_mirror: bool
    captured: date | None = None
    archive_copy: PlannedFix | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The bytes from `start` to `end` of the page's text in UTF-8 become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationFix:
    """A remedy as it is written: its edits, the fields of the citation that read differently behind them, and the mirror added beside it."""

    planned: PlannedFix
    edits: tuple[TextEdit, ...]
    changed_fields: Mapping[str, Any] = field(default_factory=dict)
    added_mirror: str | None = None


def collect_edits(mends: Sequence[CitationFix]) -> Sequence[TextEdit]:
    """Give all edits, the first of each mend first: a mark at the very end of a page comes before the footnotes that are added there."""
    return [edit for rank in zip_longest(*(mend.edits for mend in mends)) for edit in rank if edit]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFix:
    """A citation that was to be mended and was not, and why, in words for a person."""

    citation: Citation
    cause: FixCause
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePatch:
    """What came of one page: its bytes before and after, and what was mended."""

    page: Page
    before: bytes
    after: bytes
    fixes: tuple[CitationFix, ...] = ()
    skipped: tuple[SkippedFix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChecks:
    """How an edit is verified: `reread` reads a page's bytes as a scan does, `same_address` says whether two URLs name one thing."""

    read_page: Callable[[bytes, str], Page]
    same_address: Callable[[str, str], bool]
