"""Where links within the wiki lead, and which of them lead nowhere."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

from crawler.pages.anchors import heading_slugs
from store.vocabulary import InternalLink

_PAGE_ENDINGS = (".md", ".markdown", ".html", ".htm", "")
# What renderers put on a page themselves, or what no heading answers to: footnotes, Obsidian's blocks, text fragments, the top.
_GENERATED = ("fn:", "fnref:", "fn-", "fnref-", "user-content-", "^", ":~:", "top", "__", "!")


class WikiIndex:
    """What the wiki consists of: its pages with their anchors, and its other files; paths as in `Page.path`.

    Without `files` a link to anything but a page is not judged.
    """

    def __init__(
        self, pages: Mapping[str, Collection[str]], files: Collection[str] | None = None
    ) -> None:
        self.pages = pages
        self.files = files
        self.folders = {folder for path in (*pages, *(files or ())) for folder in _folders(path)}
        self.by_name: dict[str, str] = {}
        for path in sorted(pages, key=lambda path: (-path.count("/"), path), reverse=True):
            self.by_name.setdefault(
                posixpath.splitext(posixpath.basename(path))[0].casefold(), path
            )

    def find(self, path: str) -> str | None:
        """The page, file or folder a path stands for, in the ways renderers complete it; None where there is none."""
        stem, ending = posixpath.splitext(path)
        candidates = [
            path,
            f"{path}.md",
            f"{path}/index.md",
            f"{path}/README.md",
            f"{path}/_index.md",
            f"{path}.markdown",
        ]
        if ending in {".html", ".htm"}:
            candidates += [f"{stem}.md", f"{stem}.markdown"]
        for candidate in candidates:
            if candidate in self.pages or (self.files is not None and candidate in self.files):
                return candidate
        return path if path in self.folders or path in {"", "."} else None

    def can_judge(self, path: str) -> bool:
        """Whether we know enough to say that a path leads nowhere."""
        return self.files is not None or posixpath.splitext(path)[1].lower() in _PAGE_ENDINGS


def resolve_internal_links(
    links: Iterable[InternalLink], docs_root: str, index: WikiIndex
) -> tuple[InternalLink, ...]:
    """The links with `path` (relative to the docs root) and `broken` set. Pure; `docs_root` is a path as in `Page.path`, or empty.

    >>> from store.vocabulary import InternalLink
    >>> link = InternalLink(page="docs/a.md", line=1, column=1, start=0, end=0, target="/b.md#c", fragment="c")
    >>> [(link.path, link.broken) for link in resolve_internal([link], "docs", Known({"docs/b.md": ["d"]}))]
    [('b.md', 'missing-heading')]
    """
    return tuple(_resolve(link, docs_root.strip("/"), index) for link in links)


def _resolve(link: InternalLink, docs_root: str, known: WikiIndex) -> InternalLink:
    written = link.target.partition("#")[0].partition("?")[0].strip().replace("\\", "/")
    if not written:
        return _with_fragment(link, link.page, docs_root, known)
    if link.wiki:
        found = next(
            (
                path
                for base in (docs_root, posixpath.dirname(link.page))
                if (path := known.find(_join(base, written)))
            ),
            None,
        )
        found = found or known.by_name.get(
            posixpath.basename(
                posixpath.splitext(written)[0] if written.endswith(".md") else written
            ).casefold()
        )
        return (
            _with_fragment(link, found, docs_root, known)
            if found
            else replace(link, broken="missing-page")
        )
    base = docs_root if written.startswith("/") else posixpath.dirname(link.page)
    paths = [_join(base, spelling) for spelling in dict.fromkeys((written, unquote(written)))]
    for path in paths:
        if found := known.find(path):
            return _with_fragment(link, found, docs_root, known)
    path = paths[-1]
    if not f"{path}/".startswith(f"{docs_root}/") if docs_root else path.startswith(".."):
        return replace(link, broken="outside-root")
    return replace(
        link, path=_relative_to(path, docs_root), broken="missing-page" if known.can_judge(path) else None
    )


def _with_fragment(
    link: InternalLink, found: str, docs_root: str, known: WikiIndex
) -> InternalLink:
    anchors = known.pages.get(found)
    missing = link.fragment and anchors is not None and not _has_anchor(anchors, link.fragment)
    return replace(
        link, path=_relative_to(found, docs_root), broken="missing-heading" if missing else None
    )


def _has_anchor(anchors: Collection[str], fragment: str) -> bool:
    fragment = unquote(fragment)
    if fragment.startswith(_GENERATED) or fragment in anchors:
        return True
    heading = fragment.rpartition("#")[2]  # [[Page#Heading#Subheading]]
    return not set(heading_slugs(heading)).isdisjoint(anchors)


def _join(base: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    return "" if joined == "." else joined


def _relative_to(path: str, docs_root: str) -> str:
    return path.removeprefix(f"{docs_root}/") if docs_root else path


def _folders(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
