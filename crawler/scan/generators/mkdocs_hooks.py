"""Find what the hooks of an MkDocs site may change (https://www.mkdocs.org/dev-guide/plugins/#events).

Hooks are programs of the wiki. They are searched and never run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from crawler.scan.generators.settings_files import read_text

# Events that get the text of a page, and what gives a text other destinations
_TEXT_EVENT = re.compile(r"\bdef on_(?:page_read_source|page_markdown|page_content|post_page)\b")
_REWRITES = re.compile(r"\.(?:replace|sub|subn)\(|\bhref\b")


class MkdocsHooks(NamedTuple):
    """Possible effects of the hooks of a site.

    Attributes:
        exist: The site has hooks, which may add headings and published files.
        add_pages: A hook may add pages, or cannot be read.
        change_links: A hook may rewrite the links of pages.
    """

    exist: bool
    add_pages: bool
    change_links: bool


def read_hooks(folder: Path, settings: Mapping[str, str]) -> MkdocsHooks:
    """Return what the hooks of an MkDocs site may do.

    Args:
        folder: The folder of the settings.
        settings: The settings, by their keys joined with full stops.
    """
    names = [value for key, value in settings.items() if key.split(".")[0] == "hooks" and value]
    texts = [read_text(folder / name.replace("\0", "")) for name in names]
    return MkdocsHooks(
        exist=any(key.split(".")[0] == "hooks" for key in settings),
        add_pages=any(not text or "def on_files" in text for text in texts),
        change_links=any(_TEXT_EVENT.search(text) and _REWRITES.search(text) for text in texts),
    )
