"""Test that the date beside a replaced copy becomes that of the new copy, or the copy stays."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.pages.fixes.edits import DATE_IN_FRONT_MATTER, DATED_WORDS, ROBUST_COPY, UNDATED_COPY
from store.vocabulary import State
from tests.unit.reports.example_findings import mirror
from tests.unit.reports.patches.wiki import IN_WAYBACK, ORIGINAL, WAYBACK, broken, fix_page

OLD = f"https://web.archive.org/web/20190705101500/{ORIGINAL}"
BROKEN_COPY = mirror(date(2019, 7, 5), id=7, url=OLD, state=State.BROKEN)
SIGN = "¤"
UNDATED = mirror(None, id=8, url=f"https://archive.example/{ORIGINAL}")
DEAD = f"|url={ORIGINAL} |title=T |archive-url={OLD}"

# Path of a page, and its text with the broken copy. At the sign is the day of the copy, first
# 2019-07-05, then 2021-11-05; nothing else but the URL changes.
DATED = {
    "copy of a Robust Link": ("a.md", f'<a href="{ORIGINAL}" data-versionurl="{OLD}" data-versiondate="¤">x</a>'),
    "date first, without quotes": ("a.md", f"x <a data-versiondate=¤ href='{ORIGINAL}' data-versionurl='{OLD}'>x</a>"),
    "link to a copy": ("a.md", f'<a href="{OLD}" data-originalurl="{ORIGINAL}" data-versiondate="¤">x</a>'),
    "link to a copy without original": ("a.md", f'<a href="{OLD}" data-versiondate="¤">x</a>'),
    "on HTML pages: copy": ("a.html", f'<p><a href="{ORIGINAL}" data-versionurl="{OLD}" data-versiondate="¤">x</a>'),
    "on HTML pages: link": ("a.html", f"<p><a data-versiondate='¤' href='{OLD}' data-originalurl={ORIGINAL}>x</a>"),
    "on HTML pages: only a date": ("a.html", f'<p><a href="{OLD}" data-versiondate="¤">x</a>'),
    "MediaWiki": ("a.wiki", f"{{{{cite web {DEAD} |archive-date=¤ |access-date=2019-07-05}}}}"),
    "MediaWiki: old name": ("a.wiki", f"{{{{cite web |url={ORIGINAL} |archiveurl={OLD} |archivedate=¤}}}}"),
    "MediaWiki: German": ("a.wiki", f"{{{{Internetquelle |url={ORIGINAL} |archiv-url={OLD} |archiv-datum=¤ |abruf=2019-07-05}}}}"),
    "MediaWiki: webarchive": ("a.wiki", f"{{{{Webarchive |url={OLD} |date=¤ |title=T}}}}"),
    "MediaWiki: first of two": ("a.wiki", f"{{{{webarchive |url1={OLD} |date1=¤ |url2=https://b.example/ |date2=2019-07-05}}}}"),
    "BibTeX": ("a.bib", f"@misc{{k, url = {{{ORIGINAL}}}, archiveurl = {{{OLD}}}, archivedate = {{¤}}, urldate = {{2019-07-05}}}}"),
    "BibTeX: other names": ("a.bib", f'@misc{{k, url="{ORIGINAL}", archive-url="{OLD}", archive-date="¤"}}'),
    "BibTeX: only the copy": ("a.bib", f"@misc{{k, url = {{{OLD}}}, archivedate = {{¤}}, date = {{2019-07-05}}}}"),
    "written by the style footnote": ("a.md", f"[x]({ORIGINAL}) ([存档]({OLD}), ¤) y"),
    "in a footnote": ("a.md", f"[x]({ORIGINAL})[^archived-1].\n\n[^archived-1]: [存档]({OLD}), ¤."),
    "on HTML pages: behind": ("a.html", f'<p><a href="{ORIGINAL}">x</a> (<a href="{OLD}">存档</a>, ¤)'),
    "MediaWiki: behind": ("a.wiki", f"[{ORIGINAL} x] ([{OLD} 存档], ¤)"),
    "reStructuredText: behind": ("a.rst", f"`x <{ORIGINAL}>`__ (`存档 <{OLD}>`__, ¤)"),
    "AsciiDoc: behind": ("a.adoc", f"{ORIGINAL}[x]footnote:[{OLD}[存档], ¤.]"),
    "front matter": ("a.md", f"---\nsource: {OLD}\narchive_date: ¤\n---\nx"),
    "front matter, quoted, with a remark": ("a.md", f"---\narchived: x\nsource: {OLD}\narchived-on: '¤' # of the copy\n---\nx"),
    "front matter in TOML": ("a.md", f'+++\nsource = "{OLD}"\narchive_date = ¤\n+++\nx'),
    "front matter in JSON": ("a.md", f'{{\n  "source": "{OLD}",\n  "archive_date": "¤",\n  "title": "x"\n}}\n\nx'),
}  # fmt: skip
# What stays as it is beside the new copy.
OTHER_DATES = {
    "access date": ("a.md", f"[x]({OLD}), 2019-07-05"),
    "accessed, in an archive": ("a.md", f"[x]({OLD}), archived copy accessed 2019-07-05"),
    "read on that day": ("a.md", f"《[x]({OLD})》（参照 2019-07-05）"),
    "archived on another day": ("a.md", f"[x]({OLD}), archived 2019-07-06"),
    "day of another copy": ("a.md", f"[x]({OLD}), [y](https://b.example/), archived 2019-07-05"),
    "archived on the next line": ("a.md", f"[x]({OLD})\narchived 2019-07-05"),
    "another day": ("a.md", f"([存档]({OLD}), 2019-07-06)"),
    "a time": ("a.md", f"([存档]({OLD}), 2019-07-05-x)"),
    "BibTeX: the day it was read": ("a.bib", f"@misc{{k, url = {{{OLD}}}, urldate = {{2019-07-05}}}}"),
    "front matter": ("a.md", f"---\nsource: {OLD}\ndate: 2019-07-05\naccessed: 2019-07-05\n---\nx"),
    "MediaWiki: published": ("a.wiki", f"{{{{cite web {DEAD} |date=2019-07-05}}}}"),
}  # fmt: skip
LEFT = {
    "front matter, a time": ("a.md", f"---\nsource: {OLD}\narchive_date: 2019-07-05T10:15:00Z\n---\nx", DATE_IN_FRONT_MATTER),
    "front matter, another day": ("a.md", f"---\nsource: {OLD}\narchive_date: 2019-07-06\n---\nx", DATE_IN_FRONT_MATTER),
    "front matter, two dates": ("a.md", f"---\nsource: {OLD}\narchive_date: 2019-07-05\nlinks:\n  - snapshot_date: 2019-07-05\n---\nx", DATE_IN_FRONT_MATTER),
    "MediaWiki": ("a.wiki", f"[{OLD} x] Archived from the original on 5 July 2019", DATED_WORDS),
    "MediaWiki, in a reference": ("a.wiki", f"a<ref>[{OLD} x], 存档于2019年7月5日</ref>", DATED_WORDS),
    "MediaWiki, a bare URL": ("a.wiki", f"{OLD} (snapshot of July 5, 2019)", DATED_WORDS),
    "BibTeX, a note": ("a.bib", f"@misc{{k,\n  url = {{{OLD}}},\n  note = {{Archived on 5 July 2019}}\n}}", DATED_WORDS),
    "BibTeX, a note before a copy": ("a.bib", f"@misc{{k,\n  note = {{快照：2019-07-05}},\n  url = {{{ORIGINAL}}},\n  archiveurl = {{{OLD}}}}}", DATED_WORDS),
    "archived from the original": ("a.md", f"[x]({OLD}), archived from the original on 2019-07-05.", DATED_WORDS),
    "archived, day first": ("a.md", f'[x]({OLD} "{ORIGINAL}") (Archived 5 July 2019)', DATED_WORDS),
    "snapshot before": ("a.md", f"Snapshot of July 5, 2019: [x]({OLD})", DATED_WORDS),
    "in the link's text": ("a.md", f"[快照：2019-07-05]({OLD})", DATED_WORDS),
    "Chinese": ("a.md", f"《[x]({OLD})》，存档于 2019年7月5日。", DATED_WORDS),
    "Chinese, day first": ("a.md", f"[x]({OLD})（2019年07月05日的存檔）", DATED_WORDS),
    "HTML": ("a.html", f'<p><a href="{OLD}">x</a>, archived on 2019-07-05', DATED_WORDS),
    "reStructuredText": ("a.rst", f"`x <{OLD}>`__, archived on 2019-07-05", DATED_WORDS),
    "AsciiDoc": ("a.adoc", f"{OLD}[x], archived on 2019-07-05", DATED_WORDS),
    "front matter in TOML, an empty date": ("a.md", f'+++\nsource = "{OLD}"\narchived-on = ""\n+++\nx', DATE_IN_FRONT_MATTER),
}  # fmt: skip


def replaced(path: str, text: str) -> str:
    known = broken(BROKEN_COPY, IN_WAYBACK)
    return fix_page(f"{text}\n", known, path=path).after.decode()


@pytest.mark.parametrize(("path", "text"), DATED.values(), ids=DATED)
def test_the_date_becomes_that_of_the_new_copy(path: str, text: str) -> None:
    after = text.replace(SIGN, "2021-11-05").replace(OLD, WAYBACK)
    assert replaced(path, text.replace(SIGN, "2019-07-05")) == f"{after}\n"


@pytest.mark.parametrize(("path", "text"), OTHER_DATES.values(), ids=OTHER_DATES)
def test_dates_of_the_author_are_kept(path: str, text: str) -> None:
    assert replaced(path, text) == f"{text.replace(OLD, WAYBACK)}\n"


@pytest.mark.parametrize(("path", "text", "reason"), LEFT.values(), ids=LEFT)
def test_a_date_that_cannot_be_set_is_named(path: str, text: str, reason: str) -> None:
    patch = fix_page(f"{text}\n", broken(BROKEN_COPY, IN_WAYBACK), path=path)
    assert patch.after == patch.before
    assert [skipped.reason for skipped in patch.skipped] == [reason]


@pytest.mark.parametrize(
    ("path", "text"),
    [value for name, value in DATED.items() if "behind" not in name and "foot" not in name],
)
def test_a_copy_without_a_date_replaces_none_that_has_one(path: str, text: str) -> None:
    before = text.replace(SIGN, "2019-07-05")
    patch = fix_page(f"{before}\n", broken(BROKEN_COPY, UNDATED), path=path)
    assert patch.after == patch.before
    assert {skipped.reason for skipped in patch.skipped} <= {UNDATED_COPY, ROBUST_COPY}
    assert patch.skipped
