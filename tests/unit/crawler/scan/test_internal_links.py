"""Test resolving internal links in a scan: their root, and what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.scan import absent_files
from crawler.scan.discovery import page_sources
from crawler.scan.internal_links import resolve_links
from crawler.scan.page_sites import find_docs_root
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_page

PAGES = {
    "README.md": "[start](docs/a.md)\n",
    "docs/a.md": "# Fog 雾\n\n[b](/folder/b.md) [gone](/folder/c.md) [picture](/img/x.png) [heading](/folder/b.md#灯) [none](/folder/b.md#none)\n",
    "docs/folder/b.md": "## 灯\n\n[back](../a.md#fog-雾) [out](../../../etc/passwd)\n",
    "docs/img/x.png": "not really",
}


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    for name, text in PAGES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def read(wiki: Path, *, start: Path | None = None) -> dict[str, tuple[str | None, str | None]]:
    """Return path and `broken` of links by their targets, from a scan of the whole wiki."""
    loaded = load_config(start=start or wiki, environment={})
    sources = [
        source for source in page_sources(loaded, (str(wiki),)) if isinstance(source, PageSource)
    ]
    pages = [read_page(source.read(), source.path) for source in sources]
    links = [link for page in pages for link in page.internal_links]
    resolved = resolve_links(loaded, sources, {page.path: page.anchors for page in pages}, links)
    return {link.target: (link.path, link.broken) for link in resolved}


EXPECTED = {
    "/folder/b.md": ("folder/b.md", None),
    "/folder/c.md": ("folder/c.md", "missing-page"),
    "/img/x.png": ("img/x.png", None),
    "/folder/b.md#灯": ("folder/b.md", None),
    "/folder/b.md#none": ("folder/b.md", "missing-heading"),
    "../a.md#fog-雾": ("a.md", None),
}


def test_links_to_existing_pages_and_files_are_not_broken(wiki: Path) -> None:
    found = read(wiki)
    assert {target: found[target] for target in EXPECTED} == EXPECTED
    assert found["../../../etc/passwd"][1] == "outside-root"


def test_the_result_is_the_same_from_another_folder(
    wiki: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = read(wiki, start=tmp_path_factory.mktemp("elsewhere"))
    assert {target: found[target] for target in EXPECTED} == EXPECTED


def test_without_settings_the_root_is_the_folder_in_which_most_links_resolve(wiki: Path) -> None:
    loaded = load_config(start=wiki, environment={})
    sources = [source for source in page_sources(loaded, ()) if isinstance(source, PageSource)]
    links = [
        link for source in sources for link in read_page(source.read(), source.path).internal_links
    ]
    assert find_docs_root(loaded, sources, links) == wiki / "docs"


def test_the_generators_settings_and_the_configuration_have_priority(wiki: Path) -> None:
    (wiki / "mkdocs.yml").write_text("docs_dir: docs/folder\n", encoding="utf-8")
    loaded = load_config(start=wiki, environment={})
    file = PageSource(path="docs/folder/b.md", size=1, file=wiki / "docs/folder/b.md")
    assert find_docs_root(loaded, [file], []) == wiki / "docs/folder"
    configured = load_config(start=wiki, environment={}, overrides={"docs_root": "docs/img"})
    assert find_docs_root(configured, [file], []) == wiki / "docs/img"


def test_links_that_are_nested_too_deeply_are_not_judged(wiki: Path) -> None:
    """A folder more per link would otherwise cost a look at each folder above it."""
    deep = ["n/" * 65 + "a.md", "n%2F" * 65 + "b.md", "n/" * 63 + "c.md"]
    (wiki / "docs/a.md").write_text("".join(f"[x](/{target})\n" for target in deep))
    below = wiki / "docs" / ("d/" * 65)
    below.mkdir(parents=True)
    (below / "page.md").write_text("[x](none.md)\n")
    found = read(wiki)
    assert [found[f"/{target}"][1] for target in deep] == [None, None, "missing-page"]
    assert found["none.md"] == (None, None)


def test_a_page_with_many_deep_links_reads_no_folders_for_them(
    wiki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[Path] = []

    def count(folder: Path) -> None:
        looked_at.append(folder)

    monkeypatch.setattr(absent_files, "_read_patterns", count)
    links = "".join(f"[x](/{'n/' * 400}{number}.md)\n" for number in range(200))
    (wiki / "docs/a.md").write_text(links)
    read(wiki)
    assert len(looked_at) < 100
