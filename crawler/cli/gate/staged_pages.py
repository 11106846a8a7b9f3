"""Read the staged versions of pages that differ from the files in the work tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crawler.cli.pages.changed_pages import (
    ChangedPages,
    is_page_below,
    name_in_warnings,
    page_roots,
    unread_warning,
)
from crawler.config import LoadedConfig
from crawler.git import Change, blob_sizes, read_blobs
from crawler.pages.registry import reader_of
from crawler.scan.page_source import MAX_PAGE_BYTES, PageSource

_NO_FILE = "is staged as something else than a regular file"
_MISSING = "git does not have what is staged"
_TOO_LARGE = f"is staged with more than {MAX_PAGE_BYTES // 1024 // 1024} MB"
# Codes of warnings about a file's content in the work tree, which the staged version replaces.
_ABOUT_CONTENT = frozenset({"too-large", "unreadable"})


def read_staged(
    wiki: LoadedConfig, arguments: Sequence[str], change: Change, pages: ChangedPages
) -> Mapping[str, PageSource]:
    """Replace changed pages by their staged versions, where these differ from the work tree.

    Args:
        wiki: The configuration of the wiki.
        arguments: Pages named on the command line; empty for those of the configuration.
        change: The staged change.
        pages: The changed pages of the work tree; changed in place: their sources become the
            staged versions, and pages whose staged version cannot be read become unread.

    Returns:
        The staged versions that differ, by path.

    Raises:
        ChangedFilesError: git failed.
    """
    if not change.index_blobs:
        return {}
    differing = {path: file for path, file in pages.files.items() if file in change.index_blobs}
    for file in _unreadable_in_work_tree(wiki, arguments, change, frozenset(differing.values())):
        path = name_in_warnings(wiki, file)
        differing[path] = file
        pages.files[path] = file
        pages.ranks[path] = change.files.index(file)
        pages.sources[path] = PageSource(
            path=path, size=0, file=Path(file), format=reader_of(path, wiki.config.formats).name
        )
    pages.unread = [
        each
        for each in pages.unread
        if not (each.page in differing and each.code in _ABOUT_CONTENT)
    ]
    contents, problems = _read(change, frozenset(differing.values()))
    staged = dict[str, PageSource]()
    for path, file in differing.items():
        source = pages.sources.pop(path)
        if file in contents:
            data = contents[file]
            staged[path] = replace(source, data=data, size=len(data))
            pages.sources[path] = staged[path]
        else:
            del pages.files[path], pages.ranks[path]
            pages.unread.append(unread_warning(wiki, file, problems[file]))
    return staged


def _unreadable_in_work_tree(
    wiki: LoadedConfig, arguments: Sequence[str], change: Change, found: Collection[str]
) -> Iterator[str]:
    """Yield staged files of pages that a scan of the work tree did not find or could not read."""
    roots = list(page_roots(wiki, arguments))
    for file in change.files:
        if file in found or not change.index_blobs.get(file):
            continue
        if is_page_below(wiki, file, roots):
            yield file


def _read(change: Change, files: Collection[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the staged contents of files, and the problems of files without one, by file."""
    blobs = {file: change.index_blobs[file] for file in files}
    sizes = blob_sizes(change.top, {blob for blob in blobs.values() if blob})
    problems = dict[str, str]()
    for file, blob in blobs.items():
        if not blob:
            problems[file] = _NO_FILE
        elif blob not in sizes:
            problems[file] = _MISSING
        elif sizes[blob] > MAX_PAGE_BYTES:
            problems[file] = _TOO_LARGE
    small = {file: blob for file, blob in blobs.items() if file not in problems}
    contents = dict(read_blobs(change.top, small))
    missing = {file: _MISSING for file in small if file not in contents}
    return contents, problems | missing
