"""Test fixes on reStructuredText pages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pages import extract
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix
from tests.unit.crawler.pages.formats.rst.docutils_oracle import docutils_addresses
from tests.unit.reports.patches.wiki import ORIGINAL, TODAY, WAYBACK, fixed_text

BESIDE, FOOTNOTE, TITLE = MirrorStyle.BESIDE, MirrorStyle.FOOTNOTE, MirrorStyle.TITLE

FIXES = {
    "embedded": (BESIDE, f"See `a <{ORIGINAL}>`_.\n", f"See `a <{ORIGINAL}>`_ (`存档 <{WAYBACK}>`__).\n"),
    "anonymous": (BESIDE, f"`a <{ORIGINAL}>`__\n", f"`a <{ORIGINAL}>`__ (`存档 <{WAYBACK}>`__)\n"),
    "bare": (BESIDE, f"See {ORIGINAL}, or not.\n", f"See {ORIGINAL} (`存档 <{WAYBACK}>`__), or not.\n"),
    "replaced": (TITLE, f"See `a <{ORIGINAL}>`_.\n", f"See `a <{WAYBACK}>`_.\n"),
    "without a text": (TITLE, f"See `<{ORIGINAL}>`_, `<{ORIGINAL}>`__.\n", f"See `<{WAYBACK}>`_, `<{WAYBACK}>`__.\n"),
    "bare, replaced": (TITLE, f"See {ORIGINAL}.\n", f"See {WAYBACK}.\n"),
    "footnote": (FOOTNOTE, f"`a <{ORIGINAL}>`_.\n", f"`a <{ORIGINAL}>`_ [#archived-1]_.\n\n.. [#archived-1] `存档 <{WAYBACK}>`__, 2021-11-05.\n"),
    "footnote, carriage returns": (FOOTNOTE, f"`a <{ORIGINAL}>`_\r\n", f"`a <{ORIGINAL}>`_ [#archived-1]_\r\n\r\n.. [#archived-1] `存档 <{WAYBACK}>`__, 2021-11-05.\r\n"),
    "in a footnote": (FOOTNOTE, f"a [1]_\n\n.. [1] {ORIGINAL}\n", f"a [1]_\n\n.. [1] {ORIGINAL} (`存档 <{WAYBACK}>`__, 2021-11-05)\n"),
    "target": (BESIDE, f"a_ and a_\n\n.. _a: {ORIGINAL}\n", f"a_ and a_\n\n.. _a: {WAYBACK}\n"),
    "target over two lines": (BESIDE, "a_\n\n.. _a: http://a.example/\n   x\n", f"a_\n\n.. _a: {WAYBACK}\n"),
    "anonymous target": (BESIDE, f"a__\n\n__ {ORIGINAL}\n", f"a__\n\n__ {WAYBACK}\n"),
    "emphasis": (BESIDE, f"*{ORIGINAL}* and **see {ORIGINAL} there**\n", f"*{WAYBACK}* and **see {WAYBACK} there**\n"),
    "stars": (BESIDE, f"2 * 3, *a* {ORIGINAL} and *b*\n", f"2 * 3, *a* {ORIGINAL} (`存档 <{WAYBACK}>`__) and *b*\n"),
    "image": (BESIDE, f".. image:: {ORIGINAL}\n   :alt: a\n", f".. image:: {WAYBACK}\n   :alt: a\n"),
    "option": (BESIDE, f".. image:: a.png\n   :target: {ORIGINAL}\n", f".. image:: a.png\n   :target: {WAYBACK}\n"),
    "raw HTML": (BESIDE, f'.. raw:: html\n\n   <a href="{ORIGINAL}">a</a>\n', f'.. raw:: html\n\n   <a href="{WAYBACK}">a</a>\n'),
    "last column": (BESIDE, f"==  ==\na   b\n==  ==\nx   {ORIGINAL}\n==  ==\n", f"==  ==\na   b\n==  ==\nx   {ORIGINAL} (`存档 <{WAYBACK}>`__)\n==  ==\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXES)
def test_a_fix_is_written_in_the_style_that_the_markup_allows(case: str) -> None:
    style, before, after = FIXES[case]
    assert check_fix(before.encode(), "a.rst", style).after.decode() == after


REFUSED = {
    "grid": f"+----------------------+\n| {ORIGINAL}  |\n+----------------------+\n",
    "column": f"====================  ==\n{ORIGINAL}    b\n====================  ==\n",
    "heading": f"{ORIGINAL}\n===================\n",
    "values": f".. csv-table::\n\n   {ORIGINAL}, b\n",
    "video": f".. video:: {ORIGINAL}\n",
    "player": f".. youtube:: {ORIGINAL}\n",
    "frame": f'.. raw:: html\n\n   <iframe src="{ORIGINAL}"></iframe>\n',
    "table's source": f".. csv-table:: t\n   :header-rows: 1\n   :url: {ORIGINAL}\n",
    "included": f".. literalinclude:: {ORIGINAL}\n",
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("style", MirrorStyle)
def test_a_link_whose_markup_a_fix_would_break_is_skipped(case: str, style: MirrorStyle) -> None:
    patch = check_fix(REFUSED[case].encode(), "a.rst", style)
    assert patch.after == patch.before
    assert [skipped.reason.endswith("edit it by hand") for skipped in patch.skipped] == [True]


def test_a_copy_without_its_original_in_the_url_is_added_beside_it() -> None:
    text = f"Before `a <{ORIGINAL}>`_.\n"
    patch = check_fix(text.encode(), "a.rst", FOOTNOTE, short=True)
    assert TODAY in patch.after.decode()
    assert ORIGINAL in patch.after.decode()
    patch = check_fix(text.encode(), "a.rst", TITLE, short=True)
    assert patch.after == patch.before


def test_a_second_footnote_has_another_label() -> None:
    text = f"`a <{ORIGINAL}>`_\n\n.. [#archived-1] mine\n"
    assert "[#archived-2]_" in fixed_text(text, style=FOOTNOTE, path="a.rst")


PIECES = (
    f"`甲 <{ORIGINAL}>`_", f"`b <{ORIGINAL}>`__", f"bare {ORIGINAL} end", "a_", "``code`` ", "*emphasis* ",
    "\n\n", "\n", "- item ", "\n\nHead\n====\n\n", f"\n\n.. _a: {ORIGINAL}\n\n", "\n\n::\n\n   x\n\n",
    f"\n\n.. image:: {ORIGINAL}\n\n", "\n\n.. note:: n\n\n   ", "[1]_ ", "\n\n.. [1] note\n\n", "，", "\\*",
    "\n\n.. holdfast: ignore-next-line\n\n", f"\n\n+---+\n| {ORIGINAL} |\n+---+\n\n", "\n\n   quote ", "`", "|x| ",
    "https://b.example/c_d_ ", "\r\n\r\n",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=9),
    st.sampled_from(MirrorStyle),
    st.booleans(),
)
def test_only_the_intended_bytes_change_and_docutils_reads_the_result(
    pieces: list[str], style: MirrorStyle, short: bool
) -> None:
    data = "".join(pieces)
    patch = check_fix(data.encode(), "a.rst", style, short=short)
    before, after = docutils_addresses(data), docutils_addresses(patch.after.decode())
    page = extract(patch.after, path="a.rst")
    added = {fix.added_mirror for fix in patch.fixes if fix.added_mirror}
    replaced = {fix.planned.target for fix in patch.fixes if not fix.added_mirror}
    assert added | replaced <= {citation.url for citation in page.citations}
    assert set(after) - set(before) <= added | replaced
    assert set(before) - set(after) <= {ORIGINAL}
