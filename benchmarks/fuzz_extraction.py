"""A fuzz target for atheris: no bytes may break the extraction, and every place must lie on the page.

pip install atheris && python benchmarks/fuzz_extraction.py -max_total_time=600 [CORPUS]
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports():
    from crawler.pages import Dialect, NotText, extract
    from crawler.pages.html import extract_html
    from crawler.pages.plain import read_plainly


def extract_anything(data: bytes) -> None:
    """One input through every reader."""
    try:
        for dialect in Dialect:
            page = extract(data, path="fuzz.md", dialect=dialect)
            assert all(citation.line >= 1 and citation.start <= citation.end for citation in page.citations)  # noqa: S101
        read_plainly(data, path="fuzz.md", why="fuzz")
        extract_html(data, url="https://fuzz.example/")
    except NotText:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, extract_anything)
    atheris.Fuzz()
