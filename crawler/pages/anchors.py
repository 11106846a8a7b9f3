"""Compute the anchors of headings as the wikis' renderers generate them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from crawler.pages.markdown_content import Heading

_NOT_WORD = re.compile(r"[^\w\s-]")
_SPACE = re.compile(r"\s")
_DASHES = re.compile(r"[-\s]+")


def heading_anchors(headings: Iterable[Heading]) -> list[str]:
    """Return every fragment that may lead to one of the headings.

    These are the anchors of GitHub, Python-Markdown and Material for MkDocs, and the ids that
    authors set.

    >>> heading_anchors([Heading("封杀 QQ", 2, None), Heading("C++", 2, "cpp")])
    ['封杀-qq', 'qq', '封杀-QQ', 'cpp', 'c', 'C']
    """
    counts: dict[str, int] = {}
    anchors: dict[str, None] = {}
    for heading in headings:
        if heading.id:
            anchors[heading.id] = None
        for slug, separators in heading_slugs(heading.text).items():
            seen = counts.get(slug, 0)
            counts[slug] = seen + 1
            number = seen if slug else seen + 1  # an empty slug is numbered from the first on
            for separator in separators if number else ("",):
                anchors[f"{slug}{separator}{number or ''}"] = None
    return [anchor for anchor in anchors if anchor]


def heading_slugs(text: str) -> dict[str, str]:
    """Return the slugs of a heading, each with the separators that may precede a counter."""
    words = _NOT_WORD.sub("", text).strip()
    github = _SPACE.sub("-", words.lower())
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = _DASHES.sub("-", _NOT_WORD.sub("", ascii_only).strip().lower())
    slugs = {github: "-_"}
    slugs.setdefault(plain, "_")
    slugs.setdefault(_DASHES.sub("-", words.lower()), "_")
    slugs.setdefault(_DASHES.sub("-", words), "_")
    return slugs
