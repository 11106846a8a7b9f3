"""Test internal links of sites that tools without rules of their own publish, also in subfolders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.scan.discovery import page_sources
from crawler.scan.internal_links import resolve_links
from crawler.scan.page_source import PageSource
from crawler.scan.reader import read_page

REPOSITORY = {".github/README.md": "", "README.md": "# Lamps\n"}
NEXT = {
    **REPOSITORY,
    "docs/intro.md": "[gone](/docs/gone)\n",
    "apps/site/next.config.mjs": "",
    "apps/site/content/en/docs/oil.mdx": "[wick](/docs/wick) [gone](./gone.mdx)\n",
    "apps/site/content/en/docs/wick.mdx": "# Wick\n",
}
NIKOLA = {
    **REPOSITORY,
    "conf.py": 'BLOG_TITLE = "Lamps"\n',
    "stories/oil.rst": ".. include:: stories/oil.inc\n\n`x <gone.inc>`__\n",
    "stories/oil.inc": "",
}
DOCSIFY = {
    "docs/index.html": (
        '<script src="https://cdn.test/docsify.min.js"></script>\n<script>\nwindow.$docsify = {\n  alias: {\n'
        "    '.*?/awesome':\n      'https://raw.test/README.md',\n"
        "    '/.*/_navbar.md': '/_navbar.md',\n  },\n};\n</script>\n"
    ),
    "docs/_sidebar.md": "* [A](awesome.md)\n* [B](gone.md)\n",
    "docs/plugins.md": "[a](awesome?id=plugins)\n",
}
MANY_ALIASES = DOCSIFY | {
    "docs/index.html": DOCSIFY["docs/index.html"].replace(
        "  },\n", "    'x': 'y',\n" * 2000 + "  },\n"
    )
}
MDBOOK = {
    **REPOSITORY,
    "book/book.toml": '[book]\ntitle = "Lamps"\n',
    "book/src/SUMMARY.md": "[A](oil.md)\n",
    "book/src/oil.md": "[std](../std/lamp.html) [up](../) [wick](wick.html) [gone](../gone.md)\n",
    "book/redirects/old.md": "[oil](oil.html)\n",
}
VITEPRESS = {
    **REPOSITORY,
    "docs/.vitepress/config.mts": "export default {}\n",
    "docs/oil/README.md": "[wick](/docs/oil/wick.md) [site](/oil/wick.md) [gone](/docs/oil/gone.md)\n",
    "docs/oil/wick.md": "",
}
CONTRIBUTORS = {
    **REPOSITORY,
    "README.md": (
        '<!-- ALL-CONTRIBUTORS-LIST:START -->\n<a href="#question-keeper" title="Q">Q</a>\n'
        '<a href="#userTesting-a-b" title="T">T</a> <a href="#wick-keeper">W</a>\n'
        "<!-- ALL-CONTRIBUTORS-LIST:END -->\n"
    ),
}
MYST = {
    **REPOSITORY,
    "CHANGELOG.md": "see [](sphinx/oil-options) and [x](sphinx/gone)\n",
    "docs/conf.py": 'extensions = ["myst_parser"]\n',
    "docs/changes.md": "```{include} ../CHANGELOG.md\n```\n",
    "docs/settings.md": "(sphinx/oil-options)=\n# Settings\n",
}
ASTRO = {
    "astro.config.mjs": "export default {}\n",
    "src/pages/_links.ts": 'export const rewrite = (url) => url.replace(/\\.md$/, "");\n',
    "src/content/docs/en/oil.mdx": "[wick](../wick.md) [title](#lamp-oil) [none](#none)\n",
}
ASTRO["src/content/docs/en/oil.mdx"] = (
    f"---\ntitle: Lamp oil\n---\n{ASTRO['src/content/docs/en/oil.mdx']}"
)
SITES: dict[str, tuple[Mapping[str, str], set[str]]] = {
    "Next.js in a folder": (NEXT, {"./gone.mdx", "/docs/gone"}),
    "Nikola": (NIKOLA, {"gone.inc"}),
    "Docsify": (DOCSIFY, {"gone.md"}),
    "Docsify with many aliases": (MANY_ALIASES, {"gone.md"}),
    "mdBook": (MDBOOK, {"wick.html", "../gone.md"}),
    "VitePress": (VITEPRESS, {"/docs/oil/gone.md"}),
    "All Contributors": (CONTRIBUTORS, {"#wick-keeper"}),
    "MyST": (MYST, {"sphinx/gone"}),
    "Astro": (ASTRO, {"#none"}),
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def broken(folder: Path) -> set[str]:
    """Return the targets of the broken links of a wiki."""
    loaded = load_config(start=folder, environment={})
    found = page_sources(loaded, (str(folder),))
    sources = [source for source in found if isinstance(source, PageSource)]
    pages = [read_page(source.read(), source.path) for source in sources]
    links = [link for page in pages for link in page.internal_links]
    resolved = resolve_links(loaded, sources, {page.path: page.anchors for page in pages}, links)
    return {link.target for link in resolved if link.broken}


@pytest.mark.parametrize("name", SITES)
def test_only_what_the_sources_show_to_be_missing_is_broken(tmp_path: Path, name: str) -> None:
    files, missing = SITES[name]
    write(tmp_path, files)
    (tmp_path / ".git").mkdir()
    assert broken(tmp_path) == missing


def test_a_wikilink_may_lead_to_any_page_of_its_name_that_has_the_heading(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".obsidian/app.json": "{}",
            "de/Lamp.md": "# Öl\n",
            "en/more/Lamp.md": "# Oil\n",
            "en/index.md": "[[Lamp#Oil]] [[Lamp#Öl]] [[Lamp#Gone]]\n",
        },
    )
    assert broken(tmp_path) == {"Lamp#Gone"}
