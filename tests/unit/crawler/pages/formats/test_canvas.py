"""Test Obsidian canvases: Markdown in text cards, URLs and files in others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix, urls
from tests.unit.reports.patches.wiki import ORIGINAL, WAYBACK


def canvas(*nodes: dict[str, Any], **style: Any) -> str:
    return json.dumps({"nodes": nodes, "edges": []}, ensure_ascii=False, **style)


def text(value: str) -> dict[str, Any]:
    return {"id": "1", "type": "text", "text": value, "x": 0, "y": 0}


def test_urls_and_links_of_all_cards_are_read() -> None:
    data = canvas(
        text("# 夜\n\n[a](https://a.example/) [[note]]"),
        {"type": "link", "url": 'https://b.example/?c="d'},
        {"type": "file", "file": "dir/note.md", "subpath": "#Deck"},
        {"type": "group", "label": "https://no.example/", "background": "img.png"},
        text("<!-- holdfast: ignore-next-line -->\nhttps://no.example/"),
        indent="\t",
    )
    page = extract(data, path="a.canvas")
    assert urls(page) == ["https://a.example/", 'https://b.example/?c="d']
    assert [(link.target, link.wiki) for link in page.internal_links] == [
        ("note", True),
        ("dir/note.md#Deck", True),
        ("img.png", True),
    ]
    assert page.skipped == {"ignored": 1}
    assert [each.line for each in page.citations] == [6, 12]
    assert len({each.block for each in page.citations}) == 2


@pytest.mark.parametrize("data", ["", "{}", "\ufeff\n", '{"nodes": [3, {"type": "text"}]}'])
def test_a_canvas_without_cards_has_no_citations(data: str) -> None:
    page = extract(data, path="a.canvas")
    assert (page.citations, page.warnings) == ((), ())


@pytest.mark.parametrize(
    "data",
    [
        '["https://a.example/"]',
        '{"nodes": "https://a.example/"}',
        "https://a.example/",
        '{"nodes": [{"url": "https://a.example/"',
    ],
)
def test_an_invalid_canvas_is_searched_for_urls(data: str) -> None:
    page = extract(data, path="a.canvas")
    assert urls(page) == ["https://a.example/"]
    assert [(each.line, each.code) for each in page.warnings] == [(1, "read-plainly")]


def test_fixes_are_written_in_text_cards_and_link_cards() -> None:
    data = canvas(text(f"[a]({ORIGINAL})"), {"type": "link", "url": ORIGINAL}, indent="\t")
    patch = check_fix(data.encode(), "a.canvas", MirrorStyle.BESIDE)
    expected = data.replace(f"[a]({ORIGINAL})", f"[a]({ORIGINAL}) ([存档]({WAYBACK}))").replace(
        f'"url": "{ORIGINAL}"', f'"url": "{WAYBACK}"'
    )
    assert patch.after.decode() == expected
    short = check_fix(data.encode(), "a.canvas", MirrorStyle.BESIDE, short=True)
    assert [skipped.reason for skipped in short.skipped] == [
        "the archive link does not contain the original URL, and this link cannot have a title for it: edit this link by hand"
    ]


PIECES = (f"[甲]({ORIGINAL})", f"<{ORIGINAL}>", f"bare {ORIGINAL} end", "\n\n# H\n\n", '"\\ \t', "\U0001f6a2", "[x](https://b.example/)", "\n")  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5), min_size=1, max_size=3),
    st.sampled_from(MirrorStyle), st.booleans(), st.booleans(),
)  # fmt: skip
def test_only_the_intended_bytes_change_and_the_canvas_stays_valid(
    texts: list[list[str]], style: MirrorStyle, short: bool, flat: bool
) -> None:
    nodes = [*(text("".join(each)) for each in texts), {"type": "link", "url": ORIGINAL}]
    data = canvas(*nodes, indent=None if flat else "\t")
    patch = check_fix(data.encode(), "a.canvas", style, short=short)
    assert len(json.loads(patch.after)["nodes"]) == len(nodes)


def test_offsets_are_found_in_any_order() -> None:
    node = '{"background": "夜.png", "file": "夜.md", "url": "https://a.example/夜"}'
    data = '{"nodes": [' + ",".join([node] * 20_000) + "]}"
    page = extract(data, path="a.canvas")
    raw = data.encode()
    assert {raw[each.start : each.end] for each in page.citations} == {
        "https://a.example/夜".encode()
    }
    assert {raw[each.start : each.end] for each in page.internal_links} == {
        "夜.png".encode(),
        "夜.md".encode(),
    }
