"""Define the pages that `checker_comparison` uses, with the URLs that a reader would open."""

from __future__ import annotations

import json
from collections.abc import Mapping

ARCHIVED = "https://web.archive.org/web/20210805110426/https://lamplight.net/1"

# By the name of the row: the Markdown, and the URLs that a reader would open.
PAGES: Mapping[str, tuple[str, frozenset[str]]] = {
    "inline link": ("[a](https://lamplight.net/1)", frozenset({"https://lamplight.net/1"})),
    "reference, shortcut": (
        "[a]\n\n[a]: https://lamplight.net/1",
        frozenset({"https://lamplight.net/1"}),
    ),
    "link in a footnote": (
        "x[^1]\n\n[^1]: see [a](https://lamplight.net/1)",
        frozenset({"https://lamplight.net/1"}),
    ),
    "value in front matter": (
        "---\nsource: https://lamplight.net/1\n---\nx",
        frozenset({"https://lamplight.net/1"}),
    ),
    "bare URL before `。`": (
        "见 https://lamplight.net/1。然后",
        frozenset({"https://lamplight.net/1"}),
    ),
    "bare URL in `（）`": ("（https://lamplight.net/1）", frozenset({"https://lamplight.net/1"})),
    "URL with `（）` of its own": (
        "https://lamplight.net/苹果（公司） x",
        frozenset({"https://lamplight.net/苹果（公司）"}),
    ),
    "bare URL with `*` in it": (
        "https://lamplight.net/a*b*c x",
        frozenset({"https://lamplight.net/a*b*c"}),
    ),
    "`[text](url` without its bracket": (
        "[a](https://lamplight.net/1 x",
        frozenset({"https://lamplight.net/1"}),
    ),
    "the original inside an archive URL": (
        f"[a]({ARCHIVED})",
        frozenset({ARCHIVED, "https://lamplight.net/1"}),
    ),
    "the original in the title": (
        '[a](https://archive.ph/78efA "https://lamplight.net/1")',
        frozenset({"https://archive.ph/78efA", "https://lamplight.net/1"}),
    ),
    "URL in a code span (not a link)": ("`https://lamplight.net/1`", frozenset()),
}

LINK = "https://lamplight.net/1"
CELL = {
    "cell_type": "markdown",
    "id": "a",
    "metadata": {},
    "source": ['"[a](https://lamplight.net/1)"'],
}
CODE = {"cell_type": "code", "id": "b", "metadata": {}, "source": ["'https://lamplight.net/2'"]}
NOTEBOOK = {"cells": [CELL, CODE | {"outputs": [], "execution_count": None}], "metadata": {}}
CARDS = [
    {"type": "text", "text": "[a](https://lamplight.net/1)"},
    {"type": "text", "text": "`https://lamplight.net/2`"},
]
# Pages in other formats, by the name of the row: file name, text, the URLs that a reader would open
FORMATS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "Markdown by another name (`.qmd`)": ("a.qmd", f"[a]({LINK}){{.b}}", frozenset({LINK})),
    "MDX: a component, and an import": (
        "a.mdx",
        f"import b from 'https://lamplight.net/2'\n\n<Card href='{LINK}' />",
        frozenset({LINK}),
    ),
    "Jupyter: a cell of text, and one of code": (
        "a.ipynb",
        json.dumps(NOTEBOOK | {"nbformat": 4, "nbformat_minor": 5}),
        frozenset({LINK}),
    ),
    "Obsidian canvas": ("a.canvas", json.dumps({"nodes": CARDS}), frozenset({LINK})),
    "HTML: `a`, and the page's own address": (
        "a.html",
        f"<link rel=canonical href='https://lamplight.net/2'><a href='{LINK}'>b</a>",
        frozenset({LINK}),
    ),
    "HTML: `srcset`, `cite`, `base`": (
        "a.html",
        "<base href='https://lamplight.net/'><q cite='1'></q><img srcset='1 1x, 2 2x'>",
        frozenset({LINK, "https://lamplight.net/2"}),
    ),
    "BibTeX: `url` with escapes": (
        "a.bib",
        "@misc{a, url = {https://lamplight.net/1\\_2}, file = {:https://lamplight.net/3}}",
        frozenset({"https://lamplight.net/1_2"}),
    ),
    "BibTeX: `doi`": (
        "a.bib",
        "@misc{a, doi = {10.1000/1}}",
        frozenset({"https://doi.org/10.1000/1"}),
    ),
    "reStructuredText: a named target, and a literal": (
        "a.rst",
        f"See lamps_ and ``https://lamplight.net/2``.\n\n.. _lamps: {LINK}\n",
        frozenset({LINK}),
    ),
    "AsciiDoc: an attribute, and a listing": (
        "a.adoc",
        f":lamps: {LINK}\n\nSee {{lamps}}[lamps].\n\n----\nhttps://lamplight.net/2\n----\n",
        frozenset({LINK}),
    ),
    "MediaWiki: a link, and one in `nowiki`": (
        "a.wiki",
        f"[{LINK} Lamps] <nowiki>[https://lamplight.net/2 Lamps]</nowiki>",
        frozenset({LINK}),
    ),
    "MediaWiki: a citation template": (
        "a.wiki",
        f"<ref>{{{{cite web |url={LINK}|title=Lamps}}}}</ref>",
        frozenset({LINK}),
    ),
}
