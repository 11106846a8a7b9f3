"""Define the patterns of reStructuredText's inline markup, after those of docutils.

The rules are in https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html
"""

from __future__ import annotations

import re
from unicodedata import category, normalize


def _characters(*categories: str) -> str:
    """Return the non-ASCII characters of the given categories, escaped for a character class."""
    return re.escape(
        "".join(char for char in map(chr, range(0x80, 0x10000)) if category(char) in categories)
    )


_OPENERS = r"\"'(<\[{" + _characters("Ps", "Pi", "Pf")
_CLOSERS = r"\"')>\]}" + _characters("Pe", "Pi", "Pf")
_DELIMITERS = r"\-/:" + _characters("Pd", "Po")
_CLOSING = r"\\.,;!?"
# Characters that inline markup may stand behind and before: docutils' "inline markup recognition
# rules"
PREFIX = rf"(?<![^\s{_OPENERS}{_DELIMITERS}])"
SUFFIX = rf"(?![^\s{_CLOSING}{_DELIMITERS}{_CLOSERS}])"

# Words of a name. Without a limit, every word of a long name is tried as its beginning.
_MOST_WORDS = 40
SIMPLE_NAME = rf"[^\W_]++(?:[-._+:][^\W_]++){{0,{_MOST_WORDS}}}+"

START = re.compile(
    rf"""
    \\.
    | (?<![A-Za-z0-9+.-])(?P<url>[Hh][Tt][Tt][Pp][Ss]?://)
    | {PREFIX}(?:
        (?P<literal>``)(?!\s)
      | (?P<role>:{SIMPLE_NAME}:)?(?P<quote>`)(?![`\s])
      | \[(?P<label>[0-9]+|\#(?:{SIMPLE_NAME})?|\*|{SIMPLE_NAME})\]_{SUFFIX}
      | (?P<name>{SIMPLE_NAME})(?P<refend>__?){SUFFIX}
      | \|(?![|\s])(?P<substitution>[^|\n]+)(?<!\s)\|(?P<subend>__?){SUFFIX}
    )
    """,
    re.VERBOSE | re.DOTALL,
)
LITERAL_END = re.compile(rf"(?<!\s)``{SUFFIX}")
PHRASE_END = re.compile(rf"(?<![\s\\])`(?P<role>:{SIMPLE_NAME}:)?(?P<refend>__?)?{SUFFIX}")
EMBEDDED = re.compile(r"(?:(?<!\s)\s+|\A)<(?!\s)((?:[^<>\\]|\\.)+?)(?<!\s)>\Z", re.DOTALL)
FOOTNOTE_MARKS = re.compile(rb"[ \t]*(?:\\ )?((?:\[[^\]\s\[]+\]_(?:\\? )?)+)")

# A URL in running text: docutils' rule, in which escapes belong to it.
_URIC = r"(?:[-_.!~*'()\[\];/:@&=+$,%a-zA-Z0-9]|\\[^\sa-zA-Z0-9])"
_URI_END = rf"(?:[_~*/=+a-zA-Z0-9]|\\[_*`|~/=+]|{_URIC}(?=>))"
URI = re.compile(
    rf"https?://{_URIC}*{_URI_END}(?:\?{_URIC}*{_URI_END})?(?:\#{_URIC}*{_URI_END})?{SUFFIX}",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_SPACE = re.compile(r"\\\s+")
_MAIL = re.compile(r"[^/:@\s#?]+@[\w.-]+\.\w+\Z")
_SPACE = re.compile(r"\s+")
# Names that Sphinx reserves for pages without a source
_NO_DOCUMENTS = frozenset(["self", "genindex", "modindex", "py-modindex", "search"])
_DOCUMENT = re.compile(r"[^\s:<>{}|*?\[\]!~\\][^\s:<>{}|*?\[\]\\]*\Z")


def is_document_name(written: str) -> bool:
    """Return whether a text is the name of a document of Sphinx: a path without a suffix.

    >>> [is_document_name(each) for each in ("/a/b", "python:library/re", "api/*", "genindex")]
    [True, False, False, False]
    """
    return written not in _NO_DOCUMENTS and bool(_DOCUMENT.match(written))


def unescape(written: str) -> str:
    r"""Return a text without its backslashes; escaped white space is removed.

    >>> unescape(r"https://a.example/b\_c")
    'https://a.example/b_c'
    """
    if "\\" not in written:
        return written
    return _ESCAPE.sub(lambda escape: "" if escape[1].isspace() else escape[1], written)


def normalise_address(written: str) -> str:
    r"""Return an address as a URL: without escapes and white space, a mail address as `mailto:`.

    >>> normalise_address("https://a.example/\n   b"), normalise_address("a@b.example")
    ('https://a.example/b', 'mailto:a@b.example')
    >>> normalise_address("a\\ b")
    'a b'
    """
    parts = (_SPACE.sub("", part) for part in _ESCAPED_SPACE.split(written))
    url = unescape(" ".join(parts))
    return f"mailto:{url}" if _MAIL.match(url) else url


def reference_name(text: str) -> str:
    r"""Return a name by which a reference finds its target.

    >>> reference_name("Der\n  Titel")
    'der titel'
    """
    return " ".join(unescape(text).lower().split())


def heading_id(text: str) -> str:
    """Return the id that docutils generates for a heading.

    >>> heading_id("Über C++ 2.0")
    'uber-c-2-0'
    """
    plain = normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", plain))
