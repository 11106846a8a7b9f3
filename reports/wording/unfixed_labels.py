"""List the reasons why `holdfast fix` does not change a citation, as short English phrases.

The phrases are also the message ids of the translation catalogs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reports.own_sites import OWN_PAGE

# Formats of plugins may have further reasons, which are shown untranslated.
_REASONS: Final = (
    "a change would move the columns of its table: edit it by hand",
    "a srcset cannot hold this URL: edit it by hand",
    "it is the archive copy in a citation template, which can be kept: edit it by hand",
    "it is in code, whose text would change: edit it by hand",
    "it is in a heading, which would become longer than its underline: edit it by hand",
    "it is in a heading, whose id would change: edit it by hand",
    "it is in a CSV table: edit it by hand",
    "it is in several strings: edit this link by hand",
    "it is in the front matter: edit it by hand",
    "it is the name of a template: edit it by hand",
    "it is written over several lines of a table: edit it by hand",
    "it is written over several lines: edit it by hand",
    "it is a DOI: edit this entry by hand",
    "it is made from a number: edit this entry by hand",
    "it is joined from several parts: edit this entry by hand",
    "its URL begins in imagesdir: edit it by hand",
    "its URL is a part of an attribute's value: edit it by hand",
    "its URL is in an attribute of another file: edit it by hand",
    "it is the copy of a Robust Link, whose date would be wrong: edit it by hand",
    "it is an entry's copy, which may stay: edit it by hand",
    "its template is for copies only: edit it by hand",
    "its template builds the address of an archive copy: edit it by hand",
    "its template says that the link is dead: edit it by hand",
    "the front matter has the date of its copy: edit both by hand",
    "the words beside it name the day of its copy: edit both by hand",
    ("the date beside it would be wrong, and that of the new copy is not known: edit both by hand"),
    OWN_PAGE,
    "it shows a live state, as a badge does, and a copy would show an old one: edit it by hand",
    "its markup is not supported: edit this link by hand",
    ("its template has several addresses, so it is not clear which a copy is of: edit it by hand"),
    "the URL has braces: edit this entry by hand",
    "the edit would change how the rest of the page is read: edit this link by hand",
    "the edited page could not be read in time: run holdfast fix again",
    "the new URL has a character with a meaning in AsciiDoc: edit it by hand",
    "the new URL has a character with a meaning in DokuWiki: edit it by hand",
    "the new URL has a character with a meaning in MediaWiki: edit it by hand",
    "the new URL has a character with a meaning in reStructuredText: edit it by hand",
    "the new URL would end early: edit it by hand",
    "the page embeds it, and an archived page cannot replace it: edit it by hand",
    "the page embeds it, and its new address may not be an image: edit it by hand",
    "there is no room beside it: edit this link by hand",
    "there is no room for a second archive link: edit this link by hand",
    "two edits overlap: edit this link by hand",
    (
        "the archive link does not contain the original URL, and this link cannot have a "
        "title for it: edit this link by hand"
    ),
    "it was not found again: run holdfast scan",
    "its markup is broken: fix the markup first",
    "this key describes the page itself: edit it by hand, or use --front-matter",
    "the new address has a token or password that is not on the page",
    (
        "another cited page redirects to the same address: see what it shows and edit the link "
        "by hand"
    ),
    "no verified archive copy is known",
    "it changed since it was scanned: run holdfast scan",
    "the page no longer exists: run holdfast scan",
    "it is now too large for a page: run holdfast scan",
    "it is a symbolic link: fix the file itself",
)
UNFIXED_LABELS: Mapping[str, str] = {reason: reason for reason in _REASONS}
