"""Test how AsciiDoc pages are read: against expected URLs, and against those that Asciidoctor finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, SupportsIndex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.formats.asciidoc import inline_patterns
from crawler.pages.formats.asciidoc.block_attributes import BlockAttributes
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.formats.asciidoc.tables import table_cells
from crawler.pages.reading_limit import ReadingLimit
from crawler.scan.included_files import included_file_reader
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_source
from store.vocabulary import CitationKind, Page
from tests.unit.crawler.pages.formats.asciidoc.asciidoctor_oracle import (
    MISSING,
    asciidoctor_addresses,
    has_asciidoctor,
    without_conditions,
)
from tests.unit.crawler.pages.formats.fixing import urls

A, B = "https://a.example/", "https://b.example/c_d"


def read(text: str, path: str = "a.adoc") -> Page:
    return extract(text, path=path)


# Pages that are read as Asciidoctor reads them.
PAGES = {
    "macros": f"{A}[a] and link:{B}[b\nc], {A}x[].\n",
    "identifiers with angles": "https://doi.org/10.1175/1520-0469(1972)029<0011:A>2.0.CO;2[x] see https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-A4>3.0.CO;2-O x\n",
    "macros with attributes": f'{A}[a,window=_blank] {A}b[a^] link:{B}["a, b",role=c]\n',
    "escaped bracket": f"{A}[a\\] b] {B}\n",
    "image in a text": f"{A}[image:{B}[x]] {A}y[image:z.png[]]\n",
    "bare": f"{A} ({B}), <{A}x> {A}y! {A}z?\n{B}: {A}w); [{B}]\n",
    "formatted": f"*{A}* _{A}i_ `{A}m` #{A}h# **{B}**\n",
    "code": f"`a={A}` `x {B}`\n",
    "passthroughs": f"`+{A}+` +{A}+ ++{A}++ $${A}$$ +++{A}+++ pass:[{A}] stem:[{A}] {B}\n",
    "passthrough with macros": f"pass:m[{A}[x]] pass:q[{A}]\n",
    "unclosed passthroughs": f"+++ a ++ pass:[ {A}\n",
    "target in a passthrough": "link:++https://a.example/?q=[a b]++[x] link:pass:[https://b.example/_c_][y]\n",
    "escapes": f"\\{A} \\{A}y[z] \\image:{A}[] {B}\n",
    "attributes": f":a: {A}\n:b: {{a}}b/\n\n{{a}}[x] {{b}}c[y] link:{{b}}[z] {{a}} {{unknown}}[x]\n",
    "attribute with a macro": f":a: {A}[text]\n\nSee {{a}}.\n",
    "attribute over lines": ":a: https://a.example/ \\\n  x\n\n{a}\n",
    "attribute that is removed": f":a: {A}\n\n{{a}}\n\n:!a:\n\n{{a}}\n\n:a: {B}\n\n{{a}}\n",
    "attribute in a passthrough": f":a: {A}\n\n+{{a}}+ {{a}}\n",
    "escaped attribute": f":a: {A}\n\n\\{{a}} {B}\n",
    "characters": f"{A}a{{plus}}b[x] {B}{{sp}}y\n",
    "link in a cross reference": f"<<link:{B}[], d>> {A}\n",
    "entities": f"{A}?a=1&b=2[x] {A}?c&amp;d[y]\n",
    "dots and dashes": f"{A}v1\\...v2[x] {A}a\\--b[y]\n",
    "listing": f"----\n{A}\n----\n\n....\n{A}\n....\n\n```ruby\n{A}\n```\n\n{B}\n",
    "listing with macros": f"[source,subs=+macros]\n----\n{A}[x]\n----\n\n[subs=attributes]\n----\n{A}\n----\n",
    "callouts": f"[source]\n----\na {A} # <1>\n----\n<1> See {B}[x]\n",
    "paragraphs of code": f"[source,sh]\ncurl {A}\n\n[listing]\n{A}\n\n {A}\n\nx\n {B}\n",
    "indented text that is none of code": f"[normal]\n  {A}\n",
    "comments": f"// {A}\n////\n{A}\n////\n\nx\n// {A}\n{B}\n\n[comment]\n{A}\n\n/// {A}y\n",
    "blocks": f"====\n{A}\n\n****\n{A}s\n****\n====\n\n--\n{A}o\n--\n\n____\n{B}\n____\n",
    "blocks of a length each": f"====\n=====\n{A}\n=====\n{A}x\n====\n{B}\n",
    "listing in an example": f"====\n----\n{A}\n----\n====\n\n{B}\n",
    "source in an open block": f"[source]\n--\n{A}\n--\n\n[verse]\n____\n{B}\n\n  {A}x\n____\n",
    "raw HTML": f'++++\n<a href="{A}?a&amp;b">x</a> {A}t\n++++\n\n+++<a href="{B}">x</a>+++\n',
    "images": f'image::{A}[x,link={B}]\n\nimage:{A}i[x, 10, link="{B}x"] icon:x[link={A}l]\n',
    "images of a folder": f":imagesdir: {A}img\n\nimage::b.png[]\n\nimage:c.png[]\n",
    "link of a block": f'[link={A}]\nimage::b.png[]\n\n[x,link="{B}"]\nimage::{A}c.png[]\n',
    "videos": f"video::{A}v.mp4[poster={B}]\n\naudio::{A}a.ogg[]\n",
    "posters": f'video::{A}v.mp4[{B}p.png,640,480]\n\nvideo::{A}w.mp4["{B}q.png", width=4]\n\n'
    f"video::{A}x.mp4[autoplay]\n\nvideo::{A}y.mp4[width=640,{B}no.png]\n",
    "lists": f"* {A}\n** {A}b\n  {A}c\n. {A}d\n+\n{A}e\n\n- x\n\n  {A}f\n",
    "terms": f"{A}[a]:: x {A}b\ny::\n  {A}c\n\nz::\n\n  {A}d\n+\n  {A}e\n\na:: b::: {B}\n",
    "headings": f"= T {A}\n\n== a {B}[b]\n\nb {A}c\n--------------------------\n\n.Title {A}d\nx\n\n[discrete]\n== {A}e\n",
    "admonition and quotation": f'NOTE: {A}\n\n[quote,a]\n{B}\n\n> {A}x\n\n"{A}y[z]"\n-- me\n',
    "footnotes": f"x.footnote:[See {A}[a], {B}.] y.footnote:b[{A}b] z {A}c]\n",
    "table": f"|===\n|a |{A}\n\n|{A}[b] | {B} | `c`\n|===\n",
    "cells with blocks": f'[cols="1,a"]\n|===\n|x\n|\n----\n{A}\n----\n\n* {B}\n|===\n\n|===\na|* {A}x\na|[source]\n----\n{A}\n----\n|y\n|===\n',
    "literal cells": f'[cols="1,l"]\n|===\n|{A}|{A}\n2+|{A}x |y\nl|{A} \n|{B} |z\n|===\n',
    "escaped bar": f"|===\n|{A}a\\|b[x] |{B}\n|===\n",
    "values": f',===\na,{A}\n"b, {B}",c\n,===\n\n[format=dsv,separator=;]\n|===\na;{A}[x]\n|===\n',
    "nested table": f'[cols="1,2a"]\n|===\n|x\n|{A}\n\n!===\n!y !{B}\n!===\n|===\n',
    "conditions": f"ifdef::x[]\n{A}\nendif::[]\nifdef::x[{A}y]\nifndef::x[]\n{B}\nendif::[]\n",
    "attribute under a condition": f"ifndef::a[]\n:a: {A}\nendif::[]\n\nifdef::a[:b: {B}]\n\n{{a}} {{b}}\n",
    "directive within a paragraph": f"a\nifdef::x[]\n{A}\nendif::[]\n{B}\n",
    "breaks": f"'''\n\n<<<\n\n---\n\n{A}\n",
    "page of AsciiDoc.py": f"Title\n=====\n\n`{A}` +x+ {B}\n",
    "no macros": f'[subs=none]\n{A}\n\n[subs="-macros"]\n{A}\n\n[subs=macros]\n{B}\n',
    "index terms": f"((a)) (((b,c))) indexterm:[x] {A}\n",
    "user interface": f":experimental:\n\nkbd:[Ctrl+\\]] menu:File[Save] btn:[OK] {A}\n",
    "hard breaks": f"{A} +\n{B} +\n",
    "front matter": f"---\nlink: x\n---\n= T\n\n{A}\n",
    "mail": f"mailto:a@b.example[x] c@d.example {A}\n",
    "carriage returns": f":a: {A}\r\n\r\n----\r\n{A}\r\n----\r\n\r\n{{a}}[x]\r\n",
    "escaped directive": f"\\include::{A}[]\n\n{B}\n",
}  # fmt: skip


@pytest.mark.skipif(not has_asciidoctor(), reason=MISSING)
@pytest.mark.parametrize("case", PAGES)
def test_urls_are_those_that_asciidoctor_finds(case: str) -> None:
    found = sorted(urls(read(PAGES[case])))
    expected = asciidoctor_addresses(without_conditions(PAGES[case])).elements()
    assert found == sorted(each for each in expected if each.startswith("http") and "{" not in each)


# Deliberate differences: the page, and what is cited.
PAGES_READ_DIFFERENTLY = {
    "text in another script": ("见https://a.example/苹果（公司）。\n", ["https://a.example/苹果（公司）"]),
    "URL behind a sign": (f'x={A} "{B}" a:{A}x\n', [A, B, f"{A}x"]),
    "signs in a URL": ("https://a.example/v1...v2[x] https://xn--a.example/\n", ["https://a.example/v1...v2", "https://xn--a.example/"]),
    "formatting in a URL": (f"{A}_b_/c[x] link:{A}*d*[y]\n", [f"{A}_b_/c", f"{A}*d*"]),
    "escaped macro": (f"\\link:{A}[x] {B}\n", [B]),
    "space that does not break": (f"{A}{{nbsp}}y\n", [A]),
    "author": (f"= T\nMe <{A}>\n:x: y\n\nz\n", [A]),
    "branches": (f"ifdef::a[]\n{A}\nendif::[]\nifdef::b[{B}]\n", [A, B]),
    "false condition": (f":a: {A}\nifdef::b[]\n:a: {B}\nendif::[]\n\n{{a}}\n", [A]),
    "unclosed listing": (f"{A}\n\n----\n{B}\n", [A]),
    "patterns": ("`https://a.example/*` https://{host}/ https://*.b.example/\n", []),
    "source of a quotation": (f"[quote,me,{A}]\n____\nx\n____\n", [A]),
    "video of a service": ("video::abc[youtube]\n", []),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES_READ_DIFFERENTLY)
def test_urls_that_asciidoctor_reads_differently_are_found(case: str) -> None:
    text, expected = PAGES_READ_DIFFERENTLY[case]
    assert urls(read(text)) == expected


def test_a_citation_has_its_text_section_footnote_and_dates() -> None:
    page = read(
        "= Title\nMe\nv1, 2021-03-04\n:revdate: 2021-03-04\n\n== Part\n\n[[place]]\n"
        f'See {A}["text, more",title="{B}"] footnote:n[{A}x, dead link (accessed 2022-02-25)].\n\n'
        f"____\n{B}\n____\n\nimage::{A}i[]\n\nlink:++{A}p++[p]\n"
    )
    assert (page.title, str(page.dated)) == ("Title", "2021-03-04")
    assert {"title", "part", "place"} <= set(page.anchors)
    first, second, third, fourth, fifth = page.citations
    assert (first.text, first.title, first.notes) == ("text, more", B, ("n",))
    assert first.section == ("Title", "Part")
    assert (second.kind, second.footnote, str(second.accessed)) == (
        CitationKind.FOOTNOTE,
        "n",
        "2022-02-25",
    )
    assert second.marked_dead == "dead link"
    assert (third.quoted, third.kind) == (True, CitationKind.BARE)
    assert fourth.kind is CitationKind.IMAGE
    assert (fifth.url, fifth.text) == (f"{A}p", "p")


def test_urls_in_front_matter_are_citations() -> None:
    page = read(f"---\ntitle: Boats\ndate: 2021-03-04\nsource: {A}\n---\n= T\n\n{B}\n")
    assert (page.title, str(page.dated), urls(page)) == ("Boats", "2021-03-04", [A, B])
    assert page.citations[0].kind is CitationKind.FRONTMATTER


def test_a_url_in_an_attribute_has_the_position_of_its_reference() -> None:
    text = f":a: {A}\n\nSee {{a}}b[x].\n"
    (citation,) = read(text).citations
    assert (citation.url, citation.line) == (f"{A}b", 3)
    assert text[citation.start : citation.end] == "{a}b"


def test_ignore_marks_in_comments_exclude_lines() -> None:
    page = read(
        f"// holdfast: ignore-next-line\n{A}\n\n// holdfast: ignore-start\n\n{A}\n\n//holdfast: ignore-end\n\n"
        f"----\n// holdfast: ignore-start\n----\n\n{B}\n"
    )
    assert (urls(page), page.skipped) == ([B], {"ignored": 2})


def test_cross_references_includes_and_images_are_internal_links() -> None:
    page = read(
        "xref:b.adoc#c[x] <<d.adoc#,y>> <<e,z>> xref:f[] <<Some Title>> link:g.html[h] xref:#i[]\n\n"
        "include::j.adoc[leveloffset=+1]\n\n----\ninclude::k.rb[]\n----\n\n////\ninclude::no.adoc[]\n////\n\n"
        "image::l.png[] \n\n:imagesdir: img\n\nimage:m.png[]\n\ninclude::n.adoc[opts=optional]\n\n"
        "include::{unknown}/o.adoc[]\n\nxref:{unknown}.adoc[] \\<<no>>\n\nvideo::no[youtube]\n"
    )
    assert [link.target for link in page.internal_links] == [
        "b.adoc#c", "d.adoc", "#e", "#f", "#Some Title", "g.html", "#i", "j.adoc", "k.rb", "l.png", "img/m.png",
    ]  # fmt: skip
    assert page.skipped == {"placeholder": 2}


def test_resource_names_of_antora_become_paths() -> None:
    page = read(
        "xref:b.adoc[] xref:m:c.adoc#d[] xref:other:m:e.adoc[] xref:1.0@f.adoc[]\n\nimage::g.png[]\n\n"
        "include::partial$h.adoc[]\n\ninclude::example$i.rb[]\n",
        "docs/modules/ROOT/pages/x/a.adoc",
    )
    assert [link.target for link in page.internal_links] == [
        "../b.adoc",
        "../../../m/pages/c.adoc#d",
        "../../images/g.png",
        "../../partials/h.adoc",
        "../../examples/i.rb",
    ]


def test_attributes_of_included_files_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/names.adoc").write_text(f":a: {A}\ninclude::more.adoc[]\n")
    (tmp_path / "parts/more.adoc").write_text(f":b: {B}\ninclude::names.adoc[]\n")
    page = tmp_path / "a.adoc"
    page.write_text("include::parts/names.adoc[]\n\n{a}x[y] {b}\n")
    source = PageSource(path="a.adoc", size=1, file=page, format="asciidoc")
    read_page = read_source(source)
    assert isinstance(read_page, Page)
    assert urls(read_page) == [f"{A}x", B]
    assert read_page.read_mode != "asciidoc"  # every scan reads it again


ANTORA = """\
name: a
asciidoc:
  attributes:
    fixed: https://a.example
    soft: https://b.example@
    number: 7
    flag: true
    out: false
    none: ~
    list: [https://c.example]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{fixed}/x[t] {soft}/y[t]", ["https://a.example/x", "https://b.example/y"]),
        ("{fixed}/{number}{flag}[t]", ["https://a.example/7"]),
        (":fixed: https://d.example\n:soft: https://e.example\n\n{fixed}/x[t] {soft}/y[t]", ["https://a.example/x", "https://e.example/y"]),
        ("https://d.example/{out}[t] https://d.example/{none}[t] https://d.example/{list}[t]", []),
    ],
)  # fmt: skip
def test_attributes_of_an_antora_component_are_resolved(text: str, expected: list[str]) -> None:
    files = {"../../../../antora.yml": ANTORA}
    page = extract(text, path="docs/modules/ROOT/pages/b/a.adoc", read_file=files.get)
    assert [citation.url for citation in page.citations] == expected


