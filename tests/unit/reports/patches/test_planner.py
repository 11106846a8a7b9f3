"""Test patches of whole pages: what they change, and that they are verified."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from crawler.scan.reader import read_page
from reports.mirror_choice import is_covered
from reports.patches import (
    FixOptions,
    MirrorStyle,
    PagePatch,
    citations_by_page,
    diff_of,
    plan_page,
    select_fixes,
)
from reports.patches.records import collect_edits
from reports.patches.splice import splice_spans
from store.vocabulary import Page
from tests.unit.reports.patches.test_diff import apply
from tests.unit.reports.patches.wiki import (
    IN_TODAY,
    ORIGINAL,
    TODAY,
    TOOLS,
    WAYBACK,
    broken,
    findings_on,
    fix_page,
)

PIECES = (
    f"[报道]({ORIGINAL})",
    f'[报道](<{ORIGINAL}> "旧闻")',
    f"![图]({ORIGINAL})",
    f"<{ORIGINAL}>",
    f"见 {ORIGINAL} ，",
    f'<a href="{ORIGINAL}">报道</a>',
    "[报道][定义]",
    f"\n\n[定义]: {ORIGINAL} '题'\n\n",
    f"\n\n[^1]: 《[报道]({ORIGINAL})》, 2021-03-12. (参照 2021-10-22).\n\n",
    f"\n\n> [!note]\n> [甲]({ORIGINAL})  \n\n",
    f"\n\n| a | b |\n|---|---|\n| [报道]({ORIGINAL}) | `x` |\n\n",
    f"[已有]({WAYBACK})",
    "[另](http://b.example/)",
    "文[^1]。",
    "\n\n## 标题\n\n",
    "\n\n- 甲\n",
    " * _ ` < > [ ] ( ",
    f"`{ORIGINAL}`",
    f"\n\n```\n{ORIGINAL}\n```\n\n",
    "行尾  \n",
    "\\\n",
    "」》",
)
FRONT_MATTER = (
    "",
    f"---\nsource: {ORIGINAL}\ndate: 2021-01-02\n---\n",
    f'+++\nsource = "{ORIGINAL}"\n+++\n',
)
ENCODINGS = (
    ("", "utf-8"),
    ("\ufeff", "utf-8"),
    ("\ufeff", "utf-16-le"),
    ("\ufeff", "utf-16-be"),
    ("", "gb18030"),
)
ENOUGH_TO_TELL = (
    "这一页说的是旧城里的一座石桥，它的桥墩和来往的船，还有住在河边的人们。" * 3
)  # its encoding, with nothing else to go by


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(FRONT_MATTER)) + "".join(
        draw(st.lists(st.sampled_from(PIECES), max_size=8))
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    mark, encoding = draw(st.sampled_from(ENCODINGS))
    notice = "" if mark or encoding == "utf-8" else f"\n\n{ENOUGH_TO_TELL}\n"
    return (mark + text + notice).encode(encoding)


def untouched(patch: PagePatch, data: bytes) -> list[bytes]:
    """Return the parts of `data` between the edits, for the page before or after."""
    stretches, at, shift = [], 0, 0
    for start, end, text in splice_spans(
        patch.before, patch.page.encoding, collect_edits(patch.fixes)
    ):
        if data is patch.before:
            stretches.append(data[at:start])
            at = end
        else:
            stretches.append(data[at : start + shift])
            at = start + shift + len(text)
            shift += len(text) - (end - start)
    return [*stretches, data[at:]]


@settings(max_examples=300, deadline=None)
@given(pages(), st.sampled_from(MirrorStyle), st.booleans())
@example(
    "[定义]: http://a.example/x '题'\n\n见 http://a.example/x ，\n\n[定义]: http://a.example/x '题'\n".encode(),
    MirrorStyle.FOOTNOTE,
    False,
)
def test_patch_touches_only_what_it_names_and_leaves_nothing_to_do(
    data: bytes, style: MirrorStyle, short: bool
) -> None:
    known = broken(IN_TODAY) if short else broken()
    patch = fix_page(data, known, style=style)
    assert untouched(patch, patch.before) == untouched(patch, patch.after)
    before, after = read_page(data, "a.md"), read_page(patch.after, "a.md")
    assert after.encoding == before.encoding
    # what was not fixed_text is cited as before, and what was leads to the mirror
    fixed_text = {
        (fix_page.planned.citation.start, fix_page.planned.citation.end)
        for fix_page in patch.fixes
        if fix_page.changed_fields
    }
    expected = [
        (TODAY if short else WAYBACK) if (c.start, c.end) in fixed_text else c.url
        for c in before.citations
    ]
    added = [fix_page.added_mirror for fix_page in patch.fixes if fix_page.added_mirror]
    assert sorted(citation.url for citation in after.citations) == sorted([*expected, *added])
    assert len(after.citations) == len(before.citations) + len(added)
    again = fix_page(patch.after, known, style=style)
    assert again.fixes == ()
    unknown = short and any(citation.url == WAYBACK for citation in before.citations)
    if (
        not again.skipped and not unknown
    ):  # nothing left for a person: then the report, which does not read the page, says so too
        assert all(
            is_covered(each) for each in findings_on({"a.md": patch.after}, {ORIGINAL: known})
        )


@settings(max_examples=60, deadline=None)
@given(pages(), st.sampled_from(MirrorStyle))
def test_git_takes_the_diff_of_every_page(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, style: MirrorStyle
) -> None:
    patch = fix_page(data, style=style)
    assume(patch.fixes)
    folder: Path = tmp_path_factory.mktemp("wiki")
    assert apply(folder, "甲/a b.md", data, diff_of(patch, "甲/a b.md")) == patch.after


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp932", "utf-16-le"])
def test_page_in_another_encoding_is_fixed_in_it(encoding: str) -> None:
    words = {"cp932": "これは古い記事についての長い説明です。リンクは切れています。"}.get(
        encoding, "這是一頁很長的說明文字，用來讓編碼容易辨認。"
    ) * 6
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    data = mark + f"{words}\r\n\r\n見[報]({ORIGINAL})。  \r\n".encode(encoding)
    patch = fix_page(data)
    assert patch.page.encoding.replace("_", "") in {encoding, "gbk", "gb18030", "shiftjis"}
    assert patch.after == mark + f'{words}\r\n\r\n見[報]({WAYBACK} "{ORIGINAL}")。  \r\n'.encode(
        encoding
    )


def test_title_style_is_used_if_the_encoding_lacks_the_link_text() -> None:
    data = f"Café, déjà vu, naïve, garçon, crème brûlée. [Copy]({ORIGINAL})\n".encode("cp1252") * 3
    patch = fix_page(data, style=MirrorStyle.BESIDE, link_text="存档")
    assert patch.after == data.replace(
        f"({ORIGINAL})".encode(), f'({WAYBACK} "{ORIGINAL}")'.encode()
    )


def test_only_accepted_fixes_are_made() -> None:
    patch = fix_page(
        f"[甲]({ORIGINAL}) [乙]({ORIGINAL}) [丙]({ORIGINAL})", style=MirrorStyle.FOOTNOTE
    )
    kept = select_fixes(patch, lambda _, fix: fix.planned.citation.text != "乙", TOOLS)
    assert kept.after.decode().count("[存档](") == 2
    assert f"[乙]({ORIGINAL}) [丙]" in kept.after.decode()
    assert select_fixes(patch, lambda *_: False, TOOLS).after == patch.before


def test_no_fix_is_shown_that_reading_the_page_does_not_confirm() -> None:
    page = f"[甲]({ORIGINAL})\n\n[乙]({ORIGINAL})\n".encode()

    def reread(data: bytes, path: str) -> Page:
        """Read a page without its last citation if it has any mirror."""
        read = read_page(data, path)
        return replace(read, citations=read.citations[1:]) if b"web.archive.org" in data else read

    cited = citations_by_page(findings_on({"a.md": page}, {ORIGINAL: broken()}))["a.md"]
    patch = plan_page(
        page,
        "a.md",
        cited,
        FixOptions(),
        replace(TOOLS, read_page=reread),
    )
    assert (patch.after, patch.fixes) == (page, ())
    assert len(patch.skipped) == 2
