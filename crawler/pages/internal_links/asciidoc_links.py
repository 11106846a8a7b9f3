"""Decide which internal links of AsciiDoc pages cannot be judged from the sources of a wiki.

Pages are parts of books. A page may be included in another one, and its paths then start from the
other; its links may lead to an id on any page of the book. A build may write some of these pages.
The folder of images, and which other files are published, depends on attributes of the build.
Antora's collector adds pages that a build writes, and a component may have sources in several
repositories
(https://docs.antora.org/antora/latest/component-version-descriptor/).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from crawler.pages.internal_links.wiki_index import ASCIIDOC_SUFFIXES, WikiIndex

_CROSS_REFERENCE = re.compile(r"<<[^<>]*>>")
_INCLUDE = re.compile(r"^include::([^\s\[][^\[\n]*)\[", re.MULTILINE)
_ANTORA_COMPONENT = re.compile(r"(.*?/)??modules/")
_NAVIGATION_FILE = re.compile(r"^\s*-\s*[\"']?(modules/[^\s\"'#]+)", re.MULTILINE)
_MODULE = re.compile(r"modules/([^/]+)/")
# `xref:module:page.adoc`, without a version and a component
_PAGE_REFERENCE = re.compile(r"\bxref:(?:([\w.-]+):)?([\w./{}-]+\.adoc)\b")


def is_asciidoc(page: str) -> bool:
    """Return whether a page is AsciiDoc, by its suffix."""
    return page.lower().endswith(ASCIIDOC_SUFFIXES)


def without_cross_references(text: str) -> str:
    """Return the source of a page without its cross references, which look like tags."""
    return _CROSS_REFERENCE.sub("", text)


def find_from_including_page(written: str, index: WikiIndex) -> str | None:
    """Return a page or file with the name of a path, whatever its folder, or None.

    The path may start from any page that includes the page with the link.
    """
    return index.names.find(written.lstrip("./"))


def includes_missing_page(text: str, index: WikiIndex) -> bool:
    """Return whether the source of a page includes an AsciiDoc page that the wiki lacks.

    A build writes such a page, with ids that are not known. Its folder may be an attribute, so only
    its name is compared.
    """
    targets = (target.strip() for target in _INCLUDE.findall(text))
    names = (posixpath.basename(each) for each in targets if is_asciidoc(each))
    return any("{" in name or index.names.find(name) is None for name in names)


def is_antora_page(page: str, read_text: Callable[[str], str | None]) -> bool:
    """Return whether a page is in a component of Antora, where no page is a part of a book.

    Args:
        page: The path of an AsciiDoc page.
        read_text: Returns the text of a file, None if there is none.
    """
    component = _ANTORA_COMPONENT.match(page)
    return component is not None and bool(read_text(f"{component[1] or ''}antora.yml"))


class AntoraComponents:
    """Decide which missing pages of AsciiDoc may be added by a build.

    Args:
        index: The pages and files of the wiki.
        read_text: Returns the text of a file, None if there is none.
    """

    def __init__(self, index: WikiIndex, read_text: Callable[[str], str | None]) -> None:
        self._index, self._read_text = index, read_text
        self._incomplete: dict[str, bool] = {}  # results of `_is_incomplete` by folder

    def may_be_generated(self, page: str, path: str) -> bool:
        """Return whether a file that is not in the wiki may exist when it is published.

        Args:
            page: The AsciiDoc page with the link.
            path: The path of the missing file.
        """
        folder, name = posixpath.split(path)
        if not name.lower().endswith(ASCIIDOC_SUFFIXES):
            return True  # attributes of the build say which other files are published
        if self._index.has_asciidoc_id(name):
            return True  # an alias of a page (`page-aliases`), which is one of its anchors
        if folder and folder not in self._index.folders:
            return True
        component = _ANTORA_COMPONENT.match(path) or _ANTORA_COMPONENT.match(page)
        if component is None:
            return False
        folder = component[1] or ""
        if folder not in self._incomplete:
            self._incomplete[folder] = self._is_incomplete(folder)
        return self._incomplete[folder]

    def _is_incomplete(self, folder: str) -> bool:
        """Return whether a component has pages that a build writes or other repositories have.

        Each repository has a descriptor. It has no navigation if that is in another repository, or
        its navigation names pages that are in others.

        Args:
            folder: The folder of the descriptor, with a slash if it is not the top.
        """
        descriptor = self._read_text(f"{folder}antora.yml") or ""
        if not descriptor:
            return False  # this is no component of Antora
        if "collector" in descriptor:
            return True
        names = _NAVIGATION_FILE.findall(descriptor)
        return not names or any(self._names_absent_page(folder, name) for name in names)

    def _names_absent_page(self, folder: str, name: str) -> bool:
        """Return whether a navigation file is missing, or names a page that is missing.

        Args:
            folder: The folder of the component's descriptor, with a slash if it is not the top.
            name: The path of the navigation file from that folder.
        """
        module, text = _MODULE.match(name), self._read_text(f"{folder}{name}")
        if module is None or text is None:
            return True
        for named_module, page in _PAGE_REFERENCE.findall(text):
            path = f"{folder}modules/{named_module or module[1]}/pages/{page}"
            has_attribute = "{" in path
            if not has_attribute and not self._index.find_file(posixpath.normpath(path)):
                return True
        return False
