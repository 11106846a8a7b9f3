"""Test fixes on MediaWiki pages."""

from __future__ import annotations

from datetime import date

import mwparserfromhell
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.fixes.edits import EMBEDDED
from crawler.pages.formats.wikitext.fix_writer import WikitextFixWriter
from crawler.pages.registry import reader_of
from crawler.scan.reader import read_page
from reports.patches import MirrorStyle
from store.vocabulary import State
from store.vocabulary.fixes import FixCause, PlannedFix, UnsupportedMarkupError
from tests.unit.crawler.pages.formats.fixing import check_fix
from tests.unit.crawler.pages.formats.wikitext.mwparser_oracle import parser_addresses
from tests.unit.reports.example_findings import mirror
from tests.unit.reports.patches.wiki import (
    DAY,
    IN_WAYBACK,
    ORIGINAL,
    TODAY,
    WAYBACK,
    broken,
    fix_page,
    fixed_text,
)

BESIDE, FOOTNOTE, TITLE = MirrorStyle.BESIDE, MirrorStyle.FOOTNOTE, MirrorStyle.TITLE
ARCHIVED = f"|archive-url={WAYBACK} |archive-date=2021-11-05 |url-status=dead"

FIXES = {
    "external": (BESIDE, f"See [{ORIGINAL} a].\n", f"See [{ORIGINAL} a] ([{WAYBACK} 存档]).\n"),
    "bare": (BESIDE, f"See {ORIGINAL}.\n", f"See {ORIGINAL} ([{WAYBACK} 存档]).\n"),
    "replaced": (TITLE, f"See [{ORIGINAL} a].\n", f"See [{WAYBACK} a].\n"),
    "reference added": (FOOTNOTE, f"[{ORIGINAL} a].\n", f'[{ORIGINAL} a]<ref name="archived-1">[{WAYBACK} 存档], 2021-11-05.</ref>.\n'),
    "in a reference": (FOOTNOTE, f"<ref>{ORIGINAL}</ref>\n", f"<ref>{ORIGINAL} ([{WAYBACK} 存档], 2021-11-05)</ref>\n"),
    "citation": (BESIDE, f"<ref>{{{{cite web |url={ORIGINAL} |title=T}}}}</ref>\n", f"<ref>{{{{cite web |url={ORIGINAL} |title=T {ARCHIVED}}}}}</ref>\n"),
    "citation in every style": (TITLE, f"{{{{Cite news|url={ORIGINAL}|title=T}}}}\n", f"{{{{Cite news|url={ORIGINAL}|title=T {ARCHIVED}}}}}\n"),
    "citation over lines": (FOOTNOTE, f"{{{{cite web\n | url = {ORIGINAL}\n | title = T\n}}}}\n", f"{{{{cite web\n | url = {ORIGINAL}\n | title = T\n | archive-url = {WAYBACK}\n | archive-date = 2021-11-05\n | url-status = dead\n}}}}\n"),
    "a name twice": (BESIDE, f"{{{{cite web |archive-url= |url={ORIGINAL} |archive-url= |title=T}}}}\n", f"{{{{cite web |archive-url= |url={ORIGINAL} |archive-url={WAYBACK} |title=T |archive-date=2021-11-05 |url-status=dead}}}}\n"),
    "empty parameters": (BESIDE, f"{{{{cite web |url={ORIGINAL} |archive-url= |archive-date= |url-status=live}}}}\n", f"{{{{cite web |url={ORIGINAL} |archive-url={WAYBACK} |archive-date=2021-11-05 |url-status=dead}}}}\n"),
    "old names": (BESIDE, f"{{{{cite web |url={ORIGINAL} |archiveurl= |archivedate= |deadurl=no}}}}\n", f"{{{{cite web |url={ORIGINAL} |archiveurl={WAYBACK} |archivedate=2021-11-05 |deadurl=yes}}}}\n"),
    "dates as beside": (BESIDE, f"{{{{cite web |url={ORIGINAL} |access-date=3 May 2020}}}}\n", f"{{{{cite web |url={ORIGINAL} |access-date=3 May 2020 |archive-url={WAYBACK} |archive-date=5 November 2021 |url-status=dead}}}}\n"),
    "German": (BESIDE, f"{{{{Internetquelle |url={ORIGINAL} |titel=T |abruf=2020-01-02}}}}\n", f"{{{{Internetquelle |url={ORIGINAL} |titel=T |abruf=2020-01-02 |archiv-url={WAYBACK} |archiv-datum=2021-11-05}}}}\n"),
    "other template": (BESIDE, f"{{{{Official website|{ORIGINAL}}}}}\n", f"{{{{Official website|{WAYBACK}}}}}\n"),
    "value of a template": (BESIDE, f"{{{{Box|text=a [{ORIGINAL} b]}}}}\n", f"{{{{Box|text=a [{ORIGINAL} b] ([{WAYBACK} 存档])}}}}\n"),
    "Spanish": (BESIDE, f"{{{{cita web |url={ORIGINAL} |urlarchivo= |deadurl=no}}}}\n", f"{{{{cita web |url={ORIGINAL} |urlarchivo={WAYBACK} |deadurl=no |fechaarchivo=2021-11-05}}}}\n"),
    "Finnish": (TITLE, f"{{{{Verkkoviite |osoite={ORIGINAL} |arkisto= |arkistoitu=}}}}\n", f"{{{{Verkkoviite |osoite={ORIGINAL} |arkisto={WAYBACK} |arkistoitu=2021-11-05}}}}\n"),
    "name of the day unknown": (TITLE, f"{{{{Webbref |url={ORIGINAL} |arkivurl=}}}}\n", f"{{{{Webbref |url={ORIGINAL} |arkivurl={WAYBACK}}}}}\n"),
    "hidden original": (BESIDE, f"{{{{cite web |url={ORIGINAL} |archive-url= |archive-date= |url-status=usurped}}}}\n", f"{{{{cite web |url={ORIGINAL} |archive-url={WAYBACK} |archive-date=2021-11-05 |url-status=usurped}}}}\n"),
    "Russian status": (BESIDE, f"{{{{cite web |url={ORIGINAL} |archiveurl= |archivedate= |deadlink=no}}}}\n", f"{{{{cite web |url={ORIGINAL} |archiveurl={WAYBACK} |archivedate=2021-11-05 |deadlink=yes}}}}\n"),
    "comment in a value": (BESIDE, f"{{{{cite web|url=<!-- old <b> -->{ORIGINAL}<!-- x -->|title=T}}}}\n", f"{{{{cite web|url=<!-- old <b> -->{ORIGINAL}<!-- x -->|title=T {ARCHIVED}}}}}\n"),
    "text in a value": (BESIDE, f"{{{{cite web|url={ORIGINAL} old|title=T}}}}\n", f"{{{{cite web|url={WAYBACK} old|title=T}}}}\n"),
    "link of an image": (BESIDE, f"[[File:a.png|thumb|link={ORIGINAL}|T]]\n", f"[[File:a.png|thumb|link={WAYBACK}|T]]\n"),
    "link of an image in a footnote": (FOOTNOTE, f"[[File:a.png|link={ORIGINAL}]]\n", f"[[File:a.png|link={WAYBACK}]]\n"),
    "text of a citation": (BESIDE, f"{{{{cite web|url={ORIGINAL}|quote=see {ORIGINAL}}}}}\n", f"{{{{cite web|url={ORIGINAL}|quote=see {WAYBACK} {ARCHIVED}}}}}\n"),
    "link in a citation": (FOOTNOTE, f"{{{{cite web|title=[{ORIGINAL} T]}}}}\n", f"{{{{cite web|title=[{WAYBACK} T]}}}}\n"),
    "attribute": (BESIDE, f'<span title="{ORIGINAL}">x</span> <b>{ORIGINAL}</b>\n', f'<span title="{WAYBACK}">x</span> <b>{ORIGINAL} ([{WAYBACK} 存档])</b>\n'),
    "image map": (FOOTNOTE, f"<imagemap>\nImage:a.png\ndefault [{ORIGINAL} t]\n</imagemap>\n", f"<imagemap>\nImage:a.png\ndefault [{WAYBACK} t]\n</imagemap>\n"),
    "carriage returns": (BESIDE, f"{{{{cite web\r\n|url={ORIGINAL}\r\n}}}}\r\n", f"{{{{cite web\r\n|url={ORIGINAL}\r\n|archive-url={WAYBACK}\r\n|archive-date=2021-11-05\r\n|url-status=dead\r\n}}}}\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXES)
def test_a_fix_is_written_in_the_style_that_the_markup_allows(case: str) -> None:
    style, before, after = FIXES[case]
    assert check_fix(before.encode(), "a.wiki", style).after.decode() == after


@pytest.mark.parametrize(
    "text",
    [
        f"{{{{cite book |url={ORIGINAL} |chapter-url=https://b.example/ |title=T}}}}\n",
        f"{{{{cite web |url={ORIGINAL} |title=T\n",
        f"[{ORIGINAL}|a]\n",
        f"{{{{Toter Link |url={ORIGINAL} |text=T}}}}\n",
        f"{{{{lien brisé|url={ORIGINAL}}}}}\n",
        f"{{{{Halott link|url={ORIGINAL}|date=2018}}}}\n",
    ],
)
def test_ambiguous_markup_is_not_fixed(text: str) -> None:
    patch = check_fix(text.encode(), "a.wiki", BESIDE)
    assert (patch.after, len(patch.skipped)) == (patch.before, 1)


def test_an_equals_sign_is_not_written_in_place_of_the_magic_word() -> None:
    text = "{{x|https://a.example/?b{{=}}1}}\n"
    page = extract(text, path="a.wiki")
    writer = reader_of("a.wiki").fix_writer(text.encode(), page, "copy")
    assert isinstance(writer, WikitextFixWriter)
    with pytest.raises(UnsupportedMarkupError):
        writer.written_url("https://b.example/?c=1", page.citations[0])


@pytest.mark.parametrize(
    "text",
    [
        f'<embedvideo service="youtube">{ORIGINAL}</embedvideo>',
        f"{{{{#ev:youtube|{ORIGINAL}}}}}",
        f"{{{{#widget:Iframe|url={ORIGINAL}}}}}",
        f"{{{{YouTube|{ORIGINAL}}}}}",
    ],
)
def test_media_are_not_fixed(text: str) -> None:
    patch = check_fix(text.encode(), "a.wiki", MirrorStyle.BESIDE)
    assert patch.after == patch.before
    assert [skipped.reason for skipped in patch.skipped] == [EMBEDDED]


def test_a_copy_without_its_original_in_the_url_is_written_in_the_citation() -> None:
    text = f"{{{{cite web |url={ORIGINAL} |title=T}}}} and [{ORIGINAL} x]\n"
    patch = check_fix(text.encode(), "a.wiki", FOOTNOTE, short=True)
    assert (
        f"|archive-url={TODAY} |archive-date=2021-11-05 |url-status=dead}}}}"
        in patch.after.decode()
    )
    assert patch.after.decode().endswith(f"[{ORIGINAL} x] ([{TODAY} 存档], 2021-11-05)\n")
    assert {fix.planned.cause for fix in patch.fixes} == {FixCause.BROKEN}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.wiki", f"{{{{cite web |url={WAYBACK}}}}}\n", f"{{{{cite web |url={ORIGINAL} |archive-url={WAYBACK} |archive-date=2021-11-05 |url-status=live}}}}\n"),
        ("a.wiki", f"[{WAYBACK} a]\n", f"[{ORIGINAL} a] ([{WAYBACK} 存档])\n"),
        ("a.rst", f"`a <{WAYBACK}>`_\n", f"`a <{ORIGINAL}>`_ (`存档 <{WAYBACK}>`__)\n"),
        ("a.rst", f"a_\n\n.. _a: {WAYBACK}\n", None),
    ],
)  # fmt: skip
def test_the_mirror_stays_when_its_original_is_alive_again(
    path: str, before: str, after: str | None
) -> None:
    page = read_page(before.encode(), path)
    (citation,) = page.citations
    copy = PlannedFix(
        cause=FixCause.RETURNED, citation=citation, target=WAYBACK, is_mirror=True,
        captured=DAY, original=ORIGINAL, contains_original=True,
    )  # fmt: skip
    planned = PlannedFix(
        cause=FixCause.RETURNED, citation=citation, target=ORIGINAL, is_mirror=False,
        original=ORIGINAL, archive_copy=copy,
    )  # fmt: skip
    writer = reader_of(path).fix_writer(before.encode(), page, "存档")
    if after is None:
        with pytest.raises(UnsupportedMarkupError, match="no room"):
            writer.write(planned, TITLE)
        return
    text = before.encode()
    for edit in sorted(writer.write(planned, TITLE).edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.text.encode() + text[edit.end :]
    assert text.decode() == after


PIECES = (
    f"[{ORIGINAL} 甲]", f"{ORIGINAL} ", f"<ref>{{{{cite web |url={ORIGINAL} |title=T}}}}</ref>", f"<ref name=a>[{ORIGINAL}]</ref>",
    f"{{{{cite web\n| url = {ORIGINAL}\n| archive-url =\n}}}}", f"{{{{URL|{ORIGINAL}}}}}", f"{{{{Box|a [{ORIGINAL} b]|x=", "}}", "{{", "[[A|b]] ",
    "\n", "\n\n== H ==\n", "\n* item ", "<nowiki>", "</nowiki>", "''x''", "<!-- c -->", "|", "，", "[[File:a.png|thumb|", "]]",
    "\n<!-- holdfast: ignore-next-line -->\n", '<ref name="archived-1">x</ref>', "[https://b.example/?a=1&amp;b c] ", "</ref>", "{{dead link}}",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=9),
    st.sampled_from(MirrorStyle),
    st.booleans(),
)
def test_only_the_intended_bytes_change_and_the_parser_reads_the_result(
    pieces: list[str], style: MirrorStyle, short: bool
) -> None:
    data = "".join(pieces)
    patch = check_fix(data.encode(), "a.wiki", style, short=short)
    written = {fix.planned.target for fix in patch.fixes}
    page = extract(patch.after, path="a.wiki")
    assert written <= {citation.url for citation in page.citations}
    before, after = parser_addresses(data), parser_addresses(patch.after.decode())
    assert set(after) - set(before) <= written
    assert set(before) - set(after) <= {ORIGINAL}
    calls = [str(each.name).strip() for each in mwparserfromhell.parse(data).filter_templates()]
    parsed = mwparserfromhell.parse(patch.after.decode())
    assert [str(each.name).strip() for each in parsed.filter_templates()] == calls


