"""Locate the markup around a citation's URL: its extent, its title and where to add text."""

from __future__ import annotations

import re
from enum import Enum, auto

from msgspec import Struct

from crawler.pages.fixes.embedded_media import is_directive_argument
from store.vocabulary import Citation, CitationKind

# Bytes that are searched for a definition's label (999 characters in CommonMark), or a tag's ends
_MAX_LABEL_BYTES = 4200
_MAX_TITLE_BYTES = 65_536  # a longer "title" is a quotation mark that is never closed
_MAX_INLINE_START_BYTES = 80  # between the text of an inline link and its destination

_INLINE = re.compile(rb"\]\(\s*(?:>\s*)*<?\Z")
_DEFINITION = re.compile(
    rb"(?:\A|\n)[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
    rb"\[(?!\^)(?:[^\[\]\\\n]|\\.)+\]:[ \t]*(?:\n[ \t>]*)?<?\Z"
)
_TITLE = rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)"
_INLINE_TAIL = re.compile(
    rb"(?P<close>>?)(?:\s(?:[\s>]*\s)?(?P<title>" + _TITLE + rb"))?"
    rb"(?:\s+=\d{0,5}%?x\d{0,5}%?)?\s*\)",  # an image's size in the dialect of Wiki.js
    re.DOTALL,
)
_DEFINITION_TAIL = re.compile(
    rb"(?P<close>>?)(?:(?:[ \t]+|[ \t]*\r?\n[ \t>]*)(?P<title>"
    + _TITLE
    + rb"))?[ \t]*(?=\r?\n|\r|\Z)",
    re.DOTALL,
)
_ATTRIBUTE_LIST = re.compile(rb"\{:?[^{}\n]*\}")
_CLOSING_QUOTES = re.compile(b"(?:" + b"|".join(quote.encode() for quote in "》」』”〉】") + b")+")
_CLOSING_TAG = re.compile(rb"</a\s*>", re.IGNORECASE)
_TITLE_ATTRIBUTE = re.compile(rb"\stitle\s*=", re.IGNORECASE)
# The opening and closing marks of calls in templates
_CALLS = ((b"{{", b"}}"), (b"{%", b"%}"), (b"<%", b"%>"), (b"${", b"}"))
_OPEN_TAG = re.compile(rb"<[A-Za-z][\w.:-]*(?:\s[^<>]*)?\Z")
_IMPORT = re.compile(
    rb"\s*(?:import\s*[\"'(*{\w]|export\s+(?:\*|\{|const|let|default|function)"
    rb"|(?:const|let|var)\s+\w|@import\b|.*\brequire\(\s*[\"'])"
)
_ABBREVIATION = re.compile(rb"\s*\*\[[^\]\n]+\]:")
_MAX_CALL_BYTES = 2000  # searched for the beginning of a template's call or a tag
_ANCHOR_STARTS = frozenset([b"<a ", b"<a\n", b"<a\t", b"<a\r"])


class UrlForm(Enum):
    """The form in which a URL is written on a page, as far as fixes are concerned."""

    INLINE = auto()  # [text](url "title"), images too
    DEFINITION = auto()  # [label]: url "title"
    AUTOLINK = auto()  # <url>
    BARE = auto()
    ATTRIBUTE = auto()  # of raw HTML
    VALUE = auto()  # of the front matter
    STRING = auto()  # in quotes, in code or in a call of a template


class UrlMarkup(Struct, frozen=True, kw_only=True):
    """The markup of one citation. Offsets are bytes of the page's text in UTF-8.

    Attributes:
        form: How the URL is written.
        start: Start of the link. For an inline link or a definition, the start of its URL.
        end: End of the link.
        title_span: Start and end of the title within its quotes, if there is one.
        title_offset: Where a title can be added, None if nowhere.
        has_angle_brackets: The URL is between angle brackets.
        quote: The quotes of an attribute's value, empty if it has none.
    """

    form: UrlForm
    start: int
    end: int
    title_span: tuple[int, int] | None = None
    title_offset: int | None = None
    has_angle_brackets: bool = False
    quote: str = ""


def locate_markup(data: bytes, citation: Citation) -> UrlMarkup | None:
    """Return the markup around a citation's URL, None if it is not valid Markdown.

    Args:
        data: The page's text in UTF-8.
        citation: A citation of the page.
    """
    start, end = citation.start, citation.end
    if citation.kind is CitationKind.FRONTMATTER:
        return UrlMarkup(form=UrlForm.VALUE, start=start, end=end)
    if citation.kind is CitationKind.HTML:
        return _locate_attribute(data, start, end)
    text_before = data[max(0, start - _MAX_LABEL_BYTES) : start]
    has_angle_brackets = text_before.endswith(b"<")
    if _INLINE.search(text_before[-_MAX_INLINE_START_BYTES:]):
        tail = _INLINE_TAIL.match(data, end, end + _MAX_TITLE_BYTES)
        return _link_markup(UrlForm.INLINE, tail, start, has_angle_brackets=has_angle_brackets)
    if _DEFINITION.search(text_before):
        tail = _DEFINITION_TAIL.match(data, end, end + _MAX_TITLE_BYTES)
        return _link_markup(UrlForm.DEFINITION, tail, start, has_angle_brackets=has_angle_brackets)
    if has_angle_brackets and data.startswith(b">", end):
        return UrlMarkup(form=UrlForm.AUTOLINK, start=start - 1, end=end + 1)
    if citation.kind in (CitationKind.BARE, CitationKind.FOOTNOTE):
        if _is_import(data, start):
            return None
        is_string = _is_in_string(data, start, end) or is_directive_argument(data, start)
        form = UrlForm.STRING if is_string else UrlForm.BARE
        return UrlMarkup(form=form, start=start, end=end)
    return None


