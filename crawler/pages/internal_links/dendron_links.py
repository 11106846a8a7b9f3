"""Read Dendron's wikilinks: `[[text|note#anchor]]`, and `![[note#from,1:#to]]` to embed a note.

Unlike in Obsidian, the text comes first (https://wiki.dendron.so/, "Wiki Links").
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.pages.internal_links.wiki_index import WikiIndex
from store.vocabulary import InternalLink

# A note in a named vault of the workspace: dendron://vault/note
_IN_VAULT = re.compile(r"dendron://[^/#]*/?", re.IGNORECASE)
# The lines to skip, and the end of the range, of an embedded note: `,1:#to`
_RANGE = re.compile(r"(?:,\d+)?(?::.*)?\Z", re.DOTALL)
# Patterns for several notes (`![[note.*]]`), variables of templates and addresses are no names
_NO_NAME = re.compile(r"[*?<>{}\"]|://")


def read_dendron_link(link: InternalLink) -> tuple[InternalLink, str]:
    """Return a link with its fragment, and the name of the note it leads to.

    The name is "" for a link within the page. Ids of blocks (`^id`) are not checked as fragments.

    >>> link = InternalLink(
    ...     page="a.md", line=1, column=1, start=0, end=0, target="Wicks", text="lamp.wick#b,1:#*"
    ... )
    >>> read_dendron_link(link)[1], read_dendron_link(link)[0].fragment
    ('lamp.wick', 'b')
    """
    name, _, fragment = _IN_VAULT.sub("", _written(link), count=1).partition("#")
    name, _, block = name.partition("^")
    fragment = "" if block else _RANGE.sub("", fragment.strip())
    return replace(link, fragment="" if fragment == "*" else fragment), name.strip()


def find_note(index: WikiIndex, name: str) -> str | None:
    """Return the page or file that a name leads to, wherever it lies, or None."""
    path = name.strip("/")
    return index.find_file(path) or index.names.find(f"{path}.md") or index.names.find(path)


def may_be_note(link: InternalLink, index: WikiIndex, name: str) -> bool:
    """Return whether a link may work although there is no file with the name that it contains.

    A note that only has notes below it needs no file (`a.b` above `a.b.c.md`), and the files of a
    named vault may be outside of the wiki. A link with something else than a name, such as a
    pattern for several notes, is not judged.
    """
    if _IN_VAULT.match(_written(link)) or _NO_NAME.search(name):
        return True
    return index.names.has_name_below(name)


def _written(link: InternalLink) -> str:
    """Return the note and anchor as written: what follows the text, if there is one."""
    return (link.text or link.target).strip()
