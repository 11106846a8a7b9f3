"""Define the properties of a wiki's site: its generator, and the folders it publishes."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Generator(StrEnum):
    """The program that publishes a wiki; it decides where links within the wiki lead."""

    MKDOCS = "mkdocs"
    HUGO = "hugo"
    JEKYLL = "jekyll"
    DOCUSAURUS = "docusaurus"
    ASTRO = "astro"
    ZOLA = "zola"
    HEXO = "hexo"
    GRAV = "grav"
    OBSIDIAN = "obsidian"
    LOGSEQ = "logseq"
    DENDRON = "dendron"
    GITHUB = "github"  # pages are read in the repository
    WIKIJS = "wikijs"
    FOLDER = "folder"  # none was detected


# Generators whose addresses depend on code or on settings that cannot be read completely.
WITH_UNKNOWN_ADDRESSES = frozenset(
    [
        Generator.DOCUSAURUS, Generator.ASTRO, Generator.JEKYLL, Generator.ZOLA, Generator.HEXO,
        Generator.GRAV,
    ]
)  # fmt: skip
# Generators that build a site from the sources: HTML among these is a template, or was built.
SITE_BUILDERS = frozenset([Generator.HUGO, Generator.MKDOCS, *WITH_UNKNOWN_ADDRESSES])


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The known properties of a wiki's site. Folders are paths as in `Page.path`, "" is the top.

    Attributes:
        generator: What publishes the pages.
        root: The folder that root-relative links to files start from.
        content: Folders of pages, each with the address that they are published under.
        other_roots: Folders that root-relative links to files may start from, too.
        static: Folders whose files are published at the root of the site.
        base_path: The beginning of every address of the site, such as `wiki` on GitHub Pages.
        directory_urls: Whether the address of a page ends with a slash.
        patterned_sections: Sections (first parts of addresses) whose addresses follow a pattern in
            the settings instead of the pages' paths. "" stands for all sections.
        redirects: Addresses that the settings redirect.
        generated_folders: Folders of addresses that the generator fills without sources.
        redirected_prefixes: Beginnings of the addresses that patterns in the settings redirect.
        named_pages: Pages that the settings name; a build may create those without a source.
        fallbacks: Folders of translations, each with the folder of the originals, which are
            published for pages that are not translated.
        document_bases: Folders that a path to a page may be relative to, besides the folder of the
            page with the link. For Docusaurus, only paths that do not begin with a dot.
        adds_pages: Plugins may add source files of pages, which links may name by their paths.
        adds_addresses: Modules or plugins may add published pages and files that have no source.
        changes_links: A hook or plugin may give a link's destination another meaning.
        changes_headings: A hook or plugin may add headings and anchors.
        layouts_with_ids: Types and layouts of Hugo's pages to which a layout adds anchors of data.
        includes_pages: Pages may be put into others, so that their links are relative to those.
    """

    generator: Generator = Generator.FOLDER
    root: str = ""
    other_roots: tuple[str, ...] = ()
    content: tuple[tuple[str, str], ...] = ()
    static: tuple[str, ...] = ()
    base_path: str = ""
    directory_urls: bool = True
    patterned_sections: frozenset[str] = frozenset()
    redirects: frozenset[str] = frozenset()
    generated_folders: tuple[str, ...] = ()
    redirected_prefixes: tuple[str, ...] = ()
    named_pages: frozenset[str] = frozenset()
    fallbacks: tuple[tuple[str, str], ...] = ()
    document_bases: tuple[str, ...] = ()
    adds_pages: bool = False
    adds_addresses: bool = False
    changes_links: bool = False
    changes_headings: bool = False
    layouts_with_ids: frozenset[str] = frozenset()
    includes_pages: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        """Return all folders of the site."""
        content = (folder for folder, _ in self.content)
        return tuple(dict.fromkeys([self.root, *content, *self.static]))

    def files_at(self, address: str) -> Iterator[str]:
        """Yield the paths of files that may be published under an address."""
        static = ((folder, "") for folder in self.static)
        for folder, prefix in (*self.content, *static):
            if not prefix or f"{address}/".startswith(f"{prefix}/"):
                path = address[len(prefix) :].strip("/")
                yield posixpath.normpath(f"{folder}/{path}").strip("/")

    def mounted_files(self, page: str, written: str) -> Iterator[str]:
        """Yield the files that a link may name if its path is in the tree that Hugo's mounts form.

        Args:
            page: The path of the page with the link, below the configuration's folder.
            written: The path in the link: from the root of the tree, or relative to the page.
        """
        if written.startswith("/"):
            folders = [""]
        else:
            folders = [posixpath.dirname(path) for path in self._mounted_paths(page)]
        for folder in folders:
            joined = posixpath.normpath(f"/{folder}/{written}").strip("/")
            yield from self.files_at(joined)

    def untranslated(self, path: str) -> Iterator[str]:
        """Yield the paths of the originals that are published in place of a missing translation."""
        for folder, original in self.fallbacks:
            if path.startswith(f"{folder}/"):
                yield f"{original}{path[len(folder) :]}"

    def from_document_bases(self, page: str, written: str) -> Iterator[str]:
        """Yield the pages that a link may name if its path starts from one of `document_bases`.

        Args:
            page: The path of the page with the link, below the configuration's folder.
            written: The path in the link.
        """
        is_docusaurus = self.generator is Generator.DOCUSAURUS
        if written.startswith(".") and is_docusaurus:
            return
        written = written.lstrip("/")
        content = {folder for folder, _ in self.content} if is_docusaurus else set()
        for folder in self.document_bases:
            # For Docusaurus, a content folder is a base only for the pages in it.
            if not folder or folder not in content or page.startswith(f"{folder}/"):
                yield posixpath.normpath(posixpath.join(folder, written))

    def prefer_same_folder(self, page: str, found: Sequence[str]) -> Sequence[str]:
        """Return those of the given pages at one address that a link may lead to.

        Versions or translations of a page may share an address. A link leads to the one in the
        same folder of `content` as the page with the link.

        Args:
            page: The page with the link.
            found: The pages at the address.
        """
        if len(found) < 2:
            return found
        folders = [folder for folder, _ in self.content if folder]
        around_page = [folder for folder in folders if page.startswith(f"{folder}/")]
        if not around_page:
            return found
        innermost = max(around_page, key=len)
        in_same_folder = [each for each in found if each.startswith(f"{innermost}/")]
        return in_same_folder or found

    def unknown_mounts(self, is_known: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the folders and files of `content` that are missing in the wiki."""
        return tuple(folder for folder, _ in self.content if folder and not is_known(folder))

    def _mounted_paths(self, page: str) -> Iterator[str]:
        """Yield the paths of a page in the tree that Hugo's mounts form."""
        for folder, prefix in self.content:
            if page == folder:
                yield prefix
            elif not folder or page.startswith(f"{folder}/"):
                yield posixpath.join(prefix, page.removeprefix(f"{folder}/"))

    @property
    def is_generated(self) -> bool:
        """Return whether a build may add pages and files that are not among the sources."""
        return self.generator in SITE_BUILDERS
