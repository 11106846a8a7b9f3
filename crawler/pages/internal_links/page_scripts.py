"""Find pages of a wiki that a script of it writes or completes when the site is built.

The text of such a page in the repository is not what is published.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cached_property
from itertools import islice

from crawler.pages.internal_links.wiki_index import WikiIndex

_SCRIPT = re.compile(
    r"(?:\A|/)(?:hack|scripts?|bin|build|tools)/[^/]{1,100}\.(?:sh|bash|py|rb|js|mjs|cjs|ts)\Z"
    r"|\A(?:GNUm|M|m)akefile\Z"
)
_MAX_SCRIPTS = 50
_MAX_CHARACTERS = 200_000  # of each script
# A name that a script puts together with a folder: `"$FOLDER/${name}/options.md"`
_COMPUTED_NAME = re.compile(r"[}\w)]/([\w.-]{1,100}\.(?:md|mdx|markdown|rst|adoc|html))\b")
_EVERYWHERE = frozenset(["index", "_index", "readme"])  # names that most folders have


class PageScripts:
    """Find the pages that the scripts of a wiki name, and so may write.

    Args:
        index: The pages and files of the wiki.
        read_text: Returns the text of a file, None if it cannot be read.
    """

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        self._index, self._read_text = index, read_text

    def may_write(self, page: str) -> bool:
        """Return whether a script names a page of this name in a folder."""
        return posixpath.basename(page) in self._written

    @cached_property
    def _written(self) -> frozenset[str]:
        """Return the names of pages in scripts, without those that most folders have."""
        scripts = (path for path in sorted(self._index.files or ()) if _SCRIPT.search(path))
        names: set[str] = set()
        for path in islice(scripts, _MAX_SCRIPTS):
            text = (self._read_text(path) or "")[:_MAX_CHARACTERS]
            names.update(_COMPUTED_NAME.findall(text))
        return frozenset(
            name for name in names if posixpath.splitext(name)[0].lower() not in _EVERYWHERE
        )
