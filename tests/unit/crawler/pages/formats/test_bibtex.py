"""Test bibliographies: fields that cite, their dates and copies, and fixes that change no other byte."""

from __future__ import annotations

import logging
from functools import partial

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.formats.bibtex.parser import bib_entries
from crawler.pages.formats.bibtex.reader import bib_links
from crawler.scan.reader import read_page
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix, urls
from tests.unit.crawler.pages.formats.work import lines_run
from tests.unit.reports.patches.wiki import ORIGINAL, TODAY, WAYBACK

A, N = "https://a.example/b", "https://no.example/"
CITED = {
    "braces": (f"url = {{{A}}}", A),
    "quotes": (f'url = "{A}"', A),
    "two braces": (f"url = {{{{{A}}}}}", A),
    "spaces": (f"URL={{ {A} }}", A),
    "escapes": (
        r"url = {https://a.example/b\_c\%20d\#e\&f=\~{}g}",
        "https://a.example/b_c%20d#e&f=~g",
    ),
    "unescaped": ("url = {https://a.example/b_c%20d#e&f=~g}", "https://a.example/b_c%20d#e&f=~g"),
    "tilde": (r"url = {https://a.example/{\textasciitilde}g/{\_}h}", "https://a.example/~g/_h"),
    "tilde before a space": (
        r"url = {https://a.example/\textasciitilde g/h}",
        "https://a.example/~g/h",
    ),
    "tilde before a space in text": (
        r"note = {At https://a.example/\textasciitilde g/h, now.}",
        "https://a.example/~g/h",
    ),
    "tilde in braces in text": (r"note = {At https://a.example/{\~{}}g.}", "https://a.example/~g"),
    "tilde of mathematics in text": (
        r"note = {At https://a.example/$\sim$g and https}",
        "https://a.example/~g",
    ),
    "escapes in braces in text": (
        r"note = {At https://a.example/b{\_}c{\%}20d?e=f{\&}g.}",
        "https://a.example/b_c%20d?e=f&g",
    ),
    "escapes in braces in an argument": (
        r"note = {\url{https://a.example/b{\_}c{\%}20d}}",
        "https://a.example/b_c%20d",
    ),
    "escapes in braces in a link": (
        r"note = {\href{https://a.example/b{\_}c}{text}}",
        "https://a.example/b_c",
    ),
    "underscore by its name": (
        r"url = {https://a.example/b\textunderscore c{\textunderscore}d}",
        "https://a.example/b_c_d",
    ),
    "DOI with angles": (
        r"doi = {10.1002/(SICI)1097-4571(199806)49:8{\textless}693::AID-ASI4{\textgreater}3.0.CO;2-O}",
        "https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
    ),
    "DOI with angles of mathematics": (
        "note = {At https://doi.org/10.1175/1520-0469(1972)029$<$0011:A$>$2.0.CO;2.}",
        "https://doi.org/10.1175/1520-0469(1972)029<0011:A>2.0.CO;2",
    ),
    "places to break": (
        r"note = {At https://a.example/b/\-c/\allowbreak d/\discretionary{}{}{}e, now.}",
        "https://a.example/b/c/d/e",
    ),
    "argument in two lines": (
        "howpublished = {\\url{https://a.example/long/\n    path}}",
        "https://a.example/long/path",
    ),
    "braces around text in two lines": (
        "note = {{https://a.example/b is\n gone}}",
        "https://a.example/b",
    ),
    "doi": ("doi = {10.1000/a_b(c)}", "https://doi.org/10.1000/a_b(c)"),
    "doi with a word": ("doi = {doi:10.1000/x}", "https://doi.org/10.1000/x"),
    "doi as URL": ("doi = {https://doi.org/10.1000/x}", "https://doi.org/10.1000/x"),
    "howpublished": (rf"howpublished = {{\url{{{A}}}}}", A),
    "note": (rf"note = {{See \url{{{A}}}.}}", A),
    "href": (rf"note = {{\href{{{A}}}{{the \emph{{text}}}}}}", A),
    "bare in a note": (f"note = {{Available: {A}.}}", A),
    "bare with escapes": (r"note = {At https://a.example/b\_c, now.}", "https://a.example/b_c"),
    "any field": (f"bdsk-url-1 = {{{A}}}", A),
    "eprint of arXiv": (
        "eprint = {2101.00001v2}, archivePrefix = {arXiv}",
        "https://arxiv.org/abs/2101.00001v2",
    ),
    "old eprint of arXiv": (
        "eprint = {hep-th/9901001}, eprinttype = {arxiv}",
        "https://arxiv.org/abs/hep-th/9901001",
    ),
    "eprint with its prefix": ("eprint = {arXiv:2101.00001}", "https://arxiv.org/abs/2101.00001"),
    "eprint of another type": (
        "eprint = {1234}, eprinttype = {jstor}",
        "https://www.jstor.org/stable/1234",
    ),
    "eprint that is a URL": (f"eprint = {{{A}}}", A),
    "address that BibDesk repeats": (f"url = {{{A}}}, Bdsk-Url-1 = {{{A}}}", A),
    "address of a copy that BibDesk repeats": (
        f"url = {{https://web.archive.org/web/2020/{A}}}, Bdsk-Url-1 = {{{A}}}",
        f"https://web.archive.org/web/2020/{A}",
    ),
    "DOI that BibDesk repeats": (
        "doi = {10.1000/x}, bdsk-url-1 = {https://dx.doi.org/10.1000/x}",
        "https://doi.org/10.1000/x",
    ),
    "archive copy": (
        "archiveurl = {https://web.archive.org/web/2020/http://c.example/}",
        "https://web.archive.org/web/2020/http://c.example/",
    ),
    "string": ("url = site # {b}", A),
    "wrapped": ("url = {https://a.example/b/\n\t\tc_d\n  .html}", "https://a.example/b/c_d.html"),
    "word below": ("url = {https://a.example/b\n  accessed}", A),
    "after a comment of Biber": (f"% note\n url = {{{A}}}", A),
    "after a brace behind a backslash": (rf"title = {{a \}} b}}, url = {{{A}}}", A),
    "after a path": (rf"path = {{C:\}}, url = {{{A}}}", A),
    "after a title with an at sign": (f"title = {{a @ b {{@c}}}}, url = {{{A}}}", A),
    "without a comma at the end": (f"url = {{{A}}}\n", A),
}
NOT_CITED = {
    "text outside of entries": f"see {N}\n@misc{{k, title = {{t}}}}",
    "line comment": f"% @misc{{k, title = {{}}}} {N}",
    "comment": f"@comment{{jabref-meta: {N} {{x}}}}",
    "preamble": f'@preamble{{"\\url{{{N}}}"}}',
    "unused string": f'@string{{s = "{N}"}}',
    "file": f"@misc{{k, file = {{:{N}:PDF}}}}",
    "eprint without a type": "@misc{k, eprint = {2101.00001}}",
    "eprint of an unknown type": "@misc{k, eprint = {1}, archiveprefix = {here}}",
    "file of BibDesk": f"@misc{{k, bdsk-file-2 = {{{N}}}}}",
    "number of a journal": "@misc{k, doi = {unknown}, number = 10.1000}",
    "placeholder": "@misc{k, url = {https://a.example/<id>}}",
    "ignored": f"% holdfast: ignore-next-line\n@misc{{k,\n  url = {{{N}}},\n}}",
    "ignored by a comment": f"@comment{{holdfast: ignore-start}}\n@misc{{k, url = {{{N}}}}}\n@comment{{holdfast: ignore-end}}",
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize(("field", "expected"), CITED.values(), ids=CITED)
def test_urls_in_fields_are_citations(field: str, expected: str) -> None:
    page = extract(
        f'@string{{site = "https://a.example/"}}\n@misc{{k,\n  {field}}}\n', path="a.bib"
    )
    assert urls(page) == [expected]
    assert not page.warnings


@pytest.mark.parametrize("text", NOT_CITED.values(), ids=NOT_CITED)
def test_urls_in_comments_and_file_fields_are_no_citations(text: str) -> None:
    page = extract(text, path="a.bib")
    assert (urls(page), page.warnings) == ([], ())


def test_an_entry_is_one_citation_with_its_dates_and_copy() -> None:
    page = read_page(
        rb"""@article{one,
  title = {The {Night} \emph{Boats}},
  url = {https://a.example/},
  urldate = {2020-01-02},
  year = 2019, month = may, day = {3},
  archiveurl = {https://archive.ph/Ab3dE},
}
@online{two, url = {https://b.example/}, date = {2019-05}, note = {Accessed: 2021-02-03. Dead link.}}
""",
        "a.bib",
    )
    a, mirror, b = page.citations
    assert (a.text, str(a.accessed), str(a.published), a.line, a.column) == (
        "The Night Boats",
        "2020-01-02",
        "2019-05-03",
        3,
        10,
    )
    assert (mirror.text, mirror.original, mirror.block) == ("", "https://a.example/", a.block)
    assert (str(b.accessed), b.published, b.marked_dead) == ("2021-02-03", None, "Dead link")
    assert b.block != a.block
    assert not page.warnings


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("@misc{a, title = {t},\n url = {https://a.example/b ,\n year = 2020\n@misc{c, url = {https://c.example/}}", 2, "a brace is never closed"),
        ('@misc{a, url = "https://a.example/b\n@misc{c, url = {https://c.example/}}', 1, "a quotation mark is never closed"),
        ("@misc{a, title = {t} url {https://a.example/b}\n}\n@misc{c, url = {https://c.example/}}", 1, "an entry has no closing bracket, or text between its fields"),
        ("@misc{a, title = , url = {https://a.example/b}}\n@misc{c, url = {https://c.example/}}", 1, "a field has no value"),
    ],
)  # fmt: skip
def test_a_broken_entry_is_salvaged_and_the_rest_read(text: str, line: int, problem: str) -> None:
    page = extract(text, path="a.bib")
    assert [(c.url, c.salvaged) for c in page.citations] == [
        ("https://a.example/b", True),
        ("https://c.example/", False),
    ]
    (warning,) = page.warnings
    assert (warning.line, warning.code) == (line, "read-plainly")
    assert warning.message.endswith(f": {problem}")


