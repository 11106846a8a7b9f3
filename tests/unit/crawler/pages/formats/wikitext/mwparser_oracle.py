"""List the addresses that mwparserfromhell finds on a page."""

from __future__ import annotations

import re
from collections import Counter

import mwparserfromhell

_HTTP = re.compile(r"(?:https?:)?//[^/]", re.IGNORECASE)


def parser_addresses(text: str) -> Counter[str]:
    """Return the addresses of a page, with their numbers."""
    found = mwparserfromhell.parse(text, skip_style_tags=True).filter_external_links()
    urls = [str(each.url).strip() for each in found]
    return Counter(url for url in urls if _HTTP.match(url))
