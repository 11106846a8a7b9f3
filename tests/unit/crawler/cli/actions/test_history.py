"""Test how `history` describes the archive copies of a link."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from crawler.cli.actions.history import _show_mirrors
from reports.i18n import Lang, translator_for
from store.vocabulary import MirrorQuality
from tests.unit.reports.example_findings import link, mirror


@pytest.mark.parametrize(
    ("flaw", "lang", "expected"),
    [
        ("another page", Lang.EN, "not usable: another page"),
        ("", Lang.EN, "not usable: the copy does not show the page"),
        ("", Lang.ZH, "不可采用：副本显示的不是该页面"),
        ("captured with status 404", Lang.ZH, "不可采用：存档时的状态码为 404"),
        ("soft-404: title, text", Lang.EN, "not usable: soft-404: title, text"),
        ("soft-404: title, text", Lang.ZH, "不可采用：软 404：状态码为 200 的“页面不存在”页面：标题、正文"),
    ],
)  # fmt: skip
def test_a_copy_that_shows_another_page_is_not_usable(flaw: str, lang: Lang, expected: str) -> None:
    rejected = mirror(date(2021, 8, 5), quality=MirrorQuality.UNUSABLE, flaw=flaw)
    output = StringIO()
    copies = [rejected, mirror(date(2015, 1, 1), id=2)]
    _show_mirrors(Console(file=output, width=400), link(mirrors=copies), (), translator_for(lang))
    first, second = output.getvalue().splitlines()
    assert first.endswith(expected)
    assert "not usable" not in second
    assert "不可采用" not in second