def test_a_file_without_entries_is_searched_for_urls() -> None:
    page = extract("<a href='https://a.example/b'>", path="a.bib")
    assert (urls(page), [each.code for each in page.warnings]) == ([A], ["read-plainly"])


def test_a_declared_encoding_is_used() -> None:
    text = "% Encoding: ISO-8859-1\n@misc{k, title = {Évora}, url = {https://a.example/b}}"
    page = extract(text.encode("latin1"), path="a.bib")
    assert (page.citations[0].text, page.warnings) == ("Évora", ())


@pytest.mark.parametrize(
    "text",
    ["@misc{k, url = {https://a.example/b}}\n" * 20_000, "@misc{k, title = {" + "{" * 200_000, "@misc{k, url = {\n" * 50_000, "@" * 300_000, '@misc{k, a = "' * 50_000, "@misc{k, a = b # " * 50_000],
    ids=range(6),
)  # fmt: skip
def test_large_hostile_files_are_read(text: str) -> None:
    page = extract(text + "\n@misc{z, url = {https://z.example/}}", path="a.bib")
    assert urls(page)[-1] == "https://z.example/"
    assert len(page.warnings) <= 20


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("@comment{" * 20_000, True),
        ("@preamble{" * 20_000, True),
        ("@misc{k," + "c = {\\}, " * 20_000 + "}", True),
        ("".join(f"@string{{s{each} = {' # '.join([f's{each + 1}'] * 400)}}}\n" for each in range(5)) + "@misc{k, title = s0, url = {https://b.example}}", True),
        ("@misc{k, note = {" + "{https://b.example " * 20_000 + "}" * 20_000 + "}}", False),
        ("% holdfast: ignore-next-line\n@misc{k,}\n" * 20_000, False),
    ],
    ids=["comments", "preambles", "backslashes", "strings", "braces", "marks"],
)  # fmt: skip
def test_a_file_that_costs_too_much_is_searched_for_urls(text: str, is_plain: bool) -> None:
    page = extract(text + "\n@misc{z, url = {https://z.example/}}", path="a.bib")
    assert urls(page)[-1] == "https://z.example/"
    assert [each.code for each in page.warnings] == ["read-plainly"] * is_plain


