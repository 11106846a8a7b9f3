"""Encode URLs for pages of any format, and compare them with those that contain them."""

from __future__ import annotations

import re
from urllib.parse import unquote

from reports.sanitize import plain_url

_SCHEME_AND_WWW = re.compile(r"https?:/+(?:www\.)?", re.IGNORECASE)


def encode_unsafe(url: str) -> str:
    r"""Return a URL with everything percent-encoded that is invalid in it or breaks markup.

    That is white space, quotes, angle brackets, backslashes and unprintable characters.

    >>> encode_unsafe('https://a.example/微信 "b"<c>')
    'https://a.example/微信%20%22b%22%3Cc%3E'
    """
    return plain_url(url.strip()).replace("\\", "%5C")


def target_contains_original(mirror: str, original: str) -> bool:
    """Return whether the URL of a mirror contains its original, which is then not lost with it.

    >>> mirror = "https://web.archive.org/web/2021/http://www.a.example/"
    >>> target_contains_original(mirror, "https://a.example")
    True
    >>> target_contains_original("https://archive.ph/x", "https://a.example")
    False
    """
    without_fragment = original.partition("#")[0]
    address = _SCHEME_AND_WWW.sub("", without_fragment, count=1).rstrip("/")
    return bool(address) and unquote(address) in unquote(mirror)
