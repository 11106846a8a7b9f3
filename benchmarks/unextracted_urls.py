"""Classify every `http` in the raw text of a folder of Markdown pages.

    python benchmarks/unextracted_urls.py FOLDER [--list CLASS]

Each occurrence is the start of an extracted citation, or gets a class that explains why it is none.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crawler.pages import NotText, extract
from crawler.pages.source.decode import decode
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page

HTTP = re.compile(rb"(?i)http")
# Text in which the parser finds no citations: class and pattern. These patterns are independent of
# the parser.
NOT_READ = (
    (
        "in a fenced code block",
        re.compile(
            rb"^[ \t>]*(?:(?:[-+*]|\d+[.)])[ \t]+)?(`{3,}|~{3,})[^\n`]*\n"
            rb".*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)",
            re.MULTILINE | re.DOTALL,
        ),
    ),
    ("in a comment", re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)),
    (
        "in a comment",
        re.compile(rb"^[ >]*\[[^\]\n]*\]:[ \t]*(?:<>|#)\s+[(\"'][^\n]*$", re.MULTILINE),
    ),
    (
        "a URL with a placeholder",
        re.compile(
            rb"https?://[^\s\"'<>)]*(?:\{|\$\(|%[sd(]|/:[a-z]|\*\.|<[a-z_-]+>)[^\s]*", re.IGNORECASE
        ),
    ),
    ("in a code span", re.compile(rb"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")),
    ("in indented code", re.compile(rb"^[ >]*(?:\t| {4})[^\n]*$", re.MULTILINE)),
)


def classify_occurrences(source: SourceText, page: Page) -> Iterator[tuple[str, int]]:
    """Yield the class of every `http` in a page, with its offset in the UTF-8 text.

    The class is "extracted", or says why the `http` begins no citation; "unaccounted" if no reason
    is known.
    """
    starts = {citation.start for citation in page.citations}
    spans = [
        (citation.start, citation.end, "inside another URL (an archived address, a query)")
        for citation in page.citations
    ]
    spans += [(link.start, link.end, "in an internal link") for link in page.internal_links]
    # Of broken markup only the URL is extracted (`Citation.salvaged`).
    salvaged_lines = {citation.line for citation in page.citations if citation.salvaged}
    repeated_in = [  # class, and a text that repeats a URL
        ("in a title: the original of its link", citation.title)
        for citation in page.citations
        if citation.title
    ]
    repeated_in += [("in a link's text", citation.text) for citation in page.citations]
    repeated_in += [("in a link's text", link.text) for link in page.internal_links]
    not_read = [
        (*match.span(), name)
        for name, pattern in NOT_READ
        for match in pattern.finditer(source.data)
    ]
    for match in HTTP.finditer(source.data):
        at = match.start()
        word = re.split(r"[\s\"<>()\[\]]", source.text_between(at, at + 300))[0]
        not_read_classes = [name for start, end, name in not_read if start <= at < end]
        if at in starts:
            yield "extracted", at
        elif name := next((name for start, end, name in spans if start <= at < end), ""):
            yield name, at
        elif not re.match(r"(?i)https?:/", word):
            yield "no URL: a word", at
        elif not_read_classes and not_read_classes[0] != NOT_READ[-1][0]:
            yield not_read_classes[0], at
        elif name := next((name for name, text in repeated_in if word[:24] in text), ""):
            yield name, at
        elif source.line_at(at) in salvaged_lines and any(
            word.startswith(citation.url) for citation in page.citations
        ):
            yield "once more in the markup of a salvaged link", at
        else:
            # Indented code comes last, as lists are indented as well.
            yield not_read_classes[0] if not_read_classes else "unaccounted", at


def main() -> int:
    """Print the number of each class; exit with 1 if an `http` has no class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", default="unaccounted", help="the class whose places are printed")
    arguments = parser.parse_args()
    classes: Counter[str] = Counter()
    pages = 0
    for path in sorted(arguments.folder.rglob("*.md")):
        data = path.read_bytes()
        try:
            page = extract(data, path=path.relative_to(arguments.folder).as_posix())
        except NotText:
            classes["in a binary file"] += len(HTTP.findall(data))
            continue
        pages += 1
        source = SourceText(decode(data).text)
        for name, at in classify_occurrences(source, page):
            classes[name] += 1
            if name.startswith(arguments.list):
                context = source.text_between(max(0, at - 60), at + 80)
                print(f"{page.path}:{source.line_at(at)}: {context!r}")
    for name, count in classes.most_common():
        print(f"{count:7}  {name}")
    print(f"{sum(classes.values()):7}  in {pages} pages")
    return 1 if classes["unaccounted"] else 0


if __name__ == "__main__":
    sys.exit(main())
