"""Describe a site whose generator Holdfast has no rules for.

The description has the addresses that the web host redirects, and whether a program such as
Next.js, Nuxt or Gatsby makes the pages. These may then have addresses that cannot be derived from
their files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from crawler.pages.internal_links.sites import Generator, Site
from crawler.scan.generators.redirect_files import read_redirects
from crawler.scan.generators.settings_files import read_settings, read_text

_MAX_FOLDERS = 10  # looked at, from the pages upwards
_ELEVENTY = ("eleventy.config.*", ".eleventy.js")
_INPUT = re.compile(r"\b(?:input\s*:|setInputDirectory\()\s*[\"'`]([\w./-]+)[\"'`]")
_PROGRAMS = (
    "next.config.*", "nuxt.config.*", "gatsby-config.*", "svelte.config.*", "remix.config.*",
    "react-router.config.*", "gridsome.config.*", *_ELEVENTY,
    "vocs.config.*", "rspress.config.*", ".vuepress/config.*",
    "pelicanconf.py", "*.lektorproject", "nanoc.yaml", "metalsmith.json",
)  # fmt: skip
_NIKOLA = re.compile(r"^BLOG_TITLE\b|\bNIKOLA", re.MULTILINE)  # in its `conf.py`
_LESSON_FOLDERS = ("episodes", "learners", "instructors", "profiles")
_VITEPRESS = ".vitepress/config*"  # addresses follow from the files' paths unless it has `rewrites`
_VITE_SETTINGS = (".vitepress", ".vuepress")  # folders
_SOURCES = re.compile(r"\bsrcDir\s*:\s*[\"'`]([\w./-]+)[\"'`]")
_REWRITES = re.compile(r"\brewrites\b")
# Scripts of VitePress and VuePress, and what those have that change the text of pages
# (https://vite.dev/guide/api-plugin#transforming-custom-file-types)
_VITE_SCRIPTS = ("*.[cm]ts", "*.ts", "*.[cm]js", "*.js")
_TRANSFORM = re.compile(r"\btransform\b[^\n]{0,100}\(|\bextendsMarkdown\b")
_MARKDOWN_FILE = re.compile(r"\.md\b|\bextendsMarkdown\b")
_MAX_SCRIPTS = 100


def describe_site(
    generator: Generator, root: Path, top: Path, relative: Callable[[Path], str]
) -> Site:
    """Return a site with its redirects, and whether a program adds pages to it.

    Args:
        generator: `github` or `folder`, which are used if the generator is unknown.
        root: The folder that root-relative links start from.
        top: The topmost folder to look at, usually of the repository.
        relative: Returns a folder's path in the form of `Page.path`.
    """
    addresses: frozenset[str] = frozenset()
    prefixes: set[str] = set()
    folders = list(_folders(root, top))
    inputs = dict.fromkeys(each for folder in folders for each in _eleventy_inputs(folder))
    for folder in folders:
        found = read_redirects(folder, root)
        addresses |= found.addresses
        prefixes.update(found.prefixes)
    lesson = next((_lesson_folders(each) for each in folders if _is_lesson(each)), ())
    nikola = filter(_is_nikola, folders)
    static = [*_vite_public(root), *_top_of_vite(root, top)]
    return Site(
        generator=generator,
        root=relative(root),
        content=tuple((relative(each), "") for each in lesson),
        static=tuple(map(relative, static)),
        directory_urls=False,
        redirects=addresses,
        redirected_prefixes=tuple(sorted(prefixes)),
        document_bases=tuple(map(relative, (*inputs, *lesson, *nikola))),
        adds_addresses=any(map(_is_program, folders)),
        changes_headings=any(map(_changes_headings, folders)),
    )


def find_vite_pages(folder: Path, top: Path) -> Path | None:
    """Return the top folder of the pages that VitePress or VuePress publishes, None without one.

    Their root-relative links start from there, wherever in a repository it is
    (https://vitepress.dev/guide/routing#root-and-source-directory).

    Args:
        folder: A folder of pages.
        top: The topmost folder to look at.
    """
    for candidate in _folders(folder, top):
        if any((candidate / name).is_dir() for name in _VITE_SETTINGS):
            files = sorted(candidate.glob(_VITEPRESS))
            sources = [name for file in files for name in _SOURCES.findall(read_text(file))]
            pages = candidate / sources[0] if sources else candidate
            return pages if folder.is_relative_to(pages) else None
    return None


def find_program(folder: Path, top: Path, known: dict[Path, bool]) -> Path | None:
    """Return the nearest folder with the settings of a program that makes pages, or None.

    Args:
        folder: A folder of pages.
        top: The topmost folder to look at.
        known: Whether folders have such settings; completed in place.
    """
    for candidate in _folders(folder, top):
        if candidate not in known:
            known[candidate] = _is_program(candidate)
        if known[candidate]:
            return candidate
    return None


def _folders(root: Path, top: Path) -> Iterator[Path]:
    """Yield a folder and its parents up to the top folder."""
    for folder in (root, *root.parents)[:_MAX_FOLDERS]:
        yield folder
        if folder == top or not root.is_relative_to(top):
            break


def _eleventy_inputs(folder: Path) -> Iterator[Path]:
    """Yield the folders that paths of templates in links may be relative to (Eleventy).

    These are the top folder of the project and the folder of its templates
    (https://www.11ty.dev/docs/plugins/inputpath-to-url/).
    """
    files = [file for pattern in _ELEVENTY for file in sorted(folder.glob(pattern))]
    if files:
        yield folder
    for file in files:
        for name in _INPUT.findall(read_text(file)):
            yield folder / name


def _vite_public(root: Path) -> Iterator[Path]:
    """Yield the folder of files that VitePress or VuePress publishes at the root of the site."""
    if (root / ".vitepress").is_dir() or any(root.parent.glob(".vitepress")):
        yield root / "public"
    if (root / ".vuepress").is_dir():
        yield root / ".vuepress" / "public"


def _top_of_vite(root: Path, top: Path) -> Iterator[Path]:
    """Yield the top folder of a repository that VitePress or VuePress publishes a folder of.

    On GitHub, root-relative links of the same pages start from there.
    """
    if root != top and any(any(root.glob(name)) for name in _VITE_SETTINGS):
        yield top


def _changes_headings(folder: Path) -> bool:
    """Return whether a script in the settings of VitePress or VuePress may change pages' text."""
    texts = map(read_text, islice(_vite_scripts(folder), _MAX_SCRIPTS))
    return any(_TRANSFORM.search(text) and _MARKDOWN_FILE.search(text) for text in texts)


def _vite_scripts(folder: Path) -> Iterator[Path]:
    """Yield the scripts in the settings of VitePress or VuePress, and one level below them."""
    for name in _VITE_SETTINGS:
        settings = folder / name
        for pattern in _VITE_SCRIPTS:
            yield from settings.glob(pattern)
            yield from settings.glob(f"*/{pattern}")


def _is_lesson(folder: Path) -> bool:
    """Return whether a folder has the settings of a lesson (The Carpentries' Workbench)."""
    return (folder / "episodes").is_dir() and "carpentry" in read_settings(folder / "config.yaml")


def _lesson_folders(folder: Path) -> tuple[Path, ...]:
    """Return the folders whose pages, figures and data a lesson publishes at one address.

    See https://carpentries.github.io/sandpaper-docs/.
    """
    return (folder, *(folder / name for name in _LESSON_FOLDERS))


def _is_nikola(folder: Path) -> bool:
    """Return whether a folder has the settings of Nikola.

    Its pages include files by paths from there, too.
    """
    return _NIKOLA.search(read_text(folder / "conf.py")) is not None


def _is_program(folder: Path) -> bool:
    """Return whether a folder has the settings of a program that makes pages."""
    if _is_nikola(folder):
        return True
    if any(any(folder.glob(pattern)) for pattern in _PROGRAMS):
        return True
    settings = map(read_text, folder.glob(_VITEPRESS))
    return any(_REWRITES.search(text) for text in settings)