def _is_in_string(data: bytes, start: int, end: int) -> bool:
    """Return whether a URL is in quotes, or an argument of a template, a tag or a function."""
    before, after = data[start - 1 : start], data[end : end + 1]
    if before and before in b"\"'`" and before == after:
        return True
    is_braced = before == b"{" and after == b"}"  # an argument of LaTeX, for example
    is_css = data[max(0, start - 5) : start].rstrip(b"\"'").endswith(b"url(")
    if before == b"=" or is_braced or is_css:
        return True
    line = data[max(data.rfind(b"\n", 0, start) + 1, start - _MAX_CALL_BYTES) : start]
    # Nothing can be added in the brackets of a wikilink or in the text of an abbreviation.
    if line.rfind(b"[[") > line.rfind(b"]]") or _ABBREVIATION.match(line):
        return True
    paragraph = data.rfind(b"\n\n", max(0, start - _MAX_CALL_BYTES), start)
    text = data[max(paragraph, start - _MAX_CALL_BYTES, 0) : start]
    is_in_call = any(text.rfind(opener) > text.rfind(closer) for opener, closer in _CALLS)
    return is_in_call or _OPEN_TAG.search(text) is not None


def _is_import(data: bytes, start: int) -> bool:
    """Return whether a URL is the module that an import statement names."""
    is_quoted = data[start - 1 : start] in (b'"', b"'", b"`")
    return is_quoted and bool(_IMPORT.match(data, data.rfind(b"\n", 0, start) + 1, start))


def insertion_point(data: bytes, markup: UrlMarkup) -> int:
    """Return the offset at which text may be added behind a link.

    That is behind an attribute list and closing quotation marks (`》`) directly after the link.
    """
    offset = markup.end
    if markup.form is UrlForm.BARE:
        return offset
    for pattern in (_ATTRIBUTE_LIST, _CLOSING_QUOTES):
        match = pattern.match(data, offset)
        if match:
            offset = match.end()
    return offset


def line_end(data: bytes, offset: int) -> int:
    """Return the end of the line at an offset, before its trailing white space."""
    end = data.find(b"\n", offset)
    if end < 0:
        end = len(data)
    return offset + len(data[offset:end].rstrip())


def _link_markup(
    form: UrlForm, tail: re.Match[bytes] | None, start: int, *, has_angle_brackets: bool
) -> UrlMarkup | None:
    """Return the markup of an inline link or a definition.

    Args:
        form: Which of these it is.
        tail: The match of what follows its URL, None if that is not valid Markdown.
        start: The offset of its URL.
        has_angle_brackets: An angle bracket is before its URL.
    """
    if tail is None or has_angle_brackets != bool(tail["close"]):
        return None
    title = (tail.start("title") + 1, tail.end("title") - 1) if tail["title"] else None
    return UrlMarkup(
        form=form,
        start=start,
        end=tail.end(),
        title_span=title,
        title_offset=tail.end("close"),
        has_angle_brackets=has_angle_brackets,
    )


def _locate_attribute(data: bytes, start: int, end: int) -> UrlMarkup | None:
    """Return the markup around the value of an attribute of raw HTML."""
    tag_start = data.rfind(b"<", max(0, start - _MAX_LABEL_BYTES), start)
    tag_end = data.find(b">", end, end + _MAX_LABEL_BYTES)
    if tag_start < 0 or tag_end < 0:
        return None
    quote = data[start - 1 : start].decode(errors="ignore")
    if quote not in {'"', "'"} or not data.startswith(quote.encode(), end):
        quote = ""
    if data[tag_start : tag_start + 3].lower() not in _ANCHOR_STARTS:
        return UrlMarkup(form=UrlForm.ATTRIBUTE, start=start, end=end, quote=quote)
    has_title = _TITLE_ATTRIBUTE.search(data, tag_start, tag_end)
    closing_tag = _CLOSING_TAG.search(data, tag_end, tag_end + _MAX_LABEL_BYTES)
    return UrlMarkup(
        form=UrlForm.ATTRIBUTE,
        start=tag_start,
        end=closing_tag.end() if closing_tag else end,
        title_offset=None if has_title else end + len(quote),
        quote=quote,
    )
