"""Test how names of documents in Sphinx are resolved."""

from __future__ import annotations

import pytest

from crawler.pages import extract
from crawler.pages.internal_links import resolve_internal_links
from crawler.pages.sites import Site
from crawler.pages.wiki_index import WikiIndex

INDEX = WikiIndex({"docs/a.rst": [], "docs/guide/b.rst": [], "docs/v1.0.rst": []}, ["docs/conf.py"])


def results(text: str, conf: str | None, page: str = "docs/guide/b.rst") -> list[object]:
    """Return what is broken about each link on a page, beside a `conf.py`."""
    texts = {"docs/conf.py": conf}
    links = extract(text, path=page).internal_links
    return [each.broken for each in resolve_internal_links(links, Site(), INDEX, texts.get)]


@pytest.mark.parametrize(
    ("name", "conf", "broken"),
    [
        ("b", "", None),
        ("../a", "", None),
        ("/a", "", None),
        ("/guide/b", "", None),
        ("/v1.0", "", None),
        ("missing", "", "missing-page"),
        ("/guide/missing", "", "missing-page"),
        ("missing", "extensions = ['sphinx.ext.autosummary']", None),
        ("missing", None, None),
        ("/generated/missing", "", None),
    ],
)
def test_documents(name: str, conf: str | None, broken: str | None) -> None:
    assert results(f":doc:`{name}`\n", conf) == [broken]
    assert results(f".. toctree::\n\n   {name}\n", conf) == [broken]
