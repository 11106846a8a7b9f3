"""Detect a wiki's generator, the folder of its pages, and the repository around it.

Everything is read from the file system. `discovery` finds the pages themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from crawler.files.safe_files import read_regular_file
from crawler.pages.front_matter.reader import top_level_strings
from crawler.pages.front_matter.values import BrokenFrontMatter
from crawler.pages.internal_links.sites import Generator
from crawler.scan.generators.dendron import is_dendron
from crawler.scan.generators.generator_marks import (
    SCRIPT_SUFFIXES,
    grav_pages,
    has_file,
    hexo_pages,
    is_quartz,
    is_zola,
)
from crawler.scan.generators.settings_files import read_settings
from crawler.scan.generators.vaults import has_linked_notes, is_from_logseq, is_logseq, is_vault

# Zensical reads the same pages by the same rules (https://zensical.org/docs/setup/basics/).
_MKDOCS_FILES = ("mkdocs.yml", "mkdocs.yaml", "zensical.toml")
_MAX_SETTINGS_BYTES = 1024 * 1024
_MAX_FIRST_PAGES = 20  # searched for Wiki.js' front matter
_HUGO_FILES = ("hugo", "config")
# Beside the folder of the pages (https://www.dokuwiki.org/devel:dirlayout)
_DOKUWIKI_FOLDERS = ("attic", "meta", "media", "media_attic", "media_meta")
_DATA_SUFFIXES = (".toml", ".yaml", ".yml", ".json")


class WikiRoot(NamedTuple):
    """The generator of a wiki, and the folder of its pages.

    Attributes:
        generator: The generator.
        pages: The folder of its pages.
    """

    generator: Generator
    pages: Path


class LocatedWiki(NamedTuple):
    """A wiki with the folder of its settings.

    Attributes:
        generator: The generator.
        settings: The folder of its settings.
        pages: The folder of its pages.
    """

    generator: Generator
    settings: Path
    pages: Path


def detect_docs_root(folder: Path, *, within: Path | None = None) -> Path:
    """Return the folder that root-relative links start from.

    MkDocs names it in mkdocs.yml, Hugo uses `content`, an Obsidian vault is its own root, and so
    on; without a generator it is `folder` itself.

    Args:
        folder: The root of a wiki, a part of it, or a file in it.
        within: The topmost folder to look at; by default only `folder` is looked at.
    """
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        wiki = declared_wiki(candidate)
        is_inside = wiki and (folder in {candidate, wiki.pages} or wiki.pages in folder.parents)
        if wiki and is_inside:
            return wiki.pages
        if candidate == (within or folder):
            break
    return folder


def declared_wiki(folder: Path) -> WikiRoot | None:
    """Return the wiki whose settings are in a folder, or None."""
    found = _documentation(folder) or _notes(folder) or _site(folder)
    if found is None and is_vault(folder):
        return WikiRoot(Generator.OBSIDIAN, folder)
    return found


def _documentation(folder: Path) -> WikiRoot | None:
    """Return the documentation whose settings are in a folder, or None."""
    if file := mkdocs_file(folder):
        return WikiRoot(Generator.MKDOCS, mkdocs_pages(file).folder)
    if has_file(folder, ["docusaurus.config"], SCRIPT_SUFFIXES):
        docs = folder / "docs"
        sibling_docs = folder.parent / "docs"
        return WikiRoot(Generator.DOCUSAURUS, docs if docs.is_dir() else sibling_docs)
    if has_file(folder, ["astro.config"], SCRIPT_SUFFIXES):
        content = folder / "src" / "content"
        return WikiRoot(Generator.ASTRO, content if content.is_dir() else folder / "src")
    return None


def _notes(folder: Path) -> WikiRoot | None:
    """Return the notes whose settings are in a folder, or None."""
    if is_quartz(folder):
        content = folder / "content"
        return WikiRoot(Generator.OBSIDIAN, content if content.is_dir() else folder)
    if (folder / ".obsidian").is_dir():
        return WikiRoot(Generator.OBSIDIAN, folder)
    if is_logseq(folder):
        return WikiRoot(Generator.LOGSEQ, folder)
    return WikiRoot(Generator.DENDRON, folder) if is_dendron(folder) else None


def _site(folder: Path) -> WikiRoot | None:
    """Return the site or blog whose settings are in a folder, or None."""
    content = folder / "content"
    if content.is_dir() and is_zola(folder):
        return WikiRoot(Generator.ZOLA, content)
    has_settings = (folder / "config" / "_default").is_dir()
    if content.is_dir() and (has_settings or has_file(folder, _HUGO_FILES, _DATA_SUFFIXES)):
        return WikiRoot(Generator.HUGO, content)
    if pages := grav_pages(folder):
        return WikiRoot(Generator.GRAV, pages)
    if pages := hexo_pages(folder):
        return WikiRoot(Generator.HEXO, pages)
    # The settings of Jupyter Book have the same name as Jekyll's.
    is_other = (folder / "_toc.yml").is_file()
    is_jekyll = not is_other and has_file(folder, ["_config"], (".yml", ".yaml", ".toml"))
    return WikiRoot(Generator.JEKYLL, folder) if is_jekyll else None


def detect_wiki(folder: Path) -> WikiRoot:
    """Return the wiki in a folder: by its settings, else by its pages, else by `.github`."""
    if wiki := declared_wiki(folder):
        return wiki
    if is_wikijs(folder):
        return WikiRoot(Generator.WIKIJS, folder)
    if has_linked_notes(folder):
        return WikiRoot(notes_generator(folder), folder)
    is_repository = (folder / ".github").is_dir()
    return WikiRoot(Generator.GITHUB if is_repository else Generator.FOLDER, folder)


def notes_generator(folder: Path) -> Generator:
    """Return the program by whose rules notes without settings link to each other."""
    return Generator.LOGSEQ if is_from_logseq(folder) else Generator.OBSIDIAN


def wiki_above(
    folder: Path, top: Path, cache: dict[Path, Sequence[LocatedWiki]] | None = None
) -> LocatedWiki | None:
    """Return the nearest wiki that a folder belongs to, or None.

    Args:
        folder: A folder of pages.
        top: The topmost folder to look at.
        cache: The wikis by the folder in which they were found; new ones are added. Pass the same
            one for all folders of a wiki, as these have most of their parents in common.
    """
    cache = {} if cache is None else cache
    for candidate in (folder, *folder.parents):
        if candidate not in cache:
            cache[candidate] = _located_wikis(candidate)
        wikis = cache[candidate]
        publishing = [wiki for wiki in wikis if folder.is_relative_to(wiki.pages)]
        beside = [wiki for wiki in wikis if wiki.settings in (folder, *folder.parents)]
        if found := next(iter(publishing + beside), None):
            return found
        if candidate == top:
            break
    return None


def _located_wikis(folder: Path) -> Sequence[LocatedWiki]:
    """Return the wikis whose settings are in a folder.

    Docusaurus may be in `website` beside docs. Copies of Quartz have its own pages in `docs`.
    """
    if is_quartz(folder):
        parts = [folder / name for name in ("content", "docs")]
        return [LocatedWiki(Generator.OBSIDIAN, folder, each) for each in parts if each.is_dir()]
    nested = folder / "website"
    is_nested = has_file(nested, ["docusaurus.config"], SCRIPT_SUFFIXES)
    return [
        LocatedWiki(wiki.generator, settings, wiki.pages)
        for settings in ((folder, nested) if is_nested else (folder,))
        if (wiki := declared_wiki(settings))
    ]


def shared_wiki(folder: Path, pages: Iterable[str]) -> WikiRoot | None:
    """Return the wiki that publishes all named pages, or None if there is none or several.

    Args:
        folder: The folder that the names are relative to.
        pages: Files, folders and globs.
    """
    top = repository_of(folder)
    found: set[WikiRoot | None] = set()
    for page in pages:
        path = folder / page.partition("*")[0]
        path = Path(os.path.normpath(path if path.is_dir() else path.parent))
        wiki = wiki_above(path, top if path.is_relative_to(top) else path)
        is_published = wiki is not None and path.is_relative_to(wiki.pages)
        found.add(WikiRoot(wiki.generator, wiki.pages) if wiki and is_published else None)
    return found.pop() if len(found) == 1 else None


def dokuwiki_pages(folder: Path) -> Path | None:
    """Return the folder of the pages of a DokuWiki in a folder, or None.

    Args:
        folder: The folder of an installation, its folder `data`, or that of the pages.
    """
    own = [folder.parent] if folder.name == "pages" else []
    for data in (folder, folder / "data", *own):
        has_others = any((data / name).is_dir() for name in _DOKUWIKI_FOLDERS)
        pages = data / "pages"
        if has_others and any(any(pages.glob(pattern)) for pattern in ("*.txt", "*/*.txt")):
            return pages
    return None


def is_wikijs(folder: Path) -> bool:
    """Return whether the first pages of a folder have the front matter that Wiki.js writes."""
    try:
        first = sorted(folder.glob("*.md"))[:_MAX_FIRST_PAGES]
        if not first:  # every page is in the folder of its language
            first = sorted(folder.glob("[a-z][a-z]/*.md"))[:_MAX_FIRST_PAGES]
        heads = [read_regular_file(file, _MAX_SETTINGS_BYTES)[:2000] for file in first]
    except OSError:
        return False
    return any(
        head.startswith(b"---") and b"\neditor: markdown" in head and b"\ndateCreated: " in head
        for head in heads
    )


def mkdocs_file(folder: Path) -> Path | None:
    """Return the path of a folder's settings of MkDocs or Zensical, or None if it has none.

    A pipe, a device or a dangling link of such a name counts: `mkdocs_pages` says what it is.
    """
    files = (folder / name for name in _MKDOCS_FILES)
    return next((file for file in files if os.path.lexists(file)), None)


class MkdocsPages(NamedTuple):
    """The folder of pages that a mkdocs.yml or zensical.toml names.

    Attributes:
        folder: The folder.
        problem: The message about an error in the file, or "".
    """

    folder: Path
    problem: str = ""


def mkdocs_pages(file: Path) -> MkdocsPages:
    """Return the folder of pages that a mkdocs.yml or zensical.toml names.

    MkDocs' own default, `docs`, is used where the file names no folder, or one outside of both its
    own folder and its repository.
    """
    default = file.parent / "docs"
    try:
        named = _named_docs_dir(file)
    except OSError as error:
        return MkdocsPages(default, f"cannot be read: {error.strerror}")
    except BrokenFrontMatter as error:
        return MkdocsPages(default, f"cannot be read: {error}, line {error.line}")
    pages = Path(os.path.normpath(file.parent / (named or "docs").replace("\0", "")))
    if not is_within(pages, [file.parent, repository_of(file.parent)]):
        return MkdocsPages(default, "docs_dir leads outside the wiki, and was not followed")
    return MkdocsPages(pages)


def _named_docs_dir(file: Path) -> str:
    """Return the folder of pages that the settings of MkDocs or Zensical name, else `docs`.

    Raises:
        OSError: The file cannot be read.
        BrokenFrontMatter: The file is not valid YAML.
    """
    text = read_regular_file(file, _MAX_SETTINGS_BYTES).decode("utf-8", "replace")
    if file.suffix == ".toml":
        return read_settings(file).get("project.docs_dir", "docs")
    return top_level_strings(text).get("docs_dir", "docs")


def repository_of(folder: Path) -> Path:
    """Return the top folder of the git repository around a folder, else the folder itself."""
    absolute = folder.absolute()
    tops = (each for each in (absolute, *absolute.parents) if (each / ".git").exists())
    return next(tops, absolute)


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Return whether a path lies in one of the folders once symbolic links are followed."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)
