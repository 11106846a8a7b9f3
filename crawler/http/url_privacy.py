"""Decide which URLs may be shown to other services. Nothing is resolved or requested."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from crawler.http.special_addresses import non_public_reason
from crawler.http.urls import InvalidUrl, request_url, split_url
from store.vocabulary.secrets import is_secret_name, redact_tokens, remove_credentials

_PARAMETER: Final = re.compile(r"[?&;#]([^=&;#?/]+)=")  # in the query, the path or the fragment
_PRIVATE_SUFFIXES: Final = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
    ".onion",
)


@lru_cache(maxsize=100_000)  # every pass over a long queue tests the same URLs
def may_publish(url: str) -> bool:
    """Return whether a URL, and a copy of what it shows, may be made public.

    A URL is private if it has credentials or a parameter that looks like a secret, also within
    another URL inside it, or if its host is not one of the public internet.

    >>> may_publish("https://example.org/story?sid=1"), may_publish("https://u:p@example.org/")
    (True, False)
    >>> may_publish("https://example.org/?token=x"), may_publish("http://192.168.1.4/")
    (False, False)
    >>> may_publish("http://wiki.internal/")
    False
    """
    try:
        parts = split_url(request_url(url))
    except InvalidUrl:
        return False
    if parts.username or parts.password:
        return False
    if any(is_secret_name(name) for name in _PARAMETER.findall(url)):
        return False
    if redact_tokens(remove_credentials(url)) != url:  # a secret of a URL inside this one
        return False
    return _is_public_host((parts.hostname or "").rstrip("."))


def has_foreign_secret(url: str, cited: str) -> bool:
    """Return whether a URL has credentials or a token that the cited URL does not have.

    An archive may list a page under such a URL, or redirect to one: the secret is another
    visitor's.

    >>> cited = "https://a.example/x?id=1"
    >>> has_foreign_secret("https://a.example/x?id=1&token=2", cited)
    True
    >>> has_foreign_secret("https://u:p@a.example/x?id=1", cited)
    True
    >>> has_foreign_secret("https://a.example/y?id=1", cited)
    False
    """
    return redact_tokens(remove_credentials(url), cited) != url


def _is_public_host(host: str) -> bool:
    """Return whether a host is a public address, or a name that is not of a private network."""
    try:
        return non_public_reason(ip_address(host)) is None
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_SUFFIXES)
