"""Compute the fragments (anchors) of a page's headings, as the renderers of wikis generate them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from msgspec import Struct

_NOT_WORD = re.compile(r"[^\w\s-]")
_SPACE = re.compile(r"\s")
_DASHES = re.compile(r"[-\s]+")
_KRAMDOWN_START = re.compile(r"\A[^a-zA-Z]+")
_ATTRIBUTES_AT_END = re.compile(r"\s*\{[^{}]*\}\s*\Z")
# The attribute lists of Python-Markdown, kramdown, Pandoc and Goldmark, which all use braces
_ATTRIBUTE_LIST = re.compile(rb"\{([^{}\n]*)\}")
_ATTRIBUTE_ID = re.compile(
    rb"(?:^|[\s:])(?:#([^\s}]+)|id\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s}]+)))"
)
_MYST_TARGET = re.compile(rb"^\(([^()\s]+)\)=[ \t\r]*$", re.MULTILINE)
# Names of MyST's directives, of Quarto's and Jupyter Book's cells, and of equations between `$$`
_LABEL = re.compile(
    rb"^[ \t]*(?:(?:#\|[ \t]?)?(?:name|label):[ \t]+([^\s\"'][^\r\n]{0,200}?)"
    rb"|:(?:name|label):[ \t]*([^\s\"'][^\r\n]{0,200}?)|\$\$[ \t]*\(([^()\s]+)\))[ \t\r]*$",
    re.MULTILINE,
)
_HTML_HEADING = re.compile(
    rb"<h([1-6])(?=[\s>])[^<>]*>(.{0,1000}?)</h\1\s*>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(rb"<[^<>]*>")
_EMOJI_CODE = re.compile(r":[a-z][a-z0-9_]*:|:[+-]1:")  # `:bread:`


class Heading(Struct, frozen=True):
    """A heading: its text without markup, its level from 1 to 6, and the id its author set."""

    text: str
    level: int
    id: str | None


def heading_anchors(headings: Iterable[Heading], *, second_number: int = 1) -> list[str]:
    """Return every fragment that may lead to one of the headings.

    These are the anchors of GitHub, Python-Markdown, Material for MkDocs and kramdown, and the ids
    that authors set.

    Args:
        headings: The headings, in order.
        second_number: The counter in the anchor of the second heading with the same text: 1 for
            `slug`, `slug-1`, `slug-2`; 2 for `slug`, `slug-2`, `slug-3`.

    >>> heading_anchors([Heading("封杀 QQ", 2, None), Heading("C++", 2, "cpp")])
    ['封杀-qq', 'qq', '封杀-QQ', 'cpp', 'c', 'C']
    """
    counts: dict[str, int] = {}
    anchors: dict[str, None] = {}
    for heading in headings:
        if heading.id:
            anchors[heading.id] = None
        for slug, separators in heading_slugs(heading.text).items():
            earlier = counts.get(slug, 0)  # headings with the same slug
            counts[slug] = earlier + 1
            if not slug:  # of headings without letters, the first one has a counter, too
                counter = earlier + 1
            elif earlier == 0:
                anchors[slug] = None
                continue
            else:
                counter = second_number + earlier - 1
            for separator in separators:
                anchors[f"{slug}{separator}{counter}"] = None
    return [anchor for anchor in anchors if anchor]


def heading_slugs(text: str) -> dict[str, str]:
    """Return the slugs that renderers make of a heading.

    Returns:
        By slug, the characters that may separate it from a counter: `-_` for `slug-1` and `slug_1`.
    """
    text = _ATTRIBUTES_AT_END.sub("", text) if text.endswith("}") else text
    slugs = _slugs_of(text)
    # GitHub keeps the name of an emoji. Other renderers first replace the name by the emoji itself,
    # which is then removed as punctuation.
    if ":" in text and (without := _EMOJI_CODE.sub("", text)) != text:
        for slug, separators in _slugs_of(without).items():
            slugs.setdefault(slug, separators)
    return slugs


def _slugs_of(text: str) -> dict[str, str]:
    """Return the slugs of a text as `heading_slugs` does, with its emoji codes as they are."""
    kept = _without_punctuation(text.strip())
    words = kept.strip()
    github = _SPACE.sub("-", kept.lower())  # GitHub removes an emoji, but not the space behind it
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    python_markdown = _DASHES.sub("-", _NOT_WORD.sub("", ascii_only).strip().lower())
    slugs = {github: "-_"}
    slugs.setdefault(python_markdown, "_")
    # The slug functions of Material for MkDocs keep other scripts, and may keep the case.
    slugs.setdefault(_DASHES.sub("-", words.lower()), "_")
    slugs.setdefault(_DASHES.sub("-", words), "_")
    if python_markdown and not ("a" <= text[0].lower() <= "z"):
        kramdown = _NOT_WORD.sub("", _KRAMDOWN_START.sub("", ascii_only))
        if kramdown:
            slugs.setdefault(_SPACE.sub("-", kramdown.lower()), "-")
    return slugs


def _without_punctuation(text: str) -> str:
    """Return a text without punctuation and symbols."""
    return _NOT_WORD.sub(_keep_combining_mark, text)


def _keep_combining_mark(char: re.Match[str]) -> str:
    """Return a combining mark, which is part of a word in many scripts; "" for punctuation."""
    return char[0] if unicodedata.category(char[0])[0] == "M" else ""


def attribute_ids(data: bytes) -> Iterator[str]:
    r"""Yield the ids that a page sets in attribute lists and as labels, those in code included.

    >>> list(attribute_ids(b'{: #sni }\n![i](x.png){: loading=lazy id="img 1" } [s]{#sp} {: .a}'))
    ['sni', 'img 1', 'sp']
    >>> list(attribute_ids(b"```{figure} a.png\n:name: fig-a\n```\n$$\nx\n$$ (eq-x)\n#| label: c"))
    ['fig-a', 'eq-x', 'c']
    """
    if b"{" in data:
        for attributes in _ATTRIBUTE_LIST.finditer(data):
            if b"#" in attributes[1] or b"id" in attributes[1]:
                for found in _ATTRIBUTE_ID.finditer(attributes[1]):
                    yield found[found.lastindex or 1].decode(errors="replace")
    if b"name:" in data or b"label:" in data or b"$$" in data:
        for label in _LABEL.finditer(data):
            yield label[label.lastindex or 1].decode(errors="replace")
    if b")=" in data:
        yield from (found[1].decode(errors="replace") for found in _MYST_TARGET.finditer(data))


def html_headings(data: bytes) -> Iterator[Heading]:
    """Yield the headings that a page writes in HTML; GitHub gives these anchors too."""
    for found in _HTML_HEADING.finditer(data):
        text = _TAG.sub(b"", found[2]).decode(errors="replace").strip()
        yield Heading(text, int(found[1]), None)


def fragment_key(text: str) -> str:
    """Return a key that is the same for fragments that differ in case, punctuation or spaces only.

    Renderers and their plugins differ in these, and which one serves a page cannot be known.

    >>> fragment_key("-Sign_in"), fragment_key("sign-in")
    ('signin', 'signin')
    """
    composed = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        char
        for char in composed
        if char.isalnum() or (not char.isascii() and unicodedata.category(char) in {"Mc", "Mn"})
    ).replace("\ufe0f", "")
