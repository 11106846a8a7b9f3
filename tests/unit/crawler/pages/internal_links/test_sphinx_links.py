"""Test how names of documents in Sphinx are resolved."""

from __future__ import annotations

import pytest

from crawler.pages import extract
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.sites import Site
from crawler.pages.internal_links.wiki_index import WikiIndex

INDEX = WikiIndex({"docs/a.rst": [], "docs/guide/b.rst": [], "docs/v1.0.rst": []}, ["docs/conf.py"])


def broken_of_links(text: str, conf: str | None, page: str = "docs/guide/b.rst") -> list[object]:
    """Return `broken` of each link on a page, in a project with a `conf.py`."""
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
def test_a_missing_document_is_broken_unless_an_extension_may_add_it(
    name: str, conf: str | None, broken: str | None
) -> None:
    assert broken_of_links(f":doc:`{name}`\n", conf) == [broken]
    assert broken_of_links(f".. toctree::\n\n   {name}\n", conf) == [broken]


@pytest.mark.parametrize(
    ("target", "conf", "broken"),
    [
        ("x.json", "project = 'x'\nhtml_extra_path = []", "missing-page"),
        ("x.json", "project = 'x'\n# html_extra_path = ['../extra']", "missing-page"),
        ("x.json", "project = 'x'\nhtml_extra_path = ['../elsewhere']", None),
        ("x.json", "project = 'x'\nhtml_extra_path = find_folders()", None),
        ("x.json", "project = 'x'\nhtml_extra_path = []\nhtml_extra_path += more", None),
        ("api/x.html", "project = 'x'", "missing-page"),
        ("api/x.html", "extensions = ['sphinx.ext.autosummary']", None),
        ("genindex.html", "project = 'x'", None),
        ("genindex.html", "workers = 4  # of gunicorn", "missing-page"),
        ("genindex.html", None, "missing-page"),
    ],
)
def test_a_missing_file_is_broken_unless_a_build_may_publish_it(
    target: str, conf: str | None, broken: str | None
) -> None:
    assert broken_of_links(f"`a <{target}>`__\n", conf) == [broken]


@pytest.mark.parametrize(
    ("conf", "broken"),
    [
        ("extensions = ['myst_parser']", "missing-heading"),
        ("extensions = ['myst_parser', 'sphinx.ext.intersphinx']", None),
        ("extensions = ['myst_parser', 'sphinx.ext.autodoc']", None),
        ("workers = 4  # of gunicorn", "missing-heading"),
    ],
)
def test_a_missing_label_is_broken_unless_an_extension_may_add_it(
    conf: str, broken: str | None
) -> None:
    page, text = "docs/c.md", "[a](#nothere)\n"
    links = extract(text, path=page).internal_links
    texts = {"docs/conf.py": conf, page: text}
    found = resolve_internal_links(links, Site(), WikiIndex({page: []}), texts.get)
    assert [each.broken for each in found] == [broken]


@pytest.mark.parametrize(
    ("patterns", "broken"),
    [
        ("['parts']", None),
        ("[\n    'parts/*',  # included\n]", None),
        ("['**/parts/*.rst']", None),
        ("['en/parts/c.rst']", None),
        ("['part', '_build', '**']", "missing-page"),
        ("[]", "missing-page"),
        ("[" + "'**/*/', " * 3_000 + "'" + "**/a*" * 3_000 + "']", "missing-page"),
    ],
)
def test_paths_on_excluded_pages_are_relative_to_the_pages_that_include_them(
    patterns: str, broken: str | None
) -> None:
    conf = f"project = 'x'\nexclude_patterns = {patterns}\n"
    text = ".. include:: parts/d.rst\n\n`e <e.rst>`__\n"
    assert broken_of_links(text, conf, "docs/en/parts/c.rst") == [broken, broken]


def test_each_folder_is_searched_once_for_settings() -> None:
    folders = ["a", "a/b", "a/b/c", "a/b/d", "a/b/c/e"]
    pages: dict[str, list[str]] = {f"{folder}/f.rst": [] for folder in folders}
    reads: list[str] = []

    def read(path: str) -> None:
        reads.append(path)

    links = [link for page in pages for link in extract(":doc:`g`\n", path=page).internal_links]
    resolve_internal_links(links, Site(), WikiIndex(pages, ()), read)
    settings = [path for path in reads if path.endswith("conf.py")]
    assert sorted(settings) == sorted(["conf.py", *(f"{folder}/conf.py" for folder in folders)])
