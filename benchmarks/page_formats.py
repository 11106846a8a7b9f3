"""Measure the processor time of reading a megabyte in each format, and its ratio to Markdown's.

    python benchmarks/page_formats.py [FOLDER...] [--rounds 5]

Reads the pages in the folders or, without folders, generated pages of the same length in each
format: headings, paragraphs with links, lists and code. The best round counts.
"""

# ruff: noqa: E501  the templates of pages are one line each

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crawler.pages import NotText, extract
from crawler.pages.registry import BUILT_IN, reader_named
from crawler.scan.discovery import find_pages
from crawler.scan.page_source import PageSource

_PAGE_BYTES = 20_000
_PAGES = 25
_WORDS = "The night ferries of the harbour left at dusk, and nobody counted their lights. " * 3
_URL = "https://harbour.example/notes/{}"

Section = Callable[[int], str]
"""Returns the source of a section of a page by its number."""


def _markdown(number: int) -> str:
    url = _URL.format(number)
    code = f"```sh\ncurl {url}/code\n```"
    return f"## Part {number}\n\n{_WORDS}[a note]({url}), or <{url}/b>.\n\n- {_WORDS}\n- {url}/c\n\n{code}\n\n"


def _rst(number: int) -> str:
    url = _URL.format(number)
    title = f"Part {number}"
    code = f".. code:: sh\n\n   curl {url}/code"
    return f"{title}\n{'-' * len(title)}\n\n{_WORDS}`a note <{url}>`__, or {url}/b.\n\n- {_WORDS}\n- {url}/c\n\n{code}\n\n"


def _asciidoc(number: int) -> str:
    url = _URL.format(number)
    code = f"[source,sh]\n----\ncurl {url}/code\n----"
    return f"== Part {number}\n\n{_WORDS}{url}[a note], or <{url}/b>.\n\n* {_WORDS}\n* {url}/c\n\n{code}\n\n"


def _wikitext(number: int) -> str:
    url = _URL.format(number)
    cited = f"<ref>{{{{cite web |url={url}/b |title=Note |access-date=2022-02-25}}}}</ref>"
    return f"== Part {number} ==\n\n{_WORDS}[{url} a note]{cited}.\n\n* {_WORDS}\n* {url}/c\n\n<pre>{url}/code</pre>\n\n"


def _html(number: int) -> str:
    url = _URL.format(number)
    listed = f"<ul><li>{_WORDS}</li><li><a href='{url}/c'>c</a></li></ul>"
    return f"<h2>Part {number}</h2>\n<p>{_WORDS}<a href='{url}'>a note</a></p>\n{listed}<pre>{url}</pre>\n"


def _bibtex(number: int) -> str:
    url = _URL.format(number)
    return f"@online{{n{number},\n  title = {{Note {number}}},\n  abstract = {{{_WORDS}}},\n  url = {{{url}}},\n  urldate = {{2022-02-25}},\n}}\n"


SECTIONS: Mapping[str, Section] = {
    "markdown": _markdown,
    "mdx": _markdown,
    "html": _html,
    "rst": _rst,
    "asciidoc": _asciidoc,
    "wikitext": _wikitext,
    "bibtex": _bibtex,
}


def _page(section: Section) -> str:
    """Return the source of a page with at least `_PAGE_BYTES` characters."""
    parts, length, number = [], 0, 0
    while length < _PAGE_BYTES:
        parts.append(section(number))
        length += len(parts[-1])
        number += 1
    return "".join(parts)


def generate_pages() -> dict[str, list[bytes]]:
    """Return generated pages by format."""
    pages = {name: [_page(section).encode()] * _PAGES for name, section in SECTIONS.items()}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": _markdown(number).splitlines(True)}
        for number in range(30)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    cards = {"nodes": [{"type": "text", "text": _markdown(number)} for number in range(30)]}
    pages["jupyter"] = [json.dumps(notebook, indent=1).encode()] * _PAGES
    pages["canvas"] = [json.dumps(cards).encode()] * _PAGES
    return pages


def read_pages(folders: Sequence[str]) -> dict[str, list[bytes]]:
    """Return the pages in folders by format."""
    pages: dict[str, list[bytes]] = defaultdict(list)
    for source in find_pages(folders, Path.cwd()):
        if isinstance(source, PageSource):
            pages[source.format].append(source.read())
    return pages


def measure(name: str, pages: Sequence[bytes], rounds: int) -> float:
    """Return the milliseconds of processor time that a megabyte takes, in the best round."""
    reader = reader_named(name)
    size = sum(map(len, pages)) / 1_000_000
    times = []
    for _ in range(rounds):
        began = time.process_time()
        for page in pages:
            try:
                extract(page, path="page", reader=reader)
            except NotText:
                continue
        times.append(time.process_time() - began)
    return min(times) * 1000 / size


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    pages = read_pages(arguments.folders) if arguments.folders else generate_pages()
    markdown_cost = 0.0  # Markdown is the first format
    print("| format | pages | MB | ms per MB | times Markdown |\n|---|---|---|---|---|")
    for name in BUILT_IN:
        if not pages.get(name):
            continue
        cost = measure(name, pages[name], arguments.rounds)
        markdown_cost = markdown_cost or cost
        size = sum(map(len, pages[name])) / 1_000_000
        ratio = cost / markdown_cost
        print(f"| {name} | {len(pages[name])} | {size:.1f} | {cost:.0f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
