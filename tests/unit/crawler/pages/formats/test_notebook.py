"""Test notebooks: cells are read as Jupyter shows them, and fixed byte-exactly in the JSON."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.pages import extract
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix, urls
from tests.unit.reports.patches.wiki import ORIGINAL, TODAY, WAYBACK


def cell(source: str | list[str], kind: str = "markdown", **metadata: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "metadata": metadata, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(*cells: dict[str, Any], **style: Any) -> str:
    numbered = [each | {"id": f"c{number}"} for number, each in enumerate(cells)]
    made = {"cells": numbered, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, **({"indent": 1, "ensure_ascii": False} | style))


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _reads(text: str, as_version: int) -> Any:
    nbformat = import_module("nbformat")  # imports jsonschema, which takes seconds
    return nbformat.reads(text, as_version)


def test_markdown_cells_are_read_and_nothing_else() -> None:
    data = notebook(
        cell(lines("# Ferries “夜”\n\nSee [a](https://a.example/ü) (accessed 2020-01-02).\n")),
        cell("url = 'https://code.example/'", "code"),
        cell("raw https://raw.example/", "raw"),
        cell('<a href="https://html.example/">x</a>', "raw", raw_mimetype="text/html"),
        cell("## Boats\n\n<https://b.example/>, [c](c.ipynb#Deck)\n![i](attachment:i.png)"),
        cell("`https://no.example/`\n\n```\nhttps://no.example/\n```"),
    )
    page = extract(data, path="a.ipynb")
    assert [(c.url, c.section) for c in page.citations] == [
        ("https://a.example/ü", ("Ferries “夜”",)),
        ("https://html.example/", ("Ferries “夜”",)),
        ("https://b.example/", ("Ferries “夜”", "Boats")),
    ]
    for each in page.citations:
        assert data.splitlines()[each.line - 1].index(each.url) == each.column - 1
    assert str(page.citations[0].accessed) == "2020-01-02"
    assert len({citation.block for citation in page.citations}) == 3
    assert [link.target for link in page.internal_links] == ["c.ipynb#Deck"]
    assert (page.title, page.skipped) == ("Ferries “夜”", {"attachment": 1})


def test_offsets_are_those_of_the_json_whatever_its_escapes() -> None:
    text = 'a\t“夜” \\ \U0001f6a2 https://a.example/夜\U0001f6a2?b="\n'
    for style in ({}, {"ensure_ascii": True}, {"indent": None}):
        data = notebook(cell(lines(text)), **style)
        (citation,) = extract(data, path="a.ipynb").citations
        written = data.encode()[citation.start : citation.end].decode()
        assert json.loads(f'"{written}"') == citation.url == "https://a.example/夜\U0001f6a2?b="


def test_each_cell_is_read_separately() -> None:
    page = extract(
        notebook(cell("```\nopen https://no.example/"), cell("[a]\n\n[a]: https://a.example/")),
        path="a.ipynb",
    )
    assert urls(page) == ["https://a.example/"]


def test_ignore_marks_exclude_lines_of_a_cell_even_if_the_json_is_one_line() -> None:
    text = "https://a.example/ <!-- holdfast: ignore -->\n\n<!-- holdfast: ignore-next-line -->\nhttps://b.example/\n\nhttps://c.example/"
    for style in ({}, {"indent": None}):
        page = extract(notebook(cell(lines(text)), **style), path="a.ipynb")
        assert (urls(page), page.skipped) == (["https://c.example/"], {"ignored": 2})


def test_older_formats_and_the_front_matter_of_quarto_are_read() -> None:
    old = {
        "worksheets": [
            {
                "cells": [
                    cell("https://a.example/"),
                    {"cell_type": "heading", "level": 1, "source": ["T"]},
                ]
            }
        ]
    }
    assert urls(extract(json.dumps(old | {"nbformat": 3}), path="a.ipynb")) == [
        "https://a.example/"
    ]
    page = extract(
        notebook(cell(lines("---\ntitle: Quarto\nsource: https://a.example/\n---"), "raw")),
        path="a.ipynb",
    )
    assert (page.title, urls(page)) == ("Quarto", ["https://a.example/"])


@pytest.mark.parametrize("data", ["", "\ufeff\n \n"])
def test_an_empty_file_is_reported(data: str) -> None:
    (warning,) = extract(data, path="a.ipynb").warnings
    assert warning.code == "empty-notebook"
    assert warning.message == (
        "the notebook is empty: save it again in Jupyter, or delete the file"
    )


def test_warnings_name_lines_of_the_file() -> None:
    text = "\n\n[a]: https://a.example/\n\n[a]: https://b.example/\n"
    data = notebook(cell("x"), cell(lines(text)))
    (warning,) = extract(data, path="a.ipynb").warnings
    assert "https://b.example/" in data.splitlines()[warning.line - 1]
    assert warning.message == f"[a] is already defined on line {warning.line - 2}"


@pytest.mark.parametrize(
    ("data", "line", "problem"),
    [
        (notebook(cell(["https://a.example/\\n"]))[:-30], 13, "it is not valid JSON: "),
        ("# Markdown\n<https://a.example/>", 1, "it is not valid JSON: Expecting value"),
        ('{"see": "https://a.example/"}', 1, "it is not a Jupyter notebook: it has no cells"),
        ("[" * 100_000 + '"https://a.example/"', 1, "its JSON is nested too deeply"),
        (notebook(cell("https://a.example/")) + "}", 13, "it is not valid JSON: Extra data"),
        ('{"cells": [' + "1" * 9000 + '], "https://a.example/": 0}', 1, "it is not valid JSON"),
    ],
)
def test_an_invalid_notebook_is_searched_for_urls(data: str, line: int, problem: str) -> None:
    page = extract(data, path="a.ipynb")
    assert urls(page) == ["https://a.example/"]
    assert page.citations[0].salvaged
    (warning,) = page.warnings
    assert (warning.line, warning.code) == (line, "read-plainly")
    assert problem in warning.message


@pytest.mark.parametrize(
    "cells",
    [
        [{"cell_type": "markdown"}],
        [{"cell_type": ["markdown"], "source": "x"}, {"cell_type": {}}],
        [{"cell_type": "raw", "source": "x", "metadata": {"format": ["text/html"]}}],
        [3, None],
        [{"cell_type": "markdown", "source": [3, {"a": "https://no.example/"}]}],
        [{}],
        [],
    ],
)
def test_odd_cells_are_left_out(cells: list[Any]) -> None:
    page = extract(json.dumps({"cells": cells}), path="a.ipynb")
    assert (page.citations, page.warnings) == ((), ())


@pytest.mark.parametrize(
    ("style", "before", "after"),
    [
        (
            MirrorStyle.TITLE,
            f'"[a]({ORIGINAL} \\"b\\")\\n",',
            f'"[a]({WAYBACK} \\"b {ORIGINAL}\\")\\n",',
        ),
        (
            MirrorStyle.BESIDE,
            f'"[a]({ORIGINAL})\\n",',
            f'"[a]({ORIGINAL}) ([存档]({WAYBACK}))\\n",',
        ),
    ],
)
def test_a_fix_is_written_in_the_json(style: MirrorStyle, before: str, after: str) -> None:
    data = notebook(cell(["x\n", "@", "y"])).replace('"@",', before)
    patch = check_fix(data.encode(), "a.ipynb", style)
    assert patch.after.decode() == data.replace(before, after)


def test_a_footnote_is_written_on_new_lines_at_the_end_of_the_cell() -> None:
    data = notebook(cell(lines(f"[a]({ORIGINAL})\nend")), cell("next"))
    patch = check_fix(data.encode(), "a.ipynb", MirrorStyle.FOOTNOTE)
    read = _reads(patch.after.decode(), as_version=4)
    assert read.cells[0].source == (
        f"[a]({ORIGINAL})[^archived-1]\nend\n\n[^archived-1]: [存档]({WAYBACK}), 2021-11-05."
    )
    assert '"end\\n",\n    "\\n",\n    "[^archived-1]:' in patch.after.decode()
    single = notebook(cell(f"[a]({ORIGINAL})\nend"), indent=None)
    patch = check_fix(single.encode(), "a.ipynb", MirrorStyle.FOOTNOTE)
    assert _reads(patch.after.decode(), as_version=4).cells[0].source == read.cells[0].source


def test_a_fix_is_ascii_if_the_file_is() -> None:
    data = notebook(cell(f"é [a]({ORIGINAL})"), ensure_ascii=True)
    patch = check_fix(data.encode(), "a.ipynb", MirrorStyle.BESIDE)
    assert f"[\\u5b58\\u6863]({WAYBACK})" in patch.after.decode()


PIECES = (
    f"[甲]({ORIGINAL})", f'[乙]({ORIGINAL} "t")', f"<{ORIGINAL}>", f"bare {ORIGINAL} end", f'<a href="{ORIGINAL}">h</a>',
    f"\n\n[d]: {ORIGINAL}\n\n", "[d]", "\n\n# H\n\n", '"\\ \t', "\U0001f6a2", "`code`", "\n", "- item\n", f"[已]({WAYBACK})", "[x](https://b.example/)",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), min_size=1, max_size=4),
    st.sampled_from(MirrorStyle), st.booleans(), st.tuples(st.booleans(), st.booleans(), st.booleans()),
)  # fmt: skip
def test_only_the_intended_bytes_change_and_the_notebook_stays_valid(
    texts: list[list[str]], style: MirrorStyle, short: bool, shape: tuple[bool, bool, bool]
) -> None:
    ascii_only, split, flat = shape
    sources = [lines("".join(text)) if split else "".join(text) for text in texts]
    data = notebook(*map(cell, sources), ensure_ascii=ascii_only, indent=None if flat else 2)
    patch = check_fix(data.encode(), "a.ipynb", style, short=short)
    read = _reads(patch.after.decode(), as_version=4)
    for one in read.cells:
        assert isinstance(one.source, str)
    if patch.fixes:
        assert (TODAY if short else WAYBACK) in "".join(one.source for one in read.cells)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6), max_size=4), st.booleans())
def test_links_are_those_that_nbformat_and_markdown_it_find(
    texts: list[list[str]], ascii_only: bool
) -> None:
    data = notebook(*(cell(lines("".join(text))) for text in texts), ensure_ascii=ascii_only)
    page = extract(data, path="a.ipynb")
    expected = [
        token.attrGet("href")
        for one in _reads(data, as_version=4).cells
        for block in MarkdownIt("commonmark").parse(one.source)
        for token in block.children or ()
        if token.type == "link_open"
    ]
    found = urls(page)
    for url in expected:
        assert url in found
