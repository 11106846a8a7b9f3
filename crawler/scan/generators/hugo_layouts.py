"""Read what the layouts of a Hugo site change in pages. Layouts are searched and never run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from crawler.scan.generators.settings_files import read_text

_MAX_LAYOUTS = 500  # files that are read in each folder of layouts
_COMPUTED_ID = re.compile(r"""<[a-z][\w-]*\b[^<>]{0,200}?\bid\s*=\s*["']?[^"'<>\s]{0,40}\{\{""")
# Folders of layouts that stand for no type of page
_SHARED_FOLDERS = frozenset(
    ["_default", "_markup", "_partials", "_shortcodes", "partials", "shortcodes"]
)
# Layouts that pages have without naming them (https://gohugo.io/templates/types/)
_STANDARD = frozenset(["all", "baseof", "home", "index", "list", "page", "section", "single"])


def has_link_hook(layouts: Iterable[Path]) -> bool:
    """Return whether a render hook may change the destinations of links."""
    return any(_hooks(layouts, "link"))


def changes_anchors(layouts: Iterable[Path]) -> bool:
    """Return whether a render hook gives headings other anchors than Hugo does."""
    return any(".Anchor" not in read_text(hook) for hook in _hooks(layouts, "heading"))


def layouts_with_computed_ids(layouts: Sequence[Path]) -> frozenset[str]:
    """Return the types and layouts of pages to which a layout adds anchors made of data.

    Args:
        layouts: The folders of layouts, of the site and its themes.

    Returns:
        The names of folders of layouts, such as `adopters`, and of layouts that a page has only if
        its front matter names it.
    """
    names = set()
    for folder in layouts:
        for file in islice(folder.rglob("*.html"), _MAX_LAYOUTS):
            name = _type_of(file.relative_to(folder).parts)
            if name and name not in names and _COMPUTED_ID.search(read_text(file)):
                names.add(name)
    return frozenset(names)


def _type_of(parts: Sequence[str]) -> str:
    """Return the type or layout of the pages that a layout is for, "" if it is for any page."""
    top = parts[0]
    if len(parts) > 1 and top not in _SHARED_FOLDERS:
        return top.lower()
    stem = parts[-1].split(".")[0].lower()
    is_layout = len(parts) == 1 or (top == "_default" and len(parts) == 2)
    return stem if is_layout and stem not in _STANDARD else ""


def _hooks(layouts: Iterable[Path], name: str) -> Iterator[Path]:
    """Yield the render hooks of Hugo's layouts for links or headings."""
    return chain.from_iterable(layout.rglob(f"_markup/render-{name}*") for layout in layouts)
