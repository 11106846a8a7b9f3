"""Read what is written in the square brackets of a link, and the text of a heading."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(?:\A|,)\s*[\w-]+\s*=")
_TITLE = re.compile(
    r"""(?:\A|,)\s*title\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^,]*))"""
)
_FIRST = re.compile(r"""\s*(?:"((?:\\.|[^"\\])*)"|([^,]*))(?:,|\Z)""")
_QUOTED = re.compile(r"""\s*"((?:\\.|[^"\\])*)"\s*""")
_FORMATTING = re.compile(r"(?<!\w)([*_#`]{1,2})(?=\S)|[*_#`]{1,2}(?!\w)")
_MARKUP = re.compile(
    r"(?:link|xref|mailto):[^\s\[]*\[|\b(?:https?|ftp)://[^\s\[]+\[|<<[^>,]*,?|>>|\]"
)


def heading_text(written: str) -> str:
    """Return the text of a heading without its markup.

    >>> heading_text("The *first* link:a.html[page]")
    'The first page'
    """
    return _FORMATTING.sub("", _MARKUP.sub("", written)).strip()


def text_and_title(written: str) -> tuple[str, str]:
    """Return the text and the title in the square brackets of a link.

    >>> text_and_title('"a, b",title="https://a.example"'), text_and_title("a, b^")
    (('a, b', 'https://a.example'), ('a, b', ''))
    """
    content = " ".join(written.replace("\\]", "]").split())
    if "=" not in content or not _NAMED.search(content):
        return content.removesuffix("^"), ""
    text = title = ""
    first = _FIRST.match(content)
    if first and not _NAMED.match(content):
        text = (first[1] or first[2] or "").replace('\\"', '"').strip()
    if found := _TITLE.search(content):
        title = next(filter(None, found.groups()), "").replace('\\"', '"')
    return text.removesuffix("^"), title


def text_without_title(written: str) -> str:
    """Return the text in the square brackets of a link, without the title.

    A text is quoted only beside named attributes. Elsewhere the quotation marks would be shown.

    >>> text_without_title('"a, b",title="https://a.example"')
    'a, b'
    >>> text_without_title('a,title="https://a.example",window=_blank')
    'a,window=_blank'
    """
    rest = _TITLE.sub("", written, count=1)
    quoted = None if "=" in rest else _QUOTED.fullmatch(rest)
    return quoted[1].replace('\\"', '"') if quoted else rest.removeprefix(",")
