"""Decide which links within a wiki are nested too deeply to be resolved.

A link is compared with the settings and the .gitignore file of every folder above it. Without a
limit one page with links of a thousand folders each would take hours.
"""

from __future__ import annotations

import re

from store.vocabulary import InternalLink

MAX_DEPTH = 64  # folders; wikis have fewer than twenty
_SEPARATOR = re.compile(r"[/\\]|%2f|%5c", re.IGNORECASE)


def is_too_deep(path: str) -> bool:
    """Return whether a path, or a target as written, names more than `MAX_DEPTH` folders.

    >>> is_too_deep("a/" * 64 + "b.md"), is_too_deep("a%2F" * 65 + "b.md")
    (False, True)
    """
    return len(path) > MAX_DEPTH and len(_SEPARATOR.findall(path)) > MAX_DEPTH


def is_resolvable(link: InternalLink) -> bool:
    """Return whether neither the page of a link nor its target is too deep."""
    return not is_too_deep(link.page) and not is_too_deep(link.target)
