"""Read and correct the attributes of Robust Links, and other dates of copies, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from crawler.pages.fix_edits import DATE_IN_FRONT_MATTER, ROBUST_COPY, dated_text
from crawler.pages.formats.markdown.markup import UrlForm, UrlMarkup
from crawler.pages.html_names import COPY_ATTRIBUTE, COPY_DATE_ATTRIBUTE
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
    rb"[\"']?\s*[:=]",
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
def _has_copy_date_in_front_matter(data: bytes) -> bool:
    front_matter = _FRONT_MATTER.match(data)
    return front_matter is not None and bool(_FRONT_MATTER_DATE.search(front_matter[0]))


def copy_date_edits(data: bytes, planned: PlannedFix, markup: UrlMarkup) -> Sequence[TextEdit]:
    """Return the edit of the attribute that has the date of a replaced copy, if there is one.

    Args:
        data: The page in UTF-8.
        planned: The fix.
        markup: The markup of its citation.

    Raises:
        UnsupportedMarkupError: The attributes of a Robust Link would be wrong.
    """
    citation = planned.citation
    replaces_copy = citation.kind is CitationKind.FRONTMATTER and citation.archive is not None
    if replaces_copy and _has_copy_date_in_front_matter(data):
        raise UnsupportedMarkupError(DATE_IN_FRONT_MATTER)
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
    return [TextEdit(tag.start() + start, tag.start() + end, dated_text(planned))]
