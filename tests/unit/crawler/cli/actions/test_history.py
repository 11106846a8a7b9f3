"""Test how `history` describes the archive copies of a link."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from crawler.cli.actions.history import _show_mirrors
from store.vocabulary import MirrorQuality
from tests.unit.reports.findings import link, mirror


@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        ("another page", "not usable: another page"),
        ("", "not usable: the copy does not show the page"),
    ],
)
def test_a_copy_that_shows_another_page_is_not_usable(flaw: str, expected: str) -> None:
    rejected = mirror(date(2021, 8, 5), quality=MirrorQuality.UNUSABLE, flaw=flaw)
    output = StringIO()
    copies = [rejected, mirror(date(2015, 1, 1), id=2)]
    _show_mirrors(Console(file=output, width=400), link(mirrors=copies), ())
    first, second = output.getvalue().splitlines()
    assert first.endswith(expected)
    assert "not usable" not in second