@pytest.mark.parametrize(
    "descriptor", ["", "a: [", "- b", "asciidoc: 1", "asciidoc: {attributes: [a]}"]
)
def test_an_antora_component_without_attributes_defines_none(descriptor: str) -> None:
    page = extract(
        "{fixed}/x[t] https://a.example/",
        path="modules/ROOT/pages/a.adoc",
        read_file=lambda _: descriptor,
    )
    assert [citation.url for citation in page.citations] == ["https://a.example/"]


def test_files_outside_of_the_wiki_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.adoc").write_text(f":a: {A}\n")
    wiki = tmp_path / "wiki"
    wiki.mkdir()
    (wiki / "link.adoc").symlink_to(tmp_path / "secret.adoc")
    (wiki / "a.adoc").write_text(
        "include::../secret.adoc[]\ninclude::link.adoc[]\ninclude::/dev/zero[]\n\n{a}\n"
    )
    source = PageSource(path="a.adoc", size=1, file=wiki / "a.adoc", format="asciidoc")
    reader = included_file_reader(source)
    assert reader
    assert [reader(name) for name in ("../secret.adoc", "link.adoc", "missing.adoc")] == [None] * 3
    found = read_source(source)
    assert isinstance(found, Page)
    assert urls(found) == []


def test_an_unclosed_block_is_reported() -> None:
    page = read(f"{A}\n\n====\n----\n{B}\n====\n")
    assert [(each.line, each.message) for each in page.warnings] == [
        (4, "a listing block is never closed")
    ]


