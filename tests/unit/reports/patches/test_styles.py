"""Test what is written in each style for each form of a URL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.pages import NotText
from crawler.pages.fixes.edits import EMBEDDED
from crawler.scan.limited_worker import ReadingStopped
from crawler.scan.reader import read_page
from reports.patches import FixCause, FixPolicy, MirrorStyle
from reports.patches.fixes import PAGE_METADATA
from store.vocabulary import Page, Reason, State
from tests.unit.reports.example_findings import mirror
from tests.unit.reports.patches.wiki import (
    DAY,
    IN_TODAY,
    IN_WAYBACK,
    ORIGINAL,
    TODAY,
    TOOLS,
    WAYBACK,
    broken,
    fix_page,
    fixed_text,
)

O, W, T = ORIGINAL, WAYBACK, TODAY  # noqa: E741  short names keep the tables on one line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"见[报道]({O})。", f'见[报道]({W} "{O}")。'),
        (f"[报道](<{O}>)", f'[报道](<{W}> "{O}")'),
        (f'[报道]({O} "旧闻")', f'[报道]({W} "旧闻 {O}")'),
        (f"[报道]({O} '旧闻')", f"[报道]({W} '旧闻 {O}')"),
        (f"[报道]({O} (旧闻))", f"[报道]({W} (旧闻 {O}))"),
        (f'[报道]({O} "{O}")', f'[报道]({W} "{O}")'),
        (f'[报道]({O}\n"旧闻")', f'[报道]({W}\n"旧闻 {O}")'),
        (f"![图]({O})", f'![图]({W} "{O}")'),
        (f"[![图]({O})](http://b.example/)", f'[![图]({W} "{O}")](http://b.example/)'),
        (f"[报道][a]\n\n[a]: {O}", f'[报道][a]\n\n[a]: {W} "{O}"'),
        (
            f'[报道][a]，[又][a]\n\n[a]: <{O}>\n  "旧闻"\n',
            f'[报道][a]，[又][a]\n\n[a]: <{W}>\n  "旧闻 {O}"\n',
        ),
        (
            f"> [!note]\n>\n> [a]: {O} '旧闻'\n> [报道][a]",
            f"> [!note]\n>\n> [a]: {W} '旧闻 {O}'\n> [报道][a]",
        ),
        (f"见 {O} 。", f"见 {W} 。"),
        (f"见 <{O}>。", f"见 <{W}>。"),
        ("见 <www.a.example>。", "见 <https://web.archive.org/web/2021/http://www.a.example>。"),
        (
            f"文[^1]。\n\n[^1]: 《[报道]({O})》, 2021-03-12. (参照 2021-10-22).",
            f'文[^1]。\n\n[^1]: 《[报道]({W} "{O}")》, 2021-03-12. (参照 2021-10-22).',
        ),
        (f"文[^1]。\n\n[^1]: 见 {O}", f"文[^1]。\n\n[^1]: 见 {W}"),
        (f'<a href="{O}">报道</a>', f'<a href="{W}" title="{O}">报道</a>'),
        (f"<a href='{O}' title='旧闻'>报道</a>", f"<a href='{W}' title='旧闻'>报道</a>"),
        (f"<a href={O}>报道</a>", f'<a href="{W}" title="{O}">报道</a>'),
        (f'<img src="{O}" alt="图">', f'<img src="{W}" alt="图">'),
        (f'---\ntitle: "a"\nsource: {O}\n---\n', f'---\ntitle: "a"\nsource: {W}\n---\n'),
        (
            f"---\nsources: ['{O}', \"http://b.example/\"]\n---\n",
            f"---\nsources: ['{W}', \"http://b.example/\"]\n---\n",
        ),
        (f'+++\nsource = "{O}"\n+++\n文', f'+++\nsource = "{W}"\n+++\n文'),
        (f'{{\n"source": "{O}"\n}}\n\n文', f'{{\n"source": "{W}"\n}}\n\n文'),
        (
            f"| 甲 | 乙 |\n|---|---|\n| [报道]({O}) | 丙 |",
            f'| 甲 | 乙 |\n|---|---|\n| [报道]({W} "{O}") | 丙 |',
        ),
        (f"## [报道]({O})", f'## [报道]({W} "{O}")'),
        (f"[报道]({O}#二)", f'[报道]({W}#二 "{O}#二")'),
    ],
)
def test_title_style_puts_the_mirror_in_the_place_and_the_original_in_the_title(
    before: str, after: str
) -> None:
    known = {
        O: broken(),
        "http://www.a.example": broken(
            mirror(DAY, url="https://web.archive.org/web/2021/http://www.a.example")
        ),
    }
    assert fixed_text(before, known) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"见[报道]({O})。", f'见[报道]({T} "{O}")。'),
        (f"见 {O} 。", f'见 [{O}]({T} "{O}") 。'),
        (f"见 <{O}>。", f'见 [{O}]({T} "{O}")。'),
        (f'<a href="{O}">报道</a>', f'<a href="{T}" title="{O}">报道</a>'),
    ],
)
def test_a_mirror_url_without_its_original_is_never_cited_without_it(
    before: str, after: str
) -> None:
    assert fixed_text(before, broken(IN_TODAY)) == after


@pytest.mark.parametrize(
    "page",
    [f'---\nsource: "{O}"\n---\n', f'<img src="{O}">', f'<a href="{O}" title="旧闻">报道</a>'],
)
def test_a_fix_that_would_lose_the_original_is_skipped(page: str) -> None:
    patch = fix_page(page, broken(IN_TODAY))
    assert patch.after == patch.before
    assert [dropped.citation.url for dropped in patch.skipped] == [O]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"见[报道]({O})。", f"见[报道]({O}) ([存档]({W}))。"),
        (f"见《[报道]({O})》。", f"见《[报道]({O})》 ([存档]({W}))。"),
        (f'[报道]({O} "旧闻"){{: .x}}', f'[报道]({O} "旧闻"){{: .x}} ([存档]({W}))'),
        (f"见 {O} 。", f"见 {O} ([存档]({W})) 。"),
        (f"见 <{O}>。", f"见 <{O}> ([存档]({W}))。"),
        (f'<a href="{O}">报道</a>。', f'<a href="{O}">报道</a> (<a href="{W}">存档</a>)。'),
        # in a footnote behind all that is said of the link
        (
            f"文[^1]。\n\n[^1]: 《[报道]({O})》, 2021-03-12. (参照 2021-10-22).  \n",
            f"文[^1]。\n\n[^1]: 《[报道]({O})》, 2021-03-12. (参照 2021-10-22). ([存档]({W}))  \n",
        ),
        (
            f"文[^1]。\n\n[^1]: 《[报道]({O})》, [另](http://b.example/)",
            f"文[^1]。\n\n[^1]: 《[报道]({O})》 ([存档]({W})), [另](http://b.example/)",
        ),
        # what has no room beside it is replaced
        (f"![图]({O})", f'![图]({W} "{O}")'),
        (f"[报道][a]\n\n[a]: {O}", f'[报道][a]\n\n[a]: {W} "{O}"'),
        (f"## [报道]({O})", f'## [报道]({W} "{O}")'),
        (f"---\nsource: {O}\n---\n", f"---\nsource: {W}\n---\n"),
    ],
)
def test_beside_style_keeps_the_original_and_adds_the_mirror_behind_it(
    before: str, after: str
) -> None:
    assert fixed_text(before, style=MirrorStyle.BESIDE) == after


def test_mirror_beside_names_its_original_where_it_does_not_hold_it() -> None:
    page = f"[报道]({O})和[另](http://b.example/)"
    assert (
        fixed_text(page, broken(IN_TODAY), style=MirrorStyle.BESIDE)
        == f'[报道]({O}) ([存档]({T} "{O}"))和[另](http://b.example/)'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"见[报道]({O})。\n",
            f"见[报道]({O})[^archived-1]。\n\n[^archived-1]: [存档]({W}), 2021-11-05.\n",
        ),
        (f"见 {O} 。", f"见 {O}[^archived-1] 。\n\n[^archived-1]: [存档]({W}), 2021-11-05."),
        (
            f"《[报道]({O})》。\r\n",
            f"《[报道]({O})》[^archived-1]。\r\n\r\n[^archived-1]: [存档]({W}), 2021-11-05.\r\n",
        ),
        (
            f"[报道]({O})[^archived-1]\n\n[^archived-1]: 文\n",
            f"[报道]({O})[^archived-2][^archived-1]\n\n[^archived-1]: 文\n\n[^archived-2]: [存档]({W}), 2021-11-05.\n",
        ),
        (
            f"文[^1]\n\n[^1]: 《[报道]({O})》, 2021-03-12.\n",
            f"文[^1]\n\n[^1]: 《[报道]({O})》, 2021-03-12. ([存档]({W}), 2021-11-05)\n",
        ),
        (f'<a href="{O}">报道</a>', f'<a href="{O}">报道</a> (<a href="{W}">存档</a>, 2021-11-05)'),
    ],
)
def test_footnote_style_marks_the_link_and_writes_the_mirror_with_its_date(
    before: str, after: str
) -> None:
    # a mark glued to a bare URL would be read as part of a broken link, so there the mirror takes the place
    if before.startswith("见 http"):
        after = f"见 {W} 。"
    assert fixed_text(before, style=MirrorStyle.FOOTNOTE) == after


@pytest.mark.parametrize("style", list(MirrorStyle))
def test_fixed_page_needs_no_fix(style: MirrorStyle) -> None:
    page = f"见[报道]({O})、<{O}>和 {O} 。\n\n文[^1]。\n\n[^1]: 《[报道]({O})》, 2021-03-12.\n\n[定义]: {O}\n"
    first = fix_page(page, style=style)
    assert len(first.fixes) == 5
    second = fix_page(first.after, style=style)
    assert (second.fixes, second.skipped) == ((), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"[报道]({W})", "[报道](https://web.archive.org/web/20190101000000/http://a.example/x)"),
        (
            f'[报道]({W} "旧闻")',
            '[报道](https://web.archive.org/web/20190101000000/http://a.example/x "旧闻")',
        ),
        (
            f'[报道]({T} "{O}")',
            f'[报道](https://web.archive.org/web/20190101000000/http://a.example/x "{O}")',
        ),
        (f"<{W}>", "<https://web.archive.org/web/20190101000000/http://a.example/x>"),
    ],
)
@pytest.mark.parametrize("style", list(MirrorStyle))
def test_better_mirror_replaces_a_broken_one(before: str, after: str, style: MirrorStyle) -> None:
    older = mirror(DAY, id=3, url="https://web.archive.org/web/20190101000000/http://a.example/x")
    bad = [
        mirror(DAY, id=number, url=url, state=State.BROKEN) for number, url in enumerate((W, T), 4)
    ]
    patch = fix_page(before, broken(older, *bad, state=State.ALIVE, reason=Reason.OK), style=style)
    assert patch.after.decode() == after
    assert [fix_page.planned.cause for fix_page in patch.fixes] == [FixCause.MIRROR_BROKEN]


def test_a_second_mirror_is_added_once_if_configured() -> None:
    known, policy = broken(IN_WAYBACK, IN_TODAY), FixPolicy(second_mirrors=True)
    page = f"见[报道]({W})。"
    assert fixed_text(page, known) == page
    first = fix_page(page, known, policy=policy)
    assert first.after.decode() == f'见[报道]({W}) ([存档]({T} "{O}"))。'
    assert fix_page(first.after, known, policy=policy).fixes == ()


@pytest.mark.parametrize(
    ("url", "written"),
    [
        (
            "https://web.archive.org/web/2021/http://a.example/x?b_(c)",
            "https://web.archive.org/web/2021/http://a.example/x?b_(c)",
        ),
        (
            "https://web.archive.org/web/2021/http://a.example/x?b)c",
            "https://web.archive.org/web/2021/http://a.example/x?b\\)c",
        ),
        (
            'https://web.archive.org/web/2021/http://a.example/x?"b c"',
            "https://web.archive.org/web/2021/http://a.example/x?%22b%20c%22",
        ),
        (
            "https://web.archive.org/web/2021/http://a.example/x?b&lt;c",
            "https://web.archive.org/web/2021/http://a.example/x?b&amp;lt;c",
        ),
    ],
)
def test_urls_are_escaped_as_markdown_needs(url: str, written: str) -> None:
    original = url.partition("/2021/")[2]
    page = (
        f"[报道](<{original.replace('&', '&amp;')}>)"
        if '"' not in original
        else f"[报道]({original.replace(' ', '%20').replace(chr(34), '%22')})"
    )
    known = {original: broken(mirror(DAY, url=url))}
    after = fixed_text(page, known, style=MirrorStyle.BESIDE)
    assert after == f"{page} ([存档]({written}))"


@pytest.mark.parametrize("page", [f"[报道]（{O}）", f"[报道({O})", f"报道]({O})"])
def test_a_link_in_broken_markup_is_not_fixed(page: str) -> None:
    patch = fix_page(page)
    assert patch.after == patch.before
    assert [dropped.reason for dropped in patch.skipped] == [
        "its markup is broken: fix the markup first"
    ]


def test_limit_counts_in_page_order() -> None:
    page = f"[甲]({O}) [乙]({O}) [丙]({O})"
    patch = fix_page(page, most=2)
    assert [each.planned.citation.text for each in patch.fixes] == ["甲", "乙"]
    assert patch.after.decode().endswith(f"[丙]({O})")


def test_fix_that_cannot_be_verified_is_skipped_and_the_others_stay() -> None:
    page = f"[甲]({O})\n\n[乙](http://b.example/)\n\n[丙](http://c.example/)"
    # this archive's copy names another page: the citation would become one of that
    wrong = broken(
        mirror(DAY, url="https://web.archive.org/web/2021/http://else.example/http://b.example/")
    )
    known = {
        O: broken(),
        "http://b.example/": wrong,
        "http://c.example/": broken(
            mirror(DAY, url="https://web.archive.org/web/2021/http://c.example/")
        ),
    }
    patch = fix_page(page, known)
    assert [each.planned.citation.text for each in patch.fixes] == ["甲", "丙"]
    assert [(dropped.citation.text, dropped.reason) for dropped in patch.skipped] == [
        ("乙", "the edit would change how the rest of the page is read: edit this link by hand")
    ]
    assert "[乙](http://b.example/)" in patch.after.decode()


def test_a_page_that_is_not_read_in_time_gets_no_fix_of_another_style(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = 0

    def read_late(data: bytes, path: str) -> Page:
        nonlocal reads
        reads += 1
        if reads == 2:  # the first reading of the edited page
            raise ReadingStopped("the parser took longer than 5 s")
        return read_page(data, path)

    tools = replace(TOOLS, read_page=read_late)
    monkeypatch.setattr("tests.unit.reports.patches.wiki.TOOLS", tools)
    page = f"[甲]({O})"
    patch = fix_page(page, style=MirrorStyle.BESIDE)
    assert patch.after.decode() == page
    assert [dropped.reason for dropped in patch.skipped] == [
        "the edited page could not be read in time: run holdfast fix again"
    ]
    assert fixed_text(page, style=MirrorStyle.BESIDE) == f"[甲]({O}) ([存档]({W}))"


def test_a_fix_that_makes_a_page_unreadable_is_written_in_another_style(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = 0

    def read_or_fail(data: bytes, path: str) -> Page:
        nonlocal reads
        reads += 1
        if reads == 2:  # the first reading of the edited page
            raise NotText("the parser failed (PageSyntaxError)")
        return read_page(data, path)

    monkeypatch.setattr(
        "tests.unit.reports.patches.wiki.TOOLS", replace(TOOLS, read_page=read_or_fail)
    )
    patch = fix_page(f"[甲]({O})", style=MirrorStyle.BESIDE)
    assert patch.after.decode() == f'[甲]({W} "{O}")'
    assert not patch.skipped


STRINGS = [
    '{{{{< link href="{}" >}}}}',
    '{{{{% button href="{}" %}}}}go{{{{% /button %}}}}',
    "{{{{< link `{}` >}}}}",
    '<Card href={{"{}"}} />',
    "text <Card href={{'{}'}}>\nmore\n</Card>",
    '{{% include card.html url="{}" %}}',
    '{{{{< figure src="/a.png" link="{}" >}}}}',
    "{{{{ link('{}') }}}}",
    "{{{{cite|url={}|page=1}}}}",
    'He wrote "{}" here.',
    "[[{}|text]]",
    "see [[{}]]",
    "*[HTML]: {}",
    "\\url{{{}}}",
    ':::card{{url="{}"}}\ntext\n:::',
    "```{{card}} A card\n:link: {}\ntext\n```",
    '![x](https://b.example/i.png){{: data-src="{}" }}',
    'text[^1]\n\n[^1]: {{{{< cite url="{}" >}}}}',
]


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize("text", STRINGS)
def test_in_a_string_only_the_url_changes(text: str, style: MirrorStyle) -> None:
    assert fixed_text(text.format(O), style=style) == text.format(W)


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize(
    "text",
    [
        '{{{{< fig src="{}" >}}}}\ncaption\n{{{{< /fig >}}}}',
        '{{{{< figure src="{}" link="/a" >}}}}',
        "{{% include image.html url='{}' %}}",
        '<Image src="{}" />',
        '<video poster="{}"></video>',
        ":::{{image}} {}\n:alt: a\n:::",
        "```{{image}} {}\n:alt: a\n```",
        "text\n\n```{{figure}} {}\n:name: a\n\nA caption.\n```\n",
        '::img{{src="{}"}}',
    ],
)
def test_an_embedded_image_becomes_the_archived_file(text: str, style: MirrorStyle) -> None:
    assert fixed_text(text.format(O), style=style) == text.format(W)
    patch = fix_page(text.format(O), broken(IN_TODAY), style=style)
    assert [each.reason for each in patch.skipped] == [EMBEDDED]


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize(
    "text",
    [
        "{{{{< video {} >}}}}",
        '{{{{< video src="{}" >}}}}',
        "{{{{< embed {} >}}}}",
        '{{{{< audio url="{}" >}}}}',
        "{{% youtube {} %}}",
        '{{% embed url="{}" %}}',
        '{{% include video.html url="{}" %}}',
        "{{{{#ev:youtube|{}}}}}",
        "{{{{#widget:Iframe|url={}}}}}",
        '<iframe src="{}"></iframe>',
        '<video src="{}"></video>',
        '<audio controls><source src="{}"></audio>',
        '<object data="{}"></object>',
        '<link rel="stylesheet" href="{}">',
        "<Video src={{'{}'}} />",
        "<embedvideo>{}</embedvideo>",
        "![[{}]]",
        "@[youtube]({})",
        "![type:video]({})",
        "::: video {}\n:::",
        '::youtube{{src="{}"}}',
        ":::{{iframe}} {}\n:width: 100%\n:::",
        "```{{iframe}} {}\n:width: 100%\n```",
    ],
)
def test_media_and_frames_are_not_fixed(text: str, style: MirrorStyle) -> None:
    patch = fix_page(text.format(O), style=style)
    assert patch.after == patch.before
    assert [each.reason for each in patch.skipped] == [EMBEDDED]


@pytest.mark.parametrize(
    "text",
    [
        "Video: {}",
        ":link: {}",
        "[the video]({})",
        "see <video> elements at {}",
        '<a class="video" href="{}">x</a>',
        '<blockquote cite="{}">x</blockquote>',
        '<VideoCard href="{}" />',
        "{{{{cite video|url={}}}}}",
        "{{{{< video /a.mp4 >}}}} {}",
        '{{{{< discover url="{}" >}}}}',
    ],
)
def test_links_are_not_replaced_by_archived_files(text: str) -> None:
    assert W in fixed_text(text.format(O))


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize("text", STRINGS)
def test_a_copy_without_its_original_in_the_url_is_not_written_into_a_string(
    text: str, style: MirrorStyle
) -> None:
    patch = fix_page(text.format(O), broken(IN_TODAY), style=style)
    assert not patch.fixes
    assert "edit this link by hand" in patch.skipped[0].reason


@pytest.mark.parametrize("style", MirrorStyle)
@pytest.mark.parametrize(
    "text",
    [
        'import X from "{}"\n\ntext',
        "export const a = '{}'\n",
        "@import '{}';\n",
        "const a = require('{}')\n",
    ],
)
def test_unsupported_markup_is_not_fixed(text: str, style: MirrorStyle) -> None:
    patch = fix_page(text.format(O), style=style)
    assert not patch.fixes
    assert patch.skipped[0].reason == "its markup is not supported: edit this link by hand"


def test_prose_about_imports_is_no_code() -> None:
    assert fixed_text(f"import is at {O}") == f"import is at {W}"


CITING = [
    "source: {}",
    "sources: ['{}']",
    "references:\n  - url: {}",
    "params:\n  sourceUrl: {}",
    "来源: {}",
]
METADATA = ["canonicalURL: {}", "url: {}", "image: {}", "cover:\n  image: {}", "repo_url: {}", "homepage: {}", "hero:\n  source: {}"]  # fmt: skip


@pytest.mark.parametrize("line", CITING)
def test_front_matter_that_cites_is_fixed(line: str) -> None:
    page = f"---\n{line}\n---\n"
    assert fixed_text(page.format(O)) == page.format(W)


@pytest.mark.parametrize("line", METADATA)
def test_front_matter_about_the_page_is_fixed_only_if_wanted(line: str) -> None:
    page = f"---\n{line}\n---\n"
    patch = fix_page(page.format(O))
    assert (patch.after.decode(), patch.skipped[0].reason) == (page.format(O), PAGE_METADATA)
    assert fixed_text(page.format(O), policy=FixPolicy(citing_keys=None)) == page.format(W)


def test_the_keys_that_cite_can_be_set() -> None:
    page = "---\nhomepage: {}\nsource: http://b.example/\n---\n"
    policy = FixPolicy(citing_keys=["Home-Page"])
    assert fixed_text(page.format(O), policy=policy) == page.format(W)


def test_an_escaped_value_of_the_front_matter_is_fixed_whole() -> None:
    page = '---\nsource: "http:\\/\\/a.example\\u002fx"\n---\n'
    assert fixed_text(page) == f'---\nsource: "{W}"\n---\n'
