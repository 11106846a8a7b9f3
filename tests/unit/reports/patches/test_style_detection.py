"""Test the detection of a wiki's style for archive links."""

from __future__ import annotations

import pytest

from reports.patches import MirrorStyle, WikiStyle
from tests.unit.reports.patches.wiki import (
    IN_TODAY,
    IN_WAYBACK,
    ORIGINAL,
    TODAY,
    WAYBACK,
    broken,
    findings_on,
)


def detect_style(*pages: str) -> WikiStyle:
    learnt = WikiStyle()
    every = {f"{number}.md": page.encode() for number, page in enumerate(pages)}
    for link in findings_on(every, {ORIGINAL: broken(IN_WAYBACK, IN_TODAY)}):
        learnt.learn(link)
    return learnt


@pytest.mark.parametrize(
    ("page", "style"),
    [
        ("无", MirrorStyle.TITLE),
        (f"[报道]({ORIGINAL})", MirrorStyle.TITLE),
        (f"[报道]({WAYBACK})", MirrorStyle.TITLE),
        (f'[报道]({TODAY} "{ORIGINAL}")', MirrorStyle.TITLE),
        (f"[报道]({ORIGINAL}) ([存档]({WAYBACK}))", MirrorStyle.BESIDE),
        (f"[报道]({ORIGINAL})[^1]\n\n[^1]: [存档]({WAYBACK})", MirrorStyle.FOOTNOTE),
        (f"[报道]({ORIGINAL})\n\n[同一篇报道]({WAYBACK})", MirrorStyle.TITLE),
    ],
)
def test_style_is_detected_from_the_place_of_mirrors(page: str, style: MirrorStyle) -> None:
    assert detect_style(page).style is style


def test_most_frequent_style_of_the_wiki_is_used() -> None:
    beside = f"[报道]({ORIGINAL}) ([存档]({WAYBACK}))"
    assert detect_style(beside, beside, f"[报道]({WAYBACK})").style is MirrorStyle.BESIDE
    assert (
        detect_style(beside, f"[报道]({WAYBACK})", f"[报道]({WAYBACK})").style is MirrorStyle.TITLE
    )


@pytest.mark.parametrize(
    ("page", "word"),
    [
        (f"[报道]({ORIGINAL}) ([快照]({WAYBACK}))", "快照"),
        (
            f"[报道]({ORIGINAL}) ([Archive Today]({WAYBACK}))",
            "存档",
        ),  # the name of a service is no word for all
        (f"[數位時代的新聞報導]({ORIGINAL})", "存檔"),
        (f"[深夜のフェリー]({ORIGINAL})", "アーカイブ"),
        (f"[밤배가 돌아왔다]({ORIGINAL})", "아카이브"),
        (f"[Night boats]({ORIGINAL})", "Archived"),
        (f"[Night boats]({ORIGINAL}) ([archived copy]({WAYBACK}))", "archived copy"),
    ],
)
def test_the_link_text_is_the_wikis_most_frequent_one(page: str, word: str) -> None:
    assert detect_style(page).link_text == word