def test_keys_and_signatures_of_pgp_have_no_citations() -> None:
    page = read("-----BEGIN PGP SIGNATURE-----\nComment: https://gnupg.example\n", "a.asc")
    assert (page.citations, page.warnings) == ((), ())


def test_the_declared_encoding_is_used() -> None:
    text = f"= 标题\n:encoding: gb18030\n\n微信 {A}[存档]\n"
    page = extract(text.encode("gb18030"), path="a.adoc")
    assert (page.encoding, page.citations[0].text) == ("gb18030", "存档")
    assert page.citations[0].start == text.encode().index(A.encode())
    assert urls(extract(b"\xef\xbb\xbf" + f":a: {A}\n\n{{a}}".encode(), path="a.adoc")) == [A]


MARKS = (
    "[", "]", "{", "}", "`", "+++", "----\n", "|===\n", "\n\n", "<<", ">>", "link:", "image:", "https://", "footnote:[",
    "\\", "ifdef::a[]\n", "====\n", "::", ":a: ", '"', "=", "////\n", "pass:[", "夜", "\r",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(MARKS)), max_size=8))
def test_a_page_with_marks_inserted_anywhere_is_read(changes: list[tuple[float, str]]) -> None:
    text = "\n\n".join(PAGES.values())
    for place, mark in changes:
        index = int(place * len(text))
        text = text[:index] + mark + text[index:]
    data, page = text.encode(), read(text, "modules/ROOT/pages/a.adoc")
    spans = [(each.start, each.end) for each in page.citations]
    spans += [(each.start, each.end) for each in page.internal_links]
    for start, end in spans:
        assert 0 <= start < end <= len(data)
    assert {each.code for each in page.warnings} <= {"unclosed-block", "salvaged"}


