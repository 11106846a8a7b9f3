"""Percent-encode URLs that are written to pages, whatever the page's format."""

from __future__ import annotations

from reports.wording.sanitize import plain_url


def encode_unsafe(url: str) -> str:
    r"""Return a URL with everything percent-encoded that is invalid in it or breaks markup.

    That is white space, quotes, angle brackets, backslashes and unprintable characters.

    >>> encode_unsafe('https://a.example/微信 "b"<c>')
    'https://a.example/微信%20%22b%22%3Cc%3E'
    """
    return plain_url(url.strip()).replace("\\", "%5C")
