"""Write a URL into the title of a Markdown link, or remove a title."""

from __future__ import annotations

import re

from crawler.pages.fixes.edits import with_title
from crawler.pages.formats.markdown.markup import UrlForm, UrlMarkup
from crawler.pages.formats.markdown.url_forms import as_attribute_value, as_title_text
from crawler.pages.source.html_attributes import attribute_extent, unescape_attribute
from store.vocabulary.fixes import CitationFix, TextEdit

_URL = re.compile(rb"https?://", re.IGNORECASE)
_WHOLE_URL = re.compile(rb"https?://[^\s\"'<>]+", re.IGNORECASE)
_TITLE_VALUES = re.compile(
    rb"""\stitle\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))""", re.IGNORECASE
)
QUOTE = '"'


def put_mirror_in_title(
    data: bytes, fix: CitationFix, markup: UrlMarkup, mirror: str
) -> CitationFix | None:
    """Return the fix with the mirror in the link's title; None if the title cannot have it.

    Args:
        data: The page's text in UTF-8.
        fix: The fix that replaces the URL by the original.
        markup: The markup of the link.
        mirror: The mirror.
    """
    if markup.title_span is None:
        return add_url_to_title(data, fix, markup, mirror)
    start, end = markup.title_span
    found = _WHOLE_URL.search(data, start, end)
    old_title = fix.planned.citation.title or ""
    if found is None:
        return _extend_title(data, fix, markup.title_span, mirror)
    written = as_title_text(mirror, data[end : end + 1].decode())
    in_title = _WHOLE_URL.search(old_title.encode())
    if in_title is None:
        return None
    new_title = old_title.replace(in_title[0].decode(), mirror, 1)
    edit = TextEdit(found.start(), found.end(), written)
    return with_title(fix, edit, new_title)


def add_url_to_title(
    data: bytes, fix: CitationFix, markup: UrlMarkup, url: str
) -> CitationFix | None:
    """Return a fix that also adds a URL to the title of its link.

    Args:
        data: The page's text in UTF-8.
        fix: The fix that replaces the link's URL.
        markup: The markup of the link.
        url: The original or the mirror.

    Returns:
        The fix; unchanged if the title already has a URL. None if the link can have no title.
    """
    if markup.title_span is not None:
        return _extend_title(data, fix, markup.title_span, url)
    at = markup.title_offset
    if at is None:
        return None
    if markup.form is not UrlForm.ATTRIBUTE:
        edit = TextEdit(at, at, f' "{as_title_text(url, QUOTE)}"')
    elif fix.planned.citation.text:
        edit = TextEdit(at, at, f' title="{as_attribute_value(url)}"')
    else:
        return None  # the title would be read as the link's text
    return with_title(fix, edit, url)


def remove_title(data: bytes, fix: CitationFix, markup: UrlMarkup) -> CitationFix:
    """Return a fix that also removes the title of its link, if that can be done.

    Args:
        data: The page's text in UTF-8.
        fix: The fix.
        markup: The markup of the link.
    """
    citation = fix.planned.citation
    if markup.form is UrlForm.ATTRIBUTE:
        extent = _title_attribute(data, markup, citation.title or "")
        if extent is None or not citation.text:
            return fix  # the title is read as the text of a link that has none
        return with_title(fix, TextEdit(*extent, ""), None)
    if markup.title_span is None or markup.title_offset is None:
        return fix
    start, end = markup.title_offset, markup.title_span[1] + 1
    if data[start : markup.title_span[0] - 1].strip():
        return fix  # the title is on a line of a quotation, of which only `>` would stay
    return with_title(fix, TextEdit(start, end, ""), None)


def _title_attribute(data: bytes, markup: UrlMarkup, title: str) -> tuple[int, int] | None:
    """Return the span of an HTML link's `title` attribute with the given value, or None."""
    for found in _TITLE_VALUES.finditer(data, markup.start, markup.end):
        group = found.lastindex or 0
        if unescape_attribute(found[group].decode(errors="replace")) == title:
            return attribute_extent(data, *found.span(group))
    return None


def _extend_title(data: bytes, fix: CitationFix, title: tuple[int, int], url: str) -> CitationFix:
    """Return a fix that also adds a URL at the end of a title that has none."""
    start, end = title
    if _URL.search(data, start, end):
        return fix
    closer = data[end : end + 1].decode()
    text = as_title_text(url, closer)
    if not data[start:end].strip():
        return with_title(fix, TextEdit(end, end, text), url)
    new_title = f"{fix.planned.citation.title} {url}"
    return with_title(fix, TextEdit(end, end, f" {text}"), new_title)
