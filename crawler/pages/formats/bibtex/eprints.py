"""Compute the URLs of eprints, as BibLaTeX links them."""

from __future__ import annotations

import re

# The addresses of eprints, by the type in the field `eprinttype` or `archiveprefix`
_ADDRESSES = {
    "arxiv": "https://arxiv.org/abs/",
    "jstor": "https://www.jstor.org/stable/",
    "pubmed": "https://pubmed.ncbi.nlm.nih.gov/",
    "hdl": "https://hdl.handle.net/",
    "googlebooks": "https://books.google.com/books?id=",
}
_ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\Z")


def eprint_url(kind: str, number: str) -> str | None:
    """Return the URL of an eprint, or None if its type is not known or its number is not valid.

    >>> eprint_url("arxiv", "2101.00001"), eprint_url("jstor", "123"), eprint_url("", "123")
    ('https://arxiv.org/abs/2101.00001', 'https://www.jstor.org/stable/123', None)
    """
    if kind not in _ADDRESSES or (kind == "arxiv" and not _ARXIV.match(number)):
        return None
    return f"{_ADDRESSES[kind]}{number}"
