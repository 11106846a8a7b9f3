"""Read and correct the attributes of Robust Links, and other dates of copies, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from crawler.pages.fixes.copy_dates import timestamp_day
from crawler.pages.fixes.edits import DATE_IN_FRONT_MATTER, ROBUST_COPY, UNDATED_COPY, new_copy_day
from crawler.pages.formats.markdown.markup import UrlForm, UrlMarkup
from crawler.pages.source.html_vocabulary import COPY_ATTRIBUTE, COPY_DATE_ATTRIBUTE
from crawler.pages.source.written_dates import written_date
from store.vocabulary import Citation, CitationKind
from store.vocabulary.fixes import PlannedFix, TextEdit, UnsupportedMarkupError

_TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_BEFORE_COPY = re.compile(rb"\s%b\s*=\s*[\"']?\s*\Z" % COPY_ATTRIBUTE, re.IGNORECASE)
_ATTRIBUTE_BYTES = 64
_ROBUST_ATTRIBUTE = re.compile(rb"\sdata-(?:version|original)url\s*=", re.IGNORECASE)
_NAMES_COPY = re.compile(rb"\s%b\s*=" % COPY_ATTRIBUTE, re.IGNORECASE)
_COPY_DATE = re.compile(
    rb"\s%b\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))" % COPY_DATE_ATTRIBUTE, re.IGNORECASE
)
_FRONT_MATTER = re.compile(
    rb"\A\s*(---|\+\+\+|\{)[^\n]*\n.*?^(?:---|\+\+\+|\})", re.DOTALL | re.MULTILINE
)
_FRONT_MATTER_DATE = re.compile(
    rb"^[ \t,{\-]*[\"']?(?:archived?|snapshot|wayback|memento)[-_ ]?(?:date|on|at|time)"
    rb"[\"']?[ \t]*[:=][ \t]*([\"']?)([^\"'\n#]*?)\1[ \t]*,?[ \t\r]*(?:#[^\n]*)?$",
    re.IGNORECASE | re.MULTILINE,
)


def has_robust_attribute(data: bytes, markup: UrlMarkup) -> bool | None:
    """Return whether a tag has an attribute of Robust Links, None if its end is not found."""
    tag = _TAG.match(data, markup.start)
    return None if tag is None else bool(_ROBUST_ATTRIBUTE.search(tag[0]))


def is_copy_in_attribute(data: bytes, citation: Citation) -> bool:
    """Return whether a citation's URL is in the Robust Links attribute that names a copy."""
    before = max(0, citation.start - _ATTRIBUTE_BYTES)
    return bool(_BEFORE_COPY.search(data, before, citation.start))


@lru_cache(maxsize=1)  # a page may have thousands of fixes
def _copy_dates_in_front_matter(data: bytes) -> Sequence[slice]:
    """Return where the front matter has the dates of copies."""
    front_matter = _FRONT_MATTER.match(data)
    found = _FRONT_MATTER_DATE.finditer(front_matter[0]) if front_matter else ()
    return [slice(*each.span(2)) for each in found]


def _front_matter_edits(data: bytes, planned: PlannedFix) -> Sequence[TextEdit]:
    """Return the edit of the only date of a copy in the front matter, if it is that of this copy.

    Raises:
        UnsupportedMarkupError: It would be wrong, or there are several.
    """
    dates = _copy_dates_in_front_matter(data)
    archive = planned.citation.archive
    if not dates or archive is None:
        return ()
    old, day = timestamp_day(archive.timestamp), planned.captured
    if not planned.is_mirror or old is None or len(dates) > 1:
        raise UnsupportedMarkupError(DATE_IN_FRONT_MATTER)
    (place,) = dates
    sample = data[place].decode(errors="replace")
    has_slashes = sample == f"{old:%Y/%m/%d}"
    if not has_slashes and sample != written_date(old, [sample]):
        raise UnsupportedMarkupError(DATE_IN_FRONT_MATTER)
    if day is None:
        raise UnsupportedMarkupError(UNDATED_COPY)
    written = f"{day:%Y/%m/%d}" if has_slashes else written_date(day, [sample])
    return [TextEdit(place.start, place.stop, written)] if written != sample else ()


def copy_date_edits(data: bytes, planned: PlannedFix, markup: UrlMarkup) -> Sequence[TextEdit]:
    """Return the edit of the date of a replaced copy, in an attribute or in the front matter.

    Args:
        data: The page in UTF-8.
        planned: The fix.
        markup: The markup of its citation.

    Raises:
        UnsupportedMarkupError: The date would be wrong.
    """
    citation = planned.citation
    if citation.kind is CitationKind.FRONTMATTER:
        return _front_matter_edits(data, planned)
    tag = _TAG.match(data, markup.start) if markup.form is UrlForm.ATTRIBUTE else None
    if tag is None or citation.archive is None:
        return ()
    is_named = is_copy_in_attribute(data, citation)
    if not is_named and _NAMES_COPY.search(tag[0]):
        return ()  # the date is that of the copy which the attribute names
    date = _COPY_DATE.search(tag[0])
    if not planned.is_mirror and (is_named or date):
        raise UnsupportedMarkupError(ROBUST_COPY)
    if date is None:
        return ()
    start, end = date.span(date.lastindex or 0)
    return [TextEdit(tag.start() + start, tag.start() + end, new_copy_day(planned))]
