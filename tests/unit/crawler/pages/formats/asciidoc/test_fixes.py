"""Test fixes on AsciiDoc pages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.asciidoc.asciidoctor_oracle import (
    MISSING,
    asciidoctor_addresses,
    asciidoctor_html,
    has_asciidoctor,
    without_conditions,
)
from tests.unit.crawler.pages.formats.fixing import check_fix
from tests.unit.reports.patches.wiki import ORIGINAL, TODAY, WAYBACK

BESIDE, FOOTNOTE, TITLE = MirrorStyle.BESIDE, MirrorStyle.FOOTNOTE, MirrorStyle.TITLE

FIXES = {
    "macro": (BESIDE, f"See {ORIGINAL}[a].\n", f"See {ORIGINAL}[a] ({WAYBACK}[存档]).\n"),
    "link": (BESIDE, f"link:{ORIGINAL}[a^]\n", f"link:{ORIGINAL}[a^] ({WAYBACK}[存档])\n"),
    "bare": (BESIDE, f"See {ORIGINAL}, or not.\n", f"See {ORIGINAL} ({WAYBACK}[存档]), or not.\n"),
    "brackets": (BESIDE, f"<{ORIGINAL}>\n", f"<{ORIGINAL}> ({WAYBACK}[存档])\n"),
    "replaced": (TITLE, f"See {ORIGINAL}[a].\n", f"See {WAYBACK}[a].\n"),
    "bare, replaced": (TITLE, f"See {ORIGINAL}.\n", f"See {WAYBACK}.\n"),
    "footnote": (FOOTNOTE, f"{ORIGINAL}[a].\n", f"{ORIGINAL}[a]footnote:[{WAYBACK}[存档], 2021-11-05.].\n"),
    "footnote, bare": (FOOTNOTE, f"{ORIGINAL}.\r\n", f"{ORIGINAL} footnote:[{WAYBACK}[存档], 2021-11-05.].\r\n"),
    "in a footnote": (FOOTNOTE, f"a.footnote:[{ORIGINAL}]\n", f"a.footnote:[{ORIGINAL} ({WAYBACK}[存档], 2021-11-05)]\n"),
    "attribute": (TITLE, f":a: {ORIGINAL}\n\n{{a}}[x] {{a}}/b[y]\n", f":a: {ORIGINAL}\n\n{WAYBACK}[x] {{a}}/b[y]\n"),
    "attribute of one link": (TITLE, f":a: {ORIGINAL}\n\n{{a}}[x]\n", f":a: {WAYBACK}\n\n{{a}}[x]\n"),
    "attribute of a longer URL": (TITLE, f":a: {ORIGINAL[:-2]}\n\n{{a}}{ORIGINAL[-2:]}[x]\n", f":a: {ORIGINAL[:-2]}\n\n{WAYBACK}[x]\n"),
    "attribute in code": (TITLE, f":a: {ORIGINAL}\n\n{{a}}[x] `{{a}}`\n", f":a: {ORIGINAL}\n\n{WAYBACK}[x] `{{a}}`\n"),
    "attribute of an attribute": (TITLE, f":a: {ORIGINAL}\n:b: {{a}}/b\n\n{{a}}[x]\n", f":a: {ORIGINAL}\n:b: {{a}}/b\n\n{WAYBACK}[x]\n"),
    "attribute defined again": (TITLE, f":a: {ORIGINAL}\n\n{{a}}[x]\n\n:a: b\n", f":a: {ORIGINAL}\n\n{WAYBACK}[x]\n\n:a: b\n"),
    "attribute, beside": (BESIDE, f":a: {ORIGINAL}\n\n{{a}}[x]\n", f":a: {ORIGINAL}\n\n{{a}}[x] ({WAYBACK}[存档])\n"),
    "passthrough": (TITLE, f"link:++{ORIGINAL}++[x]\n", f"link:++{WAYBACK}++[x]\n"),
    "image": (BESIDE, f"image::{ORIGINAL}[a]\n", f"image::{WAYBACK}[a]\n"),
    "option": (BESIDE, f'image:a.png[b,link="{ORIGINAL}"]\n', f'image:a.png[b,link="{WAYBACK}"]\n'),
    "line of attributes": (BESIDE, f"[link={ORIGINAL}]\nimage::a.png[]\n", f"[link={WAYBACK}]\nimage::a.png[]\n"),
    "raw HTML": (BESIDE, f'++++\n<a href="{ORIGINAL}">a</a>\n++++\n', f'++++\n<a href="{WAYBACK}">a</a>\n++++\n'),
    "cell": (BESIDE, f"|===\n|{ORIGINAL} |b\n|===\n", f"|===\n|{ORIGINAL} ({WAYBACK}[存档]) |b\n|===\n"),
    "cell of values": (BESIDE, f",===\na,{ORIGINAL}\n,===\n", f",===\na,{WAYBACK}\n,===\n"),
    "term": (BESIDE, f"{ORIGINAL}[a]::\n  b\n", f"{ORIGINAL}[a] ({WAYBACK}[存档])::\n  b\n"),
    "listing with macros": (BESIDE, f"[subs=+macros]\n----\n{ORIGINAL}[a]\n----\n", f"[subs=+macros]\n----\n{WAYBACK}[a]\n----\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXES)
def test_a_fix_is_written_in_the_style_that_the_markup_allows(case: str) -> None:
    style, before, after = FIXES[case]
    assert check_fix(before.encode(), "a.adoc", style).after.decode() == after


FIXES_WITH_TITLE = {
    "title": (TITLE, f"{ORIGINAL}[a]\n", f'{TODAY}[a,title="{ORIGINAL}"]\n'),
    "title behind a comma": (TITLE, f"{ORIGINAL}[a, b]\n", f'{TODAY}["a, b",title="{ORIGINAL}"]\n'),
    "title behind attributes": (TITLE, f"{ORIGINAL}[a,role=b]\n", f'{TODAY}[a,role=b,title="{ORIGINAL}"]\n'),
    "title without a text": (TITLE, f"{ORIGINAL}[]\n", f'{TODAY}[title="{ORIGINAL}"]\n'),
    "beside": (BESIDE, f"{ORIGINAL}[a]\n", f'{ORIGINAL}[a] ({TODAY}[存档,title="{ORIGINAL}"])\n'),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXES_WITH_TITLE)
def test_the_title_has_the_original_if_the_url_of_the_copy_does_not(case: str) -> None:
    style, before, after = FIXES_WITH_TITLE[case]
    assert check_fix(before.encode(), "a.adoc", style, short=True).after.decode() == after


REFUSED = {
    "code": f"Set it to `{ORIGINAL}`.\n",
    "code in a sentence": f"a `x {ORIGINAL} y` b\n",
    "heading": f"= T\n\n== a {ORIGINAL}\n",
    "front matter": f"---\nsource: {ORIGINAL}\n---\n= T\n",
    "video": f"video::{ORIGINAL}[]\n",
    "included": f"include::{ORIGINAL}[]\n",
    "part of a value": f":a: {ORIGINAL}[text]\n\n{{a}}\n",
    "folder of images": f":imagesdir: {ORIGINAL.rpartition('/')[0]}\n\nimage::{ORIGINAL.rpartition('/')[2]}[]\n",
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("style", MirrorStyle)
def test_a_link_whose_markup_a_fix_would_break_is_skipped(case: str, style: MirrorStyle) -> None:
    patch = check_fix(REFUSED[case].encode(), "a.adoc", style)
    assert patch.after == patch.before
    assert [skipped.reason.endswith("edit it by hand") for skipped in patch.skipped] == [True]


PIECES = (
    f"{ORIGINAL}[甲]", f"link:{ORIGINAL}[b,role=c]", f"bare {ORIGINAL} end", f"<{ORIGINAL}> ", "{a}[x] ", "{a} ", "`code` ",
    "*emphasis* ", "\n\n", "\n", "\n\n* item ", "\n\nterm:: ", "\n\n== Head\n\n", f"\n\n:a: {ORIGINAL}\n\n",
    "\n\n----\nx\n----\n\n", f"\n\nimage::{ORIGINAL}[x]\n\n", "\n\nNOTE: n ", "footnote:[note] ", "，", "\\",
    "\n\n// holdfast: ignore-next-line\n", f"\n\n|===\n|{ORIGINAL} |b\n|===\n\n", "\n\n____\nquote\n____\n\n", "`", " +", "[x]",
    " https://b.example/c_d_ ", "\r\n\r\n", " +++", "|", "\n\n====\n", "// ", "_", "#", "{empty}", "]",
)  # fmt: skip


@pytest.mark.skipif(not has_asciidoctor(), reason=MISSING)
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=9),
    st.sampled_from(MirrorStyle),
    st.booleans(),
)
def test_only_the_intended_bytes_change_and_asciidoctor_reads_the_result(
    pieces: list[str], style: MirrorStyle, short: bool
) -> None:
    data = "".join(pieces)
    patch = check_fix(data.encode(), "a.adoc", style, short=short)
    before, after = (
        asciidoctor_addresses(without_conditions(text)) for text in (data, patch.after.decode())
    )
    page = extract(patch.after, path="a.adoc")
    added = {fix.added_mirror for fix in patch.fixes if fix.added_mirror}
    replaced = {fix.planned.target for fix in patch.fixes if not fix.added_mirror}
    assert added | replaced <= {citation.url for citation in page.citations}
    assert set(after) - set(before) <= added | replaced
    assert set(before) - set(after) <= {ORIGINAL}


@pytest.mark.skipif(not has_asciidoctor(), reason=MISSING)
@pytest.mark.parametrize("case", FIXES)
def test_asciidoctor_finds_the_copy(case: str) -> None:
    assert asciidoctor_addresses(FIXES[case][2])[WAYBACK] == 1


@pytest.mark.skipif(not has_asciidoctor(), reason=MISSING)
def test_asciidoctor_renders_the_footnote_of_a_copy() -> None:
    html = asciidoctor_html(FIXES["footnote"][2])
    assert "存档</a>, 2021-11-05.\n</div>" in html
