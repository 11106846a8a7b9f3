"""Find the Markdown plugins of a site's own that change where links lead.

Docusaurus and Astro run plugins of remark and rehype, which the settings import from files of the
wiki. The files are searched and never run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from crawler.scan.generators.settings_files import read_text
from crawler.scan.generators.wiki_root import is_within, repository_of

_MAX_PLUGINS = 50
_PLUGINS = re.compile(r"(?:remark|rehype)Plugins\b", re.IGNORECASE)
_IMPORTED = re.compile(
    r"""(?:\bfrom|\brequire\(|\bimport\(?)\s*["'`](\.{1,2}/[\w./@-]{1,200})["'`]"""
)
_SCRIPT_SUFFIXES = frozenset([".astro", ".js", ".jsx", ".mjs", ".mts", ".ts", ".tsx"])
_MAX_SCRIPTS = 300
# `url.replace(/\.md$/, "")` in a component or function for links
_TAKES_SUFFIX_OFF = re.compile(r"\breplace\(\s*/[^/\n]{0,50}\\\.mdx?\b")
_LINK = re.compile(r"\b(?:href|url|link)\b|Link|Href|Url")
_SUFFIXES = ("", ".js", ".ts", ".mjs", ".mts", ".cjs", ".cts")
_SETS_DESTINATION = re.compile(r"""\.(?:url|href)\s*=(?!=)|\[["'](?:url|href)["']\]\s*=(?!=)""")
_LINK_NODE = re.compile(r"""["'`](?:link|definition|a|element)["'`]|\bisLink\b|\bisDefinition\b""")


def has_link_plugin(settings: str, folder: Path) -> bool:
    """Return whether a plugin in the wiki gives links other destinations.

    Args:
        settings: The text of the settings, which are a program.
        folder: The folder of the settings.
    """
    if _rewrites_links(folder):
        return True
    if not _PLUGINS.search(settings):
        return False
    texts = (read_text(file) for file in islice(_imported(settings, folder), _MAX_PLUGINS))
    return any(_LINK_NODE.search(text) and _SETS_DESTINATION.search(text) for text in texts)


def _rewrites_links(folder: Path) -> bool:
    """Return whether a script of the site takes the suffix of pages off destinations of links."""
    sources = folder / "src"
    scripts = islice(_scripts(sources), _MAX_SCRIPTS)
    return any(
        _TAKES_SUFFIX_OFF.search(text) and _LINK.search(text) for text in map(read_text, scripts)
    )


def _scripts(folder: Path) -> Iterator[Path]:
    """Yield the scripts and components in a folder and up to three levels below it."""
    for level in ("*", "*/*", "*/*/*"):
        for file in folder.glob(level):
            if file.suffix in _SCRIPT_SUFFIXES:
                yield file


def _imported(settings: str, folder: Path) -> Iterator[Path]:
    """Yield the files of the wiki that its settings import."""
    top = repository_of(folder)
    for name in dict.fromkeys(_IMPORTED.findall(settings)):
        for path in (f"{name}{suffix}" for suffix in (*_SUFFIXES, "/index.js", "/index.ts")):
            file = Path(os.path.normpath(folder / path))
            if os.path.isfile(file) and is_within(file, [top]):  # noqa: PTH113 - long names
                yield file
