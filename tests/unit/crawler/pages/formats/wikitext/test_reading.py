"""Test how MediaWiki pages are read: against expected URLs, and against those that mwparserfromhell finds."""

from __future__ import annotations

from functools import partial

import pytest

from crawler.pages import extract
from crawler.pages.formats.wikitext.reader import scan
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.wiki_index import WikiIndex
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind, Page
from tests.unit.crawler.pages.formats.fixing import urls
from tests.unit.crawler.pages.formats.wikitext.mwparser_oracle import parser_addresses
from tests.unit.crawler.pages.formats.work import lines_run

A, B = "https://a.example/", "https://b.example/c_(d)"


def read(text: str) -> Page:
    return extract(text, path="a.wiki")


# Pages that are read as mwparserfromhell reads them.
PAGES = {
    "external": f"[{A} a] [{B}] [{A}x ''a'' [[B|c]] d]\n",
    "bare": f"{A}, ({B}). ''{A}x'' <b>{A}y</b> {A}z!\n",
    "reference": f"<ref>[{A} a]</ref><ref name='x'>{B}</ref><ref name='x' />\n",
    "citation": f"{{{{cite web|url={A}|archive-url={B} |title=T}}}}\n",
    "value": f"{{{{URL|{A}}}}} {{{{Box|x=a {B} b\n| y = [{A}y z]}}}}\n",
    "nested": f"{{{{a|{{{{b|{A}}}}}|x={{{{c|{B}}}}}}}}}\n",
    "no markup": f"<nowiki>{A}</nowiki> <pre>{A}</pre> <!-- {A} --> {B}\n",
    "code": f"<syntaxhighlight lang=x>\n{A}\n</syntaxhighlight> <math>{A}</math>\n",
    "table": f'{{| class="x"\n|-\n| {A} || [{B} b]\n|}}\n',
    "list": f"* {A}\n# [{B} b]\n: {A}x\n",
    "heading": f"== [{A} a] ==\n=={B}==\n",
    "file": f"[[File:a.png|thumb|text {A} [{B} b]]]\n",
    "unclosed": f"[{A} a\n{{{{x|{B}\n",
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES)
def test_urls_are_those_that_mwparserfromhell_finds(case: str) -> None:
    assert sorted(urls(read(PAGES[case]))) == sorted(parser_addresses(PAGES[case]).elements())


# Deliberate differences: the page, and what is cited.
PAGES_READ_DIFFERENTLY = {
    "remark": (f"{A}{{{{dead link}}}} {B}<ref>x</ref>\n", [A, B]),
    "text in another script": ("见https://a.example/苹果（公司）。\n", ["https://a.example/苹果（公司）"]),
    "bar in place of a space": (f"[{A}|a b]\n", [A]),
    "URL as text": (f"[{A} {B}]\n", [A]),
    "URL that a template completes": ("https://{{host}}/a https://a.example/{{{1}}} https://a.example/{{x}}/y\n", []),
    "URL that a variable or a function completes": (
        "{{cite web|url=https://a.example/{{PAGENAMEE}}|title=x}} https://a.example/?q={{urlencode:{{PAGENAME}}}} https://a.example/{{#invoke:x|y}}\n", [],
    ),
    "remark behind a slash": ("https://a.example/{{dead link|date=2020}} {{cite web|url=https://b.example/{{dead link}}}}\n", ["https://a.example/", "https://b.example/"]),
    "argument with a template": ("[https://a.example/{{urlencode:a b}} c]\n", []),
    "list": ("https://a.example/b;https://a.example/c, https://a.example/d→https://a.example/e\n", [f"https://a.example/{each}" for each in "bcde"]),
    "references of white space and quotation marks": (f"{A}&nbsp;x {A}&#160;x {A}&#xA0;x {A}&thinsp;x &quot;{A}&quot; {A}&#60;x\n", [A] * 6),
    "references in brackets": (f"[{A}&nbsp;x y] [{A}&lt;x y]\n", [A] * 2),
    "references of other characters": (f"{A}?b&amp;c&#61;d {A}/it&#39;s\n", [f"{A}?b&c=d", f"{A}/it's"]),
    "sentence of a note": (f"{{{{efn|{A}x.}}}} {{{{refn|{A}y!}}}} {{{{cite web|url={A}z.}}}}\n", [f"{A}x", f"{A}y", f"{A}z."]),
    "no scheme": ("[//a.example/b c]\n", ["https://a.example/b"]),
    "entities": ("[https://a.example/?a=1&amp;b=2 c]\n", ["https://a.example/?a=1&b=2"]),
    "attribute": (f'<img src="{A}">\n', [A]),
    "magic words": (
        "{{cite web|url=https://a.example/?b{{=}}1{{!}}2|title=x}} [https://a.example/c{{!}}d e] https://a.example/f{{!}}g.\n",
        ["https://a.example/?b=1|2", "https://a.example/c|d", "https://a.example/f|g"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES_READ_DIFFERENTLY)
def test_urls_that_mwparserfromhell_reads_differently_are_found(case: str) -> None:
    text, expected = PAGES_READ_DIFFERENTLY[case]
    assert urls(read(text)) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("Toter Link|url=$", "Dead link"),
        ("Недоступная ссылка|url=$", "Dead link"),
        ("Internetquelle|url=$|offline=1", "Dead link"),
        ("Lien web|url=$|brisé le=2020", "Dead link"),
        ("cita web|url=$|urlarchivo=https://archive.ph/Ab3dE|urlmuerta=sí", "Dead link"),
        ("Cite web|url=$|deadlinkdate=2014年11月", "Dead link"),
        ("Internetquelle|url=$|offline=", None),
        ("Box|url=$|offline=1", None),
        ("cite web|url=$|deadlink=no", None),
    ],
)
def test_marks_of_dead_links_are_read_in_several_languages(
    parameters: str, expected: str | None
) -> None:
    page = read(f"{{{{{parameters.replace('$', A)}}}}}\n")
    assert page.citations[0].marked_dead == expected


