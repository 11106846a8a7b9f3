"""Test how reStructuredText pages are read: against expected URLs, and against those that docutils finds."""

from __future__ import annotations

import pytest

from crawler.pages import extract
from store.vocabulary import CitationKind, Page
from tests.unit.crawler.pages.formats.fixing import urls
from tests.unit.crawler.pages.formats.rst.docutils_oracle import docutils_addresses

A, B = "https://a.example/", "https://b.example/c_d"


def read(text: str) -> Page:
    return extract(text, path="a.rst")


# Pages that are read as docutils reads them.
PAGES = {
    "embedded": f"`a <{A}>`_ and `b\n<{B}>`__.\n",
    "embedded without a text": f"`<{A}>`_\n",
    "a name used again": f"`Py <{A}>`_, Py_, `py`_\n",
    "named": f"a_, `b c`_ A_\n\n.. _a: {A}\n.. _b C: {B}\n",
    "quoted name with a colon": f"`b: c`_\n\n.. _`b: c`: {B}\n",
    "escaped colon": f"`b: c`_\n\n.. _b\\: c: {B}\n",
    "anonymous": f"a__ `b`__\n\n__ {A}\n.. __: {B}\n",
    "names of one target": f"a_ b_\n\n.. _a:\n.. _b: {A}\n",
    "a name of a place": f"b_\n\n.. _a:\n\npara\n\n.. _b: {A}\n",
    "alias": f"a_\n\n.. _a: b_\n.. _b: {A}\n",
    "circular alias": "a_\n\n.. _a: b_\n.. _b: a_\n",
    "target over lines": f"a_\n\n.. _a: {A}\n   b/\n   c\n",
    "target on the next line": f"a_\n\n.. _a:\n   {A}\n",
    "escaped underscore": "a_\n\n.. _a: https://a.example/b\\_\n",
    "bare": f"{A} ({B}), <{A}x>. {A}y!\n",
    "bare before text": f"({A}),{B}x\n",
    "bare in a role": f":code:`{A}` :ref:`x <{A}>`\n",
    "literal": f"``{A}`` x ``a`` {A}\n",
    "unclosed literal": f"``a {A}\n",
    "literal block": f"a::\n\n   {A}\n\n{B}\n",
    "quoted literal block": f"a::\n\n> {A}\n\n{B}\n",
    "literal block in an item": f"- a::\n\n    {A}\n\n  {B}\n",
    "doctest": f">>> x('{A}')\n\n{B}\n",
    "comment": f"..\n   {A}\n\n.. {A}\n   {A}\n\n{B}\n",
    "empty comment": f"..\n\n   {A}\n",
    "image": f".. image:: {A}\n   :target: {B}\n   :alt: https://no.example/\n",
    "image with a name": f".. image:: {A}\n   :target: a_\n\n.. _a: {B}\n",
    "figure": f".. figure:: {A}\n\n   caption {B}\n",
    "substitution over lines": f".. |a\n   b| image:: {A}\n\n.. |c|\n   image:: {B}\n",
    "footnote": f"a [1]_ [#b]_ [C2]_\n\n.. [1] {A}\n.. [#b] text\n   `x <{B}>`_\n\n.. [C2] {A}c\n",
    "note": f".. note:: {A}\n   {B}\n\n   - `x <{A}y>`_\n",
    "note with options": f".. note::\n   :class: x\n\n   {B}\n",
    "code": f".. code:: python\n\n   {A}\n\n{B}\n",
    "parsed literal": f".. parsed-literal::\n\n   `a <{A}>`_ {B}\n",
    "field": f":a: {A}\n:b:\n   {B}\n",
    "lists": f"- a\n\n  - {A}\n\n1. {B}\n\n   #) {A}x\n\n(a) {A}y\n",
    "definition": f"term\n  {A}\n\nterm : x\n  {B}\n",
    "line block": f"| {A}\n| {B}\n",
    "quotation": f"a\n\n   {A}\n\n   -- {B}\n",
    "grid table": f"+---------------------------+----+\n| `a                        | b  |\n| <{B}>`_ | c  |\n+---------------------------+----+\n",
    "simple table": f"=====  ====\n `a    b\n=====  ====\nx      {A}\n       {B}\n=====  ====\n",
    "text over columns": f"=====  ====\n{A}\n-----------\na      b\n=====  ====\nc      d\n=====  ====\n",
    "embedded address that ends as a reference": f"`a <{A}b_>`_ `c <{B}_>`__\n",
    "address that ends as a reference": f"`a b`_ c_\n\n.. _`a b`: {A}_\n.. _c: d-e_\n.. _d-e: {B}\n",
    "target in a table": f"a_\n\n==  ====\nx   .. _a: {A}\n==  ====\n",
    "heading": f"a_ b\n====\n\n.. _a: {A}\n\n----\n\n{B}\n",
    "heading without a blank line": f"Head\n----\n{A}\n",
    "only an adornment": f"=====\n\n{A}\n",
    "nested items on a line": f"- - - {A}\n",
    "mail": "`a <b@c.example>`_ d@e.example\n",
    "path": "`a <b.rst>`_ `c <../d.html#e>`__\n",
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES)
def test_urls_are_those_that_docutils_finds(case: str) -> None:
    page = read(PAGES[case])
    found = [*urls(page), *(link.target for link in page.internal_links)]
    expected = [
        each for each in docutils_addresses(PAGES[case]).elements() if "mailto:" not in each
    ]
    assert sorted(found) == sorted(expected)


