"""Fuzz pages and wiki files with atheris: no input may break the extraction.

    pip install atheris
    python benchmarks/fuzz_extraction.py -max_total_time=600 [CORPUS]

An input is read as a page by every reader, and as the files of a small wiki: a page, its
.gitignore, its mkdocs.yml and its holdfast.toml. Every position must be inside the page.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports():
    from crawler.config import ConfigError, load_config
    from crawler.pages import Dialect, NotText, extract
    from crawler.pages.html import extract_html
    from crawler.pages.source.regex_fallback import find_urls_by_regex
    from crawler.scan.discovery import find_pages
    from crawler.scan.generators.wiki_root import declared_wiki
    from crawler.scan.process_pool import scan_pages
    from store.vocabulary import Page

_MAX_NAME_BYTES = 60


def read_anything(data: bytes) -> None:
    """Read one input with every reader."""
    _extract(data)
    _read_files(data)


def _extract(data: bytes) -> None:
    try:
        for dialect in Dialect:
            page = extract(data, path="fuzz.md", dialect=dialect)
            assert all(
                citation.line >= 1 and citation.start <= citation.end for citation in page.citations
            )
        find_urls_by_regex(data, path="fuzz.md", reason="fuzz")
        extract_html(data, url="https://fuzz.example/")
    except NotText:
        return


def _read_files(data: bytes) -> None:
    """Read one input as the files of a wiki, and its start as a file's name."""
    stem = data[:_MAX_NAME_BYTES].replace(b"/", b"-").replace(b"\0", b"-")
    with TemporaryDirectory(dir="/dev/shm") as name:  # in memory: it is created thousands of times
        folder = Path(name)
        for file in (b"fuzz.md", stem + b".md", b".gitignore", b"mkdocs.yml", b"holdfast.toml"):
            Path(os.fsdecode(os.path.join(os.fsencode(folder), file))).write_bytes(data)  # noqa: PTH118
        results = list(scan_pages(find_pages(["."], folder)))
        for result in results:
            assert not isinstance(result, Page) or result.path.encode()  # the path is valid text
        declared_wiki(folder)
        try:
            load_config(folder / "holdfast.toml", environment={})
        except ConfigError as error:
            if not str(error).isprintable():
                raise AssertionError(str(error)) from error


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_anything)
    atheris.Fuzz()
