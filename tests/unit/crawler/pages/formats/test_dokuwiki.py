"""Test how DokuWiki pages are read and fixed."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.pages import extract
from crawler.pages.formats.dokuwiki import DokuwikiReader
from reports.patches import MirrorStyle
from store.vocabulary import CitationKind, Page
from tests.unit.crawler.pages.formats.fixing import check_fix
from tests.unit.reports.patches.wiki import ORIGINAL, WAYBACK


def read(text: str) -> Page:
    return extract(text, path="a.dokuwiki")


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("[[https://a.example/x?y=1#z|The [old] lamp]]", ["https://a.example/x?y=1#z"]),
        ("[[ https://a.example/ | {{lamp.png}} ]]", ["https://a.example/"]),
        ("[[https://a.example/x y|a]] [[https://b.example/ a]]", ["https://a.example/x y", "https://b.example/"]),
        ("(https://a.example/x_(y)) ((see https://b.example/)) c", ["https://a.example/x_(y)", "https://b.example/"]),
        ("[[https://a.example/x[1]|a]]", ["https://a.example/x[1]"]),
        ("See https://a.example/lamp_(oil).", ["https://a.example/lamp_(oil)"]),
        ("**https://a.example/**, //https://b.example/c// and ''https://d.example/''",
         ["https://a.example/", "https://b.example/c//", "https://d.example/"]),
        ("见http://a.example/灯。然后", ["http://a.example/灯"]),
        ("^ https://a.example/ ^\n| https://b.example/|", ["https://a.example/", "https://b.example/"]),
        ("{{ https://a.example/b.png?200x50&nolink |Lamp}}", ["https://a.example/b.png"]),
        ("{{https://a.example/b?c=1}}", ["https://a.example/b?c=1"]),
        ("[[wiki:syntax|see https://a.example/]] [[doku>https://b.example/]] {{lamp.png}}", []),
        ("%%https://a.example/%% <nowiki>https://b.example/</nowiki>", []),
        ("<code php>\nhttps://a.example/\n</code>\n<file>https://b.example/</file>", []),
        ("  https://a.example/ in code\n\thttps://b.example/", []),
        ("  * https://a.example/\n   - https://b.example/", ["https://a.example/", "https://b.example/"]),
        ("<code>https://a.example/ is never closed", ["https://a.example/"]),
        ("[[https://a.example/ is never closed", ["https://a.example/"]),
        ("https://a.example/ <!-- holdfast: ignore -->", []),
        ("https://a.example/{id}/b", []),
        ("www.a.example, (www.b.example/c)", ["http://www.a.example", "http://www.b.example/c"]),
        ("[[www.a.example|a]] x.www.a.example a@www.a.example www.a %%www.a.example%%", []),
    ],
)  # fmt: skip
def test_citations(text: str, urls: list[str]) -> None:
    assert [each.url for each in read(text).citations] == urls


def test_structure_around_a_citation() -> None:
    page = read(
        "====== Lamps ======\n\n===== Oil =====\n\n> https://a.example/\n\nOil((See "
        "[[https://b.example/|Oil]], accessed 2020-01-02.)) {{https://c.example/d.png}}\n"
    )
    quoted, noted, image = page.citations
    assert (quoted.quoted, quoted.section) == (True, ("Lamps", "Oil"))
    assert (noted.text, noted.accessed, noted.kind) == (
        "Oil",
        date(2020, 1, 2),
        CitationKind.FOOTNOTE,
    )
    assert (image.kind, image.accessed) == (CitationKind.IMAGE, None)
    assert page.title == "Lamps"
    assert {"lamps", "oil"} <= set(page.anchors)
    assert page.internal_links == ()


BESIDE, FOOTNOTE, TITLE = MirrorStyle.BESIDE, MirrorStyle.FOOTNOTE, MirrorStyle.TITLE
FIXES = {
    "link": (BESIDE, f"See [[{ORIGINAL}|a]].\n", f"See [[{ORIGINAL}|a]] ([[{WAYBACK}|存档]]).\n"),
    "bare": (BESIDE, f"See {ORIGINAL}.\n", f"See {ORIGINAL} ([[{WAYBACK}|存档]]).\n"),
    "replaced": (TITLE, f"See [[{ORIGINAL}|a]].\n", f"See [[{WAYBACK}|a]].\n"),
    "note": (FOOTNOTE, f"[[{ORIGINAL}|a]].\n", f"[[{ORIGINAL}|a]] ([[{WAYBACK}|存档]], 2021-11-05).\n"),
    "in a note": (FOOTNOTE, f"x(({ORIGINAL}))\n", f"x(({ORIGINAL} ([[{WAYBACK}|存档]], 2021-11-05)))\n"),
    "attribute": (BESIDE, f'<wrap id="{ORIGINAL}"> x\n', f'<wrap id="{WAYBACK}"> x\n'),
    "table": (BESIDE, f"| {ORIGINAL}|\n", f"| {ORIGINAL} ([[{WAYBACK}|存档]])|\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXES)
def test_a_fix_is_written_in_the_style_that_the_markup_allows(case: str) -> None:
    style, before, after = FIXES[case]
    assert check_fix(before.encode(), "a.dokuwiki", style).after.decode() == after


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize("call", ["{{rss>$ 5 author}}", "{{url>$ 100%,800}}", '<iframe src="$">'])
def test_what_a_plugin_embeds_is_left_for_a_person(call: str, style: MirrorStyle) -> None:
    text = f"{call.replace('$', ORIGINAL)}\n".encode()
    patch = check_fix(text, "a.dokuwiki", style)
    assert (patch.after, len(patch.skipped)) == (text, 1)


def test_an_image_is_replaced_by_its_copy() -> None:
    patch = check_fix(f"{{{{{ORIGINAL}?200|Lamp}}}}\n".encode(), "a.dokuwiki", BESIDE)
    assert patch.after.decode() == f"{{{{{WAYBACK}?200|Lamp}}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        "[[" * 200_000,
        "((" * 500_000,
        "[[https://" * 30_000,
        "{{https://a.example/?" * 10_000,
        "{{https://a.example/?" + "1" * 3_000 + "! }}",
        "<code>" * 200_000,
        "==" * 500_000 + "x",
        "=== a " * 200_000,
        " " * 1_000_000 + "*",
        "%%" + "%" * 1_000_000,
        "https://a.example/" + "'" * 500_000,
    ],
    ids=range(11),
)
def test_a_hostile_page_is_read_in_linear_time(text: str) -> None:
    """In quadratic time each of these takes many minutes."""
    assert len(extract(text, path="a", reader=DokuwikiReader()).citations) <= 100_000