def test_the_fields_of_a_citation_template_are_read() -> None:
    page = read(
        f"== One ==\n=== Two ===\nText.<ref name=\"n\">{{{{Cite web |url={A} |title=A ''b'' [[c|d]]\n"
        " |date=2 January 2020 |access-date=2022-02-25 |archive-url=https://archive.ph/Ab3dE\n"
        " |archive-date=2021-01-01 |url-status=dead}}</ref>\n"
    )
    cited, archived = page.citations
    assert (cited.text, cited.section, cited.kind) == (
        "A b d",
        ("One", "Two"),
        CitationKind.FOOTNOTE,
    )
    assert (str(cited.published), str(cited.accessed)) == ("2020-01-02", "2022-02-25")
    assert (cited.footnote, cited.marked_dead) == ("n", "Dead link")
    assert (archived.title, archived.block) == (A, cited.block)
    assert {"One", "Two"} <= set(page.anchors)


def test_a_citation_in_text_has_its_dead_mark_and_dates() -> None:
    page = read(
        f"[{A} ''a''] {{{{dead link|date=May 2020}}}}\n* [{B} b]<ref name=\"c\">x</ref>, 2020-01-02.\n"
    )
    assert [each.marked_dead for each in page.citations] == ["dead link", None]
    assert (page.citations[0].text, page.citations[1].notes) == ("a", ("c",))
    assert str(page.citations[1].published) == "2020-01-02"


def test_a_red_link_is_not_broken() -> None:
    page = read("[[Page name|text]] [[Other]] [[File:a.png]] [[:en:B]] [[Category:C]]\n")
    assert [(link.target, link.text) for link in page.internal_links] == [
        ("Page name", "text"),
        ("Other", "Other"),
    ]
    index = WikiIndex({"a.wiki": [], "Page_name.wiki": []})
    resolved = resolve_internal_links(page.internal_links, "", index)
    assert [(link.path, link.broken) for link in resolved] == [
        ("Page_name.wiki", None),
        (None, None),
    ]


def test_ignore_marks_in_comments_exclude_lines() -> None:
    page = read(
        f"{A} <!-- holdfast: ignore -->\n<nowiki><!-- holdfast: ignore-start --></nowiki>\n{B}\n"
    )
    assert (urls(page), page.skipped) == ([B], {"ignored": 1})


def test_a_template_that_is_never_closed_is_reported_once() -> None:
    page = read(f"a\n{{{{x|{A}\n{{{{y|{B}\n")
    assert [(each.line, each.code) for each in page.warnings] == [(2, "broken-template")]
    assert urls(page) == [A, B]


@pytest.mark.parametrize(
    "text",
    ["{{" * 50_000, "[[" * 50_000, "{{a|" * 25_000 + "}}" * 25_000, "<ref>" * 50_000, "[https://" * 50_000, "<nowiki>" * 5_000,
     "<!--" * 50_000, "==" * 50_000, f"[{A} 甲] " * 5_000, "{{{" * 50_000, "|" * 75_000, f"{{{{x|{A}" * 5_000],
    ids=range(12),
)  # fmt: skip
def test_large_hostile_pages_are_read(text: str) -> None:
    read(f"{text}\n\n{A}\n")


def test_a_template_of_many_parameters_is_read() -> None:
    """All of them are looked at once, not once for each link: that would take minutes."""
    urls = [f"https://a.example/{number}" for number in range(10_000)]
    parameters = "".join(f"\n| url{number} = {url}" for number, url in enumerate(urls))
    text = f"{{{{cite web{parameters}\n| access-date = 2020-01-02\n}}}}"
    citations = extract(text, path="a.wiki").citations
    assert [citation.url for citation in citations] == urls


def test_code_that_is_never_closed_is_searched_once() -> None:
    text = "<nowiki><PRE><pre>" * 60_000 + " https://a.example/"
    assert [each.url for each in extract(text, path="a.wiki").citations] == ["https://a.example/"]


@pytest.mark.parametrize(
    "text",
    ["<ref>" * 200_000 + "</ref>", "[[" * 200_000 + " https://b.example/" * 20_000],
)
def test_marks_that_are_never_closed_are_read_in_linear_time(text: str) -> None:
    """In quadratic time each of these takes many minutes."""
    page = extract(f"{text} https://a.example/", path="a.wiki")
    assert page.citations[-1].url == "https://a.example/"


def test_twice_the_copies_in_a_template_take_twice_the_work() -> None:
    def read(size: int) -> None:
        copies = "".join(f"|archive-url=https://a.example/{number}" for number in range(size))
        scan(SourceText(f"{{{{cite web{copies}}}}}"))

    small, large = (lines_run(partial(read, size)) for size in (100, 200))
    assert large < 2.5 * small
