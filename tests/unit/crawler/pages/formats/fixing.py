"""Fix pages of any format, and check the properties that every fix has."""

from __future__ import annotations

from crawler.scan.reader import read_page
from reports.patches import MirrorStyle, PagePatch
from store.vocabulary import Page
from tests.unit.reports.patches.test_planner import untouched
from tests.unit.reports.patches.wiki import (
    IN_TODAY,
    TODAY,
    WAYBACK,
    broken,
    fix_page,
)


def urls(page: Page) -> list[str]:
    """Return the cited URLs of a page."""
    return [citation.url for citation in page.citations]


def check_fix(data: bytes, path: str, style: MirrorStyle, *, short: bool = False) -> PagePatch:
    """Fix the link to ORIGINAL on a page, and check that nothing else changes.

    Args:
        data: The page.
        path: Its name.
        style: How mirrors are inserted.
        short: The only mirror does not contain its original.
    """
    known, mirror = (broken(IN_TODAY), TODAY) if short else (broken(), WAYBACK)
    patch = fix_page(data, known, style=style, path=path)
    assert untouched(patch, patch.before) == untouched(patch, patch.after)
    before, after = read_page(data, path), read_page(patch.after, path)
    replaced = {
        (fix.planned.citation.start, fix.planned.citation.end)
        for fix in patch.fixes
        if fix.changed_fields
    }
    expected = [
        mirror if (citation.start, citation.end) in replaced else citation.url
        for citation in before.citations
    ]
    added = [fix.added_mirror for fix in patch.fixes if fix.added_mirror]
    assert sorted(urls(after)) == sorted([*expected, *added])
    assert [link.target for link in after.internal_links] == [
        link.target for link in before.internal_links
    ]
    assert fix_page(patch.after, known, style=style, path=path).fixes == ()
    return patch
