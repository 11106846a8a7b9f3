"""Decide which internal links of AsciiDoc pages cannot be judged, as the pages are parts of books.

A page may be included in another one, from which its paths then start, and its links may lead to
an id on any page of the book. Where images are, and what else is published, depends on attributes
of the build. Antora's collector adds pages that a build writes, and a component may be put together
from several repositories (https://docs.antora.org/antora/latest/component-version-descriptor/).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from crawler.pages.wiki_index import ASCIIDOC_SUFFIXES, WikiIndex

_CROSS_REFERENCE = re.compile(r"<<[^<>]*>>")
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
    """Return the page or file that a path may lead to from a page that includes the written one."""
    return index.find_by_name(written.lstrip("./"))


def may_be_generated(
    page: str, path: str, index: WikiIndex, read_text: Callable[[str], str | None]
) -> bool:
    """Return whether a file that is not in the wiki may exist when it is published.

    Args:
        page: The AsciiDoc page with the link.
        path: The path of the missing file.
        index: The pages and files of the wiki.
        read_text: Returns the text of a file, None if there is none.
    """
    folder, name = posixpath.split(path)
    if not name.lower().endswith(ASCIIDOC_SUFFIXES) or index.is_id(name):
        return True
    if folder and folder not in index.folders:
        return True
    component = _ANTORA_COMPONENT.match(path) or _ANTORA_COMPONENT.match(page)
    if component is None:
        return False
    folder = component[1] or ""
    descriptor = read_text(f"{folder}antora.yml") or ""
    return "collector" in descriptor or _has_pages_elsewhere(folder, descriptor, index, read_text)


def _has_pages_elsewhere(
    folder: str, descriptor: str, index: WikiIndex, read_text: Callable[[str], str | None]
) -> bool:
    """Return whether other repositories have pages of an Antora component.

    Each repository has a descriptor. It has no navigation if that is in another repository, or its
    navigation names pages that are in others.

    Args:
        folder: The folder of the descriptor, with a slash if it is not the top.
        descriptor: The text of `antora.yml`, "" if there is none.
        index: The pages and files of the wiki.
        read_text: Returns the text of a file, None if there is none.
    """
    if not descriptor:
        return False
    names = _NAVIGATION_FILE.findall(descriptor)
    if not names:
        return True
    for name in names:
        module = _MODULE.match(name)
        text = read_text(f"{folder}{name}")
        if module is None or text is None:
            return True
        for other, page in _PAGE_REFERENCE.findall(text):
            path = f"{folder}modules/{other or module[1]}/pages/{page}"
            if "{" not in path and not index.find_file(posixpath.normpath(path)):
                return True
    return False