ENTRY = "@misc{{k,\n  title  = {{t}},\n  url    = {{{}}},\n  year   = 2020,\n}}\n"
COPY = f",\n  archiveurl = {{{WAYBACK}}},\n  archivedate = {{2021-11-05}}"


@pytest.mark.parametrize(
    ("style", "before", "after"),
    [
        (MirrorStyle.TITLE, ENTRY.format(ORIGINAL), ENTRY.format(WAYBACK)),
        (MirrorStyle.BESIDE, ENTRY.format(ORIGINAL), ENTRY.format(ORIGINAL).replace("},\n  year", "}" + COPY + ",\n  year")),
        (MirrorStyle.FOOTNOTE, f'@misc{{k, url="{ORIGINAL}"}}', f'@misc{{k, url="{ORIGINAL}", archiveurl="{WAYBACK}", archivedate="2021-11-05"}}'),
        (MirrorStyle.TITLE, f"@misc{{k, note = {{\\url{{{ORIGINAL}}}, {{\\_}}}}}}", f"@misc{{k, note = {{\\url{{{WAYBACK}}}, {{\\_}}}}}}"),
        (MirrorStyle.BESIDE, f"@misc{{k, title={{\\href{{{ORIGINAL}}}{{T}}}}, url={{{ORIGINAL}}}}}", f"@misc{{k, title={{\\href{{{ORIGINAL}}}{{T}}}}, url={{{ORIGINAL}}}, archiveurl={{{WAYBACK}}}, archivedate={{2021-11-05}}}}"),
        (MirrorStyle.BESIDE, f"@misc{{k, note={{See {ORIGINAL}}}, url={{http://c.example/}}}}", f"@misc{{k, note={{See {WAYBACK}}}, url={{http://c.example/}}}}"),
        (MirrorStyle.BESIDE, f"@misc{{k, url={{{ORIGINAL}}}, archiveurl={{}}, archivedate={{}}}}", f"@misc{{k, url={{{WAYBACK}}}, archiveurl={{}}, archivedate={{}}}}"),
        (MirrorStyle.BESIDE, f"@misc{{k, note = {{\\url{{{ORIGINAL}}}}}}}", f"@misc{{k, note = {{\\url{{{ORIGINAL}}}}}, archiveurl = {{{WAYBACK}}}, archivedate = {{2021-11-05}}}}"),
    ],
)  # fmt: skip
def test_a_fix_is_written_in_the_fields_of_the_entry(
    style: MirrorStyle, before: str, after: str
) -> None:
    assert check_fix(before.encode(), "a.bib", style).after.decode() == after


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize("value", [f"{{{ORIGINAL}}}", f"{{ {ORIGINAL} }}", f'"{ORIGINAL}"'])
def test_a_doi_written_as_a_url_stays_and_the_copy_is_added(value: str, style: MirrorStyle) -> None:
    patch = check_fix(f"@misc{{k,\n  doi = {value},\n}}\n".encode(), "a.bib", style)
    after = patch.after.decode()
    assert f"  doi = {value},\n" in after
    assert f"  archiveurl = {value[0]}{WAYBACK}" in after


