"""Build the paths of a site's pages, which stay the same in later reports."""

from __future__ import annotations

import re
from hashlib import sha256

# Also in `sitePagePath` of `templates/script/dialog.js`, which links to these paths.
_SAFE_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?")
_MAX_SLUG_LENGTH = 60  # characters, at most 240 bytes of a file name


def link_page_path(host: str, link_id: int) -> str:
    """Return the path of the page about a link.

    >>> link_page_path("www.example.org", 2345), link_page_path("../[::1]:80", 7)
    ('link/www.example.org/2345.html', 'link/other/7.html')
    """
    return f"link/{host if _SAFE_NAME.fullmatch(host) else 'other'}/{link_id}.html"


def host_page_path(host: str) -> str:
    """Return the path of the page about a host.

    A digest replaces a name that is not safe as a file name.

    >>> host_page_path("www.example.org"), host_page_path("../[::1]:80")
    ('host/www.example.org.html', 'host/-4e035747e526.html')
    """
    return f"host/{host if _SAFE_NAME.fullmatch(host) else _digest(host)}.html"


def wiki_page_path(path: str) -> str:
    """Return the path of the page about a wiki page: its own path in readable form, and a digest.

    The digest tells apart pages whose readable form is the same, and those that have none.

    >>> wiki_page_path("notes/夜渡.md")
    'page/notes-夜渡-1e3da262.html'
    >>> wiki_page_path("../..")
    'page/-0cfd1c96.html'
    """
    without_suffix = re.sub(r"\.(?:md|markdown|html?)$", "", path, flags=re.IGNORECASE)
    slug = re.sub(r"\W+", "-", without_suffix).strip("-")[-_MAX_SLUG_LENGTH:]
    readable = "".join(char for char in slug if char.isalnum() or char in "-_")
    return f"page/{readable}{_digest(path)[:9]}.html"  # a hyphen and eight digits


def _digest(name: str) -> str:
    """Return a hyphen and the first 12 hexadecimal digits of the name's SHA-256."""
    return f"-{sha256(name.encode(errors='replace')).hexdigest()[:12]}"
