"""The records of fixes: what a citation is to point to, and the edits that make it so.

`reports.patches` plans fixes, the readers of page formats (`crawler.pages.formats`) write them.
All offsets are bytes of the page's text in UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from store.vocabulary.pages import Citation


class FixCause(StrEnum):
    """The reason for which a citation is fixed, which also decides what it will point to."""

    BROKEN = "broken"  # confirmed broken: it will point to the best verified mirror
    SUSPECT = "suspect"  # failing, not confirmed: as for BROKEN, if the user wants it
    MARKED_DEAD = "marked-dead"  # the author marked it as dead: as for BROKEN
    MIRROR_BROKEN = "mirror-broken"  # its mirror fails: it will point to a better one
    OTHER_CAPTURE = "other-capture"  # its mirror shows another capture: it will point to that one
    MOVED = "moved"  # it will point to the new address
    HTTPS = "https"  # http redirects to https, which serves the same: it will be https
    SECOND_MIRROR = "second-mirror"  # a mirror on another service is added, if the user wants it
    # Its mirror is on an archive that the wiki leaves: it will point to a proven copy on another
    # archive, or to the living original.
    LEAVE = "leave"
    ADD_COPY = "add-copy"  # it is alive and has no copy: one is added
    RETURNED = "returned"  # the original of its mirror is alive again: it will point to it
    ROBUST_LINK = "robust-link"  # an HTML link gets attributes that name its copy and original


class MirrorStyle(StrEnum):
    """The form in which an archive link is inserted in a page."""

    TITLE = "title"  # [text](mirror "original")
    BESIDE = "beside"  # [text](original) ([Archived](mirror))
    FOOTNOTE = "footnote"  # [text](original)[^archived-1], mirror and date in the footnote


class UnsupportedMarkupError(ValueError):
    """Raised if a fix cannot be written in this markup. The message is for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFix:
    """A citation, and the URL that it is to point to.

    Attributes:
        cause: Why the citation is fixed.
        citation: The citation.
        target: URL of a mirror, or the new address of the source; it has no character that is
            invalid in a URL or breaks markup.
        is_mirror: Whether the target is a mirror.
        is_of_other_address: Whether the mirror is of another address of the page: the target of a
            captured redirect, or the page on a mobile host.
        captured: The day on which the mirror was captured.
        original: The original of the citation, encoded as the target is, "" if it is unknown.
        learnt_original: The original that the target contains, if the citation does not name it.
        contains_original: Whether the target contains the original, so that readers still find it.
        archive_copy: The mirror of what was cited, to be added beside a new address if the style
            has room for it.
    """

    cause: FixCause
    citation: Citation
    target: str
    is_mirror: bool
    is_of_other_address: bool = False
    captured: date | None = None
    original: str = ""
    learnt_original: str | None = None
    contains_original: bool = False
    archive_copy: PlannedFix | None = None

    @property
    def original_when_replaced(self) -> str | None:
        """The original that a scan will read from the citation once the target replaces its URL."""
        if not self.is_mirror:
            return self.target
        return self.citation.original or self.learnt_original


class TextEdit(Struct, frozen=True):
    """Replaces the bytes from `start` to `end` of the page's text by `text`."""

    start: int
    end: int
    text: str


class SharedEdit(Struct, frozen=True):
    """An edit in one place that several citations take their URL from, such as a definition.

    Attributes:
        edit: The edit.
        places: Start and end of each of these citations.
    """

    edit: TextEdit
    places: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationFix:
    """A planned fix, written in a style.

    Attributes:
        planned: What is fixed.
        edits: The edits of the page.
        changed_fields: The fields of the citation that will read differently, with their values.
        added_mirror: The mirror that is added beside the citation; None if none is added.
        shared: An edit that replaces the edit of the URL if all citations that share the URL get
            the same fix; None if there is no such edit.
    """

    planned: PlannedFix
    edits: tuple[TextEdit, ...]
    changed_fields: Mapping[str, Any] = field(default_factory=dict)
    added_mirror: str | None = None
    shared: SharedEdit | None = None


class FixWriter(Protocol):
    """Write the fixes of one page in the markup of its format."""

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style, or in the nearest one that the format has.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        ...
