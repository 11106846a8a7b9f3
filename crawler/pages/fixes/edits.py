"""Create the edits that a fix consists of, and the reasons for which a link cannot be fixed.

`crawler.pages.fixes.basic_fix_writer` decides which of them a fix needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from store.vocabulary.fixes import (
    CitationFix,
    FixCause,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

# Reasons for which a link is not fixed, as reports show them behind "not fixed:"
NOT_FOUND = "it was not found again: run holdfast scan"
BROKEN_MARKUP = "its markup is broken: fix the markup first"
NO_ROOM = "there is no room for a second archive link: edit this link by hand"
IS_ROBUST = "it is a Robust Link already"
ROBUST_COPY = "it is the copy of a Robust Link, whose date would be wrong: edit it by hand"
UNDATED_COPY = (
    "the date beside it would be wrong, and that of the new copy is not known: edit both by hand"
)
DATED_WORDS = "the words beside it name the day of its copy: edit both by hand"
DATE_IN_FRONT_MATTER = "the front matter has the date of its copy: edit both by hand"
NO_HTML = "its markup can have no attributes: edit this link by hand"
NO_ROOM_BESIDE = "there is no room beside it: edit this link by hand"
IN_CODE = "it is in code, whose text would change: edit it by hand"
EMBEDDED = "the page embeds it, and an archived page cannot replace it: edit it by hand"
MOVED_IMAGE = "the page embeds it, and its new address may not be an image: edit it by hand"
NO_TITLE = (
    "the archive link does not contain the original URL, and this link cannot have a title for "
    "it: edit this link by hand"
)


def title_repeats_url(planned: PlannedFix) -> bool:
    """Return whether the title of a link is only a URL: that of the link before or after the fix.

    If a fix removes the copy that is cited, this includes the original in the copy's title.
    """
    citation = planned.citation
    title = (citation.title or "").strip()
    repeated = {citation.url, planned.target}
    if not planned.is_mirror and planned.cause in (FixCause.LEAVE, FixCause.RETURNED):
        repeated.add(citation.original or "")
    return bool(title) and title in repeated


def url_replacement(planned: PlannedFix, written: str, **changed: Any) -> CitationFix:
    """Return the fix that replaces the URL of a citation.

    Args:
        planned: The fix.
        written: The new URL as written in this place.
        changed: Further fields of the citation whose values differ after the edit.
    """
    citation = planned.citation
    edit = TextEdit(citation.start, citation.end, written)
    fields = {"url": planned.target, "original": planned.original_when_replaced, **changed}
    return CitationFix(planned=planned, edits=(edit,), changed_fields=fields)


def new_copy_day(planned: PlannedFix) -> str:
    """Return the day of a new copy, where the day of the old one is written beside it.

    Raises:
        UnsupportedMarkupError: The URL is no copy, or its day is not known.
    """
    if not planned.is_mirror or planned.captured is None:
        raise UnsupportedMarkupError(UNDATED_COPY)
    return planned.captured.isoformat()


def robust_link_fix(planned: PlannedFix, at: int, escape: Callable[[str], str]) -> CitationFix:
    """Return the fix that makes an HTML link a Robust Link.

    https://robustlinks.mementoweb.org/spec/: a link to the original names the copy, one to the
    copy names the original, and both the day of the copy.

    Args:
        planned: The fix.
        at: The offset behind the attribute with the URL.
        escape: Returns a URL as it is written in an attribute.
    """
    is_original = planned.citation.archive is None
    name, url = ("versionurl", planned.target) if is_original else ("originalurl", planned.original)
    date = f' data-versiondate="{planned.captured.isoformat()}"' if planned.captured else ""
    edit = TextEdit(at, at, f' data-{name}="{escape(url)}"{date}')
    added_mirror = planned.target if is_original else None
    return CitationFix(planned=planned, edits=(edit,), added_mirror=added_mirror)


def mirror_insertion(planned: PlannedFix, *edits: TextEdit) -> CitationFix:
    """Return the fix that adds a mirror beside a citation.

    Args:
        planned: The fix.
        edits: The insertions. The page must then have one more citation, that of the mirror, whose
            original follows from its URL, its title or its position.
    """
    return CitationFix(planned=planned, edits=edits, added_mirror=planned.target)


def with_title(fix: CitationFix, edit: TextEdit, title: str | None) -> CitationFix:
    """Return a fix that also sets or removes the title of a link.

    Args:
        fix: The fix.
        edit: Writes the title.
        title: The whole title of the link after the edit, None if it has none.
    """
    changed = {**fix.changed_fields, "title": title}
    return replace(fix, edits=(*fix.edits, edit), changed_fields=changed)


def capture_date(planned: PlannedFix) -> str:
    """Return the date of a copy, as it is written behind an archive link, or ""."""
    return f", {planned.captured.isoformat()}" if planned.captured else ""


def footnote_labels(is_unused: Callable[[str], bool]) -> Iterator[str]:
    """Return unused labels for the footnotes of archive links: `archived-1` and so on.

    Args:
        is_unused: Returns whether no footnote of the page has a label.
    """
    return filter(is_unused, (f"archived-{number}" for number in count(1)))
