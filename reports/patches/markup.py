"""Where a citation's markup stands around its URL: what may be changed there, and where something may be added behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from store.vocabulary import Citation, CitationKind

_REACH = (
    4200  # bytes: a label of 999 characters, as CommonMark has it, and what may stand before it
)
_LONGEST_TITLE = 65_536  # bytes; what is longer is a quotation mark that never closes

_INLINE = re.compile(rb"\]\(\s*(?:>\s*)*<?\Z")
_DEFINITION = re.compile(
    rb"(?:\A|\n)[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\[(?!\^)(?:[^\[\]\\\n]|\\.)+\]:[ \t]*(?:\n[ \t>]*)?<?\Z"
)
_TITLE = rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)"
_INLINE_TAIL = re.compile(
    rb"(?P<close>>?)(?:\s(?:[\s>]*\s)?(?P<title>" + _TITLE + rb"))?\s*\)", re.DOTALL
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


class UrlForm(Enum):
    """How a URL is written, as far as mending it is concerned."""

    INLINE = auto()  # [text](url "title"), images too
    DEFINITION = auto()  # [label]: url "title"
    AUTOLINK = auto()  # <url>
    BARE = auto()
    ATTRIBUTE = auto()  # of raw HTML
    VALUE = auto()  # of the front matter


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlMarkup:
    """The markup of one citation.

    `start` and `end` span what a reader sees as the link, as far as it is known (from the URL on, in an inline link). `title` is the span
    within the title's quotes, `title_at` where one could be added (None: nowhere). `angled` tells of `<url>`; `quote` is what an attribute's
    value is quoted with, if it is.
    """

    form: UrlForm
    start: int
    end: int
    title: tuple[int, int] | None = None
    title_at: int | None = None
    angled: bool = False
    quote: str = ""


def locate_markup(data: bytes, citation: Citation) -> UrlMarkup | None:
    """Find a citation's markup around its URL; None where it is not as Markdown wants it."""
    start, end = citation.start, citation.end
    if citation.kind is CitationKind.FRONTMATTER:
        return UrlMarkup(form=UrlForm.VALUE, start=start, end=end)
    if citation.kind is CitationKind.HTML:
        return _attribute(data, start, end)
    before = data[max(0, start - _REACH) : start]
    if _INLINE.search(before[-80:]):
        return _with_title(
            UrlForm.INLINE,
            _INLINE_TAIL.match(data, end, end + _LONGEST_TITLE),
            start,
            angled=before.endswith(b"<"),
        )
    if _DEFINITION.search(before):
        return _with_title(
            UrlForm.DEFINITION,
            _DEFINITION_TAIL.match(data, end, end + _LONGEST_TITLE),
            start,
            angled=before.endswith(b"<"),
        )
    if before.endswith(b"<") and data.startswith(b">", end):
        return UrlMarkup(form=UrlForm.AUTOLINK, start=start - 1, end=end + 1)
    return (
        UrlMarkup(form=UrlForm.BARE, start=start, end=end)
        if citation.kind in (CitationKind.BARE, CitationKind.FOOTNOTE)
        else None
    )


def insertion_point(data: bytes, markup: UrlMarkup) -> int:
    """Where something may be added behind a link: after its attribute list, and after the quotation marks that close around it."""
    at = markup.end
    for pattern in (_ATTRIBUTE_LIST, _CLOSING_QUOTES):
        if markup.form is not UrlForm.BARE and (match := pattern.match(data, at)):
            at = match.end()
    return at


def line_end(data: bytes, offset: int) -> int:
    """Where the text of a line ends: before its white space at the end."""
    end = data.find(b"\n", offset)
    end = len(data) if end < 0 else end
    return offset + len(data[offset:end].rstrip())


def _with_title(
    form: UrlForm, tail: re.Match[bytes] | None, start: int, *, angled: bool
) -> UrlMarkup | None:
    if tail is None or angled != bool(tail["close"]):
        return None
    title = (tail.start("title") + 1, tail.end("title") - 1) if tail["title"] else None
    return UrlMarkup(
        form=form,
        start=start,
        end=tail.end(),
        title=title,
        title_at=tail.end("close"),
        angled=angled,
    )


def _attribute(data: bytes, start: int, end: int) -> UrlMarkup | None:
    opening, closing = (
        data.rfind(b"<", max(0, start - _REACH), start),
        data.find(b">", end, end + _REACH),
    )
    if opening < 0 or closing < 0:
        return None
    quote = data[start - 1 : start].decode(errors="ignore")
    quote = quote if quote in {'"', "'"} and data.startswith(quote.encode(), end) else ""
    is_anchor = data[opening : opening + 3].lower() in {b"<a ", b"<a\n", b"<a\t", b"<a\r"}
    if not is_anchor:
        return UrlMarkup(form=UrlForm.ATTRIBUTE, start=start, end=end, quote=quote)
    titled = _TITLE_ATTRIBUTE.search(data, opening, closing)
    closed = _CLOSING_TAG.search(data, closing, closing + _REACH)
    return UrlMarkup(
        form=UrlForm.ATTRIBUTE,
        start=opening,
        end=closed.end() if closed else end,
        title_at=None if titled else end + len(quote),
        quote=quote,
    )
