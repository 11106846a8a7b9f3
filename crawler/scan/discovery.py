"""Find the pages that arguments or the configuration name: files, folders, globs, standard input.

`page_finder` searches folders; `reader` reads the content of a page.
"""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from crawler.config import LoadedConfig
from crawler.http.urls import is_web_url
from crawler.scan import page_source
from crawler.scan.page_finder import PageFinder
from crawler.scan.page_source import MARKDOWN, PageSource, PageSourceError, printable_name
from store.vocabulary import PageWarning


def find_pages(
    arguments: Sequence[str],
    root: Path,
    *,
    ignore: Sequence[str] = (),
    formats: Mapping[str, str] = {},
    stdin: BinaryIO | None = None,
    stdin_format: str = MARKDOWN,
) -> Iterator[PageSource | PageWarning]:
    """Yield the pages that the arguments name, each once.

    They come in the order of the arguments, sorted by name within a folder. A page that cannot be
    read is yielded as a warning in its place.

    Args:
        arguments: Files, folders, globs, or "-" for standard input.
        root: The folder that arguments and page names are relative to.
        ignore: Patterns in .gitignore syntax, relative to the root.
        formats: The names of formats by suffix, from the settings, such as `.txt` to `markdown`.
        stdin: Read for "-"; by default the process's standard input.
        stdin_format: The name of the format of standard input.

    Raises:
        PageSourceError: An argument names nothing, or the settings an unknown format.
    """
    finder = PageFinder(root, ignore, formats)
    for argument in arguments:
        if argument == "-":
            limit = page_source.MAX_PAGE_BYTES
            data = (stdin or sys.stdin.buffer).read(limit + 1)
            is_small = len(data) <= limit
            page = PageSource(path="-", size=len(data), data=data, format=stdin_format)
            yield page if is_small else finder.make_too_large_warning("-")
            continue
        path = root / argument
        if path.is_dir():
            yield from finder.find_folder(path)
        elif os.path.lexists(path):
            yield from finder.find_file(path)
        elif glob.has_magic(argument):
            yield from finder.find_by_glob(argument)
        else:
            raise PageSourceError(
                f"{printable_name(argument)}: no such file or folder: "
                "give a page, a folder, a quoted glob, or - for standard input"
            )


def page_sources(
    loaded: LoadedConfig, arguments: Sequence[str], *, stdin_format: str = MARKDOWN
) -> Iterator[PageSource | PageWarning]:
    """Find the pages that a command's arguments name, or else the configured ones.

    Args:
        loaded: The configuration of the wiki.
        arguments: Paths relative to the working folder; URLs among them are left out.
        stdin_format: The name of the format of standard input, which the argument "-" names.

    Returns:
        An iterator of pages, with a warning in place of each that cannot be read.

    Raises:
        PageSourceError: An argument names nothing.
    """
    here = Path.cwd()
    files = [argument for argument in arguments if not is_web_url(argument)]
    given = [each if each == "-" else os.path.join(here, each) for each in files]  # noqa: PTH118
    configured = [page for page in loaded.config.pages if not is_web_url(page)]
    only_sites = bool(arguments) or (bool(loaded.config.pages) and not configured)
    if not given and only_sites:
        return iter(())
    return find_pages(
        given or configured or (".",),
        loaded.folder,
        ignore=loaded.config.ignore,
        formats=loaded.config.formats,
        stdin_format=stdin_format,
    )


def published_sites(loaded: LoadedConfig, arguments: Sequence[str]) -> Sequence[str]:
    """Return the URLs of published sites that arguments name, or else the configured ones."""
    return [site for site in (arguments or loaded.config.pages) if is_web_url(site)]
