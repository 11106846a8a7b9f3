"""The main text of a page, block by block, without what stands around it: navigation, related links, forms, notices.

Every block (a paragraph, a list item, a table cell) is weighed by itself: what is mostly links, or too short to say anything, is not the
main text (Kohlschütter et al. 2010, "Boilerplate detection using shallow text features", https://doi.org/10.1145/1718487.1718542). What a
page calls navigation, footer or comments is left out before. Bounded: `PAGE_LIMIT` bytes, and no walk is as deep as a page may be nested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http import decode_text
from crawler.http.html_text import collapse_whitespace, count_letters, first_attribute
from crawler.http.urls import absolute_url, is_external

PAGE_LIMIT: Final = 512 * 1024
_TEXT_LIMIT: Final = 200_000
_MOST_ANCHORS: Final = 3_000
_MOST_BLOCKS: Final = 3_000
_MOST_TAGS: Final = 15_000
_DEEPEST: Final = 60  # steps up from a text to the block it stands in
_SHORTEST_BLOCK: Final = 30  # letters; an ideograph counts for two
_MOSTLY_LINKS: Final = 0.5

_UNSEEN: Final = (
    "script, style, noscript, template, svg, iframe, object, select, head, textarea, button, [hidden], "
    "[aria-hidden='true'], [style*='display:none' i], [style*='display: none' i]"
)
_AROUND: Final = (
    "nav, footer, aside, form, dialog, menu, [role='navigation'], [role='banner'], [role='contentinfo'], [role='complementary'], "
    "[role='search'], [role='dialog'], body > header, body > div > header"
)
_NAMED_AROUND = re.compile(
    r"(?!(?:has|no|with|without|is|layout|show|hide)[-_])(?:"
    r"(?:[\w-]*[-_])?(?:nav|navi|navbar|navigation|menu|sidebar|side-?bar|footer|breadcrumbs?|related|recommend\w*|sharing|social|advert\w*|"
    r"cookies?|consent|newsletter|pagination|pager|popup|modal|toolbar|copyright)(?:[-_][\w-]*)?"
    r"|(?:comment-?list|comments?|replies|disqus|ads?|adsense|banner|widget|foot|hot|rank|ranking|tags|tag-list|share|subscribe|promo|"
    r"sponsor\w*|masthead|topbar|skip-link))",
    re.IGNORECASE,
)
_MOST_LEFT_OUT: Final = 300

_TEXT_BLOCKS: Final = (
    "p",
    "div",
    "li",
    "td",
    "th",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "figcaption",
    "hr",
)
_PARTS: Final = (
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "dl",
    "table",
    "tr",
    "figure",
    "header",
    "address",
    "center",
    "details",
    "summary",
)
_BLOCKS: Final = frozenset({*_TEXT_BLOCKS, *_PARTS, "body", "html"})


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of a page: where it leads, absolute, and what it says."""

    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a page says. `text` is all a reader sees of it, `blocks` its main text; `canonical` is the address it gives itself.

    A block is on one line but for the line breaks its page puts into it.
    """

    title: str = ""
    heading: str = ""  # the first h1
    text: str = ""
    blocks: tuple[str, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    canonical: str = ""

    @property
    def main(self) -> str:
        """The main text in one piece."""
        return "\n".join(self.blocks)


def read_page_text(body: bytes, headers: Mapping[str, str], url: str) -> PageText:
    """Read an HTML page, or a plain text. `headers` has lower-case names; `url` is what relative addresses start from.

    >>> page = read_page_text(b"<title>Reef</title><nav><a href=/>Home</a></nav><p>Corals are animals that build houses of stone.", {}, "")
    >>> page.title, page.blocks
    ('Reef', ('Corals are animals that build houses of stone.',))
    """
    declared = headers.get("content-type", "")
    text = decode_text(body[:PAGE_LIMIT], declared)
    kind = declared.partition(";")[0].strip().lower()
    if kind.startswith("text/") and "html" not in kind:
        whole = collapse_whitespace(text)[:_TEXT_LIMIT]
        paragraphs = (
            collapse_whitespace(part) for part in re.split(r"\n\s*\n", text[:_TEXT_LIMIT])
        )
        return PageText(
            text=whole,
            blocks=tuple(part for part in paragraphs if count_letters(part) >= _SHORTEST_BLOCK),
        )
    if kind and "html" not in kind and "xml" not in kind:
        return PageText()
    tree = LexborHTMLParser(_bounded(text))
    title, heading = _text_of(tree, "title"), _text_of(tree, "h1")
    canonical = first_attribute(tree, 'link[rel~="canonical" i]', "href") or first_attribute(
        tree, 'meta[property="og:url" i]', "content"
    )
    anchors = tuple(_anchors(tree, url))
    _drop(tree.css(_UNSEEN))
    body_node = tree.body
    seen = collapse_whitespace(body_node.text(separator=" "))[:_TEXT_LIMIT] if body_node else ""
    _drop_around(tree.css(_AROUND), len(seen))
    _drop_around([node for node in tree.css("[class], [id]") if _is_around(node)], len(seen))
    blocks = tuple(_main_blocks(tree))
    return PageText(
        title=title,
        heading=heading,
        text=seen,
        blocks=blocks,
        anchors=anchors,
        canonical=_absolute(canonical, url),
    )


def _bounded(text: str) -> str:
    """Cut a page off behind so many tags: the parser takes the square of their number where each stands inside the one before."""
    if text.count("<") <= _MOST_TAGS:
        return text
    place = -1
    for _ in range(_MOST_TAGS):
        place = text.index("<", place + 1)
    return text[:place]


def _is_around(node: LexborNode) -> bool:
    """Tell whether a class or id of an element says that it stands around the main text."""
    if node.tag in ("html", "body", "main", "article"):
        return False
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:300].split()
    return any(_NAMED_AROUND.fullmatch(name) for name in names)


def _drop_around(nodes: list[LexborNode], seen: int) -> None:
    """Drop what stands around, unless it holds most of the page: whole pages stand in a form, or are called "sidebar-left"."""
    for node in reversed(nodes[:_MOST_LEFT_OUT]):
        if len(node.text()) * 2 < seen:
            node.decompose()


def _drop(nodes: list[LexborNode]) -> None:
    for node in reversed(
        nodes
    ):  # children come after their parents in the list and have to go before them
        node.decompose()


def _main_blocks(tree: LexborHTMLParser) -> Iterator[str]:
    """Put the texts of each block together, and give those that are main text."""
    if tree.body is None:
        return
    count, current, texts, letters, linked = 0, -1, list[str](), 0, 0
    for node in tree.body.traverse(include_text=True):
        if node.tag == "br" and texts:
            texts.append("\n")
        if node.tag != "-text":
            continue
        text = collapse_whitespace(node.text(deep=False))
        if not text:
            continue
        block, is_linked = _block_of(node)
        if block != current:
            if _says_something(letters, linked):
                yield " ".join(texts).strip()
                count += 1
            if count >= _MOST_BLOCKS:
                return
            current, texts, letters, linked = block, [], 0, 0
        size = count_letters(text)
        texts.append(text)
        letters += size
        linked += size if is_linked else 0
    if _says_something(letters, linked):
        yield " ".join(texts).strip()


def _says_something(letters: int, linked: int) -> bool:
    return letters >= _SHORTEST_BLOCK and linked <= letters * _MOSTLY_LINKS


def _block_of(node: LexborNode) -> tuple[int, bool]:
    """Name the block a text stands in, and tell whether it is the text of a link."""
    parent, is_linked = node.parent, False
    for _ in range(_DEEPEST):
        if parent is None:
            return 0, is_linked
        if parent.tag in _BLOCKS:
            return parent.mem_id, is_linked
        is_linked = is_linked or parent.tag == "a"
        parent = parent.parent
    return 0, is_linked


def _anchors(tree: LexborHTMLParser, base: str) -> Iterator[Anchor]:
    for node in tree.css("a[href]")[:_MOST_ANCHORS]:
        url = _absolute(node.attributes.get("href") or "", base)
        if is_external(url):
            text = collapse_whitespace(node.text()) or collapse_whitespace(
                node.attributes.get("title") or ""
            )
            yield Anchor(url.partition("#")[0], text[:300])


def _text_of(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return collapse_whitespace(node.text())[:300] if node else ""


def _absolute(address: str, base: str) -> str:
    if not address:
        return ""
    return absolute_url(address, base) or (address if is_external(address) else "")
