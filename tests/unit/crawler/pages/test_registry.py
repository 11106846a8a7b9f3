"""Test how the reader of a page is found, that of a plug-in included."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from crawler.pages.extraction import extract
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions, ignore_mark
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import RawLink
from crawler.pages.registry import (
    BUILT_IN,
    UnknownFormatError,
    format_names,
    formats_by_suffix,
    load_plugins,
    reader_named,
    reader_of,
    source_suffixes,
)
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

ROOT = Path(__file__).parents[4]


class LineReader(FormatReader):
    """A reader of pages in which each line is a URL, or begins with `#`."""

    name: ClassVar[str] = "lines"
    title: ClassVar[str] = "Lists"
    suffixes: ClassVar[frozenset[str]] = frozenset([".urls"])
    ignore_mark = ignore_mark("#")

    def declared_encoding(self, data: bytes) -> str | None:
        return "latin1" if b"# latin1" in data else None

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        offset = 0
        for number, line in enumerate(source.text.splitlines(keepends=True), 1):
            end = offset + len(line.rstrip().encode())
            if line.startswith("!"):
                raise PageSyntaxError("a line begins with an exclamation mark", number)
            if line.startswith("?"):
                builder.salvage(offset, end, "a line begins with a question mark")
            elif not line.startswith("#"):
                location = builder.location_at(offset)
                kind, url = CitationKind.BARE, line.strip()
                builder.add_links([RawLink(offset, end, url, kind, location, (offset, end))])
            offset += len(line.encode())


class MarkdownAgain(LineReader):
    """A reader with a suffix of Markdown, which it cannot have."""

    name: ClassVar[str] = "again"
    suffixes: ClassVar[frozenset[str]] = frozenset([".md"])


NOT_A_READER = object()


def point(name: str, attribute: str) -> EntryPoint:
    """Return an entry point that refers to an attribute of this module."""
    return EntryPoint(name, f"{__name__}:{attribute}", "holdfast.page_readers")


def load(*points: EntryPoint) -> Sequence[str]:
    """Return the names of the readers that entry points bring."""
    return [reader.name for reader in load_plugins(points)]


def test_the_reader_of_a_plug_in_is_loaded_once() -> None:
    assert load(point("lines", "LineReader")) == ["lines"]
    assert load(point("a", "LineReader"), point("b", "LineReader")) == ["lines"]


@pytest.mark.parametrize(
    ("attribute", "problem"),
    [
        ("Missing", "it cannot be loaded: AttributeError"),
        ("NOT_A_READER", "it is not a crawler.pages.interface.FormatReader"),
        ("MarkdownAgain", ".md belongs to another format"),
        ("FormatReader", "it cannot be loaded: TypeError"),
    ],
)
def test_an_invalid_plug_in_is_logged_and_left_out(
    attribute: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "holdfast.pages"):
        assert load(point("wrong", attribute)) == []
    assert f"page format wrong ({__name__}:{attribute}) is left out: {problem}" in caplog.text


def test_the_table_of_built_in_formats_agrees_with_the_readers() -> None:
    assert format_names() == list(BUILT_IN)
    for name, built_in in BUILT_IN.items():
        reader = reader_named(name)
        known = (reader.name, reader.suffixes, reader.is_source)
        assert known == (name, built_in.suffixes, built_in.is_source)
    assert ".md" in source_suffixes()
    assert ".html" not in source_suffixes()


def test_a_format_is_imported_only_for_its_pages() -> None:
    program = (
        "import sys; from crawler.pages import extract; extract('x', path='a.md'); "
        "print([name for name in sys.modules if name.startswith('crawler.pages.formats.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in ("html", "bibtex", "notebook", "canvas"):
        assert f"crawler.pages.formats.{name}" not in done.stdout


def test_settings_override_the_suffixes_of_readers() -> None:
    assert reader_of("a.txt").name == "markdown"
    assert formats_by_suffix()[".md"] == "markdown"
    assert ".txt" not in formats_by_suffix()
    assert formats_by_suffix({".TXT": "markdown"})[".txt"] == "markdown"
    assert ".md" not in formats_by_suffix({".md": "skip"})
    with pytest.raises(UnknownFormatError, match='unknown format "rts": use markdown, '):
        formats_by_suffix({".txt": "rts"})


def test_decoding_ignore_marks_and_classification_are_the_same_for_all_formats() -> None:
    text = "https://a.example/\nhttps://b.example/ü\n# holdfast: ignore-next-line\nhttps://c.example/\nd.urls\nmailto:e@f.example\n"
    page = extract(text, path="a.urls", reader=LineReader())
    assert [each.url for each in page.citations] == ["https://a.example/", "https://b.example/ü"]
    assert [each.target for each in page.internal_links] == ["d.urls"]
    assert page.skipped == {"ignored": 1, "mailto": 1}
    assert page.read_mode == "lines"
    latin = extract(
        "# latin1\nhttps://a.example/é\n".encode("latin1"), path="a", reader=LineReader()
    )
    assert (latin.citations[0].url, latin.encoding) == ("https://a.example/é", "cp1252")
    assert not latin.warnings


def test_an_ignore_mark_skips_blank_lines_if_the_format_asks_for_it() -> None:
    class Spaced(LineReader):
        ignore_mark = ignore_mark("#", skips_blank_lines=True)

    text = "# holdfast: ignore-next-line\n \n\nhttps://a.example/\nhttps://b.example/\n"
    page = extract(text, path="a.urls", reader=Spaced())
    assert [each.url for each in page.citations] == ["https://b.example/"]
    kept = extract(text, path="a.urls", reader=LineReader())
    assert len(kept.citations) == 2


def test_a_page_of_another_format_is_searched_for_urls_with_one_warning() -> None:
    text = "https://a.example/ and <https://b.example/>, https://c.example/{id}\n! no\n"
    page = extract(text, path="a.urls", reader=LineReader())
    assert [each.url for each in page.citations] == ["https://a.example/", "https://b.example/"]
    assert all(each.salvaged for each in page.citations)
    (warning,) = page.warnings
    assert (warning.line, warning.code) == (2, "read-plainly")
    assert warning.message.endswith(": a line begins with an exclamation mark")


def test_a_part_that_cannot_be_read_is_salvaged_and_the_rest_read() -> None:
    text = "https://a.example/\n? see https://b.example/, www.host.example\nhttps://c.example/\n"
    page = extract(text, path="a.urls", reader=LineReader())
    assert [(each.url, each.salvaged, each.line) for each in page.citations] == [
        ("https://a.example/", False, 1),
        ("https://b.example/", True, 2),
        ("https://c.example/", False, 3),
    ]
    assert [(each.line, each.code) for each in page.warnings] == [(2, "read-plainly")]


def test_the_pre_commit_hooks_run_on_pages_of_every_format() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        for suffix in formats_by_suffix():
            assert re.search(hook["files"], f"dir/A{suffix.upper()}"), suffix
        assert not re.search(hook["files"], "a.py")
