"""Test that resolving links within a wiki takes no more than in proportion to its pages and links.

Whoever can change a page can add thousands of pages and links. Calls of functions are counted, not
seconds: twice the wiki may need little more than twice the calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import pytest

from crawler.pages.internal_links.page_addresses import page_addresses
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.sites import Generator, Site
from crawler.pages.internal_links.wiki_index import WikiIndex
from store.vocabulary import InternalLink

SMALL = 60
Wiki = tuple[Site, WikiIndex, Sequence[InternalLink], Mapping[str, str]]


def link(
    target: str, page: str = "docs/a.md", *, wiki: bool = False, text: str = ""
) -> InternalLink:
    fragment = target.partition("#")[2]
    return InternalLink(
        page=page, line=1, column=1, start=0, end=0, target=target, fragment=fragment, wiki=wiki, text=text
    )  # fmt: skip


def bundles_of_one_name(size: int) -> Wiki:
    pages = {f"content/{number}/lamp/index.md": () for number in range(size)}
    links = [
        link('{{< ref "lamp" >}}', f"content/{number}/lamp/index.md") for number in range(size)
    ]
    site = Site(generator=Generator.HUGO, root="", content=(("content", ""),))
    return site, WikiIndex(pages, ()), links, {}


def pages_of_one_name(size: int) -> Wiki:
    pages = {f"docs/{number}/lamp.md": () for number in range(size)}
    links = [link(f"{number}x/lamp", wiki=True) for number in range(size)]
    return Site(generator=Generator.OBSIDIAN), WikiIndex(pages, ()), links, {}


def notes_without_a_file(size: int) -> Wiki:
    pages = {f"vault/note{number}.md": () for number in range(size)}
    links = [link(f"none{number}", "vault/note1.md", wiki=True) for number in range(size)]
    return Site(generator=Generator.DENDRON), WikiIndex(pages, ()), links, {}


def pages_at_one_address(size: int) -> Wiki:
    site = Site(generator=Generator.HUGO, content=(("content", ""),))
    pages = {f"content/p{number}.md": ("a",) for number in range(size)}
    addresses = {page: page_addresses(site, page, {"url": "/lamp/"}) for page in pages}
    links = [link(f"/lamp/#b{number}", "content/p1.md") for number in range(size)]
    return site, WikiIndex(pages, (), addresses), links, {}


def images_of_any_format(size: int) -> Wiki:
    files = [f"docs/i{number}.png" for number in range(size)]
    links = [link(f"none{number}.*", "docs/a.rst") for number in range(size)]
    texts = {"docs/conf.py": "project = 'a'\n"}
    return Site(), WikiIndex({"docs/a.rst": ()}, files), links, texts


def books_in_many_folders(size: int) -> Wiki:
    folders = [f"b{number}" for number in range(size)]
    pages = {f"{folder}/a.md": ("x",) for folder in folders}
    links = [link("#y", f"{folder}/a.md") for folder in folders]
    files = [f"{folder}/_bookdown.yml" for folder in folders]
    return Site(), WikiIndex(pages, files), links, {}


def redirected_beginnings(size: int) -> Wiki:
    prefixes = tuple(f"old{number}/" for number in range(size))
    site = Site(generator=Generator.MKDOCS, content=(("docs", ""),), redirected_prefixes=prefixes)
    links = [link(f"/none{number}/") for number in range(size)]
    return site, WikiIndex({"docs/a.md": ()}, ()), links, {}


def values_in_settings_of_sphinx(size: int) -> Wiki:
    paths = ", ".join(f"'e{number}'" for number in range(size))
    links = [link(f"none{number}.html", "a.md") for number in range(size)]
    texts = {"conf.py": f"project = 'a'\nhtml_extra_path = [{paths}]\n"}
    return Site(), WikiIndex({"a.md": ()}, ()), links, texts


def fragments_of_one_page(size: int) -> Wiki:
    pages = {"docs/a.md": tuple(f"h-{number}" for number in range(size))}
    links = [link(f"a.md#none-{number}") for number in range(size)]
    text = "".join(f"# h {number}\n" for number in range(size))
    return Site(generator=Generator.FOLDER), WikiIndex(pages, ()), links, {"docs/a.md": text}


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions of Python and C were called."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def resolving(made: Wiki) -> Callable[[], object]:
    site, index, links, texts = made
    return lambda: resolve_internal_links(links, site, index, texts.get)


@pytest.mark.parametrize(
    "make",
    [
        bundles_of_one_name, pages_of_one_name, notes_without_a_file, pages_at_one_address,
        images_of_any_format, books_in_many_folders,
        redirected_beginnings, values_in_settings_of_sphinx, fragments_of_one_page,
    ],
)  # fmt: skip
def test_twice_the_wiki_takes_twice_the_calls(make: Callable[[int], Wiki]) -> None:
    resolving(make(2))()  # fills caches of modules
    small, large = (calls_of(resolving(make(size))) for size in (SMALL, 2 * SMALL))
    assert large < 2.5 * small


@pytest.mark.parametrize("generator", [Generator.JEKYLL, Generator.HUGO, Generator.FOLDER])
def test_a_page_is_not_read_again_for_each_missing_fragment(generator: Generator) -> None:
    reads: list[str] = []

    def read(page: str) -> str:
        reads.append(page)
        return "---\nlayout: post\n---\n# Lamps\n"

    links = [link(f"b.md#none-{number}") for number in range(SMALL)]
    index = WikiIndex({"docs/a.md": (), "docs/b.md": ("lamps",)}, ())
    found = resolve_internal_links(links, Site(generator=generator, root="docs"), index, read)
    assert {each.broken for each in found} == {"missing-heading"}
    assert len(reads) < SMALL / 4
