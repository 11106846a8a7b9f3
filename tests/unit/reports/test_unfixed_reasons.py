"""Test that every reason why `holdfast fix` does not change a citation is translated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import crawler
import reports
from crawler.cli.fix import page_planner
from reports.i18n import Lang, translator_for
from reports.wording.unfixed_labels import UNFIXED_LABELS

ENDS = ("by hand", "by hand, or use --front-matter")
# Of other goals of a patch, which reports do not plan.
OTHER_GOALS = {
    "its markup can have no attributes: edit this link by hand",
    "there is no room for the archive link: edit it by hand",
}


def reasons() -> Iterator[str]:
    """Yield every text of the code that ends like such a reason."""
    packages = (Path(crawler.__file__).parent / "pages", Path(reports.__file__).parent / "patches")
    for package in packages:
        for file in package.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and text.endswith(ENDS) and text[0] != ":":
                    yield text


def test_every_reason_has_a_label_and_a_translation() -> None:
    found = {reason for reason in reasons() if not reason.startswith(("\n", " "))}
    found -= OTHER_GOALS
    found |= {value for name, value in vars(page_planner).items() if name.startswith("PAGE_")}
    assert len(found) > 25
    assert found <= set(UNFIXED_LABELS)
    translate = translator_for(Lang.ZH)
    assert {reason for reason in found if translate(reason) == reason} == set()
