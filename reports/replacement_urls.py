"""Compare the URLs of archive copies with those of their originals, and remove fragments."""

from __future__ import annotations

import re
from urllib.parse import unquote, urldefrag

_SCHEME_AND_WWW = re.compile(r"https?:/+(?:www\.)?", re.IGNORECASE)


def target_contains_original(mirror: str, original: str) -> bool:
    """Return whether the URL of a mirror contains its original, which readers can then see.

    >>> mirror = "https://web.archive.org/web/2021/http://www.a.example/"
    >>> target_contains_original(mirror, "https://a.example")
    True
    >>> target_contains_original("https://archive.ph/x", "https://a.example")
    False
    """
    without_fragment = original.partition("#")[0]
    address = _SCHEME_AND_WWW.sub("", without_fragment, count=1).rstrip("/")
    return bool(address) and unquote(address) in unquote(mirror)


def without_cited_fragment(mirror: str, original: str) -> str:
    """Return the URL of a mirror without the fragment of the citation from which it was stored.

    The fragment is kept if it selects the page (`#!/page`, `#/page`), or if the URL does not
    contain the original, as a short URL of an archive: the archive may need the fragment.

    >>> mirror = "https://web.archive.org/web/2021/http://a.example/b"
    >>> without_cited_fragment(f"{mirror}#comments", "http://a.example/b") == mirror
    True
    >>> without_cited_fragment("https://archive.ph/x#selection", "http://a.example/b")
    'https://archive.ph/x#selection'
    """
    address, fragment = urldefrag(mirror)
    if fragment.startswith(("!", "/")) or not target_contains_original(address, original):
        return mirror
    return address