BUILT = [
    "{{Wayback|url=$|date=20210101000000}}",
    "{{Webarchiv |url=$ |wayback=20210101 |text=T}}",
    "{{Lien archive|url=$|horodatage archive=20210101000000}}",
]


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize("template", BUILT)
def test_a_copy_that_a_template_builds_is_one_and_stays(template: str, style: MirrorStyle) -> None:
    written = template.replace("$", ORIGINAL)
    text = f"[{ORIGINAL} T] {written}\n{written}\n".encode()
    patch = fix_page(text, path="a.wiki", style=style)
    assert patch.after == text
    built = read_page(text, "a.wiki").citations[1]
    assert built.archive is not None
    assert (built.original, built.archive.timestamp[:8]) == (ORIGINAL, "20210101")


@pytest.mark.parametrize("style", MirrorStyle)
def test_a_day_of_the_old_copy_in_any_parameter_is_left_for_a_person(style: MirrorStyle) -> None:
    old = f"https://web.archive.org/web/20141117155105/{ORIGINAL}"
    bad = mirror(date(2014, 11, 17), id=3, url=old, state=State.BROKEN)
    for day in ("2014-11-17", "17 November 2014"):
        text = f"{{{{forrás |cím={old} |mentve={day}}}}}\n"
        patch = fix_page(text, broken(bad, IN_WAYBACK), path="a.wiki", style=style)
        assert (patch.after.decode(), len(patch.skipped)) == (text, 1)
    text = f"{{{{forrás |cím={old} |mentve=2013-01-02}}}}\n"
    assert WAYBACK in fixed_text(text, broken(bad, IN_WAYBACK), path="a.wiki", style=style)
