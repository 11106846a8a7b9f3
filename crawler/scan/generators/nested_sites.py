"""Find the sites whose settings lie in folders below a wiki's top folder.

The result is shown to the user, and used to choose a Markdown dialect. It does not decide how
links are resolved: for that, `crawler.scan.generators.wiki_root` finds the generator of each page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from crawler.pages.internal_links.sites import Generator
from crawler.scan.generators.dialects import DIALECTS
from crawler.scan.generators.settings_files import read_text
from crawler.scan.generators.wiki_root import declared_wiki

TITLES = {
    Generator.MKDOCS: "MkDocs",
    Generator.HUGO: "Hugo",
    Generator.JEKYLL: "Jekyll",
    Generator.DOCUSAURUS: "Docusaurus",
    Generator.ASTRO: "Astro",
    Generator.ZOLA: "Zola",
    Generator.HEXO: "Hexo",
    Generator.GRAV: "Grav",
    Generator.OBSIDIAN: "Obsidian",
    Generator.LOGSEQ: "Logseq",
}
_DEPTH = 2  # levels of folders below the top folder
_MAX_FOLDERS = 1000
# Names of folders whose sites are no part of the wiki
_DEPENDENCIES = ("node_modules", "vendor", "bower_components", "venv", "themes", "theme")
_BUILD_OUTPUT = ("build", "dist", "_build", "_site", "target", "public")
_TEST_DATA = ("fixtures", "testdata", "tests", "test", "examples", "example")
_SKIPPED = frozenset([*_DEPENDENCIES, *_BUILD_OUTPUT, *_TEST_DATA])
# Generators that Holdfast has no rules for. Each has a file or folder that only it has, its name,
# and its Markdown dialect ("" if it has none).
_MARKERS = (
    (".vitepress", "VitePress", "gfm"),
    (".vuepress", "VuePress", "gfm"),
    ("book.toml", "mdBook", "gfm"),
    ("antora.yml", "Antora", ""),
    ("antora-playbook.yml", "Antora", ""),
    ("_quarto.yml", "Quarto", ""),
    ("_toc.yml", "Jupyter Book", ""),
)


class NestedSite(NamedTuple):
    """A site in a folder.

    Attributes:
        title: The name of its generator.
        pages: The folder of its pages.
        dialect: The Markdown dialect of the generator, "" if it has none.
    """

    title: str
    pages: Path
    dialect: str


def nested_sites(folder: Path) -> list[NestedSite]:
    """Return the sites in a folder and up to two levels below, in the order of their folders."""
    found: dict[Path, NestedSite] = {}
    for candidate in _folders(folder):
        site = _site_of(candidate, is_top=candidate == folder)
        if site is None or not site.pages.is_dir():
            continue
        is_in_other_site = any(candidate.is_relative_to(pages) for pages in found)
        if not is_in_other_site:
            found.setdefault(site.pages, site)
    return list(found.values())


def _folders(top: Path) -> Iterator[Path]:
    """Yield a folder and those up to `_DEPTH` levels below it, level by level.

    Symbolic links are not followed.
    """
    level, count = [top], 0
    for depth in range(_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            count += 1
            if count > _MAX_FOLDERS:
                return
            yield folder
            if depth < _DEPTH:
                below += _subfolders(folder)
        level = below


def _subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are searched, by name; none if it cannot be read."""
    try:
        children = sorted(child for child in folder.iterdir() if child.is_dir())
    except OSError:
        return []
    return [child for child in children if _is_searched(child)]


def _is_searched(folder: Path) -> bool:
    """Return whether a folder may have sites: it is not skipped, hidden or a symbolic link."""
    if folder.name.startswith(".") or folder.is_symlink():
        return False
    return folder.name.lower() not in _SKIPPED


def _site_of(folder: Path, *, is_top: bool) -> NestedSite | None:
    """Return the site whose settings are in a folder, or None.

    Args:
        folder: The folder.
        is_top: It is the wiki's top folder, in which callers detect a generator with rules.
    """
    wiki = None if is_top else declared_wiki(folder)
    if wiki:
        title = TITLES.get(wiki.generator, "")
        return NestedSite(title, wiki.pages, DIALECTS.get(wiki.generator, "")) if title else None
    for marker, title, dialect in _MARKERS:
        if (folder / marker).exists():
            return NestedSite(title, folder, dialect)
    return NestedSite("Sphinx", folder, "") if _is_sphinx(folder / "conf.py") else None


def _is_sphinx(settings: Path) -> bool:
    """Return whether a conf.py is of Sphinx: other programs have files of that name."""
    text = read_text(settings)
    return "extensions" in text or "sphinx" in text.lower() or "master_doc" in text