# Deliberate differences: the page, and what is cited.
PAGES_READ_DIFFERENTLY = {
    "brackets": (f"{A}b_(c). ({A}d_(e)) {A}f) {A}g-\n", [f"{A}{each}" for each in ("b_(c)", "d_(e)", "f", "g")]),
    "list": (f"{A}b;{A}c, {A}d→{A}e\n", [f"{A}{each}" for each in "bcde"]),
    "embedded alias": (f"`x <a_>`_\n\n.. _a: {A}\n", [A]),
    "substitution": (f"|a|_ |b|\n\n.. |b| image:: {A}\n.. |a| replace:: text `x <{B}>`_\n.. _a: {A}x\n", [A, B, f"{A}x"]),
    "text in another script": ("见https://a.example/苹果（公司）。\n", ["https://a.example/苹果（公司）"]),
    "URL in emphasis": (f"*{A}* **{A}b**\n", [A, f"{A}b"]),
    "URL behind a sign": (f'x={A} "{B}"\n', [A, B]),
    "raw HTML": (f".. raw:: html\n\n   <a class=x href='{A}?a&amp;b'>a</a> {B}\n", [f"{A}?a&b"]),
    "comment in raw HTML": (f".. raw:: html\n\n   <!-- <a href='{B}'>b</a> -->\n   <a href='{A}'>a</a>\n", [A]),
    "table of contents": (f".. toctree::\n   :maxdepth: 2\n\n   a\n   {A}\n   Text <{B}>\n", [A, B]),
    "role of an extension": (f":bdg-link:`a <{A}>` :x:`{B}`\n", [A, B]),
    "directive of an extension": (f".. youtube:: {A}\n\n.. card:: x\n   :link: {B}\n\n   text {A}b\n", [A, B, f"{A}b"]),
    "described object": (f".. py:function:: f(x)\n\n   {A}\n", [A]),
    "text in the margin of a column": (f"=====  ====\n{A}  {B}\n=====  ====\n", [A, B]),
    "unused target": (f".. _a: {A}\n", [A]),
    "file of values": (f".. csv-table::\n   :url: {A}\n\n   a, {B}\n", [A, B]),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES_READ_DIFFERENTLY)
def test_urls_that_docutils_reads_differently_are_found(case: str) -> None:
    text, expected = PAGES_READ_DIFFERENTLY[case]
    assert urls(read(text)) == expected


def test_a_citation_has_its_text_section_footnote_and_dates() -> None:
    page = read(
        "=====\nTitle\n=====\n\n:Date: 2021-03-04\n\nPart\n----\n\n.. _place:\n\n"
        f"See `text <{A}>`_ [#n]_.\n\n   {B}\n\n"
        f".. [#n] {A}x, dead link (accessed 2022-02-25)\n\n.. image:: {A}i\n"
    )
    assert (page.title, str(page.dated)) == ("Title", "2021-03-04")
    assert {"title", "part", "place"} <= set(page.anchors)
    first, second, third, fourth = page.citations
    assert (first.text, first.notes, first.section) == ("text", ("n",), ("Title", "Part"))
    assert (second.quoted, second.kind) == (True, CitationKind.BARE)
    assert (third.kind, third.footnote, str(third.accessed)) == (
        CitationKind.FOOTNOTE,
        "n",
        "2022-02-25",
    )
    assert third.marked_dead == "dead link"
    assert fourth.kind is CitationKind.IMAGE


