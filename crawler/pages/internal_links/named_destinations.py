"""Recognise destinations of links that are names in a program's own syntax, and no paths."""

from __future__ import annotations

import re

from crawler.pages.internal_links.documentation_tools import is_code_reference
from store.vocabulary import InternalLink

# Logseq's links with a text of their own to a block, `[text](((id)))`, and to a page by its name,
# `[text]([[name]])` (https://docs.logseq.com/#/page/term%2Fblock%20reference%20with%20label)
_BLOCK = re.compile(r"\(\([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\)\)\Z")
_PAGE_NAME = re.compile(r"\[\[([^\[\]\n]+)\]\]\Z")
# Gollum's macros that look like links: another page's text, and a picture of a person
# (https://github.com/gollum/gollum/wiki/Custom-macros)
_INCLUDE = re.compile(r"include:(.+)\Z")
_GRAVATAR = re.compile(r"gravatar:")


def names_no_page(link: InternalLink) -> bool:
    """Return whether a link names a block of text, a part of the code or a picture of a person."""
    if _BLOCK.match(link.target):
        return True
    return bool(_GRAVATAR.match(link.target)) if link.wiki else is_code_reference(link.target)


def page_named_by(link: InternalLink) -> str | None:
    """Return the page, with a fragment if there is one, that `[[name]]` or `include:name` names.

    None if the destination is neither of them.
    """
    name = (_INCLUDE if link.wiki else _PAGE_NAME).match(link.target)
    return name[1] if name else None