def test_a_copy_without_its_original_in_the_url_is_added_in_every_style() -> None:
    for style in MirrorStyle:
        patch = check_fix(ENTRY.format(ORIGINAL).encode(), "a.bib", style, short=True)
        assert f"url    = {{{ORIGINAL}}},\n  archiveurl = {{{TODAY}}}," in patch.after.decode()


def test_an_entry_with_a_copy_gets_no_second_field() -> None:
    text = f"@misc{{k, url = {{{ORIGINAL}}}, archiveurl = {{https://web.archive.org/web/2020/http://c.example/}}}}"
    patch = check_fix(text.encode(), "a.bib", MirrorStyle.BESIDE)
    assert patch.after.decode() == text.replace(ORIGINAL, WAYBACK)


PIECES = (
    f"@misc{{a, title = {{t}}, url = {{{ORIGINAL}}}}}\n", f'@article{{b,\n  url = "{ORIGINAL}",\n  year = 2020\n}}\n', f"@online{{c,\n\turl={{ {ORIGINAL} }},\n}}\n",
    f"@misc{{d, howpublished = {{\\url{{{ORIGINAL}}}}}}}\n", f"@misc{{e, note = {{See {ORIGINAL}, \\& more}}, doi = {{10.1000/x}}}}\n", "% comment\n", "text\n",
    f"@misc{{f, url = {{{WAYBACK}}}}}\n", f"@misc{{g, url = {{{ORIGINAL}}}, archiveurl = {{{TODAY}}}}}\n", "@misc{h, url = {https://b.example/}}\n", "@misc{i, title = {x\n",
    f'@string{{s = "{ORIGINAL}"}}\n', "@misc{j, url = s}\n", "@comment{x}\n", "{", '"',
)  # fmt: skip
files = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@settings(max_examples=300, deadline=None)
@given(files, st.sampled_from(MirrorStyle), st.booleans())
def test_only_the_intended_bytes_change(text: str, style: MirrorStyle, short: bool) -> None:
    patch = check_fix(text.encode(), "a.bib", style, short=short)
    assert len(_parsed(patch.after.decode())) == len(_parsed(text))