def test_ignore_marks_in_comments_exclude_lines() -> None:
    page = read(
        f".. holdfast: ignore-next-line\n\n{A}\n\n.. holdfast: ignore-start\n\n{A}\n\n.. holdfast: ignore-end\n\n"
        f"a::\n\n   .. holdfast: ignore-start\n\n{B}\n"
    )
    assert (urls(page), page.skipped) == ([B], {"ignored": 2})


def test_paths_of_files_are_internal_links() -> None:
    page = read(
        ".. include:: a/b.rst\n\n.. include:: <isonum.txt>\n\n.. literalinclude:: c.py\n\n.. image:: d.png\n\n"
        ":download:`x <e.zip>`\n\n`f <g.rst#h>`_\n"
    )
    assert [link.target for link in page.internal_links] == [
        "a/b.rst",
        "c.py",
        "d.png",
        "e.zip",
        "g.rst#h",
    ]


def test_names_of_sphinx_documents_are_internal_links() -> None:
    page = read(
        ":doc:`a` :doc:`the b </x/b>` :doc:`python:library/re` :py:doc:`c`\n\n.. toctree::\n   :maxdepth: 2\n   :glob:\n\n"
        f"   d\n   self\n   e/*\n   The f <g/f>\n   {A}\n"
    )
    assert [link.target for link in page.internal_links] == ["a", "/x/b", "c", "d", "g/f"]
    assert page.internal_links[1].text == "the b"


def test_a_name_with_two_targets_is_reported() -> None:
    page = read(f"a_\n\n.. _a: {A}\n.. _A: {B}\n")
    assert [(each.line, each.message) for each in page.warnings] == [
        (4, "_A is already defined on line 3")
    ]
    assert sorted(urls(page)) == [A, B]


def test_the_declared_encoding_is_used() -> None:
    text = f".. -*- coding: gb18030 -*-\n\n微信 `存档 <{A}>`_\n"
    page = extract(text.encode("gb18030"), path="a.rst")
    assert (page.encoding, page.citations[0].text) == ("gb18030", "存档")
    assert page.citations[0].start == text.encode().index(A.encode())
    assert urls(extract(b"\xef\xbb\xbf" + f".. _a: {A}\n".encode(), path="a.rst")) == [A]


@pytest.mark.parametrize(
    "text",
    ["- " * 50_000, "`a " * 50_000, "``a " * 50_000, "== ==\nx\n\n" * 50_000, "|a" * 50_000, ".. a::\n" * 50_000,
     "a_" * 50_000, "[" * 50_000, "https://" * 50_000, "\n".join(" " * each + "- a" for each in range(1500)), "\\" * 50_000],
    ids=range(11),
)  # fmt: skip
def test_large_hostile_pages_are_read(text: str) -> None:
    assert read(f"{text}\n\n.. _a: {A}\n").warnings == ()


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("a_ " + "a-" * 100_000, False),
        ("`a " + ":a" * 100_000, False),
        ("`a" + " " * 200_000 + "b`_", False),
        ("b* " + "https://b.example* " * 20_000, False),
        ("+--+--+\n" + "| a_ | https://b.example |\n" * 10_000 + "+--+--+", False),
        ("`夜 <https://b.example>`__\n" * 20_000, False),
        (".. note:: " * 20_000, True),
        (":a: " * 5_000 + "x" + "\n" * 100_000 + "y", True),
        (" == ==\n x\n\n" * 20_000, True),
        ("= " * 20_000 + "=\n" + "x\n" * 20_000 + "= =\n", True),
        ("".join(" " * each + ".. note::\n\n" for each in range(500)) + "\n" * 100_000, True),
    ],
    ids=["names", "roles", "spaces", "asterisks", "cells", "offsets", "notes", "fields", "tables", "columns", "depth"],
)  # fmt: skip
def test_a_page_that_costs_too_much_is_searched_for_urls(text: str, is_plain: bool) -> None:
    page = read(f"{text}\n\n.. _a: {A}\n")
    assert urls(page)[-1] == A
    assert [each.code for each in page.warnings] == ["read-plainly"] * is_plain
