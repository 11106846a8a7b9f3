"""The records of patches. All offsets are bytes of the page's text in UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final

from store.vocabulary import DISTRUSTED_SERVICES, Citation, CitationKind, Page
from store.vocabulary.citing_keys import CITING_KEYS


class FixCause(StrEnum):
    """Why a citation is fixed, and what it will point to."""

    BROKEN = "broken"  # confirmed: to the best verified mirror
    SUSPECT = "suspect"  # failing, not confirmed: the same, if the user wants it
    MARKED_DEAD = "marked-dead"  # its author marked it as dead: the same
    MIRROR_BROKEN = "mirror-broken"  # it points to a mirror that fails: to a better one
    OTHER_CAPTURE = "other-capture"  # its mirror shows another capture: to that one
    MOVED = "moved"  # to the new address
    HTTPS = "https"  # http redirects to https, which serves the same: to https
    SECOND_MIRROR = "second-mirror"  # a mirror on another service is added, if the user wants it
    LEAVE = "leave"  # its archive is left: to a proven copy elsewhere, or the living original
    ADD_COPY = "add-copy"  # it is alive and has no copy: one is added
    RETURNED = "returned"  # the original of its mirror lives again: back to it


# An image is seen in its place, and a key of the front matter has no room for a copy.
KINDS_FOR_COPIES: Final = frozenset(CitationKind) - {CitationKind.IMAGE, CitationKind.FRONTMATTER}


class FixGoal(StrEnum):
    """What a patch is for. A patch has one goal, so that it can be reviewed as a whole."""

    REPAIR = "repair"  # what no longer works
    LEAVE = "leave"  # copies on archives that are to be left
    ADD_COPIES = "add-copies"  # living links without a copy
    ORIGINALS = "originals"  # copies of originals that live again


class MirrorStyle(StrEnum):
    """The form in which an archive link is inserted in a page."""

    TITLE = "title"  # [text](mirror "original")
    BESIDE = "beside"  # [text](original) ([Archived](mirror))
    FOOTNOTE = "footnote"  # [text](original)[^archived-1], mirror and date in the footnote


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPolicy:
    """The fixes that the user wants besides those that are certain.

    Attributes:
        goal: What the patch is for.
        suspects: Fix failing links before they are confirmed broken.
        second_mirrors: Add a mirror on another service beside the only one.
        citing_keys: The keys of front matter that cite sources. None: any key is fixed, also those
            that describe the page itself.
        distrusted: Services to whose copies all others are preferred.
        kinds: The kinds of citations to which copies are added.
    """

    goal: FixGoal = FixGoal.REPAIR
    suspects: bool = False
    second_mirrors: bool = False
    citing_keys: Collection[str] | None = CITING_KEYS
    distrusted: Collection[str] = DISTRUSTED_SERVICES
    kinds: Collection[CitationKind] = KINDS_FOR_COPIES


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFix:
    """The replacement that a citation is to point to.

    Attributes:
        cause: Why it is fixed.
        citation: The citation.
        target: URL of a mirror, or the new address of the source.
        is_mirror: The target is a mirror.
        is_led_to: The mirror is of another address that shows the page: where a captured redirect
            led, or the page of a mobile host.
        captured: The day on which the mirror was captured.
        original: The URL that the mirror is a copy of; None if the citation names it.
        archive_copy: The mirror of what was cited, to be added beside a new address if the style
            has room for it.
    """

    cause: FixCause
    citation: Citation
    target: str
    is_mirror: bool
    is_led_to: bool = False
    captured: date | None = None
    original: str | None = None
    archive_copy: PlannedFix | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replaces the bytes from `start` to `end` of the page's text by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationFix:
    """A planned fix, written in a style.

    Attributes:
        planned: What is fixed.
        edits: The edits of the page.
        changed_fields: The fields of the citation that will read differently, with their values.
        added_mirror: The mirror that is added beside the citation.
    """

    planned: PlannedFix
    edits: tuple[TextEdit, ...]
    changed_fields: Mapping[str, Any] = field(default_factory=dict)
    added_mirror: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFix:
    """A citation that needs a fix and gets none.

    Attributes:
        citation: The citation.
        cause: Why it needs one.
        reason: Why it gets none, in words for the user.
    """

    citation: Citation
    cause: FixCause
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePatch:
    """The fixes of one page.

    Attributes:
        page: The page as read.
        before: Its bytes.
        after: Its bytes with all fixes.
        fixes: What is fixed, in page order.
        skipped: What is not.
    """

    page: Page
    before: bytes
    after: bytes
    fixes: tuple[CitationFix, ...] = ()
    skipped: tuple[SkippedFix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChecks:
    """The functions by which edits are verified, which this package may not import.

    Attributes:
        read_page: Reads the bytes of a page as a scan does, given its path.
        same_address: Returns whether two URLs identify the same link.
    """

    read_page: Callable[[bytes, str], Page]
    same_address: Callable[[str, str], bool]


def collect_edits(fixes: Sequence[CitationFix]) -> Sequence[TextEdit]:
    """Return the edits of all fixes, first the first of each.

    A footnote mark at the very end of a page must come before the footnotes that are added there.
    """
    ranks = zip_longest(*(fix.edits for fix in fixes))
    return [edit for rank in ranks for edit in rank if edit]
