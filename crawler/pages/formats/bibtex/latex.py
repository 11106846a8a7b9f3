"""Convert between LaTeX markup and plain text in the URLs and titles of bibliographies."""

from __future__ import annotations

import re

# A command of letters swallows one space behind it, in braces of its own or before others.
_TILDES = re.compile(
    r"\{\\text(?:ascii)?tilde(?:\{\})?\s?\}|\\text(?:ascii)?tilde(?:\{\}|(?![A-Za-z])\s?)|"
    r"\{\\~(?:\{\s?\}|\s?)\}|\\~(?:\{\s?\}|\s?)|\$\{?(?:\\mathtt\{)?\\sim\}{0,2}\$|\\string~"
)
_UNDERSCORES = re.compile(
    r"\{\\textunderscore(?:\{\})?\s?\}|\\textunderscore(?:\{\}|(?![A-Za-z])\s?)"
)
_ANGLES = re.compile(
    r"\{\\text(?:less|greater)(?:\{\})?\s?\}|\\text(?:less|greater)(?:\{\}|(?![A-Za-z])\s?)|"
    r"\$\{?(?:[<>]|\\[lg]t)\}?\$"
)
# Places at which a line may break, by which authors keep a URL within the margin
_BREAKS = re.compile(
    r"\\-|\\discretionary\{\}\{\}\{\}|\\(?:allowbreak|linebreak)(?:\{\}|(?![A-Za-z])\s?)"
)
_ESCAPED = re.compile(r"\{\\([_%&#$])\}|\\([_%&#$^{}])")
_TO_ESCAPE = re.compile(r"([_%&#$])")
_ACCENT = re.compile(r"\\[`'^\"~=.cuvHkrbdt]\s*\{?\\?([A-Za-z])\}?")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?\s*")


def unescape_url(written: str) -> str:
    r"""Return a URL without the escapes of LaTeX.

    >>> unescape_url(r"https://a.example/\~{}b/c\_d\%20e"), unescape_url(r"a{\_}b{\textasciitilde}")
    ('https://a.example/~b/c_d%20e', 'a_b~')
    """
    if "\\" not in written and "$" not in written:
        return written
    plain = _UNDERSCORES.sub("_", _TILDES.sub("~", _BREAKS.sub("", written)))
    plain = _ANGLES.sub(lambda found: "<" if re.search("less|<|lt", found[0]) else ">", plain)
    return _ESCAPED.sub(lambda found: found[1] or found[2], plain)


def mask_escapes(text: str) -> str:
    r"""Return a text of the same length, in which LaTeX escapes such as `{\_}` end no URL.

    >>> mask_escapes(r"https://a.example/\textasciitilde b{\_}c d")
    'https://a.example/----------------b----c d'
    """
    if "\\" not in text and "$" not in text:
        return text
    for pattern in (_BREAKS, _ANGLES, _TILDES, _UNDERSCORES, _ESCAPED):
        text = pattern.sub(lambda found: "-" * len(found[0]), text)
    return text


def escape_url(url: str, like: str) -> str:
    r"""Return a URL escaped in the way of the URL that it replaces.

    Args:
        url: The URL.
        like: The old URL as written. The new one is escaped only if the old one has escapes.

    >>> escape_url("https://a.example/b_c", like="http://a.example"), escape_url("a_b", like=r"\%")
    ('https://a.example/b_c', 'a\\_b')
    """
    return _TO_ESCAPE.sub(r"\\\1", url) if _ESCAPED.search(like) else url


def plain_text(written: str) -> str:
    r"""Return a title without the markup of LaTeX, on one line.

    >>> plain_text(r"The {Night} \emph{Boats} of {\'E}vora")
    'The Night Boats of Evora'
    """
    text = _ACCENT.sub(r"\1", written) if "\\" in written else written
    text = _ESCAPED.sub(lambda found: found[1] or found[2], text)
    text = _COMMAND.sub("", text).replace("{", "").replace("}", "").replace("~", " ")
    return " ".join(text.split())
