"""Read the settings of Docusaurus and Astro, which are programs.

They are searched for a few keys by regular expression, and never run.
"""

from __future__ import annotations

import re
from pathlib import Path

from crawler.pages.internal_links.sites import Generator, Site
from crawler.scan.folders import MAX_FOLDERS, ToRelativePath, is_folder, subfolders
from crawler.scan.generators.link_plugins import has_link_plugin
from crawler.scan.generators.settings_files import read_text

_QUOTED_SETTING = r"""["'`]?\s*:\s*["'`]([^"'`\n]*)["'`]"""

Content = list[tuple[str, str]]
"""Pairs of a folder of pages and an address under which they may be published (`Site.content`)."""


def read_docusaurus(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Docusaurus describe, with versions and translations.

    Args:
        folder: The folder of the settings.
        pages: The folder of the pages.
        relative: Returns a folder's path in the form of `Page.path`.
    """
    text = "".join(read_text(file) for file in sorted(folder.glob("docusaurus.config.*")))
    content = _docusaurus_content(folder, pages, text, relative)
    static = [folder / "static"]
    static += [folder / name for name in re.findall(r"staticDirectories\D{1,9}[\"'](\w+)", text)]
    return Site(
        generator=Generator.DOCUSAURUS,
        root=relative(pages),
        content=tuple(content)[: 2 * MAX_FOLDERS],
        static=tuple(map(relative, static)),
        base_path=next(iter(_quoted_settings(text, "baseUrl")), "").strip("/"),
        changes_links=has_link_plugin(text, folder),
        # https://docusaurus.io/docs/markdown-features/links
        document_bases=tuple(dict.fromkeys([*(each for each, _ in content), relative(folder)])),
    )


def _docusaurus_content(folder: Path, pages: Path, text: str, relative: ToRelativePath) -> Content:
    """Return the folders of pages of a Docusaurus site, with the addresses that are possible.

    A folder is published under the prefix of a plugin in the settings (`routeBasePath`), which is
    `docs` by default. A version is also published under its own name below that
    (https://docusaurus.io/docs/versioning).
    """
    prefixes = sorted({each.strip("/") for each in _quoted_settings(text, "routeBasePath")})
    bases = (*prefixes, "docs", "")
    folders = [pages, folder / "docs", folder / "blog"]
    folders += [folder / path for path in _quoted_settings(text, "path") if path]
    content = [(relative(folder / "src" / "pages"), "")]
    for each in dict.fromkeys(path.resolve() for path in folders if is_folder(path)):
        content += [(relative(each), name) for name in dict.fromkeys([each.name, *prefixes, ""])]
    for versions in sorted(folder.glob("*versioned_docs")):
        for each in subfolders(versions):
            content += _version_content(each, bases, relative)
    for each in sorted(folder.glob("i18n/*/*/current")):
        content += [(relative(each), base) for base in bases]
    for each in sorted(folder.glob("i18n/*/*/version-*")):
        content += _version_content(each, bases, relative)
    return content


def _version_content(folder: Path, bases: tuple[str, ...], relative: ToRelativePath) -> Content:
    """Return the addresses of one version: below each base with and without its name."""
    version = folder.name.removeprefix("version-")
    named = [(relative(folder), f"{base}/{version}".strip("/")) for base in bases]
    return named + [(relative(folder), base) for base in bases]


def read_astro(folder: Path, pages: Path, relative: ToRelativePath) -> Site:
    """Return the site that the settings of Astro describe.

    Args:
        folder: The folder of the settings.
        pages: The folder of the pages.
        relative: Returns a folder's path in the form of `Page.path`.
    """
    text = "".join(read_text(file) for file in sorted(folder.glob("astro.config.*")))
    content = [(relative(folder / "src" / "pages"), "")]
    for each in subfolders(folder / "src" / "content"):
        content += [(relative(each), each.name), (relative(each), "")]
    return Site(
        generator=Generator.ASTRO,
        root=relative(pages),
        content=tuple(content)[: 2 * MAX_FOLDERS],
        static=(relative(folder / "public"),),
        base_path=next(iter(_quoted_settings(text, "base")), "").strip("/"),
        changes_links=has_link_plugin(text, folder),
    )


def _quoted_settings(text: str, key: str) -> list[str]:
    """Return the quoted values of a key, in the order of the text."""
    return re.findall(rf"\b{key}{_QUOTED_SETTING}", text)