HOSTILE = {
    "delimiters": "====\n*****\n" * 25_000,
    "growing delimiters": "\n".join("=" * each for each in range(4, 1500)),
    "brackets": "[" * 100_000,
    "macros": "https://b.example[" * 20_000,
    "links": "link:a[" * 30_000,
    "images": "image:a[" * 30_000,
    "references": "<<a" * 50_000,
    "cross references": "xref:a" * 50_000,
    "passthroughs": "+++ ++ $$ pass:[ " * 20_000,
    "backticks": "`+a" * 50_000,
    "schemes": "https://" * 50_000,
    "footnotes": "footnote:[" * 30_000,
    "cells": "|===\n" + "|a" * 100_000,
    "cell marks": "|===\n" + "2+" * 50_000 + "|",
    "terms": "a" * 100_000 + ":: b",
    "colons": ":" * 100_000,
    "quotation marks": '[a="' * 30_000,
    "backslashes": "\\" * 100_000,
    "conditions": "ifdef::a[]\n" * 50_000,
    "spaces": "link:a[b" + " " * 200_000,
    "stars": "*" * 100_000 + " https://b.example",
    "includes": "include::a.adoc[]\n" * 20_000,
    "tables within tables": "|===\na|\n!===\na!\n" * 5_000,
    "braces": "{a" * 100_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_large_hostile_pages_are_read(case: str) -> None:
    page = read(f"{A}\n\n{HOSTILE[case]}\n\n{B}\n")
    assert urls(page)[0] == A


def test_attribute_values_that_would_grow_without_end_are_limited() -> None:
    doubling = "".join(f":a{each + 1}: {{a{each}}}{{a{each}}}\n" for each in range(60))
    page = read(f":a0: {A}\n{doubling}\n{{a60}} {B}\n")
    assert B in urls(page)
    page = read(f":a: {'x' * 8000}\n\n" + "{a}" * 100_000 + f"\n\n{B}\n")
    assert [each.code for each in page.warnings] == ["read-plainly"]
    assert B in urls(page)


class CountedText(str):
    """A text that counts the characters that are copied from it."""

    __slots__ = ()
    copied: ClassVar[int] = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        part = super().__getitem__(key)
        CountedText.copied += len(part)
        return part


def test_a_line_of_many_values_is_copied_once() -> None:
    text = CountedText(" ," * 1000)
    CountedText.copied = 0
    cells = table_cells([Line(0, text)], ",", BlockAttributes(), ReadingLimit(len(text)))
    assert len(list(cells)) == 1001
    assert CountedText.copied <= len(text)


class CountedPattern:
    """A pattern that counts the characters of its matches."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.matched = 0

    def match(self, text: str, at: int) -> re.Match[str] | None:
        found = self.pattern.match(text, at)
        self.matched += len(found[0]) if found else 0
        return found


@pytest.mark.parametrize("macro", ["link:", "mailto:", '`"link:', "\\link:"])
def test_a_text_of_macros_without_brackets_is_read_once(
    monkeypatch: pytest.MonkeyPatch, macro: str
) -> None:
    target = CountedPattern(inline_patterns.TARGET)
    monkeypatch.setattr(inline_patterns, "TARGET", target)
    text = macro * 1000
    assert urls(read(f"{text} {A}[a] link:{B}[b]\n")) == [A, B]
    assert 0 < target.matched < 2 * len(text)