@settings(max_examples=200, deadline=None)
@given(files)
def test_urls_are_those_that_bibtexparser_finds(text: str) -> None:
    found = extract(text, path="a.bib")
    parsed_urls = [
        fields["url"] for fields in _parsed(text) if fields.get("url", "").startswith("http")
    ]
    assert set(parsed_urls) <= set(urls(found))


def _parsed(text: str) -> list[dict[str, str]]:
    """Return the fields of the entries that bibtexparser reads."""
    logging.disable(logging.CRITICAL)
    try:
        library = parse_string(text)
    finally:
        logging.disable(logging.NOTSET)
    return [
        {each.key.lower(): str(each.value).strip() for each in entry.fields}
        for entry in library.entries
    ]


@pytest.mark.parametrize(
    "field",
    [
        "eprint = {12},",
        "url = {https://a.example/%d}, bdsk-url-%d = {https://b.example/%d},",
    ],
)
def test_twice_the_fields_of_an_entry_take_twice_the_work(field: str) -> None:
    def read(size: int) -> None:
        fields = (field.replace("%d", str(number)) for number in range(size))
        data = f"@misc{{a, {' '.join(fields)}}}".encode()
        list(bib_links(data, list(bib_entries(data))))

    small, large = (lines_run(partial(read, size)) for size in (100, 200))
    assert large < 2.5 * small


def test_an_address_that_ends_another_one_is_a_repeat_of_bibdesk() -> None:
    urls_of_entry = ("https://z.example/", f"https://archive.example/{A}", "https://c.example/")
    fields = [f"note = {{{url}}}" for url in urls_of_entry]
    repeats = [f"bdsk-url-1 = {{{A}}}", "bdsk-url-2 = {https://c.example/d}"]
    data = f"@misc{{a, {', '.join([*fields, *repeats])}}}".encode()
    found = [each.link.url for each in bib_links(data, list(bib_entries(data)))]
    assert found == [*urls_of_entry, "https://c.example/d"]


@pytest.mark.parametrize("spaces", ["", " " * 2000])
def test_the_key_of_an_entry_is_not_looked_for_in_all_that_follows(spaces: str) -> None:
    """Otherwise a page of thousands of entries without a comma would be read as often."""
    text = f"@misc({'a' * 2000}{spaces}, url = {{{A}}})\n@misc{{b, url = {{{N}}}}}\n"
    first, second = bib_entries(text.encode())
    assert first.problem
    assert not first.fields
    assert [each.name for each in second.fields] == ["url"]
    assert urls(extract(text, path="a.bib")) == [A, N]
