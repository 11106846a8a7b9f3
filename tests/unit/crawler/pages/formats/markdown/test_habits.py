"""Test markup that GitLab, Obsidian, Logseq and Quarto add to Markdown."""

from __future__ import annotations

import pytest

from crawler.pages import extract
from crawler.pages.dialect import Dialect
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.pages.registry import formats_by_suffix
from tests.unit.crawler.pages.formats.fixing import urls

A = "https://a.example/b"
CASES = {
    "GitLab: insertion": (f"{{+{A}+}} {{-{A}-}} [+{A}+] [-{A}-]", [A] * 4),
    "GitLab: plus signs of a URL": (f"see {A}+c+}}", [f"{A}+c+"]),
    "GitLab: include": (f"::include{{file={A}}}", [A]),
    "Logseq: property": (f"source:: {A}\n- b", [A]),
    "Logseq: macro": (f"- {{{{video {A}}}}}", [A]),
    "Quarto: shortcode": (f"{{{{< video {A} >}}}}", [A]),
    "Quarto: attributes": (f"[b]({A}){{.button}} ![]({A}){{width=3}}", [A, A]),
    "Quarto: chunk": (f"```{{r}}\nread('{A}')\n```", []),
    "Quarto: raw HTML": (
        f"```{{=html}}\n<a href='{A}'>x</a>\n<!-- <a href='{A}c'> -->\n```\n\n`<a href='{A}d'>`{{=html}}",
        [A, f"{A}d"],
    ),
    "Quarto: HTML that is shown": (f"```html\n<a href='{A}'>x</a>\n```\n\n`<a href='{A}'>`", []),
    "Obsidian: callout": (f"> [!note] b\n> <{A}>", [A]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_urls_in_markup_of_other_tools_are_citations(text: str, expected: list[str]) -> None:
    assert urls(extract(text, path="a.md")) == expected


HIDDEN = "https://hidden.example/b"
# In Obsidian's comments nothing is a citation.
COMMENTS = {
    "in a line": (f"a %% {HIDDEN} %% {A}", [A]),
    "a link": (f"%%[x]({HIDDEN})%% <{A}>", [A]),
    "at the start of an item": (f"- %%{HIDDEN}%% {A}\n- é%%é <{HIDDEN}> %% [x]({A})", [A, A]),
    "over several lines": (f"%%\n- [x]({HIDDEN})\n\n# {HIDDEN}\n\n<a href='{HIDDEN}'>\n%%\n\n{A}", [A]),
    "a definition": (f"%%\n\n[x]: {HIDDEN}\n\n%%\n\n[x] {A}", [A]),
    "a second definition": (f"[x]: {A}\n\n[x]\n\n%%\n\n[x]: {HIDDEN}\n\n%%", [A]),
    "an image": (f"%% ![i]({HIDDEN}.png) %%\n![i]({A}.png)", [f"{A}.png"]),
    "a note and a template": (f"%% [[{HIDDEN}]] {{{{< x src='{HIDDEN}' >}}}} %%", []),
    "code in a comment": (f"%%\n```\n{HIDDEN}\n```\n%%\n{A}", [A]),
    "not closed": (f"50%% of {A}", [A]),
    "marks in code": (f"`%%` {A} `%%`\n\n```mermaid\n%% a\n```\n\n{A}c %%{HIDDEN}%%", [A, f"{A}c"]),
    "after front matter": (f"---\nsource: {A}\nnote: a %% b\n---\n\n{A}c %% {HIDDEN} %%", [A, f"{A}c"]),
    "a quotation": (f"> %%\n> {HIDDEN}\n> %%\n\n{A}", [A]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), COMMENTS.values(), ids=COMMENTS)
def test_comments_of_obsidian_cite_nothing(text: str, expected: list[str]) -> None:
    page = extract(text, path="a.md", dialect=Dialect.OBSIDIAN)
    assert (urls(page), page.internal_links) == (expected, ())


def test_percent_signs_are_text_to_other_renderers() -> None:
    page = extract(f"a %% {A} %%", path="a.md", dialect=Dialect.COMMONMARK)
    assert urls(page) == [A]


@pytest.mark.parametrize("text", ["[[_TOC_]]", "[[ _TOC_ ]]", "[[_TOC_ | levels=2]]"])
def test_a_table_of_contents_is_no_link(text: str) -> None:
    assert extract(text, path="a.md").internal_links == ()


def test_all_suffixes_of_markdown_are_known() -> None:
    known = formats_by_suffix()
    for suffix in (".md", ".qmd", ".rmd", ".mkdn", ".mdwn", ".mkdown", ".mkd", ".markdown"):
        assert known[suffix] == "markdown", suffix


def test_a_logseq_link_needs_no_file_and_a_namespace_is_part_of_a_name() -> None:
    page = extract("[[a/b]] [[missing]] ![i](../assets/i.png)", path="pages/c.md")
    index = WikiIndex({"pages/c.md": [], "pages/a___b.md": []}, ["assets/j.png"])
    site = Site(generator=Generator.LOGSEQ)
    resolved = resolve_internal_links(page.internal_links, site, index)
    assert [(link.path, link.broken) for link in resolved] == [
        ("pages/a___b.md", None),
        (None, None),
        ("assets/i.png", "missing-page"),
    ]
